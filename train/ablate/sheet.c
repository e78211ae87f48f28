/* SPDX-License-Identifier: Apache-2.0 */
/* Three forms of one table. */
#include "train/ablate/sheet.h"

#include "core/array.h"
#include "core/mem.h"

#include <string.h>

void sheet_add(Sheet *s, char *text)
{
    s->field = array_grow(s->field, sizeof *s->field, s->fields, &s->room);
    s->field[s->fields++] = text;
}

void sheet_free(Sheet *s)
{
    for (int64_t i = 0; i < s->fields; i++) mem_free(s->field[i]);
    mem_free(s->field);
    mem_free(s->title);
    mem_free(s->note);
    *s = (Sheet){0};
}

static int width_of(const Sheet *s, int64_t column)
{
    size_t width = 0;
    for (int64_t i = column; i < s->fields; i += s->columns)
        if (strlen(s->field[i]) > width) width = strlen(s->field[i]);
    return (int)width;
}

/* The separator after field i: between two fields, or at the end of a row. */
static const char *after(const Sheet *s, int64_t i, const char *between, const char *end)
{
    return (i + 1) % s->columns ? between : end;
}

void sheet_text(const Sheet *s, Text *out)
{
    if (s->title) text_add(out, "%s\n", s->title);
    for (int64_t i = 0; i < s->fields; i++) {
        const int64_t column = i % s->columns;
        const int width = column + 1 < s->columns ? width_of(s, column) : 0;
        text_add(out, "%-*s%s", width, s->field[i], after(s, i, "  ", "\n"));
    }
    if (s->note) text_add(out, "%s\n", s->note);
}

/* Appends the text, with what stands in `escape` for each of the characters. */
static void put_escaped(Text *out, const char *text, const char *character,
                        const char *const *escape)
{
    for (const char *p = text; *p; p++) {
        const char *at = strchr(character, *p);
        if (at)
            text_put(out, escape[at - character]);
        else
            text_put_bytes(out, p, 1);
    }
}

static void put_markdown(Text *out, const char *text)
{
    static const char *const ESCAPE[] = {"\\|", "\\*", "\\_", "&lt;"};
    put_escaped(out, text, "|*_<", ESCAPE);
}

void sheet_markdown(const Sheet *s, Text *out)
{
    if (s->title) {
        put_markdown(out, s->title);
        text_put(out, "\n\n");
    }
    for (int64_t i = 0; i < s->fields; i++) {
        text_put(out, i % s->columns ? " " : "| ");
        put_markdown(out, s->field[i]);
        text_put(out, after(s, i, " |", " |\n"));
        if (i + 1 != s->columns) continue;
        for (int64_t c = 0; c < s->columns; c++) text_put(out, c ? "---:|" : "|---|");
        text_put(out, "\n");
    }
    if (!s->note) return;
    text_put(out, "\n");
    put_markdown(out, s->note);
    text_put(out, "\n");
}

static void put_latex(Text *out, const char *text)
{
    static const char *const ESCAPE[] = {"\\textbackslash{}",
                                         "\\{",
                                         "\\}",
                                         "\\_",
                                         "\\%",
                                         "\\&",
                                         "\\#",
                                         "\\$",
                                         "$<$",
                                         "$>$",
                                         "\\textasciitilde{}",
                                         "\\textasciicircum{}"};
    for (const char *pm; (pm = strstr(text, "+-")); text = pm + 2) {
        char *before = mem_format("%.*s", (int)(pm - text), text);
        put_escaped(out, before, "\\{}_%&#$<>~^", ESCAPE);
        text_put(out, "$\\pm$");
        mem_free(before);
    }
    put_escaped(out, text, "\\{}_%&#$<>~^", ESCAPE);
}

void sheet_latex(const Sheet *s, Text *out)
{
    if (s->title) {
        text_put(out, "% ");
        text_put(out, s->title);
        text_put(out, "\n");
    }
    text_put(out, "\\begin{tabular}{l");
    for (int64_t c = 1; c < s->columns; c++) text_put(out, "r");
    text_put(out, "}\n\\toprule\n");
    for (int64_t i = 0; i < s->fields; i++) {
        put_latex(out, s->field[i]);
        text_put(out, after(s, i, " & ", " \\\\\n"));
        if (i + 1 == s->columns) text_put(out, "\\midrule\n");
    }
    text_put(out, "\\bottomrule\n\\end{tabular}\n");
    if (!s->note) return;
    text_put(out, "\\\\ ");
    put_latex(out, s->note);
    text_put(out, "\n");
}
