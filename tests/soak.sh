#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Trains, saves, evaluates and resumes for a long time, and fails if memory, descriptors or threads
# of the process grow: soak.sh RAMPLUS SECONDS
#
# Four processes are stopped after a twentieth of the time each; the fifth, which resumes them, is
# measured. Its resident memory approaches a limit while the heap finds its shape, so the first
# third is warm-up. The rest is divided into ten blocks, whose means follow a line: memory grows if
# its slope is above 1 MiB per hour by more than twice the standard error, which takes single steps
# of a few pages for what they are.
program=$1 seconds=$2
parts=5 least=300 limit=1024 # KiB per hour
if [ ! -x "$program" ] || [ "$seconds" -lt $least ]; then
    echo "usage: soak.sh RAMPLUS SECONDS, at least $least" >&2
    exit 2
fi
folder=$(mktemp -d) || exit 1
trap 'kill "$child" 2> /dev/null; rm -rf "$folder"' EXIT
trap 'exit 1' INT TERM
fail() {
    echo "soak: $*" >&2
    tail -5 "$folder/messages" >&2
    exit 1
}

"$program" prepare synth "$folder/data" --train 60 --test 20 --size 32 > /dev/null 2> "$folder/messages" ||
    fail "no data"
cat > "$folder/tiny.yaml" << EOF
model: {image_size: 32, text_width: 64, hidden: 32, heads: 2, ffn: 64, dropout: 0.1}
swin: {width: 8, depths: [2, 2, 2, 2], heads: [1, 2, 2, 2], window: 4, drop_path: 0.2}
optim: {lr: 1e-3, schedule: cosine, warmup_steps: 4, clip_norm: 1, ema: 0.9}
train: {batch: 8, epochs: 1000000}
save: {every: 20}
eval: {every: 50}
log: {every: 10}
data: {root: $folder/data}
run: $folder/run
EOF

# sample PID: time, resident KiB, descriptors, threads
sample() {
    awk -v now="$(date +%s)" -v open="$(ls "/proc/$1/fd" | wc -l)" '
        /^VmRSS:/ { rss = $2 }
        /^Threads:/ { threads = $2 }
        END { if (rss) print now, rss, open, threads }' "/proc/$1/status"
}

part=1
while [ $part -le $parts ]; do
    "$program" train -c "$folder/tiny.yaml" > /dev/null 2> "$folder/messages" &
    child=$!
    end=$(($(date +%s) + seconds / 20))
    [ $part -lt $parts ] || end=$((end + seconds * 15 / 20))
    : > "$folder/samples"
    while [ "$(date +%s)" -lt $end ] && kill -0 $child 2> /dev/null; do
        sample $child >> "$folder/samples" 2> /dev/null
        sleep 1
    done
    kill -TERM $child 2> /dev/null
    wait $child
    code=$?
    [ $code -eq 75 ] || fail "process $part: exit code $code, not 75"
    part=$((part + 1))
done
"$program" verify "$folder/run" > /dev/null 2> "$folder/messages" || fail "the run is damaged"
echo "$(wc -l < "$folder/run/metrics.jsonl") lines of metrics, $(tail -1 "$folder/messages")"

awk -v limit=$limit -v blocks=10 '
    { time[NR] = $1; rss[NR] = $2; open[NR] = $3; threads[NR] = $4 }
    # The fewest in each half: what is open for a moment does not count.
    function grows(value, name, i, half, least) {
        for (i = first; i <= NR; i++) {
            half = 2 * (i - first) >= n
            if (!(half in least) || value[i] < least[half]) least[half] = value[i]
        }
        printf "%s: %d -> %d\n", name, least[0], least[1]
        return least[1] > least[0]
    }
    function slope_of(i, k, x, y, sx, sy, sxx, sxy, rest) {
        for (i = first; i <= NR; i++) {
            k = int((i - first) * blocks / n)
            number[k]++; t[k] += time[i] / 3600; r[k] += rss[i]
        }
        for (k = 0; k < blocks; k++) {
            x[k] = t[k] / number[k] - time[first] / 3600
            y[k] = r[k] / number[k] - rss[first]
            sx += x[k] / blocks; sy += y[k] / blocks
        }
        for (k = 0; k < blocks; k++) {
            sxx += (x[k] - sx) ^ 2; sxy += (x[k] - sx) * (y[k] - sy)
        }
        slope = sxy / sxx
        for (k = 0; k < blocks; k++) rest += (y[k] - sy - slope * (x[k] - sx)) ^ 2
        error = sqrt(rest / (blocks - 2) / sxx)
        return slope
    }
    END {
        first = int(NR / 3) + 1; n = NR - first + 1
        if (n < blocks) { print "soak: too few samples"; exit 1 }
        printf "resident: %d -> %d KiB", rss[first], rss[NR]
        printf ", slope %.0f KiB/h", slope_of()
        printf ", standard error %.0f, limit %d\n", error, limit
        if (slope - 2 * error > limit) bad = bad " memory"
        if (grows(open, "descriptors")) bad = bad " descriptors"
        if (grows(threads, "threads")) bad = bad " threads"
        if (bad) print "soak: grows:" bad
        exit bad != ""
    }' "$folder/samples"
