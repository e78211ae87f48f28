/* SPDX-License-Identifier: Apache-2.0 */
/* Counting of brackets outside strings. */
#include "core/json/json_scan.h"

#include <ctype.h>

static enum JsonScanStep scan_string(JsonScan *s, int c)
{
    if (c == '\n') return JSON_SCAN_BROKEN;
    if (s->escaped)
        s->escaped = false;
    else if (c == '\\')
        s->escaped = true;
    else if (c == '"')
        s->in_string = false;
    return s->in_string || s->depth > 0 ? JSON_SCAN_MORE : JSON_SCAN_END;
}

/* Brackets deeper than JSON_SCAN_DEPTH are counted only. */
static enum JsonScanStep open_bracket(JsonScan *s, int c)
{
    const bool known = s->depth > 0 && s->depth <= JSON_SCAN_DEPTH;
    if (known && !s->square[s->depth - 1] && s->last != ':')
        return JSON_SCAN_BROKEN; /* no key */
    if (s->depth < JSON_SCAN_DEPTH) s->square[s->depth] = c == '[';
    s->depth++;
    if (s->depth > s->deepest) s->deepest = s->depth;
    return JSON_SCAN_MORE;
}

static enum JsonScanStep close_bracket(JsonScan *s, int c)
{
    s->depth--;
    if (s->depth < JSON_SCAN_DEPTH && s->square[s->depth] != (c == ']'))
        return JSON_SCAN_BROKEN;
    return s->depth > 0 ? JSON_SCAN_MORE : JSON_SCAN_END;
}

enum JsonScanStep json_scan(JsonScan *s, int c)
{
    enum JsonScanStep step = JSON_SCAN_MORE;
    if (s->in_string) return scan_string(s, c);
    if (c == '{' || c == '[') step = open_bracket(s, c);
    if (c == '}' || c == ']') step = close_bracket(s, c);
    s->in_string = c == '"';
    if (!isspace(c)) s->last = c;
    return step;
}
