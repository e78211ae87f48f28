/* SPDX-License-Identifier: Apache-2.0 */
/* Marks are recognized by what their names contain, because every family of models has its own:
 * <think>, <thinking>, <seed:think>, [THINK], <|START_THINKING|>, <|begin_of_thought|>. */
#define _GNU_SOURCE /* memmem */
#include "data/chat/thoughts.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { NAME_MAX_BYTES = 64 }; /* of a mark; a longer one is text */

enum Mark { TEXT, OPENS, CLOSES, TOKEN };

bool thoughts_named(const char *name, size_t len)
{
    static const char *const word[] = {"think",    "thought",    "reason",   "reflect",
                                       "analysis", "scratchpad", "monologue"};
    for (size_t i = 0; i < sizeof word / sizeof *word; i++) {
        const size_t n = strlen(word[i]);
        for (size_t at = 0; at + n <= len; at++)
            if (strncasecmp(name + at, word[i], n) == 0) return true;
    }
    return false;
}

/* gpt-oss names the channel after the mark, as in <|channel|>final; Gemma's <|channel> opens
 * and <channel|> closes. */
static enum Mark channel(const char *name, const char *after, size_t *len)
{
    if (*name != '|') return CLOSES;
    if (strncmp(after, "final", 5) != 0) return OPENS;
    *len += 5;
    return CLOSES;
}

/* The name between the brackets that start at p, its n bytes, and the length of the whole mark;
 * 0: no mark. The third kind of brackets is Kimi's. */
static size_t find_name(const char *p, const char **name, size_t *n)
{
    static const char *const bracket[][2] = {
        {"<", ">"}, {"[", "]"}, {"\xe2\x97\x81", "\xe2\x96\xb7"}};
    for (size_t i = 0; i < sizeof bracket / sizeof *bracket; i++) {
        const size_t open = strlen(bracket[i][0]), close = strlen(bracket[i][1]);
        if (strncmp(p, bracket[i][0], open) != 0) continue;
        *name = p + open;
        size_t room = 0;
        while (room < NAME_MAX_BYTES && (*name)[room] && !strchr("<[\n", (*name)[room])) room++;
        const char *end = memmem(*name, room, bracket[i][1], close);
        *n = end ? (size_t)(end - *name) : 0;
        return end ? open + *n + close : 0;
    }
    return 0;
}

/* <answer> and <response>, in which some models wrap what follows a thought. */
static bool is_wrapper(const char *name, size_t n)
{
    const size_t slash = *name == '/';
    return (n - slash == 6 && strncasecmp(name + slash, "answer", 6) == 0) ||
           (n - slash == 8 && strncasecmp(name + slash, "response", 8) == 0);
}

/* The mark at p, and its length in bytes. */
static enum Mark mark_at(const char *p, size_t *len)
{
    const char *name = p;
    size_t n = 0, whole = find_name(p, &name, &n);
    *len = 1;
    if (n == 0) return TEXT;
    const char *word = name + strspn(name, "|");
    const char *blank = memchr(name, ' ', n); /* attributes follow */
    const size_t first = blank ? (size_t)(blank - name) : n;
    const bool token = *name == '|' && name[n - 1] == '|';
    enum Mark mark = token || (*p == '<' && is_wrapper(name, n)) ? TOKEN : TEXT;
    if (memmem(name, n, "channel", 7) && memchr(name, '|', n))
        mark = channel(name, p + whole, &whole);
    else if (thoughts_named(name, first) && (*p != '[' || !islower((unsigned char)name[n - 1])))
        mark = *word == '/' || strncasecmp(word, "end", 3) == 0 ? CLOSES : OPENS;
    if (mark != TEXT) *len = whole;
    return mark;
}

/* gpt-oss without its special tokens: `analysisThe user wants...assistantfinalA fox is...` */
static bool remove_bare_channels(char *text)
{
    static const char first[] = "analysis", last[] = "assistantfinal";
    const char *start = text + strspn(text, " \t\r\n");
    if (strncmp(start, first, strlen(first)) != 0 ||
        !isupper((unsigned char)start[strlen(first)]))
        return false;
    const char *answer = strstr(start, last);
    answer = answer ? answer + strlen(last) : start + strlen(start);
    memmove(text, answer, strlen(answer) + 1);
    return true;
}

bool thoughts_remove(char *text)
{
    bool found = remove_bare_channels(text), inside = false;
    char *kept = text; /* the end of what is kept so far */
    size_t len;
    for (const char *p = text; *p; p += len) {
        const enum Mark mark = mark_at(p, &len);
        found = found || mark == OPENS || mark == CLOSES;
        if (mark == CLOSES && !inside) kept = text;
        if (mark == OPENS || mark == CLOSES) inside = mark == OPENS;
        if (mark == TEXT && !inside) *kept++ = *p;
    }
    *(inside ? text : kept) = 0;
    return found;
}
