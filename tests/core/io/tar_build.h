/* SPDX-License-Identifier: Apache-2.0 */
/* Tar files for tests, member by member, with what no honest program writes: the headers are
 * made here, not by a library. */
#ifndef RAMPLUS_TESTS_CORE_IO_TAR_BUILD_H
#define RAMPLUS_TESTS_CORE_IO_TAR_BUILD_H

#include "core/io/text.h"

#include <stdint.h>

/* Appends a header and its data, padded. type: as in the header, '0' for a file. Returns the
 * offset of the data. */
int64_t tar_build_add(Text *tar, const char *name, char type, const void *data, size_t bytes);
int64_t tar_build_text(Text *tar, const char *name, const char *text); /* a file */
/* A header of this type that links to a name. */
void tar_build_link(Text *tar, const char *name, char type, const char *target);
/* A header of a file of any size, without its data. */
void tar_build_size(Text *tar, const char *name, uint64_t bytes);
/* The two blocks of zeros at the end. */
void tar_build_end(Text *tar);

#endif
