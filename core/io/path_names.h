/* SPDX-License-Identifier: Apache-2.0 */
/* Short names that tell paths apart. */
#ifndef RAMPLUS_CORE_IO_PATH_NAMES_H
#define RAMPLUS_CORE_IO_PATH_NAMES_H

#include <stdint.h>

/* The last part of each path, and before it as many parts as it takes to differ from the
 * others: "a/seed_0" and "b/seed_0", but "c". Only equal paths get equal names. The array and
 * its n names are owned: path_names_free. */
char **path_names(const char *const *path, int64_t n);
void path_names_free(char **name, int64_t n);

#endif
