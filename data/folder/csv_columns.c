/* SPDX-License-Identifier: Apache-2.0 */
/* Columns by name or number. */
#include "data/folder/csv_columns.h"

#include "core/io/text.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/strings/utf8.h"
#include "data/folder/csv_cells.h"
#include "data/folder/csv_guess.h"
#include "data/image/endings.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Usual names, the better ones first, in small letters and without what is between words. */
static const char *const image_names[] = {
    "imagepath", "imagefile", "imagename", "image",   "filepath", "filename", "file",  "path",
    "fname",     "imgpath",   "imgfile",   "imgname", "img",      "imageid",  "photo", NULL};
static const char *const tag_names[] = {
    "tags",       "tag",      "labels",  "label", "labelname",  "keywords", "keyword",
    "categories", "category", "classes", "class", "classnames", NULL};
static const char *const caption_names[] = {"caption", "captions",    "text",     "texts",
                                            "title",   "description", "sentence", "sentences",
                                            "alttext", "alt",         "prompt",   NULL};
static const char *const split_names[] = {"split", "subset", "partition", "dataset", NULL};
static const char *const held_names[] = {"isvalid", "isval", "istest", NULL};

enum { STEM = 32 };

/* "Image_Path 2" is imagepath: letters alone, small. */
static const char *stem_of(const char *name, char out[static STEM])
{
    int n = 0;
    for (; *name && n < STEM - 1; name++)
        if (isalpha((unsigned char)*name)) out[n++] = (char)tolower((unsigned char)*name);
    out[n] = 0;
    return out;
}

/* The first unused column of this stem from `from` on; -1: none. */
static int64_t find_stem(const CsvColumns *c, const char *stem, int64_t from)
{
    char own[STEM];
    for (int64_t i = from; i < c->count; i++)
        if (c->use[i] == CSV_UNUSED && strcmp(stem_of(c->name[i], own), stem) == 0) return i;
    return -1;
}

/* Takes the columns of the first of these names that there is: all, or one. */
static void take_usual(CsvColumns *c, const char *const *name, enum CsvUse use, bool all)
{
    int64_t taken = 0;
    for (; *name && taken == 0; name++)
        for (int64_t i = 0; (all || !taken) && (i = find_stem(c, *name, i)) >= 0; taken++)
            c->use[i] = (uint8_t)use;
}

/* ---- names that the user gives ----------------------------------------------------------- */

static void put_names(Text *t, const CsvColumns *c)
{
    for (int64_t i = 0; i < c->count && i < 12; i++) {
        text_put(t, i ? ", '" : "'");
        text_put_name(t, c->name[i]);
        text_put(t, "'");
    }
    if (c->count > 12) text_put(t, ", ...");
}

static int unknown_column(const char *path, const CsvColumns *c, const char *name, Error *err)
{
    Text t = {0};
    put_names(&t, c);
    error_set(err, ERROR_USAGE, "%s: no column '%s'; the columns are %s", path, name, t.data);
    text_free(&t);
    return -1;
}

static int take_named(const char *path, CsvColumns *c, const char *name, enum CsvUse use,
                      Error *err)
{
    int64_t at = 0;
    while (at < c->count && strcmp(c->name[at], name) != 0) at++;
    if (at == c->count)
        for (at = 0; at < c->count && strcasecmp(c->name[at], name) != 0;) at++;
    if (at == c->count) return unknown_column(path, c, name, err);
    if (c->use[at] != CSV_UNUSED)
        return error_set(err, ERROR_USAGE, "%s: column '%s' is named twice", path, name);
    c->use[at] = (uint8_t)use;
    return 0;
}

static int take_listed(const char *path, CsvColumns *c, const OptionStrings *names,
                       enum CsvUse use, Error *err)
{
    for (int64_t i = 0; i < names->count; i++)
        if (take_named(path, c, names->value[i], use, err) != 0) return -1;
    return 0;
}

