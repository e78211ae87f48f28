/* SPDX-License-Identifier: Apache-2.0 */
/* Label banks on disk: both formats return what was written, and every damage is detected. */
#include "data/descriptions.h"
#include "model/labels/bank_file.h"

#include "core/formats/safetensors.h"
#include "core/io/file.h"
#include "core/mem.h"
#include "model/labels/bank_fit.h"
#include "model/labels/label_texts.h"
#include "tests/support/bank_make.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DIM = 5 };

static const char tags[] = "red\nblue, \"navy\"\nblue\n\xe7\x8c\xab \\ cat\nred\n";
static const char *const names[] = {"bank.h5", "bank.safetensors"};

static Scratch scratch;
static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

/* Case i: the format, and float32 or bfloat16. */
enum { CASES = 4 };

static Labels made(int i)
{
    Labels b = bank_make(tags, DIM);
    if (i >= 2) label_bank_halve(b.bank);
    return b;
}

static Labels written(int i)
{
    const char *name = names[i % 2];
    Error err = {0};
    Labels b = made(i);
    ck_assert_msg(bank_file_write(scratch_path(&scratch, name), &b, &err) == 0, "%s", err.text);
    return b;
}

static void expect_same(const Labels *a, const Labels *b)
{
    ck_assert_int_eq(tags_difference(&a->tags, &b->tags), -1);
    ck_assert_int_eq(a->bank->tags, b->bank->tags);
    ck_assert_int_eq(a->bank->dim, b->bank->dim);
    ck_assert_mem_eq(a->bank->offset, b->bank->offset, 6 * sizeof(int64_t));
    ck_assert_str_eq(label_bank_dtype(a->bank), label_bank_dtype(b->bank));
    ck_assert_mem_eq(label_bank_data(a->bank), label_bank_data(b->bank),
                     label_bank_bytes(a->bank));
    ck_assert_str_eq(a->identity.encoder, b->identity.encoder);
    ck_assert_str_eq(a->identity.fingerprint, b->identity.fingerprint);
    ck_assert_str_eq(a->identity.texts, b->identity.texts);
}

START_TEST(round_trip)
{
    Labels b = written(_i), back;
    Error err = {0};
    ck_assert_msg(bank_file_read(scratch.path, &back, &err) == 0, "%s", err.text);
    ck_assert_int_eq(b.tags.count, 5);
    expect_same(&b, &back);
    ck_assert_int_eq(bank_file_is_safetensors(scratch.path), _i % 2);
    labels_free(&back);
    labels_free(&back); /* empty */
    labels_free(&b);
}
END_TEST

START_TEST(rows_that_are_not_finite)
{
    Labels b = bank_make(tags, DIM), back;
    Error err = {0};
    b.bank->rows[3] = NAN;
    b.bank->rows[4] = -INFINITY;
    if (_i >= 2) label_bank_halve(b.bank);
    ck_assert_int_eq(bank_file_write(scratch_path(&scratch, names[_i % 2]), &b, NULL), 0);
    ck_assert_int_eq(bank_file_read(scratch.path, &back, &err), -1);
    expect_error(&err, ERROR_NUMERIC, "tensor 'label_embed': 2 of ");
    labels_free(&b);
}
END_TEST

/* The hash equals that of the HDF5 file and depends on tags, offsets and rows. */
START_TEST(content)
{
    Labels b = written(2 * _i);
    H5File *f;
    char want[HASH_HEX], have[HASH_HEX];
    ck_assert_int_eq(h5_open(scratch.path, &f, NULL), 0);
    ck_assert_int_eq(h5_content(f, want, NULL), 0);
    h5_close(f);
    labels_content(&b, have);
    ck_assert_str_eq(have, want);
    b.tags.line[3][0]++;
    labels_content(&b, have);
    ck_assert_str_ne(have, want);
    b.tags.line[3][0]--;
    b.bank->offset[1]++;
    labels_content(&b, have);
    ck_assert_str_ne(have, want);
    b.bank->offset[1]--;
    if (_i)
        b.bank->half[7]++;
    else
        b.bank->rows[7] += 1;
    labels_content(&b, have);
    ck_assert_str_ne(have, want);
    labels_free(&b);
}
END_TEST

