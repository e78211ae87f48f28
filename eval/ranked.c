/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting ranked members of a list and writing them. */
#include "eval/ranked.h"

#include "core/mem.h"

#include <stdlib.h>
#include <string.h>

static int by_score(const void *a, const void *b)
{
    const Ranked *x = a, *y = b;
    if (x->score != y->score) return x->score < y->score ? 1 : -1;
    return (x->at > y->at) - (x->at < y->at);
}

void ranked_sort(Ranked *s, int64_t n) { qsort(s, (size_t)n, sizeof *s, by_score); }

enum RankedFormat ranked_format(bool json, bool spreadsheet, bool csv)
{
    if (json) return RANKED_JSON;
    if (spreadsheet) return RANKED_SPREADSHEET;
    return csv ? RANKED_CSV : RANKED_LINES;
}

bool ranked_is_csv(enum RankedFormat format)
{
    return format == RANKED_CSV || format == RANKED_SPREADSHEET;
}

void ranked_field(Text *out, enum RankedFormat format, const char *text)
{
    if (format != RANKED_SPREADSHEET || !*text || !strchr("=+-@\t\r", *text)) {
        text_csv(out, text);
        return;
    }
    char *guarded = mem_format("'%s", text);
    text_csv(out, guarded);
    mem_free(guarded);
}

void ranked_csv(Text *out, enum RankedFormat format, const char *subject, char *const *name,
                const Ranked *s, int64_t n)
{
    Text start = {0}; /* of every line */
    ranked_field(&start, format, subject);
    text_put(&start, ",");
    for (int64_t i = 0; i < n; i++) {
        text_put_bytes(out, start.data, start.len);
        ranked_field(out, format, name[s[i].at]);
        text_add(out, ",%.9g\n", (double)s[i].score); /* reads back to the same bits */
    }
    text_free(&start);
}

json_t *ranked_json(const char *key, char *const *name, const Ranked *s, int64_t n)
{
    json_t *list = json_array();
    for (int64_t i = 0; i < n; i++) {
        json_t *member = json_pair(key, json_text(name[s[i].at]));
        json_object_set_new(member, "score", json_digits((double)s[i].score, 9));
        json_array_append_new(list, member);
    }
    return list;
}

void ranked_put(Text *out, bool first, json_t *object)
{
    text_put(out, first ? "\n " : ",\n ");
    json_put(out, object);
}
