/* SPDX-License-Identifier: Apache-2.0 */
/* Ranking images by text, and the three output formats. */
#include "eval/retrieve/ranking.h"

#include "core/mem.h"

#include <string.h>

Ranking ranking_new(int64_t texts, int64_t images, const float *score, const bool *ok,
                    int64_t max)
{
    Ranking r = {.texts = texts, .columns = max < images ? max : images};
    Ranked *all = mem_alloc((size_t)images * sizeof *all);
    r.count = mem_alloc((size_t)texts * sizeof *r.count);
    r.place = mem_alloc((size_t)(texts * r.columns) * sizeof *r.place);
    for (int64_t t = 0; t < texts; t++) {
        int64_t n = 0;
        for (int64_t i = 0; i < images; i++)
            if (ok[i]) all[n++] = (Ranked){i, score[i * texts + t]};
        ranked_sort(all, n);
        r.count[t] = n < r.columns ? n : r.columns;
        memcpy(r.place + t * r.columns, all, (size_t)r.count[t] * sizeof *all);
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

static void put_lines(Text *out, const char *text, char *const *path, const Ranked *p,
                      int64_t n)
{
    text_put_name(out, text);
    text_put(out, "\n");
    for (int64_t i = 0; i < n; i++) {
        text_add(out, "  %.3f  ", (double)p[i].score);
        text_put_name(out, path[p[i].at]);
        text_put(out, "\n");
    }
}

static void put_json(Text *out, bool first, const char *text, char *const *path,
                     const Ranked *p, int64_t n)
{
    json_t *object = json_pair("text", json_text(text));
    json_object_set_new(object, "images", ranked_json("image", path, p, n));
    ranked_put(out, first, object);
}

void ranking_print(const Ranking *r, enum RankedFormat format, char *const *text,
                   const ImagePaths *images, Text *out)
{
    char *const *path = images->path;
    const bool csv = ranked_is_csv(format);
    if (format == RANKED_JSON) text_put(out, "[");
    if (csv) text_put(out, "text,image,score\n");
    for (int64_t t = 0; t < r->texts; t++) {
        const Ranked *place = r->place + t * r->columns;
        if (format == RANKED_LINES) put_lines(out, text[t], path, place, r->count[t]);
        if (csv) ranked_csv(out, format, text[t], path, place, r->count[t]);
        if (format == RANKED_JSON) put_json(out, t == 0, text[t], path, place, r->count[t]);
    }
    if (format == RANKED_JSON) text_put(out, "\n]\n");
}
