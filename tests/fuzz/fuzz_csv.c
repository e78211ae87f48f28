/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes tables: all records are read, in order, and what is accepted becomes a set whose files
 * can be read. Options: the input's first byte, as flags.
 *
 * Parsers: core/io/csv_reader.c data/folder/csv_cells.c data/folder/csv_columns.c
 * data/folder/csv_guess.c data/folder/csv_set.c data/folder/image_name.c */
#include "core/io/file.h"
#include "core/mem.h"
#include "core/printable.h"
#include "core/strings/utf8.h"
#include "data/annotations.h"
#include "data/folder/csv_set.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void check_record(const CsvRecord *record, int64_t *line, int64_t *number)
{
    CHECK(record->line > *line && record->number > *number, "line %ld", record->line);
    CHECK(record->fields > 0, "no fields");
    for (int64_t i = 0; i < record->fields; i++)
        CHECK(utf8_valid(record->field[i]), "field %ld", i);
    *line = record->line;
    *number = record->number;
}

/* Every line is in a record, or the line of a fault. */
static void check_reader(const char *path)
{
    CsvReader *r;
    const CsvRecord *record = NULL;
    int64_t line = 0, number = 0;
    int status = csv_reader_open(path, 0, &r, NULL);
    if (status != 0) return;
    do {
        Error why = {0};
        status = csv_reader_next(r, &record, &why);
        CHECK(status == 0 || why.code == ERROR_DATA, "%s", why.text);
        if (record) check_record(record, &line, &number);
    } while (status != 0 || record);
    csv_reader_close(r);
}

static void check_set(const OwnSet *own, const CsvCounts *counts, bool exists)
{
    const LabelSet *s = &own->set;
    CHECK(counts->rows - counts->merged == s->images, "%ld images", s->images);
    CHECK(counts->bad == own->bad.lines, "%ld bad", counts->bad);
    CHECK(counts->missing <= (exists ? counts->bad : 0), "%ld missing", counts->missing);
    for (int64_t i = 0; i < s->images; i++)
        CHECK(!printable_find_fault(s->image[i].name) && *s->image[i].name != '/' &&
                  strncmp(s->image[i].name, "../", 3) != 0,
              "image %ld", i);
    for (int64_t k = 0; k < s->tags; k++) CHECK(tags_can_hold(s->tag[k]), "tag %ld", k);
}

static void check_folder(const char *out, const OwnCounts *made)
{
    TagList tags;
    Annotations a;
    Error err = {0};
    if (made->train.images == 0) return;
    char *list = file_join(out, "train_tags.txt"), *json = file_join(out, "train.json");
    CHECK(tags_read(list, &tags, &err) == 0, "%s", err.text);
    CHECK(tags.count == made->train.tags, "%ld tags", tags.count);
    CHECK(annotations_read((const char *const[]){json}, 1, tags.count, &a, &err) == 0, "%s",
          err.text);
    CHECK(a.count == made->train.images, "%ld images", a.count);
    annotations_free(&a);
    tags_free(&tags);
    mem_free(json);
    mem_free(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int flags = size ? data[0] : 0;
    const bool exists = flags & 16;
    char *path = fuzz_file("a.csv", (FuzzPart){data + (size > 0), size - (size > 0)});
    char *out = fuzz_path("out"), *root = file_folder(path);
    mem_free(fuzz_file("1.jpg", (FuzzPart){data, 0}));
    char tags[] = "b", captions[] = "d", *tag = tags, *caption = captions;
    CsvRules rules = {.no_header = flags & 1,
                      .wide = (flags & 3) == 2,
                      .minus_one = flags >> 2 & 1,
                      .tag_separator = flags & 8 ? "space" : NULL};
    if (flags & 32) {
        rules.image = "a";
        rules.split = "is_valid";
        rules.separator = "comma";
        rules.tags = (OptionStrings){1, &tag};
        rules.captions = (OptionStrings){1, &caption};
    }
    OwnSet own;
    CsvCounts counts;
    OwnCounts made;
    Error err = {0};
    check_reader(path);
    CHECK(own_set_begin(out, &(OwnRules){.images = root}, &own, &err) == 0, "%s", err.text);
    int status = csv_set_read(path, &rules, exists, &own, &counts, NULL);
    if (status == 0) {
        check_set(&own, &counts, exists);
        status = own_set_write(&own, &made, NULL);
    }
    if (status == 0) check_folder(out, &made);
    own_set_end(&own, -1, NULL);
    mem_free(root);
    mem_free(out);
    mem_free(path);
    return 0;
}
