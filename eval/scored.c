/* Sorting and writing scored members of a list. */
#include "eval/scored.h"

#include <stdlib.h>

static int by_score(const void *a, const void *b)
{
    const Scored *x = a, *y = b;
    if (x->score != y->score) return x->score < y->score ? 1 : -1;
    return (x->at > y->at) - (x->at < y->at);
}

void scored_sort(Scored *s, int64_t n) { qsort(s, (size_t)n, sizeof *s, by_score); }

void scored_csv(Text *out, const char *subject, char *const *name, const Scored *s, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        text_csv(out, subject);
        text_put(out, ",");
        text_csv(out, name[s[i].at]);
        text_add(out, ",%.6f\n", (double)s[i].score);
    }
}

void scored_json(Text *out, const ScoredKeys *keys, const char *subject, char *const *name,
                 const Scored *s, int64_t n)
{
    text_add(out, "%s\n {\"%s\": ", out->len > 1 ? "," : "", keys->subject);
    text_json(out, subject);
    text_add(out, ", \"%s\": [", keys->list);
    for (int64_t i = 0; i < n; i++) {
        text_add(out, "%s{\"%s\": ", i ? ", " : "", keys->member);
        text_json(out, name[s[i].at]);
        text_add(out, ", \"score\": %.6f}", (double)s[i].score);
    }
    text_put(out, "]}");
}
