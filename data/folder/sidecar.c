/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of tags, and captions by line. */
#include "data/folder/sidecar.h"

#include "core/array.h"
#include "core/mem.h"
#include "core/strings/utf8.h"

#include <string.h>

static void unescape(char *tag)
{
    char *to = tag;
    for (const char *p = tag; *p; p++) {
        p += p[0] == '\\' && (p[1] == '(' || p[1] == ')');
        *to++ = *p;
    }
    *to = 0;
}

char *sidecar_cut(char **rest)
{
    char *tag = NULL;
    while (*rest && !(tag && *tag)) {
        char *comma = strchr(*rest, ',');
        if (comma) *comma = 0;
        tag = utf8_strip(*rest);
        *rest = comma ? comma + 1 : NULL;
    }
    if (!tag || !*tag) return NULL;
    unescape(tag);
    return tag;
}

void sidecar_unscore(char *tag)
{
    int64_t characters = 0;
    for (const char *p = tag; *p; p++) characters += utf8_starts(*p);
    if (characters <= 3) return;
    for (char *p = tag; *p; p++)
        if (*p == '_') *p = ' ';
}

static void add(Sidecar *s, char *text, int64_t line)
{
    s->text = array_grow(s->text, sizeof *s->text, s->texts, &s->room);
    s->text[s->texts++] = (SidecarText){text, line};
}

static void add_line(Sidecar *s, enum SidecarKind kind, char *text, int64_t line)
{
    if (kind == SIDECAR_CAPTION) {
        if (!utf8_blank(text)) add(s, utf8_strip(text), line);
        return;
    }
    for (char *rest = text, *tag; (tag = sidecar_cut(&rest));) add(s, tag, line);
}

int sidecar_read(const char *path, enum SidecarKind kind, Sidecar *out, Error *err)
{
    *out = (Sidecar){0};
    if (file_bytes(path) > SIDECAR_MAX_BYTES)
        return error_set(err, ERROR_DATA, "%s: more than %d bytes for one image", path,
                         SIDECAR_MAX_BYTES);
    if (lines_read(path, &out->lines, err) != 0) return -1;
    for (size_t i = 0; i < out->lines.count; i++) {
        char *line = out->lines.line[i];
        if (!utf8_valid(line)) {
            sidecar_free(out);
            return error_set(err, ERROR_DATA,
                             "%s: line %zu: not UTF-8 (Latin-1?): save it as UTF-8", path,
                             i + 1);
        }
        add_line(out, kind, line, (int64_t)i + 1);
    }
    return 0;
}

void sidecar_free(Sidecar *s)
{
    mem_free(s->text);
    lines_free(&s->lines);
    *s = (Sidecar){0};
}
