/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics of a data folder as CSV files: complete lists, where the text shows the first
 * rows. */
#include "core/io/file.h"
#include "core/io/file_writer.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "data/stats/stats.h"

/* Lines wait here until there are enough of them. */
typedef struct Table {
    FileWriter *file;
    Text line;
} Table;

enum { ENOUGH = 1 << 16 };

static int table_open(const char *folder, const char *name, const char *head, Table *t,
                      Error *err)
{
    char *path = file_join(folder, name);
    *t = (Table){0};
    const int status = file_writer_new(path, &t->file, err);
    if (status == 0) text_add(&t->line, "%s\n", head);
    mem_free(path);
    return status;
}

static void flush(Table *t)
{
    file_writer_put(t->file, t->line.data, t->line.len);
    t->line.len = 0;
}

static void end_line(Table *t)
{
    text_put(&t->line, "\n");
    if (t->line.len > ENOUGH) flush(t);
}

static int table_commit(Table *t, Error *err)
{
    flush(t);
    text_free(&t->line);
    return file_writer_commit(t->file, err);
}

static int write_tags(const Stats *s, const char *folder, Error *err)
{
    Table t;
    if (table_open(folder, "tags.csv", "tag,images", &t, err) != 0) return -1;
    for (int64_t k = 0; k < s->tags.count; k++) {
        text_csv(&t.line, s->tags.name[k]);
        text_add(&t.line, ",%ld", s->records.per_tag[k]);
        end_line(&t);
    }
    return table_commit(&t, err);
}

static void put_pairs(Table *t, const Stats *s, const TagPair *pair, int64_t pairs,
                      const char *list)
{
    for (int64_t i = 0; i < pairs; i++) {
        text_add(&t->line, "%s,", list);
        text_csv(&t->line, s->tags.name[pair[i].a]);
        text_put(&t->line, ",");
        text_csv(&t->line, s->tags.name[pair[i].b]);
        text_add(&t->line, ",%ld,%.6f", pair[i].count, pair[i].pmi);
        end_line(t);
    }
}

static int write_pairs(const Stats *s, const char *folder, Error *err)
{
    Table t;
    if (table_open(folder, "pairs.csv", "by,a,b,images,pmi", &t, err) != 0) return -1;
    put_pairs(&t, s, s->by_count, s->counts, "count");
    put_pairs(&t, s, s->by_pmi, s->pmis, "pmi");
    return table_commit(&t, err);
}

/* The name of an image of the table; nothing for -1. */
static void put_image(Text *t, const StatsImages *im, int64_t i)
{
    text_put(t, ",");
    if (i >= 0) text_csv(t, im->at[i].name);
}

static int write_images(const Stats *s, const char *folder, Error *err)
{
    static const char head[] =
        "image,training,evaluation,state,width,height,bytes,equal_to,looks_like,training_image,"
        "training_image_by";
    static const char *const states[] = {"good", "damaged", "unreadable", "missing"};
    const StatsImages *im = &s->images;
    Table t;
    if (table_open(folder, "images.csv", head, &t, err) != 0) return -1;
    for (int64_t i = 0; i < im->count; i++) {
        const StatsImage *e = &im->at[i];
        const char *by = e->leak < 0             ? ""
                         : e->leak_distance < 0  ? "name"
                         : e->leak_distance == 0 ? "bytes"
                                                 : "looks";
        text_csv(&t.line, e->name);
        text_add(&t.line, ",%d,%d,%s,%d,%d,%ld", (int)(e->sets & 1), e->sets >> 1 != 0,
                 s->config->images ? states[e->state] : "", (int)e->width, (int)e->height,
                 e->bytes);
        put_image(&t.line, im, e->exact);
        put_image(&t.line, im, e->near);
        put_image(&t.line, im, e->leak);
        text_add(&t.line, ",%s", by);
        end_line(&t);
    }
    return table_commit(&t, err);
}

int stats_write_csv(const Stats *s, const char *folder, Error *err)
{
    if (file_mkdirs(folder, err) != 0) return -1;
    if (s->trained && (write_tags(s, folder, err) != 0 || write_pairs(s, folder, err) != 0))
        return -1;
    return write_images(s, folder, err);
}
