/* SPDX-License-Identifier: Apache-2.0 */
/* SigLIP's tokenizer against Hugging Face's SiglipTokenizer, and files that are none. */
#include "data/text/unigram.h"

#include "core/io/file.h"
#include "core/json/json.h"
#include "core/mem.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define MODEL "tests/golden/siglip/spiece.model"

START_TEST(the_ids_of_the_reference)
{
    Error err = {0};
    int32_t id[64];
    json_t *all = json_read("tests/golden/siglip/tokens.json", FILE_MAX_BYTES, &err);
    Unigram *u = unigram_open(MODEL, &err);
    ck_assert_msg(all && u, "%s", err.text);
    ck_assert_int_eq(unigram_size(u), 240);
    const json_t *texts = json_object_get(all, "texts"), *ids = json_object_get(all, "ids");
    const int64_t context = json_integer_value(json_object_get(all, "context"));
    ck_assert_uint_ge(json_array_size(texts), 16);
    for (size_t i = 0; i < json_array_size(texts); i++) {
        const char *text = json_string_value(json_array_get(texts, i));
        ck_assert_int_eq(unigram_encode(u, text, context, id, &err), 0);
        for (int64_t k = 0; k < context; k++) {
            const json_t *want = json_array_get(json_array_get(ids, i), (size_t)k);
            ck_assert_msg(id[k] == json_integer_value(want), "'%s': %ld: %d, expected %lld",
                          text, k, id[k], (long long)json_integer_value(want));
        }
    }
    unigram_free(u);
    json_decref(all);
}
END_TEST

START_TEST(texts_that_are_not_utf8)
{
    Error err = {0};
    int32_t id[4];
    Unigram *u = unigram_open(MODEL, NULL);
    ck_assert_int_eq(unigram_encode(u, "caf\xe9", 4, id, &err), -1);
    expect_error(&err, ERROR_DATA, "not UTF-8");
    unigram_free(u);
}
END_TEST

/* ---- files ---- */

static Scratch scratch;
static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

/* A length that fits into one byte, and a message of that length. */
#define UNKNOWN "\n\x09\n\x05<unk>\x18\x02"
#define END     "\n\x08\n\x04</s>\x18\x03"
#define A                                                                                      \
    "\n\x08\n\x01"                                                                             \
    "a\x15\0\0\0\xbf"            /* score -0.5 */
#define WORDS "\x12\x02\x18\x03" /* trainer_spec: model_type 3 */

static const struct {
    const char *bytes;
    size_t len;
    const char *why; /* NULL: good */
} files[] = {
    {UNKNOWN END A, sizeof UNKNOWN END A - 1, NULL},
    {UNKNOWN END, sizeof UNKNOWN END - 1, "no piece for any text"},
    {UNKNOWN A, sizeof UNKNOWN A - 1, "no piece for the end of a text"},
    {END A, sizeof END A - 1, "no piece for unknown characters"},
    {UNKNOWN END A WORDS, sizeof UNKNOWN END A WORDS - 1, "a model of type 3"},
    {UNKNOWN END A, sizeof UNKNOWN END A - 3, "not a model of SentencePiece"},
    {"", 0, "not a model of SentencePiece"},
    {"#version: 0.2\nr e\n", 18, "not a model of SentencePiece"},
    {"\n\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 10, "not a model of SentencePiece"},
};
enum { FILES = sizeof files / sizeof *files };

START_TEST(files_of_pieces)
{
    Error err = {0};
    int32_t id[5];
    const char *path = scratch_write(&scratch, "s.model", files[_i].bytes, files[_i].len);
    Unigram *u = unigram_open(path, &err);
    if (files[_i].why) {
        ck_assert_ptr_null(u);
        expect_error(&err, ERROR_DATA, files[_i].why);
        return;
    }
    ck_assert_msg(u != NULL, "%s", err.text);
    ck_assert_int_eq(unigram_encode(u, "aXa", 5, id, &err), 0);
    ck_assert_mem_eq(id, ((int32_t[]){0, 2, 0, 2, 1}), sizeof id); /* mark, a, x, a, end */
    unigram_free(u);
}
END_TEST

Suite *test_unigram_suite(void);
Suite *test_unigram_suite(void)
{
    Suite *s = suite_create("unigram");
    TCase *t = tcase_create("unigram");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, the_ids_of_the_reference);
    tcase_add_test(t, texts_that_are_not_utf8);
    tcase_add_loop_test(t, files_of_pieces, 0, FILES);
    suite_add_tcase(s, t);
    return s;
}
