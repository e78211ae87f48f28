/* SPDX-License-Identifier: Apache-2.0 */
/* The three output formats of `ramplus tag`. */
#include "eval/tag/tag_print.h"

static void put_line(Text *out, const char *path, const TagList *tags, const Ranked *f,
                     int64_t n)
{
    text_put_name(out, path);
    for (int64_t i = 0; i < n; i++) {
        text_put(out, i ? ", " : ": ");
        text_put_name(out, tags->name[f[i].at]);
        text_add(out, " %.2f", (double)f[i].score);
    }
    text_put(out, n ? "\n" : ": (no tag above the threshold)\n");
}

void tag_print_start(Text *out, enum RankedFormat format)
{
    if (format == RANKED_JSON) text_put(out, "[");
    if (ranked_is_csv(format)) text_put(out, "image,tag,score\n");
}

void tag_print_end(Text *out, enum RankedFormat format)
{
    if (format == RANKED_JSON) text_put(out, "\n]\n");
}

void tag_print_image(Text *out, enum RankedFormat format, const char *path, const TagList *tags,
                     const Ranked *found, int64_t n, const char *damage)
{
    json_t *object;
    switch (format) {
    case RANKED_LINES:
        put_line(out, path, tags, found, n);
        break;
    case RANKED_CSV:
    case RANKED_SPREADSHEET:
        ranked_csv(out, format, path, tags->name, found, n);
        break;
    case RANKED_JSON:
        object = json_pair("image", json_text(path));
        if (damage) json_object_set_new(object, "damage", json_text(damage));
        json_object_set_new(object, "tags", ranked_json("tag", tags->name, found, n));
        ranked_put(out, object);
        break;
    }
}

void tag_print_failed(Text *out, enum RankedFormat format, const char *path, const char *why)
{
    if (ranked_is_csv(format)) {
        ranked_field(out, format, path);
        text_put(out, ",,\n");
    }
    if (format == RANKED_JSON) {
        json_t *object = json_pair("image", json_text(path));
        json_object_set_new(object, "error", json_text(why));
        ranked_put(out, object);
    }
}
