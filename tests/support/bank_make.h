/* SPDX-License-Identifier: Apache-2.0 */
/* Small label banks for tests. */
#ifndef RAMPLUS_TESTS_SUPPORT_BANK_MAKE_H
#define RAMPLUS_TESTS_SUPPORT_BANK_MAKE_H

#include "model/labels/bank_file.h"

/* Creates a bank of these tags (one per line) with 1, 2, 3, 1, 2, ... rows per tag,
 * deterministic numbers and an invented identity of encoder "hash". The caller frees it with
 * labels_free. */
Labels bank_make(const char *tags, int64_t dim);

/* Reads the bank in a file; @ in its name is the folder of tests/support/tiny.h. The caller
 * frees it with labels_free. */
Labels bank_read(const char *path);

#endif
