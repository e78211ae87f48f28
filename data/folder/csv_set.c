/* SPDX-License-Identifier: Apache-2.0 */
/* A row is checked as a whole before anything of it is added. */
#include "data/folder/csv_set.h"

#include "core/array.h"
#include "core/io/progress.h"
#include "core/mem.h"
#include "core/printable.h"
#include "core/strings/utf8.h"
#include "data/folder/csv_cells.h"
#include "data/folder/image_name.h"

#include <string.h>

/* What a cell says: a tag, a tag that is not annotated, a caption. */
typedef struct Said {
    enum { TAG, UNKNOWN, CAPTION } kind;
    const char *text; /* in the record, or the name of a column */
} Said;

typedef struct Table {
    CsvColumns columns;
    CsvReader *reader;
    OwnSet *own;
    bool exists;
    CsvCounts *counts;
    char *image; /* of the row, owned; NULL: not yet */
    int role;
    bool told; /* all of its tags are given */
    Said *said;
    int64_t saids, room;
} Table;

static void say(Table *t, int kind, const char *text)
{
    t->said = array_grow(t->said, sizeof *t->said, t->saids, &t->room);
    t->said[t->saids++] = (Said){kind, text};
}

/* ---- cells ------------------------------------------------------------------------------- */

static int fail(const Table *t, Error *why, int64_t column, const char *cell, const char *text)
{
    return csv_reader_fail(t->reader, why, "column '%.60s': '%.100s': %s",
                           t->columns.name[column], cell, text);
}

static int take_image(Table *t, int64_t column, const char *cell, Error *why)
{
    Error fault = {0};
    t->image =
        image_name_below(t->own->rules.images, cell, t->exists, &t->counts->missing, &fault);
    if (t->image) return 0;
    if (fault.code == ERROR_RUNTIME) return error_move(why, &fault);
    return fail(t, why, column, cell, fault.text);
}

static int take_tags(Table *t, int64_t column, char *cell, Error *why)
{
    CsvTags tags = csv_tags(cell, t->columns.tag_separator);
    if (csv_cell_missing(cell)) return 0;
    for (char *tag; (tag = csv_tags_next(&tags));) {
        if (!tags_can_hold(tag) || printable_find_fault(tag))
            return fail(t, why, column, tag, "has characters that cannot be printed");
        say(t, TAG, tag);
    }
    t->told = true;
    return 0;
}

static int take_flag(Table *t, int64_t column, const char *cell, Error *why)
{
    const CsvColumns *c = &t->columns;
    enum CsvFlag flag = csv_cell_flag(cell);
    if (flag == CSV_FLAG_NONE)
        return fail(t, why, column, cell, "expected 1, 0, -1 or nothing");
    if (flag == CSV_FLAG_EMPTY && c->empty_is_absent) flag = CSV_FLAG_ABSENT;
    if (flag == CSV_FLAG_UNKNOWN && c->minus_is_absent) flag = CSV_FLAG_ABSENT;
    if (flag == CSV_FLAG_PRESENT) say(t, TAG, c->name[column]);
    if (flag == CSV_FLAG_EMPTY || flag == CSV_FLAG_UNKNOWN) say(t, UNKNOWN, c->name[column]);
    t->told |= flag == CSV_FLAG_PRESENT || flag == CSV_FLAG_ABSENT;
    return 0;
}

static int take_role(Table *t, int64_t column, const char *cell, Error *why)
{
    t->role = csv_cell_role(cell);
    if (t->role >= 0) return 0;
    return fail(t, why, column, cell, "expected train, val, valid, dev or test");
}

static int take_held(Table *t, int64_t column, const char *cell, Error *why)
{
    const enum CsvFlag flag = csv_cell_flag(cell);
    t->role = flag == CSV_FLAG_PRESENT  ? OWN_ROLE_TEST
              : flag == CSV_FLAG_ABSENT ? OWN_ROLE_TRAIN
                                        : OWN_ROLE_DRAWN;
    if (flag != CSV_FLAG_NONE) return 0;
    return fail(t, why, column, cell, "expected True or False");
}

static int take_cell(Table *t, int64_t column, char *cell, Error *why)
{
    cell = utf8_strip(cell);
    switch (t->columns.use[column]) {
    case CSV_IMAGE:
        return take_image(t, column, cell, why);
    case CSV_TAGS:
        return take_tags(t, column, cell, why);
    case CSV_FLAGS:
        return take_flag(t, column, cell, why);
    case CSV_SPLIT:
        return take_role(t, column, cell, why);
    case CSV_HELD:
        return take_held(t, column, cell, why);
    case CSV_CAPTION:
        if (!csv_cell_missing(cell)) say(t, CAPTION, cell);
        return 0;
    default:
        return 0;
    }
}

