/* SPDX-License-Identifier: Apache-2.0 */
/* The API key of an endpoint: reads it and keeps it out of every text. */
#ifndef RAMPLUS_DATA_DESCRIBE_SECRET_H
#define RAMPLUS_DATA_DESCRIBE_SECRET_H

#include "core/error.h"

/* Reads the key from RAMPLUS_API_KEY, else from OPENAI_API_KEY, else from the first line of the
 * file (may be NULL), which only its owner may be able to read. *out is NULL if none of them is
 * given; owned: secret_free. Also disables core dumps of the process, which would contain the
 * key. ERROR_USAGE. */
int secret_find(const char *file, char **out, Error *err);
void secret_free(char *key); /* overwrites the key first; accepts NULL */

/* Replaces every occurrence of the key in a text by asterisks. A key of fewer than 6 characters
 * is a placeholder such as `none` for servers that require some key: it is not secret, and a
 * text may contain it by chance. */
void secret_mask(char *text, const char *key);

#endif
