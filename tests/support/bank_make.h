/* SPDX-License-Identifier: Apache-2.0 */
/* Small label banks for tests. */
#ifndef RAMPLUS_TESTS_SUPPORT_BANK_MAKE_H
#define RAMPLUS_TESTS_SUPPORT_BANK_MAKE_H

#include "model/labels/bank_file.h"

/* A bank of these tags (one a line) with 1, 2, 3, 1, 2, ... rows a tag, some numbers in them and a made-up identity
 * of encoder "hash". Owned: labels_free. */
Labels bank_make(const char *tags, int64_t dim);

/* The bank in a file of tests/support/tiny.h (@ stands for its folder). Owned: labels_free. */
Labels bank_read(const char *path);

#endif
