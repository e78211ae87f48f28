/* What a page of `ramplus report` can do with scripts: charts to explore, tables to sort and
 * search. Without it, the page shows the same numbers as fixed charts and tables. */
"use strict";
(() => {
const root = document.documentElement;
root.classList.add("scripted");

const make = (name, properties, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
};
const color = name => getComputedStyle(root).getPropertyValue(name).trim();
const finite = x => typeof x === "number" && isFinite(x);

/* "0.312", "12.3k", "3e-5": as in the fixed charts. */
const short = x => {
    const size = Math.abs(x);
    if (!finite(x)) return "";
    if (size > 0 && size < 1e-3) return x.toExponential(2).replace(/\.?0*e/, "e");
    if (size >= 1e6) return +(x / 1e6).toPrecision(3) + "M";
    if (size >= 1e4) return +(x / 1e3).toPrecision(3) + "k";
    return size >= 1000 ? x.toFixed(0) : "" + +x.toPrecision(3);
};

/* ---- charts -------------------------------------------------------------------------------- */

/* The place of a step on the chosen axis, with the clock [steps per epoch, [step, hours], ...] of
 * its run; undefined where it is unknown. */
const onAxis = (step, axis, clock) => {
    if (axis === "step") return step;
    if (axis === "epoch") return clock[0] > 0 ? step / clock[0] : undefined;
    let before = [0, 0];
    for (const point of clock.slice(1)) {
        if (point[0] >= step)
            return before[1] + (point[1] - before[1]) * (step - before[0]) / (point[0] - before[0]);
        before = point;
    }
    return clock.length > 1 && step <= 1.02 * before[0] ? before[1] * step / before[0] : undefined;
};

const knows = (clocks, axis) =>
    axis === "step" || clocks.some(clock => axis === "epoch" ? clock[0] > 0 : clock.length > 1);

/* Distances of ticks between whole numbers. */
const whole = [];
for (let power = 1; power < 1e13; power *= 10) whole.push(power, 2 * power, 5 * power);

/* Ticks of a logarithmic axis: the fewest of decades, their thirds, and all, that are enough. */
const decades = (low, high) => {
    const first = Math.floor(Math.log10(low)), last = Math.ceil(Math.log10(high));
    let ticks = [];
    for (const times of [[1], [1, 3], [1, 2, 5], [1, 2, 3, 4, 5, 6, 7, 8, 9]]) {
        const step = Math.max(1, Math.ceil((last - first) / 8));
        ticks = [];
        for (let e = first; e <= last; e += step)
            times.forEach(t => { const x = +(t + "e" + e); if (x >= low && x <= high) ticks.push(x); });
        if (ticks.length >= 3) break;
    }
    return ticks;
};

/* One figure whose SVG is replaced by a canvas. */
class Chart {
    constructor(figure, clocks) {
        this.figure = figure;
        this.clocks = clocks;
        this.data = JSON.parse(figure.dataset.chart);
        this.axis = this.data.x;
        this.log = !!this.data.log;
        this.svg = figure.querySelector("svg");
        this.box = make("div", { className: "plot" });
        this.box.setAttribute("role", "img");
        this.box.setAttribute("aria-label", this.svg.getAttribute("aria-label"));
        this.svg.replaceWith(this.box);
        this.box.tabIndex = 0;
        this.box.onkeydown = event => this.key(event);
        this.box.onblur = () => this.plot && this.plot.setCursor({ left: -10, top: -10 });
        this.note = figure.querySelector("figcaption small");
        this.shown = this.data.lines.map(line => line.run < 8);
        this.label();
        this.draw();
    }

    /* The entries of the legend switch their lines on and off. */
    label() {
        this.keys = [...this.figure.querySelectorAll(".legend span")].map((span, i) => {
            const key = make("button", { type: "button" }, ...span.childNodes);
            key.setAttribute("aria-pressed", this.shown[i]);
            key.onclick = () => {
                this.shown[i] = !this.shown[i];
                key.setAttribute("aria-pressed", this.shown[i]);
                this.draw();
            };
            key.onmouseenter = key.onfocus = () => this.focus(i);
            key.onmouseleave = key.onblur = () => this.focus(null);
            span.replaceWith(key);
            return key;
        });
        this.values = this.keys.map(key => key.querySelector("b"));
        this.texts = this.values.map(value => value && value.textContent);
    }

    /* Switches the line of a run on or off. */
    show(run, shown) {
        this.data.lines.forEach((line, i) => {
            if (line.run === run) this.shown[i] = shown;
            if (line.run === run && this.keys[i]) this.keys[i].setAttribute("aria-pressed", shown);
        });
        this.draw();
    }

    focus(i) {
        this.focused = i;
        if (this.data.lines.length > 2 && this.plot) this.plot.redraw(false);
    }

    places(line) {
        const clock = this.clocks[line.run] || [0];
        return this.data.x === "step" ? line.x.map(x => onAxis(x, this.axis, clock)) : line.x;
    }

    /* uPlot wants one ascending column of places for all lines. */
    columns() {
        const tables = [], lines = [];
        this.data.lines.forEach((line, i) => {
            if (!this.shown[i]) return;
            const place = this.places(line), keep = place.map((x, k) =>
                finite(x) && (k === 0 || !(x <= place[k - 1])));
            const column = values => values.filter((y, k) => keep[k])
                .map(y => this.log && !(y > 0) ? null : y);
            const x = place.filter((y, k) => keep[k]);
            if (!x.length) return;
            const table = [x, column(line.y)];
            if (line.low) table.push(column(line.low), column(line.high));
            tables.push(table);
            lines.push(i);
        });
        return { lines, tables, all: tables.length ? uPlot.join(tables) : [[]] };
    }

    draw() {
        if (this.plot) this.plot.destroy();
        this.plot = null;
        this.table = this.columns();
        const ink = color("--soft"), grid = { stroke: color("--line"), width: 1 };
        const series = [{}], bands = [];
        const dash = [[], [6, 3], [2, 3], [8, 3, 2, 3]];
        this.table.lines.forEach((i, n) => {
            const line = this.data.lines[i], hue = color("--c" + line.color % 8);
            const few = line.x.length <= 40 && !this.data.unit;
            series.push({
                stroke: () => this.dims(i) ? hue + "40" : hue,
                width: 1.8, spanGaps: true, label: line.label,
                dash: dash[Math.floor(line.color / 8) % 4],
                fill: this.data.stepped ? hue + "30" : undefined,
                paths: this.data.stepped ? uPlot.paths.stepped({ align: 1 }) : uPlot.paths.linear(),
                points: { show: few, size: 5, fill: hue },
            });
            if (!line.low) return;
            const hidden = { stroke: "transparent", width: 0, spanGaps: true,
                             points: { show: false }, paths: uPlot.paths.linear() };
            series.push({ ...hidden }, { ...hidden });
            bands.push({ series: [series.length - 1, series.length - 2], fill: hue + "24" });
        });
        const axis = { stroke: ink, grid, ticks: { ...grid, size: 4 },
                       font: "11px " + getComputedStyle(this.figure).fontFamily };
        const unit = this.data.unit;
        this.plot = new uPlot({
            width: Math.max(this.box.clientWidth, 200),
            height: this.figure.classList.contains("large") ? 300 : 210,
            legend: { show: false },
            padding: [10, 12, 0, 0],
            cursor: { y: false, points: { size: 7 },
                      drag: { x: true, y: false, setScale: true } },
            scales: {
                x: { time: false, range: (u, low, high) => unit ? [0, 1] : this.span(low, high) },
                y: { distr: this.log ? 3 : 1, range: (u, low, high) => this.range(low, high) },
            },
            axes: [
                { ...axis, label: this.axis, incrs: this.axis === "step" ? whole : undefined,
                  labelSize: 14, size: 28, space: 50,
                  labelFont: axis.font, values: (u, ticks) => ticks.map(short) },
                { ...axis, size: 48, space: 34, values: (u, ticks) => ticks.map(short),
                  ...this.log && { splits: (u, i, low, high) => decades(low, high),
                                   filter: (u, ticks) => ticks } },
            ],
            series, bands,
            hooks: { setCursor: [u => this.read(u)] },
        }, this.table.all, this.box);
        if (this.note) this.note.textContent =
            [this.note.textContent.replace(/(, )?log scale$/, ""), this.log ? "log scale" : ""]
                .filter(part => part).join(", ");
        else if (this.log)
            this.figure.querySelector("figcaption").append(
                " ", this.note = make("small", {}, "log scale"));
    }

    dims(i) { return finite(this.focused) && this.focused !== i; }

    /* From 0, unless a part is enlarged. */
    span(low, high) {
        if (!finite(low) || !finite(high)) return [0, 1];
        const [x] = this.table.all, all = low <= x[0] && high >= x[x.length - 1];
        return [all && low > 0 && low < 0.5 * high ? 0 : low, high > low ? high : low + 1];
    }

    range(low, high) {
        if (!finite(low) || !finite(high)) return this.log ? [0.1, 1] : [0, 1];
        if (this.log) return low === high ? [low / 2, high * 2] : [low / 1.1, high * 1.1];
        if (this.data.zero) low = Math.min(low, 0);
        if (this.data.zero && this.data.unit && high <= 1) return [low, 1];
        if (this.data.stepped) low = 0;
        const room = high > low ? 0.05 * (high - low) : 0.1 * Math.abs(high) || 1;
        return [low === 0 || (this.data.zero && low >= 0) ? 0 : low - room, high + room];
    }

    /* The legend tells the values at the pointer. */
    read(u) {
        const at = u.cursor.left >= 0 ? u.posToVal(u.cursor.left, "x") : NaN;
        this.values.forEach((value, i) => {
            const n = this.table.lines.indexOf(i);
            if (!value) return;
            if (isNaN(at) || n < 0) { value.textContent = this.texts[i]; return; }
            const [x, y] = this.table.tables[n];
            let best = 0;
            x.forEach((place, k) => { if (Math.abs(place - at) < Math.abs(x[best] - at)) best = k; });
            value.textContent = short(y[best]) + " at " + short(x[best]);
        });
    }

    /* Arrows move the pointer, Escape shows the whole again. */
    key(event) {
        const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key], u = this.plot;
        if (event.key === "Escape") this.draw();
        if (!step || !u) return;
        event.preventDefault();
        const width = u.over.clientWidth, left = Math.max(u.cursor.left, 0) + step * width / 50;
        u.setCursor({ left: Math.min(Math.max(left, 0), width - 1), top: u.over.clientHeight / 2 });
    }

    resize() {
        const width = Math.max(this.box.clientWidth, 200);
        if (this.plot && width !== this.plot.width)
            this.plot.setSize({ width, height: this.plot.height });
    }
}

const charts = [];
const start = (figure, clocks) => {
    try {
        charts.push(new Chart(figure, clocks));
    } catch (error) {
        console.error(figure.querySelector("figcaption").textContent, error);
    }
};

/* The legend that all charts of a group share. */
const share = (names, mine) => {
    [...names.querySelectorAll("span")].forEach((span, run) => {
        const key = make("button", { type: "button" }, ...span.childNodes);
        key.setAttribute("aria-pressed", run < 8);
        const each = act => mine.forEach(chart => act(chart));
        const focus = on => each(chart =>
            chart.focus(on ? chart.data.lines.findIndex(line => line.run === run) : null));
        key.onclick = () => {
            const on = key.getAttribute("aria-pressed") !== "true";
            key.setAttribute("aria-pressed", on);
            each(chart => chart.show(run, on));
        };
        key.onmouseenter = key.onfocus = () => focus(true);
        key.onmouseleave = key.onblur = () => focus(false);
        span.replaceWith(key);
    });
    if (names.children.length > 8)
        names.append(make("span", {}, "8 of " + names.children.length + " are shown; choose others."));
};

const control = (controls, clocks, mine) => {
    controls.reset();
    controls.onsubmit = event => event.preventDefault();
    controls.querySelectorAll("[name=axis]").forEach(choice => {
        choice.disabled = !knows(clocks, choice.value);
        choice.onchange = () => mine.forEach(chart => { chart.axis = choice.value; chart.draw(); });
    });
    const log = controls.querySelector("[name=log]");
    const able = mine.filter(chart => chart.data.x === "step" || chart.data.stepped);
    log.indeterminate = able.some(chart => chart.log);
    log.onchange = () => able.forEach(chart => { chart.log = log.checked; chart.draw(); });
};

document.querySelectorAll(".group").forEach(group => {
    const clocks = JSON.parse(group.dataset.clocks || "[]"), before = charts.length;
    group.querySelectorAll("figure[data-chart]").forEach(figure => start(figure, clocks));
    const mine = charts.slice(before), names = group.querySelector(".names");
    control(group.querySelector(".controls"), clocks, mine);
    if (names) share(names, mine.filter(chart => chart.data.lines.some(line => line.run > 0)));
});

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
    charts.forEach(chart => chart.draw()));