/* The same vectors in two precisions are different banks. */
START_TEST(precisions_differ)
{
    Labels full = made(0), half = made(2);
    Error err = {0};
    char a[HASH_HEX], b[HASH_HEX];
    labels_content(&full, a);
    labels_content(&half, b);
    ck_assert_str_ne(a, b);
    ck_assert_int_eq(labels_same("b.h5", &half, &half, NULL), 0);
    ck_assert_int_eq(labels_same("b.h5", &half, &full, &err), -1);
    expect_error(&err, ERROR_CHECKPOINT, "b.h5: its label bank is in bfloat16, not in float32");
    labels_free(&half);
    labels_free(&full);
}
END_TEST

START_TEST(same_bytes_every_time)
{
    Labels b = written(_i);
    Bytes first, second;
    ck_assert_int_eq(file_read(scratch.path, &first, NULL), 0);
    ck_assert_int_eq(bank_file_write(scratch.path, &b, NULL), 0);
    ck_assert_int_eq(file_read(scratch.path, &second, NULL), 0);
    ck_assert_uint_eq(first.len, second.len);
    ck_assert_mem_eq(first.data, second.data, first.len);
    bytes_free(&second);
    bytes_free(&first);
    labels_free(&b);
}
END_TEST

/* A flipped bit in any byte of the file is rejected with one line, or yields the same bank if
 * the byte has no meaning (the value of "format", blanks). */
START_TEST(no_flipped_bit_is_missed)
{
    Labels b = written(_i), back;
    Bytes file;
    int64_t harmless = 0;
    ck_assert_int_eq(file_read(scratch.path, &file, NULL), 0);
    for (size_t i = 0; i < file.len; i++) {
        Error err = {0};
        file.data[i] ^= (uint8_t)(1 << i % 8);
        const char *path = scratch_write(&scratch, names[_i % 2], file.data, file.len);
        file.data[i] ^= (uint8_t)(1 << i % 8);
        if (bank_file_read(path, &back, &err) != 0) {
            expect_error(&err, ERROR_CHECKPOINT, names[_i % 2]);
            continue;
        }
        harmless++;
        expect_same(&b, &back);
        labels_free(&back);
    }
    ck_assert_int_le(harmless, _i % 2 ? 16 : 0);
    bytes_free(&file);
    labels_free(&b);
}
END_TEST

START_TEST(cut_files)
{
    Labels b = written(_i), back;
    Bytes file;
    ck_assert_int_eq(file_read(scratch.path, &file, NULL), 0);
    for (size_t n = 0; n < file.len; n += 13) {
        Error err = {0};
        const char *path = scratch_write(&scratch, names[_i % 2], file.data, n);
        ck_assert_int_eq(bank_file_read(path, &back, &err), -1);
        expect_error(&err, ERROR_CHECKPOINT, names[_i % 2]);
    }
    bytes_free(&file);
    labels_free(&b);
}
END_TEST

static void refused(const char *name, int code, const char *words)
{
    Labels b;
    Error err = {0};
    ck_assert_int_eq(bank_file_read(scratch_path(&scratch, name), &b, &err), -1);
    ck_assert_ptr_null(b.tags.name);
    ck_assert_ptr_null(b.bank);
    expect_error(&err, code, words);
}

START_TEST(other_files)
{
    H5Writer *w;
    const float one = 1;
    scratch_text(&scratch, "text.txt", "these are some words of no bank\n");
    scratch_text(&scratch, "text.h5", "these are some words of no bank\n");
    ck_assert_int_eq(h5_create(scratch_path(&scratch, "weights.h5"), "weights", &w, NULL), 0);
    ck_assert_int_eq(h5_commit(w, NULL), 0);
    const StWrite tensor = {"label_embed", 1, {1}, &one};
    ck_assert_int_eq(
        st_write(scratch_path(&scratch, "w.safetensors"), NULL, 0, &tensor, 1, NULL), 0);
    ck_assert(!bank_file_is_safetensors(scratch.path));
    refused("missing.h5", ERROR_DATA, "missing.h5: cannot open");
    refused("", ERROR_DATA, "not a regular file");
    refused("text.txt", ERROR_CHECKPOINT, "text.txt: not a label bank");
    refused("text.h5", ERROR_CHECKPOINT, "text.h5: ");
    refused("weights.h5", ERROR_CHECKPOINT, "weights.h5: a weights, not a label bank");
    refused("w.safetensors", ERROR_CHECKPOINT, "w.safetensors: not a label bank");
    Error err = {0};
    Labels b = bank_make(tags, DIM);
    ck_assert_int_eq(bank_file_write(scratch_path(&scratch, "bank.json"), &b, &err), -1);
    expect_error(&err, ERROR_USAGE,
                 "bank.json: a label bank is written as .h5 or .safetensors");
    labels_free(&b);
}
END_TEST

