/* The three forms of what `ramplus tag` finds. */
#include "eval/tag_print.h"

static void put_csv(Text *out, const char *path, const TagList *tags, const FoundTag *f,
                    int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        text_csv(out, path);
        text_put(out, ",");
        text_csv(out, tags->name[f[i].tag]);
        text_add(out, ",%.6f\n", (double)f[i].score);
    }
}

static void put_json(Text *out, const char *path, const TagList *tags, const FoundTag *f,
                     int64_t n)
{
    text_put(out, out->len > 1 ? ",\n {\"image\": " : "\n {\"image\": ");
    text_json(out, path);
    text_put(out, ", \"tags\": [");
    for (int64_t i = 0; i < n; i++) {
        text_put(out, i ? ", {\"tag\": " : "{\"tag\": ");
        text_json(out, tags->name[f[i].tag]);
        text_add(out, ", \"score\": %.6f}", (double)f[i].score);
    }
    text_put(out, "]}");
}

static void put_line(Text *out, const char *path, const TagList *tags, const FoundTag *f,
                     int64_t n)
{
    text_add(out, "%s:", path);
    for (int64_t i = 0; i < n; i++)
        text_add(out, "%s %s %.2f", i ? "," : "", tags->name[f[i].tag], (double)f[i].score);
    text_put(out, n ? "\n" : " (no tag above the threshold)\n");
}

void tag_print_start(Text *out, TagFormat format)
{
    if (format == TAG_FORMAT_JSON) text_put(out, "[");
    if (format == TAG_FORMAT_CSV) text_put(out, "image,tag,score\n");
}

void tag_print_end(Text *out, TagFormat format)
{
    if (format == TAG_FORMAT_JSON) text_put(out, "\n]\n");
}

void tag_print_picture(Text *out, TagFormat format, const char *path, const TagList *tags,
                       const FoundTag *found, int64_t n)
{
    switch (format) {
    case TAG_FORMAT_LINE:
        put_line(out, path, tags, found, n);
        break;
    case TAG_FORMAT_CSV:
        put_csv(out, path, tags, found, n);
        break;
    case TAG_FORMAT_JSON:
        put_json(out, path, tags, found, n);
        break;
    }
}
