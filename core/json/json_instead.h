/* SPDX-License-Identifier: Apache-2.0 */
/* What a file is that should be a JSON array of objects and is not. */
#ifndef RAMPLUS_CORE_JSON_JSON_INSTEAD_H
#define RAMPLUS_CORE_JSON_JSON_INSTEAD_H

/* "JSON Lines, one object per line: ...", "CSV", "a Git LFS pointer: run git lfs pull", ...;
 * NULL if unknown or unreadable. */
const char *json_instead(const char *path);

#endif
