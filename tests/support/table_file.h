/* SPDX-License-Identifier: Apache-2.0 */
/* Files of text vectors (model/text/text_table.c), for tests of their reader. */
#ifndef RAMPLUS_TESTS_SUPPORT_TABLE_FILE_H
#define RAMPLUS_TESTS_SUPPORT_TABLE_FILE_H

#include <stdint.h>

/* Writes texts, one per line, as they are with type `dtype` ("U8"), and vectors [rows, dim]. */
void table_file_write(const char *path, const char *dtype, const char *texts, int64_t rows,
                      int64_t dim, const float *vectors);

#endif
