/* SPDX-License-Identifier: Apache-2.0 */
/* Tar files that images are read from at random, by any number of threads. A file is listed
 * when it is first touched. Of many files, the descriptors and places of those that were
 * touched last are kept. */
#ifndef RAMPLUS_CORE_IO_TAR_CACHE_H
#define RAMPLUS_CORE_IO_TAR_CACHE_H

#include "core/error.h"
#include "core/io/file.h"

typedef struct TarCache TarCache;

TarCache *tar_cache_new(void);
void tar_cache_free(TarCache *cache); /* no thread reads; accepts NULL */

/* Reads a member of a tar file as a whole, at most `max` bytes; the caller frees it with
 * bytes_free. path, member: as tar_path_member splits them. cache: NULL: the file is listed for
 * this member alone.
 *
 * ERROR_DATA if there is no such member, or one that ends in .txt or .json, with a text that
 * names it; of a file that is missing, no tar file or torn before the member, the text is the
 * same for all its members, so that a list of errors has it once. Other codes as in
 * core/io/file_open.h. */
int tar_cache_read(TarCache *cache, const char *path, const char *member, int64_t max,
                   Bytes *out, Error *err);

#endif