static int take_given(const char *path, const CsvRules *r, CsvColumns *c, Error *err)
{
    if (r->image && take_named(path, c, r->image, CSV_IMAGE, err) != 0) return -1;
    if (r->split && take_named(path, c, r->split, CSV_SPLIT, err) != 0) return -1;
    if (take_listed(path, c, &r->tags, CSV_TAGS, err) != 0) return -1;
    if (take_listed(path, c, &r->captions, CSV_CAPTION, err) != 0) return -1;
    char stem[STEM];
    for (int64_t i = 0; i < c->count; i++)
        for (const char *const *held = held_names; *held; held++)
            if (c->use[i] == CSV_SPLIT && strcmp(stem_of(c->name[i], stem), *held) == 0)
                c->use[i] = CSV_HELD;
    return 0;
}

static bool has(const CsvColumns *c, enum CsvUse use)
{
    for (int64_t i = 0; i < c->count; i++)
        if (c->use[i] == use) return true;
    return false;
}

static int take_columns(const char *path, const CsvRules *r, CsvColumns *c, Error *err)
{
    if (take_given(path, r, c, err) != 0) return -1;
    if (r->no_header) {
        if (!r->image && c->use[0] == CSV_UNUSED) c->use[0] = CSV_IMAGE;
        if (!r->tags.count && !r->captions.count && !r->wide && c->count > 1 &&
            c->use[1] == CSV_UNUSED)
            c->use[1] = CSV_TAGS;
        return 0;
    }
    if (!r->image) take_usual(c, image_names, CSV_IMAGE, false);
    if (!r->tags.count && !r->wide) take_usual(c, tag_names, CSV_TAGS, true);
    if (!r->captions.count) take_usual(c, caption_names, CSV_CAPTION, true);
    if (!r->split) take_usual(c, split_names, CSV_SPLIT, false);
    if (!has(c, CSV_SPLIT) && !has(c, CSV_HELD)) take_usual(c, held_names, CSV_HELD, false);
    return 0;
}

/* ---- faults ------------------------------------------------------------------------------ */

static int no_header(const char *path, const CsvColumns *c, Error *err)
{
    for (int64_t i = 0; i < c->count; i++)
        if (image_ending_in(c->name[i]))
            return error_set(err, ERROR_DATA,
                             "%s: '%s' is no name of a column: a table without a header needs "
                             "--no-header, and numbers for names (--image %ld)",
                             path, c->name[i], i + 1);
    return 0;
}

static int check(const char *path, const CsvColumns *c, Error *err)
{
    Text t = {0};
    const bool image = has(c, CSV_IMAGE);
    const bool said = has(c, CSV_TAGS) || has(c, CSV_CAPTION) || has(c, CSV_FLAGS);
    if (image && said) return 0;
    put_names(&t, c);
    if (!image)
        error_set(err, ERROR_DATA,
                  "%s: which column has the images? name it with --image; the columns are %s",
                  path, t.data);
    else
        error_set(err, ERROR_DATA,
                  "%s: which column has tags or captions? name it with --tags-column or "
                  "--caption, or give --wide if the columns are tags; the columns are %s",
                  path, t.data);
    text_free(&t);
    return -1;
}

/* ---- what was found ---------------------------------------------------------------------- */

static void put_use(Text *t, const CsvColumns *c, enum CsvUse use, const char *what)
{
    int64_t n = 0;
    for (int64_t i = 0; i < c->count; i++) {
        if (c->use[i] != use || n++ >= 12) continue;
        text_add(t, n == 1 ? "; %s: '" : ", '", what);
        text_put_name(t, c->name[i]);
        text_put(t, "'");
    }
    if (n > 12) text_add(t, ", ... (%ld columns)", n);
}

static const char *separator_name(char separator, char out[static 4])
{
    if (separator == '\t') return "tab";
    if (separator == ' ') return "blank";
    memcpy(out, (const char[]){'\'', separator, '\'', 0}, 4);
    return out;
}

/* In Open Images, rows of confidence 0 say that a tag is absent. */
static void warn_of_scores(const char *path, const CsvColumns *c)
{
    static const char *const names[] = {"confidence", "score", "probability"};
    char stem[STEM];
    for (int64_t i = 0; has(c, CSV_TAGS) && i < c->count; i++)
        for (size_t k = 0; k < sizeof names / sizeof *names; k++)
            if (c->use[i] == CSV_UNUSED && strcmp(stem_of(c->name[i], stem), names[k]) == 0)
                log_warn("%s: '%s' is not used: the tags of every row count, whatever it says",
                         path, c->name[i]);
}

