/* SPDX-License-Identifier: Apache-2.0 */
/* `ramplus embed` as a user runs it: all sources of tags, text tables, both formats, and
 * errors. */
#include "core/io/file.h"
#include "core/math/bf16.h"
#include "core/mem.h"
#include "model/labels/bank_file.h"
#include "model/text/text_encoder.h"
#include "tests/support/bank_make.h"
#include "tests/support/table_file.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <string.h>

#define EMBED "embed threads=1 model.text_width=64 "

static void setup(void)
{
    tiny_new();
    tiny_write("@/merges.txt", "#version: 0.2\nr e\nre d</w>\nc i\nci r\n");
    tiny_write("@/tags.txt", "red\nblue circle\nred\n");
    tiny_write("@/some.json", "[{\"blue circle\": [\"round\", \"blue\", \"both\"]},\n"
                              " {\"red\": [\"like blood\"]}, {\"red\": [\"a\", \"b\"]}]\n");
    tiny_write("@/other.json", "[{\"blue circle\": [\"round\"]}]\n");
}

static void expect_tags(const Labels *b, int64_t n, const char *const *name,
                        const int64_t *offset)
{
    ck_assert_int_eq(b->tags.count, n);
    for (int64_t k = 0; k < n; k++) ck_assert_str_eq(b->tags.name[k], name[k]);
    ck_assert_mem_eq(b->bank->offset, offset, (size_t)(n + 1) * sizeof *offset);
}

/* Row i of the bank must be the hash encoder's vector of the text. */
static void expect_row(const Labels *b, int64_t i, const char *text)
{
    TextEncoder *e;
    float want[64];
    const TextEncoderConfig config = {.kind = TEXT_HASH, .dim = 64};
    ck_assert_int_eq(text_encoder_new(&config, &e, NULL), 0);
    ck_assert_int_eq(text_encoder_encode(e, &text, 1, want, NULL), 0);
    ck_assert_mem_eq(b->bank->rows + i * 64, want, sizeof want);
    ck_assert_str_eq(b->identity.encoder, "hash");
    ck_assert_str_eq(b->identity.fingerprint, text_encoder_fingerprint(e));
    text_encoder_free(e);
}

/* Three sources: a list with the template, a list with descriptions in another order, and
 * descriptions alone. */
START_TEST(sources_of_tags)
{
    const char *const list[] = {"red", "blue circle", "red"}, *const keys[] = {"blue circle",
                                                                               "red", "red"};
    mem_free(tiny_messages(0, EMBED "--tags @/tags.txt -o @/b.h5"));
    Labels b = bank_read("@/b.h5");
    expect_tags(&b, 3, list, (int64_t[]){0, 1, 2, 3});
    expect_row(&b, 1, "a photo of a blue circle.");
    labels_free(&b);
    char *messages =
        tiny_messages(0, EMBED "--tags @/tags.txt --descriptions @/some.json -o @/b.h5");
    ck_assert_ptr_nonnull(
        strstr(messages, "b.h5: 3 tags, 6 texts, width 64, float32, encoder hash "));
    ck_assert_ptr_nonnull(strstr(messages, " texts/s; 0.0 MB\n"));
    mem_free(messages);
    b = bank_read("@/b.h5");
    expect_tags(&b, 3, list, (int64_t[]){0, 1, 4, 6});
    expect_row(&b, 0, "like blood");
    expect_row(&b, 3, "both");
    expect_row(&b, 5, "b");
    labels_free(&b);
    const char *const alone[] = {EMBED "--descriptions @/some.json --out @/b.h5",
                                 EMBED "--tags @/some.json -o @/b.h5"};
    for (int i = 0; i < 2; i++) {
        mem_free(tiny_messages(0, alone[i]));
        b = bank_read("@/b.h5");
        expect_tags(&b, 3, keys, (int64_t[]){0, 3, 4, 6});
        expect_row(&b, 5, "b");
        labels_free(&b);
    }
    ck_assert(!tiny_exists("@/b.h5.part"));
}
END_TEST

