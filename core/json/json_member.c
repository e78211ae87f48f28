/* SPDX-License-Identifier: Apache-2.0 */
/* Skips members until the right one. */
#include "core/json/json_member.h"

#include "core/json/json_scan.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>

typedef struct Finder {
    JsonNext *next;
    void *from;
    int byte; /* read last */
} Finder;

static int advance(Finder *f) { return f->byte = f->next(f->from); }

static int advance_visible(Finder *f)
{
    do advance(f);
    while (f->byte == ' ' || f->byte == '\t' || f->byte == '\n' || f->byte == '\r');
    return f->byte;
}

/* Reads the string that starts with the byte read last. *same: whether it is the key. */
static bool read_key(Finder *f, const char *key, bool *same)
{
    JsonScan scan = {0};
    enum JsonScanStep step = json_scan(&scan, f->byte);
    *same = true;
    while (step == JSON_SCAN_MORE && advance(f) != EOF) {
        step = json_scan(&scan, f->byte);
        if (step != JSON_SCAN_MORE) break;
        *same = *same && *key && (unsigned char)*key == f->byte;
        key += *same;
    }
    *same = *same && *key == 0;
    return step == JSON_SCAN_END;
}

/* Reads the brackets or the string that start with the byte read last. */
static bool skip_scanned(Finder *f)
{
    JsonScan scan = {0};
    enum JsonScanStep step = json_scan(&scan, f->byte);
    while (step == JSON_SCAN_MORE && advance(f) != EOF) step = json_scan(&scan, f->byte);
    return step == JSON_SCAN_END;
}

/* Reads a value and the visible byte after it. */
static bool skip_value(Finder *f)
{
    const int c = f->byte;
    if (c == '{' || c == '[' || c == '"') return skip_scanned(f) && (advance_visible(f), true);
    if (!isalnum(c) && c != '-') return false;
    while (isalnum(f->byte) || f->byte == '-' || f->byte == '+' || f->byte == '.') advance(f);
    if (isspace(f->byte)) advance_visible(f);
    return true;
}

/* Reads members, the first of which starts with the byte read last. */
static enum JsonMember find(Finder *f, const char *key)
{
    for (;; advance_visible(f)) {
        bool same;
        if (f->byte != '"' || !read_key(f, key, &same)) return JSON_MEMBER_BROKEN;
        if (advance_visible(f) != ':') return JSON_MEMBER_BROKEN;
        advance_visible(f);
        if (same && f->byte != EOF) return JSON_MEMBER_FOUND;
        if (!skip_value(f)) return JSON_MEMBER_BROKEN;
        if (f->byte == '}') return JSON_MEMBER_NONE;
        if (f->byte != ',') return JSON_MEMBER_BROKEN;
    }
}

enum JsonMember json_member_find(JsonNext *next, void *from, int first, const char *key,
                                 int *value)
{
    Finder f = {next, from, first};
    enum JsonMember found = JSON_MEMBER_BROKEN;
    if (first == '{') found = advance_visible(&f) == '}' ? JSON_MEMBER_NONE : find(&f, key);
    *value = f.byte;
    return found;
}

enum JsonMember json_member_find_next(JsonNext *next, void *from, const char *key, int *value)
{
    Finder f = {next, from, EOF};
    enum JsonMember found = JSON_MEMBER_BROKEN;
    if (advance_visible(&f) == '}') found = JSON_MEMBER_NONE;
    if (f.byte == ',') found = (advance_visible(&f), find(&f, key));
    *value = f.byte;
    return found;
}
