/* SPDX-License-Identifier: Apache-2.0 */
/* The content hash of a set of named arrays: over names, types, shapes and numbers, in the
 * order of the names. It does not depend on time, order of writing, file format or machine.
 *
 *   Content *c = content_new();
 *   content_add(c, "fc.weight", "f32", 2, shape, hash_of_the_numbers);   // in any order
 *   content_end(c, text);                                                // frees */
#ifndef RAMPLUS_CORE_IO_CONTENT_H
#define RAMPLUS_CORE_IO_CONTENT_H

#include "core/hash.h"

typedef struct Content Content;

Content *content_new(void);
/* Adds an array, given the hash_of its bytes. The type is a name ("f32") that is the same for
 * the same numbers in any file. At most 8 axes. */
void content_add(Content *c, const char *name, const char *type, int ndim, const int64_t *shape,
                 const uint8_t hash[static HASH_BYTES]);
/* Adds an array, given its bytes. */
void content_add_data(Content *c, const char *name, const char *type, int ndim,
                      const int64_t *shape, const void *data, size_t bytes);
/* Writes the content hash as 32 hex digits and NUL, and frees c. */
void content_end(Content *c, char out[static HASH_HEX]);
void content_free(Content *c); /* frees c without a result; accepts NULL */

#endif
