#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints the findings of static analyzers for review: analyze.sh FLAGS... Never fails.
jobs=$(nproc)
sources=$(git ls-files '*.c' | grep -v '^tests/')
found() { grep -E ': (error|warning|portability|performance):' | sort -u; }
# Calls itself missing where it is.
run() { echo "$1:"; command -v "$1" > /dev/null || { echo "  not installed"; return 1; }; }

# Without optimization, which would remove what makes no sense.
echo "gcc -fanalyzer:"
printf '%s\n' $sources |
    xargs -P "$jobs" -I{} gcc "$@" -U_FORTIFY_SOURCE -O0 -fanalyzer -c {} -o /dev/null 2>&1 |
    grep -e -Wanalyzer | found

run cppcheck && cppcheck -j "$jobs" --quiet --std=c11 --language=c -I. --enable=warning,performance,portability \
    --suppress=missingIncludeSystem --inline-suppr $sources 2>&1 | found

# Left out: parameters of one type side by side, memcpy as such, names that feature macros have, sizes of
# pointers, which arrays of strings mean, and results of printf, which main checks for the whole stream.
run clang-tidy && printf '%s\n' $sources |
    xargs -P "$jobs" -I{} clang-tidy --quiet --checks='-*,bugprone-*,cert-*,clang-analyzer-*,
        -bugprone-easily-swappable-parameters,-clang-analyzer-security.insecureAPI.*,
        -bugprone-reserved-identifier,-cert-dcl37-c,-cert-dcl51-cpp,-bugprone-sizeof-expression,
        -cert-err33-c,-bugprone-narrowing-conversions,-cert-dcl16-c' {} -- "$@" 2> /dev/null | found
exit 0
