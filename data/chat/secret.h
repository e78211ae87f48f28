/* SPDX-License-Identifier: Apache-2.0 */
/* The header lines that may hold secrets, above all the API key: reads them and keeps them out
 * of every text. */
#ifndef RAMPLUS_DATA_CHAT_SECRET_H
#define RAMPLUS_DATA_CHAT_SECRET_H

#include "core/error.h"
#include "core/options/option.h"
#include "data/chat/http.h"

#include <stdbool.h>

typedef struct Secrets {
    char **line;   /* [lines] `NAME: VALUE`; owned */
    int64_t lines; /* the first is that of the key, if there is one */
    bool key;
} Secrets;

/* Reads the headers of --header, each NAME=FILE, and the key: from the key file (may be NULL),
 * else from RAMPLUS_API_KEY, else from the variable of the provider to whom the address
 * belongs; OPENAI_API_KEY also counts for this machine. The key becomes `Authorization: Bearer
 * KEY`, or `KEY_HEADER: KEY` (may be NULL; `api-key` for Azure's older addresses). A value is
 * the first line of a file that only its owner can read. Also disables core dumps of the
 * process, which would contain the values. ERROR_USAGE. Owned: secrets_free, also after a
 * failure. */
int secrets_read(const char *key_file, const char *key_header, const OptionStrings *headers,
                 const HttpAddress *to, Secrets *out, Error *err);
void secrets_free(Secrets *s); /* overwrites the values first */

/* Replaces every occurrence of a secret in a text by asterisks: the key, and each word of
 * another header, or part of it between `;`, `,`, `=` and quotes, as in a cookie. A key of
 * fewer than 6 characters is a placeholder such as `none` for servers that require some key: it
 * is not secret, and a text may contain it by chance. The same holds for words of other headers
 * without a digit. */
void secrets_mask(char *text, const Secrets *s);

#endif
