#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Speed of a small model (the four epochs of configs/synth.yaml) alone, beside one endless loop, and
# under a quota of one processor (needs root): neighbor.sh RAMPLUS [ROUNDS]
#
# Every round takes all rows in turn, the next round in the opposite order, so that a machine whose
# speed drifts changes all rows alike. Prints the median images per second of each row, and the
# ratios that matter: what two threads gain, and what they keep beside a busy process, measured
# against one processor that is free.
program=$1 rounds=${2:-5} steps=144 batch=16
[ -x "$program" ] || { echo "usage: neighbor.sh RAMPLUS [ROUNDS]" >&2; exit 2; }
folder=$(mktemp -d) || exit 1
group=
loop=
end() {
    [ -z "$loop" ] || kill "$loop" 2> /dev/null
    [ -z "$group" ] || rmdir "$group" 2> /dev/null
    rm -rf "$folder"
}
trap end EXIT
trap 'exit 1' INT TERM

"$program" prepare synth "$folder/data" --train 600 --test 20 --size 64 > /dev/null 2>&1 || exit 1

# train THREADS STEPS [COMMAND...]: seconds of a run, started by the command
train() {
    threads=$1 last=$2
    shift 2
    rm -rf "$folder/run"
    before=$(date +%s%N)
    "$@" "$program" train -c configs/synth.yaml data.root="$folder/data" data.eval= run="$folder/run" \
        save.every=1000000 threads="$threads" train.max_steps="$last" > /dev/null 2> "$folder/messages" ||
        { tail -2 "$folder/messages" >&2; exit 1; }
    echo $(($(date +%s%N) - before))
}

# rate THREADS [COMMAND...]: images per second, without what a run takes to start and to save
rate() {
    threads=$1
    shift
    short=$(train "$threads" 4 "$@") && long=$(train "$threads" $((steps + 4)) "$@") || exit 1
    echo $((steps * batch * 10000000000 / (long - short))) | sed 's/.$/.&/'
}

# A control group with a quota of one processor, of version 2 or 1.
make_group() {
    group=/sys/fs/cgroup/ramplus_$$
    mkdir "$group" 2> /dev/null
    [ -e "$group/cpu.max" ] && echo "100000 100000" > "$group/cpu.max" && return
    rmdir "$group" 2> /dev/null
    group=/sys/fs/cgroup/cpu/ramplus_$$
    mkdir "$group" 2> /dev/null
    [ -e "$group/cpu.cfs_quota_us" ] && echo 100000 > "$group/cpu.cfs_quota_us" && return
    rmdir "$group" 2> /dev/null
    group=
}
in_group() { sh -c 'echo $$ > "$0/cgroup.procs" && exec "$@"' "$group" "$@"; }

row() {
    case $1 in
    1*) rate 1 ;;
    2-quota) rate 2 in_group ;;
    2*) rate 2 ;;
    esac
}
measure() {
    loop=
    case $1 in *busy)
        sh -c 'while :; do :; done' &
        loop=$!
        ;;
    esac
    value=$(row "$1") || exit 1
    [ -z "$loop" ] || { kill "$loop"; wait "$loop" 2> /dev/null; }
    echo "$value" >> "$folder/$1"
}

make_group
rows="1 2 1-busy 2-busy${group:+ 2-quota}"
[ -n "$group" ] || echo "skipped: a quota of one processor: no control group can be made here"
order=$rows
for round in $(seq "$rounds"); do
    for r in $order; do measure "$r" || exit 1; done
    reverse=
    for r in $order; do reverse="$r $reverse"; done
    order=$reverse
done

median() { sort -n "$folder/$1" | awk '{ x[NR] = $1 } END { print x[int((NR + 1) / 2)] }'; }
spread() { sort -n "$folder/$1" | awk 'NR == 1 { low = $1 } { high = $1 } END { print low " to " high }'; }
say() { printf '%-34s %8s images/s (%s)\n' "$2" "$(median "$1")" "$(spread "$1")"; }
ratio() { awk -v a="$(median "$1")" -v b="$(median "$2")" -v what="$3" 'BEGIN { printf "%-34s %8.2f\n", what, a / b }'; }
sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1
say 1 "1 thread"
say 2 "2 threads"
say 1-busy "1 thread beside a busy process"
say 2-busy "2 threads beside a busy process"
[ -z "$group" ] || say 2-quota "2 threads, quota of one processor"
ratio 2 1 "2 threads to 1"
ratio 2-busy 1 "beside it: 2 threads to 1 free"
[ -z "$group" ] || ratio 2-quota 1 "quota of one: 2 threads to 1 free"
