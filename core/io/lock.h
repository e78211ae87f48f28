/* SPDX-License-Identifier: Apache-2.0 */
/* Exclusive locks on open files, held until the descriptor is closed or the process ends. */
#ifndef RAMPLUS_CORE_IO_LOCK_H
#define RAMPLUS_CORE_IO_LOCK_H

#include <stdbool.h>

/* Locks the file without waiting. False if another process holds the lock. On a file system
 * without locks it logs a warning with the path and returns true. */
bool lock_take(int file, const char *path);

#endif