new ResizeObserver(() => charts.forEach(chart => chart.resize())).observe(document.body);

/* ---- tables -------------------------------------------------------------------------------- */

const value = cell => {
    const text = cell ? cell.textContent.trim() : "";
    const number = parseFloat(text.replace("\u2212", "-"));
    return isNaN(number) ? text : number;
};

/* Numbers before texts, empty cells last in any order. */
const compare = (a, b) =>
    typeof a === "number" && typeof b === "number" ? a - b :
    typeof a === "number" ? -1 : typeof b === "number" ? 1 : a.localeCompare(b, "en", { numeric: true });

const sortable = table => {
    const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
    heads.forEach((head, column) => {
        const button = make("button", { type: "button" }, ...head.childNodes);
        head.append(button);
        button.onclick = () => {
            const before = head.getAttribute("aria-sort");
            const numbers = typeof value(body.rows[0] && body.rows[0].cells[column]) === "number";
            const up = before ? before === "descending" : !numbers;
            heads.forEach(other => other.removeAttribute("aria-sort"));
            head.setAttribute("aria-sort", up ? "ascending" : "descending");
            const rows = [...body.rows].map(row => [value(row.cells[column]), row]);
            rows.sort((a, b) => a[0] === "" || b[0] === "" ? (a[0] === "") - (b[0] === "")
                : (up ? 1 : -1) * compare(a[0], b[0]));
            body.append(...rows.map(row => row[1]));
        };
    });
};

const searchable = table => {
    const rows = [...table.tBodies[0].rows];
    const field = make("input", { type: "search", placeholder: "Search tags" });
    field.setAttribute("aria-label", "Search tags");
    const count = make("span", { className: "soft" });
    count.setAttribute("role", "status");
    field.oninput = () => {
        const wanted = field.value.trim().toLowerCase();
        let shown = 0;
        rows.forEach(row => {
            row.hidden = !row.cells[0].textContent.toLowerCase().includes(wanted);
            shown += !row.hidden;
        });
        count.textContent = wanted ? shown + " of " + rows.length : "";
    };
    table.closest(".wide").before(make("p", { className: "controls" }, field, count));
};

document.querySelectorAll("table.sort").forEach(table => table.tHead && sortable(table));
document.querySelectorAll("table.search").forEach(searchable);
})();
