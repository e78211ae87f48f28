/* SPDX-License-Identifier: Apache-2.0 */
/* Short names that tell paths apart. */
#ifndef RAMPLUS_CORE_IO_PATH_NAMES_H
#define RAMPLUS_CORE_IO_PATH_NAMES_H

#include <stdint.h>

/* The last part of each path, or, if two paths have the same, as many last parts of all paths
 * as it takes to tell them apart, also by a file system that ignores case: "a/seed_0",
 * "b/seed_0", "b/seed_1". Only equal paths get equal names. The array and its n names are
 * owned: path_names_free. */
char **path_names(const char *const *path, int64_t n);
void path_names_free(char **name, int64_t n);

#endif
