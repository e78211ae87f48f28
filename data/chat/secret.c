/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and masking secrets. */
#define _GNU_SOURCE /* memmem */
#include "data/chat/secret.h"

#include "core/io/file.h"
#include "core/log.h"
#include "core/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { MIN_LENGTH = 6 }; /* of a value that is masked */

/* ---- values ---- */

/* A value becomes part of one header line, so that it must not contain a line end. */
static int check_value(const char *where, const char *value, bool spaces, Error *err)
{
    for (const unsigned char *p = (const unsigned char *)value; *p; p++)
        if (*p < ' ' || *p > '~' || (*p == ' ' && !spaces))
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

/* Overwrites a value before it is freed; volatile: not optimized away. */
static void forget(char *value)
{
    for (volatile char *p = value; p && *p; p++) *p = 0;
    mem_free(value);
}

static int read_value(const char *file, bool spaces, char **out, Error *err)
{
    Bytes b;
    if (check_mode(file, err) != 0) return -1;
    if (file_read(file, &b, err) != 0) {
        if (err && err->code == ERROR_DATA) err->code = ERROR_USAGE;
        return -1;
    }
    char *text = (char *)b.data;
    size_t n = strcspn(text, "\r\n");
    while (n > 0 && text[n - 1] == ' ') n--;
    text[n] = 0;
    if (*text) *out = mem_strdup(text);
    memset(b.data, 0, b.len);
    bytes_free(&b);
    if (!*out) return error_set(err, ERROR_USAGE, "%s: no key in the first line", file);
    return check_value(file, *out, spaces, err);
}

/* ---- the key ---- */

/* Whose key a variable holds. */
static const struct Provider {
    const char *variable, *host;
} provider[] = {
    {"OPENAI_API_KEY", "api.openai.com"},
    {"OPENROUTER_API_KEY", "openrouter.ai"},
    {"GEMINI_API_KEY", "generativelanguage.googleapis.com"},
    {"AZURE_OPENAI_API_KEY", "openai.azure.com"},
};

static bool belongs(const char *host, const char *domain)
{
    const size_t n = strlen(host), m = strlen(domain);
    return n >= m && strcasecmp(host + n - m, domain) == 0 &&
           (n == m || host[n - m - 1] == '.');
}

static const char *value_of(const char *variable)
{
    const char *value = getenv(variable);
    return value && *value ? value : NULL;
}

/* The variable whose key goes to this address; NULL: none is set. */
static const char *find_variable(const HttpAddress *to)
{
    if (value_of("RAMPLUS_API_KEY")) return "RAMPLUS_API_KEY";
    for (size_t i = 0; i < sizeof provider / sizeof *provider; i++)
        if (value_of(provider[i].variable) &&
            (belongs(to->host, provider[i].host) || (i == 0 && to->own)))
            return provider[i].variable;
    if (value_of("OPENAI_API_KEY"))
        log_warn("OPENAI_API_KEY is not sent to %s: if it is meant for it, set RAMPLUS_API_KEY "
                 "or use --key-file",
                 to->host);
    return NULL;
}

static int find_key(const char *file, const HttpAddress *to, char **out, Error *err)
{
    if (file) return read_value(file, false, out, err);
    const char *variable = find_variable(to);
    if (!variable) return 0;
    log_info("%s: the key is that of %s", to->host, variable);
    *out = mem_strdup(value_of(variable));
    return check_value(variable, *out, false, err);
}

/* ---- header lines ---- */

/* Takes ownership of the value. */
static void add_line(Secrets *s, const char *name, const char *kind, char *value)
{
    s->line[s->lines++] = mem_format("%s: %s%s", name, kind, value);
    forget(value);
}

static int check_name(const char *option, const char *name, Error *err)
{
    static const char *const fixed[] = {"Content-Type", "Content-Length", "Transfer-Encoding",
                                        "Connection", "Expect"};
    const char *fault = *name ? NULL : "expected the name of a header";
    for (const char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p) && *p != '-' && *p != '_')
            fault = "not the name of a header";
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (strcasecmp(name, fixed[i]) == 0) fault = "the program sets this header itself";
    return fault ? error_set(err, ERROR_USAGE, "%s %.60s: %s", option, name, fault) : 0;
}

/* Adds a header given as NAME=FILE. */
static int add_header(Secrets *s, const char *text, Error *err)
{
    const char *file = strchr(text, '=');
    char *name = mem_strdup(text), *value = NULL;
    if (file) name[file - text] = 0;
    int status = check_name("--header", name, err);
    if (status == 0 && !file)
        status = error_set(err, ERROR_USAGE, "--header %.60s: expected NAME=FILE", text);
    if (status == 0) status = read_value(file + 1, true, &value, err);
    if (status == 0)
        add_line(s, name, "", value);
    else
        forget(value);
    mem_free(name);
    return status;
}

static bool is_given(const OptionStrings *headers, const char *name)
{
    const size_t n = strlen(name);
    for (int64_t i = 0; i < headers->count; i++)
        if (strncasecmp(headers->value[i], name, n) == 0 && headers->value[i][n] == '=')
            return true;
    return false;
}

int secrets_read(const char *key_file, const char *key_header, const OptionStrings *headers,
                 const HttpAddress *to, Secrets *out, Error *err)
{
    const bool azure = strstr(to->url, "/openai/deployments/");
    const char *other = key_header ? key_header : azure ? "api-key" : NULL;
    const char *name = other ? other : "Authorization";
    char *key = NULL;
    *out = (Secrets){.line = mem_calloc((size_t)headers->count + 1, sizeof *out->line)};
    int status = check_name("--key-header", name, err);
    if (status == 0 && key_file && is_given(headers, name))
        status =
            error_set(err, ERROR_USAGE, "--key-file, --header %s: both set %s", name, name);
    if (status == 0 && !is_given(headers, name)) status = find_key(key_file, to, &key, err);
    out->key = status == 0 && key;
    if (out->key)
        add_line(out, name, other ? "" : "Bearer ", key);
    else
        forget(key);
    for (int64_t i = 0; status == 0 && i < headers->count; i++)
        status = add_header(out, headers->value[i], err);
    const struct rlimit none = {0, 0};
    if (out->lines > 0) setrlimit(RLIMIT_CORE, &none);
    return status;
}

void secrets_free(Secrets *s)
{
    for (int64_t i = 0; i < s->lines; i++) forget(s->line[i]);
    mem_free(s->line);
    *s = (Secrets){0};
}

/* Masks a word, of n bytes, wherever it stands in the text. */
static void mask_word(char *text, const char *word, size_t n)
{
    for (char *p = text; (p = memmem(p, strlen(p), word, n)); p += n) memset(p, '*', n);
}

/* Masks the words of a value that are secret: all of a key, others that have a digit. */
static void mask_words(char *text, const char *value, const char *between, bool key)
{
    for (const char *p = value; *(p += strspn(p, between));) {
        const size_t n = strcspn(p, between);
        const bool digit = strcspn(p, "0123456789") < n;
        if (n >= MIN_LENGTH && (key || digit)) mask_word(text, p, n);
        p += n;
    }
}

void secrets_mask(char *text, const Secrets *s)
{
    for (int64_t i = 0; s && i < s->lines; i++) {
        const bool key = i == 0 && s->key;
        const char *value = strchr(s->line[i], ' ') + 1;
        mask_words(text, key ? strrchr(s->line[i], ' ') + 1 : value, " ", key);
        if (!key) mask_words(text, value, " ;,=\"", false);
    }
}