/* ---- rows -------------------------------------------------------------------------------- */

/* Columns up to the last one with a name. */
static int64_t named_columns(const CsvColumns *c)
{
    int64_t n = c->count;
    while (n > 0 && !*c->name[n - 1]) n--;
    return n;
}

/* Excel ends all lines, or the header alone, with the separators of its widest one. */
static int check_fields(const Table *t, const CsvRecord *record, Error *why)
{
    int64_t n = record->fields;
    while (n > t->columns.count && utf8_blank(record->field[n - 1])) n--;
    if (n >= named_columns(&t->columns) && n <= t->columns.count) return 0;
    return csv_reader_fail(t->reader, why, "%ld fields, expected %ld: is a quote missing?", n,
                           t->columns.count);
}

static bool is_empty(const CsvRecord *record)
{
    for (int64_t i = 0; i < record->fields; i++)
        if (!utf8_blank(record->field[i])) return false;
    return true;
}

static int read_row(Table *t, const CsvRecord *record, Error *why)
{
    mem_free(t->image);
    t->image = NULL;
    t->role = OWN_ROLE_DRAWN;
    t->told = false;
    t->saids = 0;
    if (check_fields(t, record, why) != 0) return -1;
    for (int64_t i = 0; i < t->columns.count && i < record->fields; i++)
        if (take_cell(t, i, record->field[i], why) != 0) return -1;
    return 0;
}

static int add_said(Table *t, int64_t image, const Said *said, Error *why)
{
    if (said->kind == TAG) return own_set_tag(t->own, image, said->text, why);
    if (said->kind == UNKNOWN) return own_set_unknown(t->own, image, said->text, why);
    own_set_caption(t->own, image, said->text);
    return 0;
}

static int add_row(Table *t, Error *why)
{
    bool added;
    const int64_t image = own_set_image(t->own, t->image, &added);
    if (!own_set_role(t->own, image, (enum OwnRole)t->role))
        return csv_reader_fail(t->reader, why,
                               "%.200s: is for training in one row and for "
                               "testing in another",
                               t->image);
    if (t->told) own_set_told(t->own, image);
    for (int64_t i = 0; i < t->saids; i++)
        if (add_said(t, image, &t->said[i], why) != 0) return -1;
    t->counts->rows++;
    t->counts->merged += !added;
    return 0;
}

/* ---- the table --------------------------------------------------------------------------- */

/* Takes the next row. Returns 1 after the last one. */
static int next(Table *t, Error *err)
{
    const CsvRecord *record;
    Error why = {0};
    int status = csv_reader_next(t->reader, &record, &why);
    if (status == 0 && !record) return 1;
    if (record && is_empty(record)) return t->counts->empty++, 0;
    if (status == 0) status = read_row(t, record, &why);
    if (status == 0) status = add_row(t, &why);
    if (why.code == ERROR_RUNTIME) return error_move(err, &why);
    if (status != 0) record_list_add_error(&t->own->bad, &why);
    t->counts->bad += status != 0;
    return 0;
}

static int read_rows(Table *t, Error *err)
{
    int status = 0;
    int64_t n = 0;
    Progress progress = progress_start("rows", 0);
    for (; status == 0; n++) {
        status = next(t, err);
        if (n % 1024 == 0) progress_step(&progress, n, NULL);
    }
    progress_end(&progress, n - 1);
    return status < 0 ? -1 : 0;
}

/* The tags of all columns of flags, those on no image, too. */
static int add_flag_tags(Table *t, Error *err)
{
    for (int64_t i = 0; i < t->columns.count; i++) {
        const char *name = t->columns.name[i];
        if (t->columns.use[i] != CSV_FLAGS) continue;
        if (printable_find_fault(name))
            return error_set(err, ERROR_DATA,
                             "column %ld: its name has characters that cannot "
                             "be printed",
                             i + 1);
        if (own_set_find_tag(t->own, name, err) < 0) return -1;
    }
    return 0;
}

int csv_set_read(const char *path, const CsvRules *rules, bool exists, OwnSet *own,
                 CsvCounts *counts, Error *err)
{
    Table t = {.own = own, .exists = exists, .counts = counts};
    *counts = (CsvCounts){0};
    if (csv_columns_find(path, rules, &t.columns, err) != 0) return -1;
    int status = add_flag_tags(&t, err);
    if (status == 0) status = csv_columns_open(path, rules, &t.columns, &t.reader, err);
    if (status == 0) status = read_rows(&t, err);
    csv_reader_close(t.reader);
    csv_columns_free(&t.columns);
    mem_free(t.image);
    mem_free(t.said);
    return status;
}