/* Entries that do not fit together, in intact files. */
static void write_h5(const char *tag_text, int64_t offsets, const int64_t *offset,
                     const char *fingerprint)
{
    static const float rows[8];
    H5Writer *w;
    const BankIdentity identity = {.encoder = "hash",
                                   .texts = "00112233445566778899aabbccddeeff"};
    BankIdentity all = identity;
    snprintf(all.fingerprint, sizeof all.fingerprint, "%s", fingerprint);
    ck_assert_int_eq(h5_create(scratch_path(&scratch, "odd.h5"), "bank", &w, NULL), 0);
    h5_put_text(w, "tags", tag_text, NULL);
    h5_put(w, "label/offset", H5_I64, 1, &offsets, offset, NULL);
    h5_put(w, "label_embed", H5_F32, 2, (int64_t[]){4, 2}, rows, NULL);
    labels_put_identity(w, &all, NULL);
    ck_assert_int_eq(h5_commit(w, NULL), 0);
}

START_TEST(entries_that_do_not_fit)
{
    static const char good[] = "0123456789abcdef0123456789abcdef";
    write_h5("a\nb\n", 3, (int64_t[]){0, 1, 4}, good);
    Labels b;
    ck_assert_int_eq(bank_file_read(scratch.path, &b, NULL), 0);
    labels_free(&b);
    write_h5("a\nb\nc\n", 3, (int64_t[]){0, 1, 4}, good);
    refused("odd.h5", ERROR_CHECKPOINT, "odd.h5: 3 tags, but vectors for 2");
    write_h5("a\nb\n", 3, (int64_t[]){0, 1, 3}, good);
    refused("odd.h5", ERROR_CHECKPOINT, "label/offset does not fit label_embed");
    write_h5("a\nb\n", 3, (int64_t[]){0, 4, 4}, good);
    refused("odd.h5", ERROR_CHECKPOINT, "label/offset does not fit label_embed");
    write_h5("a\n \n", 3, (int64_t[]){0, 1, 4}, good);
    refused("odd.h5", ERROR_CHECKPOINT, "odd.h5: tags: line 2: empty");
    write_h5("a\nb\n", 3, (int64_t[]){0, 1, 4}, "");
    refused("odd.h5", ERROR_CHECKPOINT, "does not record the origin of its vectors");
    write_h5("a\nb\n", 3, (int64_t[]){0, 1, 4}, "beef");
    refused("odd.h5", ERROR_CHECKPOINT, "does not record the origin of its vectors");
    write_h5("a\nb\n", 3, (int64_t[]){0, 1, 4},
             "0123456789abcdef\xff"
             "123456789abcdeg");
    refused("odd.h5", ERROR_CHECKPOINT, "does not record the origin of its vectors");
}
END_TEST

static const struct {
    const char *tags, *offset, *encoder, *words;
} odd[] = {
    {"[\"a\", \"b\"]", "[0, 1, 4]", "hash", "checksum: does not match"},
    {NULL, "[0, 1, 4]", "hash", "tags: missing"},
    {"[\"a\", \"b\"", "[0, 1, 4]", "hash", "tags: not a list"},
    {"[]", "[0]", "hash", "tags: not a list"},
    {"{\"a\": 1}", "[0, 1, 4]", "hash", "tags: not a list"},
    {"[\"a\", 2]", "[0, 1, 4]", "hash", "tags: not a list of tags"},
    {"[\"a\", \"b\\nc\"]", "[0, 1, 4]", "hash", "tags: not a list of tags"},
    {"[\"a\", \" \"]", "[0, 1, 4]", "hash", "tags: not a list of tags"},
    {"[\"a\", \"b\"]", "[0, 1]", "hash", "offset: does not fit"},
    {"[\"a\", \"b\"]", "[0, 1, 5]", "hash", "offset: does not fit"},
    {"[\"a\", \"b\"]", "[0, 1, 1e300]", "hash", "offset: does not fit"},
    {"[\"a\", \"b\"]", "[0, 4, 4]", "hash", "offset: does not fit"},
    {"[\"a\", \"b\"]", "[1, 2, 4]", "hash", "offset: does not fit"},
    {"[\"a\", \"b\"]", "[0, -1, 4]", "hash", "offset: does not fit"},
    {"[\"a\", \"b\"]", NULL, "hash", "offset: missing"},
    {"[\"a\", \"b\"]", "[0, 1, 4]", "a name that is much too long", "encoder: too long"},
    {"[\"a\", \"b\"]", "[0, 1, 4]", NULL, "encoder: missing"},
};
enum { ODD = sizeof odd / sizeof *odd };

