# SPDX-License-Identifier: Apache-2.0
# Checks the order of system calls in the output of `strace -y` that a power cut relies on: a file is
# fsynced before it is renamed, and its folder after that, before the next rename in the folder, before
# a checkpoint there is removed, and before the end. Prints each fault, and the number of renames.

function folder(path) { sub(/\/[^\/]*$/, "", path); return path }
function fault(what) { print what ": " $0; faults++ }
function argument(n, part) { split($0, part, "\""); return part[2 * n] }
function open_file(part) { split($0, part, /[<>]/); return part[2] }

/ = -1 / { next }
/(write|pwrite64|ftruncate)\(/ { unsynced[open_file()] = 1 }
/fsync\(/ { delete unsynced[open_file()]; delete renamed[open_file()] }
/rename\(/ {
    from = argument(1); to = argument(2); renames++
    if (from in unsynced) fault("renamed before its fsync")
    if (folder(to) in renamed) fault("renamed before the folder was fsynced after " renamed[folder(to)])
    renamed[folder(to)] = to
    names[to] = 1
}
/unlink\(/ {
    if (argument(1) ~ /step_[0-9]*\.h5$/) removed++
    if (argument(1) ~ /step_[0-9]*\.h5$/ && folder(argument(1)) in renamed) fault("removed too early")
}
END {
    for (f in renamed) { print f ": not fsynced after the rename of " renamed[f]; faults++ }
    links = 0
    for (n in names) links += n ~ /\/(latest|best)$/
    printf "%d faults, %d renames, %d links, %d removed\n", faults, renames, links, removed
}
