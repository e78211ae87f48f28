#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints the findings of static analyzers for review: analyze.sh FLAGS... Never fails.
jobs=$(nproc)
sources=$(git ls-files '*.c' | grep -v '^tests/')
echo "gcc -fanalyzer:"
printf '%s\n' $sources |
    xargs -P "$jobs" -I{} gcc "$@" -w -O1 -fanalyzer -Wanalyzer-too-complex -c {} -o /dev/null 2>&1 |
    grep -E 'warning:' | grep -v 'too-complex' | sort -u
echo "cppcheck:"
command -v cppcheck > /dev/null || { echo "  not installed"; exit 0; }
cppcheck -j "$jobs" --quiet --std=c11 --language=c -I. --enable=warning,performance,portability \
    --suppress=missingIncludeSystem --inline-suppr $sources 2>&1 | grep -E ': (error|warning|portability|performance):'
exit 0