START_TEST(metadata_that_does_not_fit)
{
    static const char hex[] = "0123456789abcdef0123456789abcdef";
    static const float rows[8];
    StMetadata list[8] = {
        {"kind", "bank"}, {"fingerprint", hex}, {"texts", hex}, {"checksum", hex}};
    int64_t n = 4;
    if (odd[_i].tags) list[n++] = (StMetadata){"tags", odd[_i].tags};
    if (odd[_i].offset) list[n++] = (StMetadata){"offset", odd[_i].offset};
    if (odd[_i].encoder) list[n++] = (StMetadata){"encoder", odd[_i].encoder};
    const StWrite tensor = {"label_embed", 2, {4, 2}, rows};
    const char *path = scratch_path(&scratch, "odd.safetensors");
    ck_assert_int_eq(st_write(path, list, n, &tensor, 1, NULL), 0);
    refused("odd.safetensors", ERROR_CHECKPOINT, odd[_i].words);
}
END_TEST

/* ---- comparing a bank with a model ---- */

START_TEST(width_and_encoder)
{
    Labels b = bank_make(tags, DIM);
    Error err = {0};
    ck_assert_int_eq(bank_fit_width("b.h5", &b, DIM, NULL), 0);
    ck_assert_int_eq(bank_fit_width("b.h5", &b, 64, &err), -1);
    expect_error(&err, ERROR_CHECKPOINT,
                 "b.h5: vectors of width 5, but model.text_width is 64");
    BankIdentity want = b.identity;
    ck_assert_int_eq(bank_fit_encoder("b.h5", &b, &want, "the run", NULL), 0);
    want.fingerprint[0] = 'b';
    err = (Error){0};
    ck_assert_int_eq(bank_fit_encoder("b.h5", &b, &want, "the run", &err), -1);
    expect_error(&err, ERROR_CHECKPOINT,
                 "b.h5: made by another hash encoder than the run has: other weights, table, "
                 "vocabulary or options (fingerprint aaaaaaaa, expected baaaaaaa)");
    want.fingerprint[0] = 0; /* unknown */
    ck_assert_int_eq(bank_fit_encoder("b.h5", &b, &want, "the run", NULL), 0);
    strcpy(want.encoder, "clip");
    err = (Error){0};
    ck_assert_int_eq(bank_fit_encoder("b.h5", &b, &want, "the run", &err), -1);
    expect_error(&err, ERROR_CHECKPOINT, "b.h5: made by text_encoder=hash: the run has clip");
    want.encoder[0] = 0;
    ck_assert_int_eq(bank_fit_encoder("b.h5", &b, &want, "the run", NULL), 0);
    labels_free(&b);
}
END_TEST

static void fits_tags(const char *list, const char *words)
{
    Labels b = bank_make("red\ngreen\n", DIM);
    TagList t;
    Error err = {0};
    ck_assert_int_eq(tags_parse("t", list, &t, NULL), 0);
    ck_assert_int_eq(bank_fit_tags("b.h5", &b, &t, "t.txt", &err), words ? -1 : 0);
    if (words) expect_error(&err, ERROR_CHECKPOINT, words);
    tags_free(&t);
    labels_free(&b);
}

START_TEST(other_tags)
{
    fits_tags("red\ngreen\n", NULL);
    fits_tags("red\nblue\n", "b.h5: tag 2 is 'green': in t.txt it is 'blue'");
    fits_tags("green\nred\n", "b.h5: tag 1 is 'red': in t.txt it is 'green'");
    fits_tags("red\ngreen\nblue\n", "b.h5: 2 tags: t.txt has 3");
    fits_tags("red\n", "b.h5: 2 tags: t.txt has 1");
}
END_TEST