/* Both formats have the same content, and info and verify read both. */
START_TEST(formats)
{
    const char *const file[] = {"@/f.h5", "@/f.safetensors"};
    char *content[2];
    for (int i = 0; i < 2; i++) {
        char *line = mem_format(EMBED "--descriptions @/some.json -o %s", file[i]);
        char *info = mem_format("info --json %s", file[i]);
        char *verify = mem_format("verify %s", file[i]), *show = mem_format("info %s", file[i]);
        mem_free(tiny_messages(0, line));
        json_t *json = tiny_json(info);
        ck_assert_str_eq(json_string_value(json_object_get(json, "kind")), "bank");
        ck_assert_str_eq(json_string_value(json_object_get(json, "encoder")), "hash");
        ck_assert_int_eq(json_integer_value(json_object_get(json, "tags")), 3);
        ck_assert_int_eq(json_integer_value(json_object_get(json, "texts")), 6);
        ck_assert_int_eq(json_integer_value(json_object_get(json, "width")), 64);
        ck_assert(json_is_true(json_object_get(json, "checksums")));
        Labels b = bank_read(file[i]);
        ck_assert_str_eq(json_string_value(json_object_get(json, "fingerprint")),
                         b.identity.fingerprint);
        ck_assert_str_eq(json_string_value(json_object_get(json, "texts_hash")),
                         b.identity.texts);
        content[i] = mem_strdup(json_string_value(json_object_get(json, "content")));
        char *out = tiny_out(0, verify), *lines = tiny_out(0, show);
        ck_assert_ptr_nonnull(strstr(out, ": ok, bank, "));
        ck_assert_ptr_nonnull(strstr(out, content[i]));
        ck_assert_ptr_null(strstr(out, "no checksums"));
        ck_assert_ptr_nonnull(strstr(lines, "\n3 tags, 6 texts of hash "));
        ck_assert_ptr_nonnull(strstr(lines, ", width 64, float32, encoder hash "));
        labels_free(&b);
        json_decref(json);
        mem_free(lines);
        mem_free(out);
        mem_free(show);
        mem_free(verify);
        mem_free(info);
        mem_free(line);
    }
    ck_assert_str_eq(content[0], content[1]);
    mem_free(content[0]);
    mem_free(content[1]);
}
END_TEST

/* The rounded bank is of half the size, says so, and has the nearest numbers. */
START_TEST(bfloat16)
{
    const char *const file[] = {"@/half.h5", "@/half.safetensors"};
    mem_free(tiny_messages(0, EMBED "--descriptions @/some.json -o @/full.h5"));
    Labels full = bank_read("@/full.h5");
    for (int i = 0; i < 2; i++) {
        char *line =
            mem_format(EMBED "--descriptions @/some.json --dtype bfloat16 -o %s", file[i]);
        char *info = mem_format("info --json %s", file[i]),
             *show = mem_format("info %s", file[i]);
        char *messages = tiny_messages(0, line), *lines = tiny_out(0, show);
        ck_assert_ptr_nonnull(strstr(messages, "width 64, bfloat16, encoder hash "));
        ck_assert_ptr_nonnull(strstr(lines, " bf16 "));
        ck_assert_ptr_nonnull(strstr(lines, ", width 64, bfloat16, encoder hash "));
        json_t *json = tiny_json(info);
        ck_assert_str_eq(json_string_value(json_object_get(json, "dtype")), "bfloat16");
        Labels b = bank_read(file[i]);
        ck_assert_uint_eq(2 * label_bank_bytes(b.bank), label_bank_bytes(full.bank));
        for (int64_t k = 0; k < label_bank_numbers(b.bank); k++)
            ck_assert_uint_eq(b.bank->half[k], bf16_of(full.bank->rows[k]));
        labels_free(&b);
        json_decref(json);
        mem_free(lines);
        mem_free(messages);
        mem_free(show);
        mem_free(info);
        mem_free(line);
    }
    labels_free(&full);
}
END_TEST

/* verify detects damage and exits with code 6. */
START_TEST(verify_finds_damage)
{
    const char *const file[] = {"@/d.h5", "@/d.safetensors"};
    for (int i = 0; i < 2; i++) {
        Bytes b;
        char *line = mem_format(EMBED "--tags @/tags.txt -o %s", file[i]);
        char *verify = mem_format("verify %s", file[i]), *path = tiny_path(file[i]);
        mem_free(tiny_messages(0, line));
        ck_assert_int_eq(file_read(path, &b, NULL), 0);
        b.data[b.len - 5] ^= 1;
        ck_assert_int_eq(file_write(path, b.data, b.len, NULL), 0);
        char *messages = tiny_messages(ERROR_CHECKPOINT, verify);
        ck_assert_ptr_nonnull(strstr(messages, "does not match\n"));
        mem_free(messages);
        bytes_free(&b);
        mem_free(path);
        mem_free(verify);
        mem_free(line);
    }
}
END_TEST

/* The bank has the width of the table, and the output names the option that a model needs. A
 * text missing from the table is named. */