static void show(const char *path, const CsvColumns *c)
{
    Text t = {0};
    char name[4];
    text_add(&t, "%s: columns end at %s", path, separator_name(c->separator, name));
    put_use(&t, c, CSV_IMAGE, "image");
    put_use(&t, c, CSV_TAGS, "tags");
    if (has(c, CSV_TAGS))
        text_add(&t, " (%s%s)", c->tag_separator ? "separated by " : "one in each cell",
                 c->tag_separator ? separator_name(c->tag_separator, name) : "");
    put_use(&t, c, CSV_FLAGS, "tags with flags");
    if (has(c, CSV_FLAGS))
        text_add(&t, " (an empty cell: %s)", c->empty_is_absent ? "0" : "not annotated");
    put_use(&t, c, CSV_CAPTION, "captions");
    put_use(&t, c, CSV_SPLIT, "training or test");
    put_use(&t, c, CSV_HELD, "test");
    put_use(&t, c, CSV_UNUSED, "not used");
    log_info("%s", t.data);
    text_free(&t);
}

/* ---- the file ---------------------------------------------------------------------------- */

static int named_separator(const char *word, const char *option, char *out, Error *err)
{
    static const struct {
        const char *name, character;
    } names[] = {{"comma", ','}, {"semicolon", ';'}, {"tab", '\t'}, {"\\t", '\t'},
                 {"pipe", '|'},  {"space", ' '},     {"none", 0}};
    *out = 0;
    if (!word) return 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(word, names[i].name) == 0) return *out = names[i].character, 0;
    *out = word[0];
    if (word[0] && !word[1] && word[0] != '"' && word[0] != '\n' && word[0] != '\r' &&
        (unsigned char)word[0] < 128)
        return 0;
    return error_set(err, ERROR_USAGE,
                     "--%s: '%s': expected comma, semicolon, tab, pipe, space or one character",
                     option, word);
}

static int read_header(CsvReader *r, const CsvRules *rules, CsvColumns *c, Error *err)
{
    const CsvRecord *record;
    if (csv_reader_next(r, &record, err) != 0) return -1;
    if (!record) return csv_reader_fail(r, err, "no line with anything in it");
    c->count = record->fields;
    c->name = mem_calloc((size_t)c->count, sizeof *c->name);
    c->use = mem_calloc((size_t)c->count, sizeof *c->use);
    c->separator = csv_reader_separator(r);
    for (int64_t i = 0; i < c->count; i++)
        c->name[i] = rules->no_header ? mem_format("%ld", i + 1)
                                      : mem_strdup(utf8_strip(record->field[i]));
    return 0;
}

static int read_columns(const char *path, const CsvRules *rules, CsvColumns *c, Error *err)
{
    CsvReader *r;
    if (csv_reader_open(path, c->separator, &r, err) != 0) return -1;
    int status = read_header(r, rules, c, err);
    csv_reader_close(r);
    if (status == 0) status = take_columns(path, rules, c, err);
    if (status == 0 && !has(c, CSV_IMAGE)) status = no_header(path, c, err);
    if (status == 0) status = csv_guess(path, rules, c, err);
    return status == 0 ? check(path, c, err) : -1;
}

int csv_columns_find(const char *path, const CsvRules *rules, CsvColumns *c, Error *err)
{
    *c = (CsvColumns){0};
    if (named_separator(rules->separator, "separator", &c->separator, err) != 0 ||
        named_separator(rules->tag_separator, "tag-separator", &c->tag_separator, err) != 0)
        return -1;
    if (read_columns(path, rules, c, err) != 0) return csv_columns_free(c), -1;
    show(path, c);
    warn_of_scores(path, c);
    return 0;
}

void csv_columns_free(CsvColumns *c)
{
    for (int64_t i = 0; c->name && i < c->count; i++) mem_free(c->name[i]);
    mem_free(c->name);
    mem_free(c->use);
    *c = (CsvColumns){0};
}

int csv_columns_open(const char *path, const CsvRules *rules, const CsvColumns *c,
                     CsvReader **out, Error *err)
{
    const CsvRecord *header;
    if (csv_reader_open(path, c->separator, out, err) != 0) return -1;
    if (rules->no_header || csv_reader_next(*out, &header, err) == 0) return 0;
    csv_reader_close(*out);
    return -1;
}
