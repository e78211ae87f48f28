/* SPDX-License-Identifier: Apache-2.0 */
/* If jansson refuses the text, its tokens are copied one by one, those that only Python's json
 * takes are replaced, and jansson parses the copy. */
#include "core/json/json_lenient.h"

#include "core/io/text.h"
#include "core/mem.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct Copy {
    const char *at, *end; /* what is left of the text */
    Text out;
    int depth;     /* open brackets */
    char *key;     /* of the outer object, whose value is being copied */
    json_t *odd;   /* key -> phrase or null */
    bool replaced; /* something is */
} Copy;

static void note(Copy *c, const char *phrase)
{
    c->replaced = true;
    if (c->key) json_object_set_new(c->odd, c->key, json_string(phrase));
}

/* The value of \uXXXX at p; -1 if something else is there. */
static int32_t code_unit(const char *p, const char *end)
{
    int32_t value = 0;
    if (end - p < 6 || p[0] != '\\' || p[1] != 'u') return -1;
    for (int i = 2; i < 6; i++) {
        const char c = p[i];
        if (!isxdigit((unsigned char)c)) return -1;
        value = 16 * value + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

static bool is_high(int32_t unit) { return unit >= 0xd800 && unit < 0xdc00; }
static bool is_low(int32_t unit) { return unit >= 0xdc00 && unit < 0xe000; }

/* Copies the escape sequence at c->at, which starts with a backslash. */
static void copy_escape(Copy *c)
{
    const int32_t unit = code_unit(c->at, c->end);
    const bool pair = is_high(unit) && is_low(code_unit(c->at + 6, c->end));
    const bool half = (is_high(unit) && !pair) || is_low(unit);
    size_t n = pair ? 12 : unit >= 0 ? 6 : 2;
    if (n > (size_t)(c->end - c->at)) n = (size_t)(c->end - c->at);
    if (half) note(c, "holds half a surrogate pair");
    if (unit == 0) note(c, "holds \\u0000");
    if (half || unit == 0)
        text_put(&c->out, "\\ufffd");
    else
        text_put_bytes(&c->out, c->at, n);
    c->at += n;
}

static void copy_string(Copy *c)
{
    do {
        if (*c->at == '\\')
            copy_escape(c);
        else
            text_put_bytes(&c->out, c->at++, 1);
    } while (c->at < c->end && *c->at != '"');
    if (c->at < c->end) text_put_bytes(&c->out, c->at++, 1);
}

static void drop_key(Copy *c)
{
    mem_free(c->key);
    c->key = NULL;
}

static bool is_followed_by_colon(const Copy *c)
{
    const char *p = c->at;
    while (p < c->end && isspace((unsigned char)*p)) p++;
    return p < c->end && *p == ':';
}

/* Makes the copied string a key of the outer object. */
static void take_key(Copy *c, const char *string)
{
    json_t *name = json_loads(string, JSON_DECODE_ANY, NULL);
    drop_key(c);
    c->key = name ? mem_strdup(json_string_value(name)) : NULL;
    if (name && json_object_get(c->odd, c->key))
        note(c, "is given twice");
    else if (name)
        json_object_set_new(c->odd, c->key, json_null());
    json_decref(name);
}

static void copy_string_or_key(Copy *c)
{
    const size_t start = c->out.len;
    copy_string(c);
    if (c->depth == 1 && is_followed_by_colon(c)) take_key(c, c->out.data + start);
}

static bool is_word_byte(char c) { return isalnum((unsigned char)c) || strchr("+-.", c); }

/* Whether the word is an integer beyond 64 bits. */
static bool is_huge(const char *word)
{
    char *end;
    errno = 0;
    strtoll(word, &end, 10);
    return errno == ERANGE && !*end;
}

/* Whether Python reads the word as NaN or an infinity. */
static bool is_not_finite(const char *word)
{
    char *end;
    const char *digits = word + (*word == '-');
    if (strcmp(word, "NaN") == 0 || strcmp(digits, "Infinity") == 0) return true;
    return isdigit((unsigned char)*digits) && isinf(strtod(word, &end)) && !*end;
}

/* Copies a number, true, false, null or what stands in their place. */
static void copy_word(Copy *c)
{
    size_t n = 1;
    while (c->at + n < c->end && c->at[n] && is_word_byte(c->at[n])) n++;
    char *word = mem_format("%.*s", (int)n, c->at);
    char *phrase = mem_format("holds %.40s", word);
    const bool huge = is_huge(word), lost = !huge && is_not_finite(word);
    if (huge || lost) note(c, phrase);
    if (huge)
        text_add(&c->out, "\"%s\"", word);
    else
        text_put(&c->out, lost ? "null" : word);
    mem_free(phrase);
    mem_free(word);
    c->at += n;
}

static void copy_token(Copy *c)
{
    const char byte = *c->at;
    if (byte == '"') {
        copy_string_or_key(c);
    } else if (byte && is_word_byte(byte)) {
        copy_word(c);
    } else {
        if (byte == ',' && c->depth == 1) drop_key(c);
        c->depth += (byte == '{' || byte == '[') - (byte == '}' || byte == ']');
        text_put_bytes(&c->out, c->at++, 1);
    }
}

json_t *json_lenient(const char *text, size_t len, json_t **odd, json_error_t *why)
{
    *odd = NULL;
    json_t *value = json_loadb(text, len, JSON_REJECT_DUPLICATES, why);
    if (value) return value;
    Copy c = {.at = text, .end = text + len, .odd = json_object()};
    while (c.at < c.end) copy_token(&c);
    value = json_loadb(c.out.data ? c.out.data : "", c.out.len, 0, why);
    if (value && c.replaced) *odd = json_incref(c.odd);
    json_decref(c.odd);
    drop_key(&c);
    text_free(&c.out);
    return value;
}
