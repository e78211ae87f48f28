/* SPDX-License-Identifier: Apache-2.0 */
/* train.json and the lists beside it. */
#include "data/folder/record_out.h"

#include "core/io/file.h"
#include "core/log.h"
#include "core/mem.h"

#include <string.h>

enum { ROWS_SHOWN = 20 };

static void put(FileWriter *to, const char *text) { file_writer_put(to, text, strlen(text)); }

static int open_below(const char *out, const char *name, FileWriter **file, Error *err)
{
    char *path = file_join(out, name);
    const int status = file_writer_new(path, file, err);
    mem_free(path);
    return status;
}

static int commit(FileWriter **w, Error *err)
{
    FileWriter *file = *w;
    *w = NULL;
    return file_writer_commit(file, err);
}

/* ---- lists ------------------------------------------------------------------------------- */

int record_list_open(const char *out, const char *name, RecordList *l, Error *err)
{
    *l = (RecordList){.out = out, .name = name};
    return open_below(out, name, &l->file, err);
}

void record_list_add(RecordList *l, const char *line)
{
    put(l->file, line);
    put(l->file, "\n");
    l->lines++;
    if (l->lines <= ROWS_SHOWN) log_warn("%s", line);
    if (l->lines == ROWS_SHOWN + 1) log_warn("more such records: see %s/%s", l->out, l->name);
}

void record_list_add_error(RecordList *l, Error *why)
{
    record_list_add(l, why->text);
    *why = (Error){0};
}

int record_list_close(RecordList *l, int status, Error *err)
{
    if (l->file && status == 0) return record_list_commit(l, err);
    record_list_abandon(l);
    return status;
}

int record_list_commit(RecordList *l, Error *err) { return commit(&l->file, err); }

void record_list_abandon(RecordList *l)
{
    file_writer_abandon(l->file);
    l->file = NULL;
}

/* ---- train.json -------------------------------------------------------------------------- */

static int check_inputs(const char *target, char *const *input, int64_t inputs, Error *err)
{
    bool same = false;
    for (int64_t i = 0; i < inputs; i++) {
        if (file_is_same(input[i], target, &same, err) != 0) return -1;
        if (same)
            return error_set(err, ERROR_USAGE,
                             "%s: would be overwritten: choose another folder", input[i]);
    }
    return 0;
}

int record_out_open(const char *out, char *const *input, int64_t inputs, RecordOut *r,
                    Error *err)
{
    *r = (RecordOut){.out = out};
    char *target = file_join(out, "train.json");
    int status = check_inputs(target, input, inputs, err);
    if (status == 0) status = file_mkdirs(out, err);
    if (status == 0) status = open_below(out, "train.json", &r->file, err);
    mem_free(target);
    return status;
}

void record_out_remove_old(const RecordOut *r) { file_remove_in(r->out, "train.json"); }

void record_out_put(RecordOut *r, const json_t *record)
{
    char *text = json_dumps(record, JSON_COMPACT);
    CHECK(text, "%s/train.json: record %ld cannot be written", r->out, r->records + 1);
    put(r->file, r->records++ ? ",\n" : "[");
    put(r->file, text);
    mem_free(text);
}

int record_out_status(const RecordOut *r, Error *err)
{
    return file_writer_status(r->file, err);
}

static int write_tags(const RecordOut *r, const TagList *tags, Error *err)
{
    FileWriter *names;
    if (open_below(r->out, "train_tags.txt", &names, err) != 0) return -1;
    for (int64_t k = 0; k < tags->count; k++) {
        put(names, tags->name[k]);
        put(names, "\n");
    }
    return file_writer_commit(names, err);
}

int record_out_commit(RecordOut *r, const TagList *tags, Error *err)
{
    record_out_remove_old(r);
    if (write_tags(r, tags, err) != 0) return -1;
    put(r->file, r->records ? "]\n" : "[]\n");
    return commit(&r->file, err);
}

void record_out_abandon(RecordOut *r)
{
    file_writer_abandon(r->file);
    r->file = NULL;
}
