/* Sorting scores by text, and the three forms of the result. */
#include "eval/ranking.h"

#include "core/mem.h"

#include <stdlib.h>
#include <string.h>

static int by_score(const void *a, const void *b)
{
    const RankedPicture *x = a, *y = b;
    if (x->score != y->score) return x->score < y->score ? 1 : -1;
    return (x->picture > y->picture) - (x->picture < y->picture);
}

Ranking ranking_new(int64_t texts, int64_t pictures, const float *score, const bool *ok,
                    int64_t most)
{
    Ranking r = {.texts = texts, .most = most < pictures ? most : pictures};
    RankedPicture *all = mem_alloc((size_t)pictures * sizeof *all);
    r.count = mem_alloc((size_t)texts * sizeof *r.count);
    r.place = mem_alloc((size_t)(texts * r.most) * sizeof *r.place);
    for (int64_t t = 0; t < texts; t++) {
        int64_t n = 0;
        for (int64_t i = 0; i < pictures; i++)
            if (ok[i]) all[n++] = (RankedPicture){i, score[i * texts + t]};
        qsort(all, (size_t)n, sizeof *all, by_score);
        r.count[t] = n < r.most ? n : r.most;
        memcpy(r.place + t * r.most, all, (size_t)r.count[t] * sizeof *all);
    }
    mem_free(all);
    return r;
}

void ranking_free(Ranking *r)
{
    mem_free(r->count);
    mem_free(r->place);
    *r = (Ranking){0};
}

static void put_lines(Text *out, const char *text, char *const *path, const RankedPicture *p,
                      int64_t n)
{
    text_add(out, "%s\n", text);
    for (int64_t i = 0; i < n; i++)
        text_add(out, "  %.3f  %s\n", (double)p[i].score, path[p[i].picture]);
}

static void put_csv(Text *out, const char *text, char *const *path, const RankedPicture *p,
                    int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        text_csv(out, text);
        text_put(out, ",");
        text_csv(out, path[p[i].picture]);
        text_add(out, ",%.6f\n", (double)p[i].score);
    }
}

static void put_json(Text *out, const char *text, char *const *path, const RankedPicture *p,
                     int64_t n)
{
    text_put(out, out->len > 1 ? ",\n {\"text\": " : "\n {\"text\": ");
    text_json(out, text);
    text_put(out, ", \"images\": [");
    for (int64_t i = 0; i < n; i++) {
        text_put(out, i ? ", {\"image\": " : "{\"image\": ");
        text_json(out, path[p[i].picture]);
        text_add(out, ", \"score\": %.6f}", (double)p[i].score);
    }
    text_put(out, "]}");
}

void ranking_print(const Ranking *r, RankingFormat format, char *const *text,
                   const PicturePaths *pictures, Text *out)
{
    static void (*const put[])(Text *, const char *, char *const *, const RankedPicture *,
                               int64_t) = {put_lines, put_csv, put_json};
    if (format == RANKING_JSON) text_put(out, "[");
    if (format == RANKING_CSV) text_put(out, "text,image,score\n");
    for (int64_t t = 0; t < r->texts; t++)
        put[format](out, text[t], pictures->path, r->place + t * r->most, r->count[t]);
    if (format == RANKING_JSON) text_put(out, "\n]\n");
}
