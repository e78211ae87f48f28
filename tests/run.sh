#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the test binaries, gradient checks in double first: run.sh DOUBLE-DIR FAST-DIR [SUITES]
double=$1 fast=$2
[ -n "$3" ] && export CK_RUN_SUITE="$3"
export RAMPLUS="$fast/ramplus" FAULT_SERVER="$fast/fault_server" TORTURE="$fast/torture.so" OMP_NUM_THREADS="${OMP_NUM_THREADS:-2}"
# LLVM's OpenMP threads compute on for 200 ms where they only wait.
export KMP_BLOCKTIME=0
# A process that a sanitizer ends has failed by itself, not for want of memory (1).
export ASAN_OPTIONS="exitcode=86${ASAN_OPTIONS:+:$ASAN_OPTIONS}"

# LLVM's OpenMP library leaves a file for each process that is killed; if that is empty, a later
# process of the same number ends with SIGBUS.
for file in /dev/shm/__KMP_REGISTERED_LIB_*; do
    process=${file#/dev/shm/__KMP_REGISTERED_LIB_}
    [ -e "/proc/${process%%_*}" ] || echo "$file"
done | xargs rm -f

status=0
echo "gradient checks (double precision):"
"$double/check" || status=1
echo "all tests:"
"$fast/check" || status=1
exit $status
