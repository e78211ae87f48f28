/* SPDX-License-Identifier: Apache-2.0 */
/* JSON output. */
#include "core/json/json.h"

#include "core/io/file.h"
#include "core/io/first_bytes.h"
#include "core/mem.h"
#include "core/printable.h"
#include "core/strings/utf8.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { FEW_DIGITS = 15, ALL_DIGITS = 17 };

json_t *json_text(const char *string)
{
    if (!string) return json_null();
    json_t *value = json_string(string);
    if (value) return value;
    Text valid = {0};
    text_put_valid(&valid, string);
    value = json_string(valid.data);
    text_free(&valid);
    return value;
}

json_t *json_pair(const char *key, json_t *value)
{
    json_t *object = json_object(), *valid = json_text(key);
    json_object_set_new(object, json_string_value(valid), value);
    json_decref(valid);
    return object;
}

json_t *json_number(double value) { return isfinite(value) ? json_real(value) : json_null(); }

static json_t *read_back(const char *digits) { return json_number(strtod(digits, NULL)); }

json_t *json_fixed(double value, int decimals)
{
    char text[400]; /* the largest double has 309 digits before the point */
    snprintf(text, sizeof text, "%.*f", decimals, value);
    return read_back(text);
}

json_t *json_digits(double value, int digits)
{
    char text[64];
    snprintf(text, sizeof text, "%.*g", digits, value);
    return read_back(text);
}

void json_add_counts(json_t *object, const JsonCount *count, size_t n)
{
    for (size_t i = 0; i < n; i++)
        json_object_set_new(object, count[i].key, json_integer(count[i].value));
}

/* Whether every real number inside the value reads back from FEW_DIGITS digits. */
static bool is_short(json_t *value)
{
    size_t i;
    const char *key;
    json_t *inner;
    json_array_foreach(value, i, inner) if (!is_short(inner)) return false;
    json_object_foreach(value, key, inner) if (!is_short(inner)) return false;
    if (!json_is_real(value)) return true;
    char text[64];
    snprintf(text, sizeof text, "%.*g", FEW_DIGITS, json_real_value(value));
    return strtod(text, NULL) == json_real_value(value);
}

/* Appends a JSON text. What must not reach a terminal stands inside of strings, and there an
 * escape has the same meaning. */
static void put_printable(Text *out, const char *text)
{
    for (const char *fault; (fault = printable_find_fault(text));) {
        text_put_bytes(out, text, (size_t)(fault - text));
        text = fault;
        text_add(out, "\\u%04x", (unsigned)utf8_next(&text));
    }
    text_put(out, text);
}

static void put(Text *out, json_t *value)
{
    const size_t digits = is_short(value) ? FEW_DIGITS : ALL_DIGITS;
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(digits));
    CHECK(text, "not a JSON value");
    put_printable(out, text);
    mem_free(text);
}

void json_put(Text *out, json_t *value)
{
    put(out, value);
    json_decref(value);
}

static void put_rows(Text *out, json_t *value, int levels, int indent);

static void put_array(Text *out, json_t *array, int levels, int indent)
{
    size_t i;
    json_t *element;
    json_array_foreach(array, i, element)
    {
        text_add(out, "%s\n%*s", i ? "," : "[", indent + 1, "");
        put_rows(out, element, levels - 1, indent + 1);
    }
    text_add(out, "\n%*s]", indent, "");
}

static void put_object(Text *out, json_t *object, int levels, int indent)
{
    const char *key, *comma = "{";
    json_t *member;
    json_object_foreach(object, key, member)
    {
        text_put(out, comma);
        json_put(out, json_text(key));
        text_put(out, ": ");
        put_rows(out, member, levels, indent);
        comma = ", ";
    }
    text_put(out, "}");
}

static void put_rows(Text *out, json_t *value, int levels, int indent)
{
    if (levels > 0 && json_is_object(json_array_get(value, 0)))
        put_array(out, value, levels, indent);
    else if (levels > 0 && json_object_size(value) > 0)
        put_object(out, value, levels, indent);
    else
        put(out, value);
}

json_t *json_read(const char *path, int64_t max_bytes, Error *err)
{
    Bytes text;
    json_error_t why;
    if (file_read_max(path, max_bytes, &text, err) != 0) return NULL;
    json_t *value = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, &why);
    const char *what = value ? NULL : first_bytes_name(text.data, text.len);
    if (!value)
        error_set(err, ERROR_DATA, "%s: line %d: %s%s%s", path, why.line, why.text,
                  what ? ": the file is " : "", what ? what : "");
    bytes_free(&text);
    return value;
}

void json_put_rows(Text *out, json_t *value, int levels)
{
    put_rows(out, value, levels, 0);
    text_put(out, "\n");
    json_decref(value);
}

void json_print(json_t *value)
{
    Text out = {0};
    json_put(&out, value);
    printf("%s\n", out.data);
    text_free(&out);
}
