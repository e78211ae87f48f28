/* SPDX-License-Identifier: Apache-2.0 */
/* The three output formats of `ramplus tag`. */
#include "eval/tag/tag_print.h"

#include "core/io/streams.h"
#include "core/printable.h"

TagPrinter tag_print_open(enum RankedFormat format, const TagList *tags)
{
    TagPrinter p = {.format = format, .tags = tags};
    if (format == RANKED_JSON) text_put(&p.text, "[");
    if (ranked_is_csv(format)) text_put(&p.text, "image,tag,score\n");
    return p;
}

static void put_line(TagPrinter *p, const char *path, const Ranked *f, int64_t n)
{
    text_put_name(&p->text, path);
    for (int64_t i = 0; i < n; i++) {
        text_put(&p->text, i ? ", " : ": ");
        text_put_name(&p->text, p->tags->name[f[i].at]);
        text_add(&p->text, " %.2f", (double)f[i].score);
    }
    text_put(&p->text, n ? "\n" : ": (no tag above the threshold)\n");
}

static void put_json(TagPrinter *p, json_t *object)
{
    ranked_put(&p->text, p->images++ == 0, object);
}

void tag_print_image(TagPrinter *p, const char *path, const Ranked *found, int64_t n,
                     const char *damage)
{
    json_t *object;
    switch (p->format) {
    case RANKED_LINES:
        put_line(p, path, found, n);
        break;
    case RANKED_CSV:
    case RANKED_SPREADSHEET:
        ranked_csv(&p->text, p->format, path, p->tags->name, found, n);
        break;
    case RANKED_JSON:
        object = json_pair("image", json_text(path));
        if (damage) json_object_set_new(object, "damage", json_text(damage));
        json_object_set_new(object, "tags", ranked_json("tag", p->tags->name, found, n));
        put_json(p, object);
        break;
    }
}

void tag_print_failed(TagPrinter *p, const char *path, const char *why)
{
    if (ranked_is_csv(p->format)) {
        ranked_field(&p->text, p->format, path);
        text_put(&p->text, ",,\n");
    }
    if (p->format == RANKED_JSON) {
        json_t *object = json_pair("image", json_text(path));
        json_object_set_new(object, "error", json_text(why));
        put_json(p, object);
    }
}

bool tag_print_flush(TagPrinter *p)
{
    if (p->text.data) printable_print(p->text.data);
    text_free(&p->text);
    return streams_take_more();
}

void tag_print_close(TagPrinter *p)
{
    if (p->format == RANKED_JSON) text_put(&p->text, "\n]\n");
    tag_print_flush(p);
}