START_TEST(table)
{
    static const float vectors[] = {3, 0, 4, 0, 5, 0};
    char *path = tiny_path("@/table.safetensors");
    table_file_write(path, "U8", "a photo of a red.\na photo of a blue circle.\n", 2, 3,
                     vectors);
    char *messages = tiny_messages(0, "embed --encoder table text_table=@/table.safetensors "
                                      "--tags @/tags.txt -o @/t.h5");
    ck_assert_ptr_nonnull(
        strstr(messages, "t.h5: 3 tags, 3 texts, width 3, float32, encoder table "));
    ck_assert_ptr_nonnull(strstr(messages, "has model.text_width=3\n"));
    mem_free(messages);
    Labels b = bank_read("@/t.h5");
    const float want[] = {0.6F, 0, 0.8F, 0, 1, 0, 0.6F, 0, 0.8F};
    ck_assert_mem_eq(b.bank->rows, want, sizeof want);
    labels_free(&b);
    tiny_write("@/walrus.txt", "red\nwalrus\n");
    messages = tiny_messages(ERROR_DATA, "embed --encoder table text_table=@/table.safetensors "
                                         "--tags @/walrus.txt -o @/w.h5");
    ck_assert_ptr_nonnull(strstr(messages, "no vector for the text \"a photo of a walrus.\""));
    ck_assert(!tiny_exists("@/w.h5") && !tiny_exists("@/w.h5.part"));
    mem_free(messages);
    mem_free(path);
}
END_TEST

static const struct {
    int code;
    const char *arguments, *message;
} bad[] = {
    {ERROR_USAGE, "embed -o @/x.h5", "embed: --tags is missing"},
    {ERROR_USAGE, "embed --tags @/tags.txt", "embed: -o is missing"},
    {ERROR_USAGE, "embed --tags @/tags.txt -o @/x.h5 stray", "embed: stray: unexpected"},
    {ERROR_USAGE, "embed --tags @/tags.txt -o @/x.txt",
     "x.txt: a label bank is written as .h5 or .safetensors"},
    {ERROR_USAGE, "embed --tags @/tags.txt -o @/x.h5 --encoder tabel",
     "text_encoder: 'tabel': expected hash|table|clip|siglip; did you mean 'table'?"},
    {ERROR_USAGE, "embed --tags @/tags.txt -o @/x.h5 --encoder clip", "clip.weights: not set"},
    {ERROR_USAGE, "embed --tags @/tags.txt -o @/x.h5 --encoder table",
     "text_table: not set: name a file"},
    {ERROR_USAGE, "embed --tags @/tags.txt -o @/x.h5 --encodre hash",
     "did you mean '--encoder'?"},
    {ERROR_USAGE, "embed --tags @/tags.txt -o @/x.h5 text_encodr=hash",
     "did you mean 'text_encoder'?"},
    {ERROR_DATA, "embed --tags @/none.txt -o @/x.h5", "none.txt: cannot open"},
    {ERROR_DATA, "embed --tags @/tags.txt --descriptions @/other.json -o @/x.h5",
     "other.json: tag 1 'red': no description"},
    {ERROR_DATA, "embed --descriptions @/empty.json -o @/x.h5",
     "empty.json: describes no tags"},
    {ERROR_DATA, "embed --descriptions @/blank.json -o @/x.h5",
     "blank.json: record 2 (line 1): tag ' ': blank or more than one line"},
    {ERROR_DATA, "embed --descriptions @/lines.json -o @/x.h5", "blank or more than one line"},
    {ERROR_DATA,
     "embed --tags @/tags.txt -o @/x.h5 --encoder clip clip.vocab=@/merges.txt "
     "clip.weights=@/none.safetensors",
     "none.safetensors: cannot open"},
    {ERROR_RUNTIME, "embed --tags @/tags.txt -o @/none/x.h5", "none/x.h5.part: cannot write"},
};
enum { BAD = sizeof bad / sizeof *bad };

START_TEST(refuses)
{
    char *out, *messages;
    tiny_write("@/empty.json", "[]\n");
    tiny_write("@/blank.json", "[{\"a\": [\"b\"]}, {\" \": [\"c\"]}]");
    tiny_write("@/lines.json", "[{\"a\\nb\": [\"c\"]}]");
    const int code = tiny_run(bad[_i].arguments, &out, &messages);
    ck_assert_msg(code == bad[_i].code, "%s: %d: %s", bad[_i].arguments, code, messages);
    ck_assert_msg(strstr(messages, bad[_i].message), "%s: %s", bad[_i].arguments, messages);
    ck_assert_str_eq(out, "");
    ck_assert(!tiny_exists("@/x.h5") && !tiny_exists("@/x.h5.part"));
    mem_free(out);
    mem_free(messages);
}
END_TEST

Suite *test_cmd_embed_suite(void);
Suite *test_cmd_embed_suite(void)
{
    Suite *suite = suite_create("cmd_embed");
    TCase *c = tcase_create("cmd_embed");
    tcase_add_unchecked_fixture(c, setup, tiny_free);
    tcase_add_test(c, sources_of_tags);
    tcase_add_test(c, formats);
    tcase_add_test(c, bfloat16);
    tcase_add_test(c, verify_finds_damage);
    tcase_add_test(c, table);
    tcase_add_loop_test(c, refuses, 0, BAD);
    suite_add_tcase(suite, c);
    return suite;
}
