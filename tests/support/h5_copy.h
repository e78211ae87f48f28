/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of checkpoints with other entries. */
#ifndef RAMPLUS_TESTS_SUPPORT_H5_COPY_H
#define RAMPLUS_TESTS_SUPPORT_H5_COPY_H

#include "core/hdf5/h5_file.h"

#include <stdbool.h>

/* May change the numbers. Returns whether the copy gets the entry. */
typedef bool (*H5Change)(const H5Entry *e, void *numbers, void *context);

/* Copies all entries, those of the companion included. Paths are those of tiny_path. Every
 * array of bytes is taken for a text. */
void h5_copy(const char *from, const char *to, H5Change change, void *context);

#endif
