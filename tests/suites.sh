#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Lists the test suites: every test_NAME.c defines `Suite *test_NAME_suite(void)`.
for f in "$@"; do
    case ${f##*/} in test_*.c) n=${f##*/test_} && echo "SUITE(${n%.c}, test_${n%.c}_suite)" ;; esac
done
