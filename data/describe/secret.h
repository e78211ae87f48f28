/* SPDX-License-Identifier: Apache-2.0 */
/* The key of an endpoint: where it comes from, and that no text repeats it. */
#ifndef RAMPLUS_DATA_DESCRIBE_SECRET_H
#define RAMPLUS_DATA_DESCRIBE_SECRET_H

#include "core/error.h"

/* From RAMPLUS_API_KEY, else OPENAI_API_KEY, else the first line of the file (may be NULL), which nobody
 * but its owner may read. *out is NULL where there is none; owned: secret_free. ERROR_USAGE. Also keeps the
 * process from leaving a core dump with the key in it. */
int secret_find(const char *file, char **out, Error *err);
void secret_free(char *key); /* overwrites it first; accepts NULL */

/* Every occurrence of the key in a text becomes asterisks. A key of less than 6 characters is a word like
 * `none` for servers that ask for some key: it is no secret, and text may hold it by chance. */
void secret_mask(char *text, const char *key);

#endif
