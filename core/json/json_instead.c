/* SPDX-License-Identifier: Apache-2.0 */
/* The table of first bytes, and a closer look at text. */
#include "core/json/json_instead.h"

#include "core/io/file.h"
#include "core/io/first_bytes.h"
#include "core/mem.h"

#include <stdbool.h>
#include <string.h>

enum { HEAD = 1 << 16 };

#define BLANKS " \t\r\n"

/* Whether the first line of the text ends with `}` and the next one starts with `{`. */
static bool is_lines(const char *text)
{
    const char *end = strchr(text, '\n'), *last = end;
    if (!end) return false;
    while (last > text && strchr(BLANKS, *last)) last--;
    return *last == '}' && end[strspn(end, BLANKS)] == '{';
}

static const char *kind_of_object(const char *text)
{
    if (is_lines(text))
        return "JSON Lines, one object per line: `jq -s . FILE` makes an array of them";
    if (strstr(text, "\"annotations\"") || strstr(text, "\"images\"") ||
        strstr(text, "\"categories\""))
        return "one object, as in COCO's annotations: an array of records is expected";
    if (strstr(text, ":{\"0\":"))
        return "a table by columns: pandas writes records with orient=\"records\"";
    return "one object: expected an array of them, [{...}, ...]";
}

const char *json_instead(const char *path)
{
    const char *name = first_bytes_of_file(path), *kind = name;
    char *head = mem_alloc(HEAD + 1);
    head[HEAD] = 0;
    if (name && file_head(path, head, HEAD, NULL) == 0) {
        const char *text = head + (strncmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0);
        text += strspn(text, BLANKS);
        const char *comma = strchr(text, ','), *line = strchr(text, '\n');
        if (!*text && strcmp(name, "plain text") == 0) kind = "an empty file";
        if (*text == '{' && strcmp(name, "JSON text") == 0) kind = kind_of_object(text);
        if (comma && line && comma < line && strcmp(name, "plain text") == 0) kind = "CSV";
    }
    mem_free(head);
    return kind;
}