/* The hash depends on the texts, their order and their boundaries. */
START_TEST(other_texts)
{
    static const char *const files[] = {
        "[{\"red\": [\"ab\", \"c\"]}, {\"green\": [\"d\"]}]",
        "[{\"red\": [\"a\", \"bc\"]}, {\"green\": [\"d\"]}]",
        "[{\"red\": [\"ab\"]}, {\"green\": [\"c\", \"d\"]}]",
        "[{\"red\": [\"c\", \"ab\"]}, {\"green\": [\"d\"]}]",
    };
    enum { FILES = sizeof files / sizeof *files };
    Labels b = bank_make("red\ngreen\n", DIM);
    Descriptions texts;
    Error err = {0};
    char *path = mem_strdup(scratch_text(&scratch, "d.json", files[0]));
    ck_assert_int_eq(label_texts_read(&b.tags, path, NULL, &texts, NULL), 0);
    label_texts_hash(&b.tags, &texts, b.identity.texts);
    descriptions_free(&texts);
    for (int i = 0; i < FILES; i++) {
        err = (Error){0};
        scratch_text(&scratch, "d.json", files[i]);
        ck_assert_int_eq(bank_fit_texts("b.h5", &b, path, NULL, &err), i ? -1 : 0);
        if (i) expect_error(&err, ERROR_CHECKPOINT, "b.h5: made from other descriptions than");
    }
    err = (Error){0};
    ck_assert_int_eq(bank_fit_texts("b.h5", &b, "", NULL, &err), -1);
    expect_error(&err, ERROR_CHECKPOINT, "than those of the template");
    err = (Error){0};
    ck_assert_int_eq(bank_fit_texts("b.h5", &b, "/nowhere.json", NULL, &err), -1);
    expect_error(&err, ERROR_DATA, "/nowhere.json: cannot open");
    texts = text_template_fill(&(OptionStrings){0}, &b.tags);
    label_texts_hash(&b.tags, &texts, b.identity.texts);
    descriptions_free(&texts);
    ck_assert_int_eq(bank_fit_texts("b.h5", &b, "", NULL, NULL), 0);
    mem_free(path);
    labels_free(&b);
}
END_TEST

/* Which texts the rules select. */
START_TEST(texts_of_rules)
{
    Labels b = bank_make("red\ngreen\n", DIM);
    Descriptions d;
    Error err = {0};
    const char *path = scratch_text(&scratch, "d.json",
                                    "[{\"red\": [\"a\", \"b\", \"c\"]}, {\"green\": [\"d\"]}]");
    LabelTextRules rules = {.per_tag = 2};
    ck_assert_int_eq(label_texts_read(&b.tags, path, &rules, &d, NULL), 0);
    ck_assert_mem_eq(d.offset, ((int64_t[]){0, 2, 3}), 3 * sizeof(int64_t));
    descriptions_free(&d);
    rules.first = true;
    ck_assert_int_eq(label_texts_read(&b.tags, path, &rules, &d, NULL), 0);
    ck_assert_mem_eq(d.offset, ((int64_t[]){0, 1, 2}), 3 * sizeof(int64_t));
    ck_assert_str_eq(d.text[0], "a");
    descriptions_free(&d);
    rules.source = LABEL_TEMPLATE;
    ck_assert_int_eq(label_texts_read(&b.tags, path, &rules, &d, NULL), 0);
    ck_assert_str_eq(d.text[1], "a photo of a green.");
    descriptions_free(&d);
    rules.source = LABEL_DESCRIPTIONS;
    ck_assert_int_eq(label_texts_read(&b.tags, "", &rules, &d, &err), -1);
    expect_error(&err, ERROR_USAGE, "no file of descriptions");
    labels_free(&b);
}
END_TEST

Suite *test_bank_file_suite(void);
Suite *test_bank_file_suite(void)
{
    Suite *s = suite_create("bank_file");
    TCase *c = tcase_create("bank_file");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, round_trip, 0, CASES);
    tcase_add_loop_test(c, rows_that_are_not_finite, 0, CASES);
    tcase_add_loop_test(c, content, 0, 2);
    tcase_add_test(c, precisions_differ);
    tcase_add_loop_test(c, same_bytes_every_time, 0, CASES);
    tcase_add_loop_test(c, no_flipped_bit_is_missed, 0, CASES);
    tcase_add_loop_test(c, cut_files, 0, CASES);
    tcase_add_test(c, other_files);
    tcase_add_test(c, entries_that_do_not_fit);
    tcase_add_loop_test(c, metadata_that_does_not_fit, 0, ODD);
    tcase_add_test(c, width_and_encoder);
    tcase_add_test(c, other_tags);
    tcase_add_test(c, other_texts);
    tcase_add_test(c, texts_of_rules);
    suite_add_tcase(s, c);
    return s;
}
