/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and masking the API key. */
#define _XOPEN_SOURCE 700
#include "data/describe/secret.h"

#include "core/io/file.h"
#include "core/mem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { MIN_LENGTH = 6 }; /* of a key that is masked */

/* The key becomes part of one header line, so that it must not contain a line end. */
static int check_key(const char *where, const char *key, Error *err)
{
    for (const unsigned char *p = (const unsigned char *)key; *p; p++)
        if (*p <= ' ' || *p > '~')
            return error_set(err, ERROR_USAGE,
                             "%s: the key holds a space, a control character or a non-ASCII "
                             "character",
                             where);
    return 0;
}

static int check_mode(const char *file, Error *err)
{
    struct stat info;
    if (stat(file, &info) == 0 && (info.st_mode & 077))
        return error_set(err, ERROR_USAGE,
                         "%s: mode %03o lets other users read the key: run chmod 600 on it",
                         file, (unsigned)info.st_mode & 0777);
    return 0;
}

static int read_key(const char *file, char **out, Error *err)
{
    Bytes b;
    if (check_mode(file, err) != 0) return -1;
    if (file_read(file, &b, err) != 0) {
        if (err) err->code = ERROR_USAGE;
        return -1;
    }
    char *text = (char *)b.data;
    text[strcspn(text, "\r\n")] = 0;
    if (*text) *out = mem_strdup(text);
    memset(b.data, 0, b.len);
    bytes_free(&b);
    if (!*out) return error_set(err, ERROR_USAGE, "%s: no key in the first line", file);
    return check_key(file, *out, err);
}

static int from_environment(const char *name, char **out, Error *err)
{
    const char *value = getenv(name);
    if (!value || !*value) return 0;
    *out = mem_strdup(value);
    return check_key(name, *out, err);
}

int secret_find(const char *file, char **out, Error *err)
{
    *out = NULL;
    int status = from_environment("RAMPLUS_API_KEY", out, err);
    if (status == 0 && !*out) status = from_environment("OPENAI_API_KEY", out, err);
    if (status == 0 && !*out && file) status = read_key(file, out, err);
    if (status != 0) {
        secret_free(*out);
        *out = NULL;
    }
    const struct rlimit none = {0, 0};
    if (*out) setrlimit(RLIMIT_CORE, &none);
    return status;
}

void secret_free(char *key)
{
    if (!key) return;
    for (volatile char *p = key; *p; p++) *p = 0; /* volatile: not optimized away */
    mem_free(key);
}

void secret_mask(char *text, const char *key)
{
    const size_t n = key ? strlen(key) : 0;
    if (n < MIN_LENGTH) return;
    for (char *p = text; (p = strstr(p, key)); p += n) memset(p, '*', n);
}
