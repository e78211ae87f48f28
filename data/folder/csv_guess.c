/* SPDX-License-Identifier: Apache-2.0 */
/* Counts what cells look like. */
#include "data/folder/csv_guess.h"

#include "core/mem.h"
#include "core/strings/utf8.h"
#include "data/folder/csv_cells.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char separators[] = ",;|";

typedef struct Counts {
    int64_t (*flags)[CSV_FLAG_NONE + 1]; /* [columns] cells of each kind */
    int64_t separated[3];                /* cells of tags that contain the separator */
} Counts;

static void look_at_tags(Counts *s, char *cell)
{
    if (csv_tags(cell, 0).quoted) return;
    for (int i = 0; i < 3; i++) s->separated[i] += strchr(cell, separators[i]) != NULL;
}

static void look_at(Counts *s, const CsvColumns *c, const CsvRecord *record)
{
    for (int64_t i = 0; i < c->count && i < record->fields; i++)
        if (c->use[i] == CSV_TAGS)
            look_at_tags(s, record->field[i]);
        else
            s->flags[i][csv_cell_flag(utf8_strip(record->field[i]))]++;
}

static int count_cells(CsvReader *r, const CsvColumns *c, Counts *s, Error *err)
{
    for (;;) {
        const CsvRecord *record;
        Error why = {0};
        const int status = csv_reader_next(r, &record, &why);
        if (why.code == ERROR_RUNTIME) return error_move(err, &why);
        if (status == 0 && !record) return 0;
        if (record) look_at(s, c, record);
    }
}

/* ---- flags ------------------------------------------------------------------------------- */

/* Columns that number the rows or measure images, as pandas and others write them. */
static bool is_number_column(const char *name)
{
    static const char *const known[] = {"id", "index", "idx", "no", "width", "height", "size"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcasecmp(name, known[i]) == 0) return true;
    return !*name || strncmp(name, "Unnamed: ", 9) == 0;
}

/* A few cells may be wrong: they are listed later. */
static bool looks_like_flags(const int64_t n[static CSV_FLAG_NONE + 1])
{
    const int64_t flags = n[CSV_FLAG_ABSENT] + n[CSV_FLAG_PRESENT] + n[CSV_FLAG_UNKNOWN];
    const int64_t others = n[CSV_FLAG_NONE];
    return flags > 0 && others <= 1 + flags / 20 && others * 4 <= flags;
}

/* Marks the columns of flags in use and returns their number. */
static int64_t mark_flags(const Counts *s, const CsvColumns *c, bool wide, uint8_t *use)
{
    int64_t marked = 0;
    for (int64_t i = 0; i < c->count; i++) {
        use[i] = c->use[i];
        if (c->use[i] != CSV_UNUSED || is_number_column(c->name[i])) continue;
        if (!wide && !looks_like_flags(s->flags[i])) continue;
        use[i] = CSV_FLAGS;
        marked++;
    }
    return marked;
}

static bool has_tags(const CsvColumns *c)
{
    for (int64_t i = 0; i < c->count; i++)
        if (c->use[i] == CSV_TAGS) return true;
    return false;
}

static void find_flags(const Counts *s, const CsvRules *r, CsvColumns *c)
{
    uint8_t *use = mem_calloc((size_t)c->count + 1, sizeof *use);
    if ((r->wide || !has_tags(c)) && !r->no_header)
        if (mark_flags(s, c, r->wide, use) >= (r->wide ? 1 : 2))
            memcpy(c->use, use, (size_t)c->count);
    mem_free(use);
}

static int64_t count_flags(const Counts *s, const CsvColumns *c, enum CsvFlag flag)
{
    int64_t n = 0;
    for (int64_t i = 0; i < c->count; i++)
        if (c->use[i] == CSV_FLAGS) n += s->flags[i][flag];
    return n;
}

/* Where no flag is 0, empty ones are what 0 is elsewhere: a table has negatives. */
static int find_meaning(const char *path, const Counts *s, const CsvRules *r, CsvColumns *c,
                        Error *err)
{
    const int64_t minus = count_flags(s, c, CSV_FLAG_UNKNOWN);
    const bool zeros = count_flags(s, c, CSV_FLAG_ABSENT) > 0;
    c->minus_is_absent = r->minus_one == CSV_MEANS_ABSENT;
    if (minus && !zeros && r->minus_one == CSV_MEANS_AUTO)
        return error_set(err, ERROR_DATA,
                         "%s: no flag is 0: what does -1 mean? --minus-one absent (the image "
                         "lacks the tag) or --minus-one unknown (not annotated)",
                         path);
    c->empty_is_absent = r->empty == CSV_MEANS_AUTO ? !zeros && !(c->minus_is_absent && minus)
                                                    : r->empty == CSV_MEANS_ABSENT;
    return 0;
}

/* ---- tags -------------------------------------------------------------------------------- */

static char find_tag_separator(const Counts *s)
{
    int best = 0;
    for (int i = 1; i < 3; i++)
        if (s->separated[i] > s->separated[best]) best = i;
    return s->separated[best] ? separators[best] : 0;
}

int csv_guess(const char *path, const CsvRules *rules, CsvColumns *c, Error *err)
{
    CsvReader *r;
    if (csv_columns_open(path, rules, c, &r, err) != 0) return -1;
    Counts s = {.flags = mem_calloc((size_t)c->count + 1, sizeof *s.flags)};
    int status = count_cells(r, c, &s, err);
    csv_reader_close(r);
    if (status == 0) find_flags(&s, rules, c);
    if (status == 0) status = find_meaning(path, &s, rules, c, err);
    if (!rules->tag_separator) c->tag_separator = find_tag_separator(&s);
    mem_free(s.flags);
    return status;
}
