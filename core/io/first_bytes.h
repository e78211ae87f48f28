/* SPDX-License-Identifier: Apache-2.0 */
/* What a file is, by its first bytes: for messages about a file that is not what was
 * expected. */
#ifndef RAMPLUS_CORE_IO_FIRST_BYTES_H
#define RAMPLUS_CORE_IO_FIRST_BYTES_H

#include <stddef.h>

enum { FIRST_BYTES = 512 }; /* more than that is not looked at */

/* "a GIF image", "a Git LFS pointer: run git lfs pull", "UTF-16 text: save it as UTF-8", "plain
 * text", "an empty file" (n = 0), ...: completes "FILE: not a ...: ". NULL if unknown. */
const char *first_bytes_name(const void *head, size_t n);
/* The same for a file; NULL also if it cannot be read. */
const char *first_bytes_of_file(const char *path);

#endif
