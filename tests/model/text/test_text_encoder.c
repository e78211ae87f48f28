/* SPDX-License-Identifier: Apache-2.0 */
/* Text encoders: similarity of hash vectors, their bits on every machine, valid and invalid
 * tables. */
#include "model/text/text_encoder.h"

#include "core/mem.h"
#include "core/rng.h"
#include "tests/support/table_file.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DIM = 512 };

static TextEncoder *hash;

static int open_encoder(enum TextKind kind, const char *table, int64_t dim, TextEncoder **out,
                        Error *err)
{
    const TextEncoderConfig config = {.kind = kind, .dim = dim, .table = table};
    return text_encoder_new(&config, out, err);
}

static char folder[64], path[96];

static void setup(void)
{
    snprintf(folder, sizeof folder, "/tmp/ramplus_encoder_XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/table.safetensors", folder);
    ck_assert_int_eq(open_encoder(TEXT_HASH, NULL, 0, &hash, NULL), 0);
    ck_assert_int_eq(text_encoder_dim(hash), DIM);
}

static void teardown(void)
{
    text_encoder_free(hash);
    unlink(path);
    rmdir(folder);
}

static double cosine(const char *a, const char *b)
{
    const char *const text[] = {a, b};
    float v[2 * DIM];
    ck_assert_int_eq(text_encoder_encode(hash, text, 2, v, NULL), 0);
    double dot = 0, aa = 0, bb = 0;
    for (int i = 0; i < DIM; i++) {
        dot += (double)v[i] * (double)v[DIM + i];
        aa += (double)v[i] * (double)v[i];
        bb += (double)v[DIM + i] * (double)v[DIM + i];
    }
    ck_assert_msg(fabs(aa - 1) < 1e-5 && fabs(bb - 1) < 1e-5, "lengths %g %g", aa, bb);
    return dot;
}

START_TEST(a_pair_is_near_its_words)
{
    double red = cosine("red circle", "red"), circle = cosine("red circle", "circle");
    double blue = cosine("red circle", "blue"), square = cosine("red circle", "square");
    ck_assert_msg(red > 0.5 && circle > 0.5, "%g %g", red, circle);
    ck_assert_msg(blue < 0.25 && square < 0.25, "%g %g", blue, square);
    ck_assert_msg(cosine("red circle", "red square") < 0.7, "shares one word");
}
END_TEST

START_TEST(stop_words_and_plurals_count_little)
{
    double prompt = cosine("a photo of a red circle.", "red circle");
    ck_assert_msg(prompt > 0.95, "%g", prompt);
    ck_assert_msg(cosine("The circles", "circle") > 0.95, "plural");
    ck_assert_msg(cosine("boxes", "box") > 0.95 && cosine("glasses", "glass") > 0.95, "-es");
    ck_assert_msg(cosine("Butterflies!", "butterfly") > 0.95, "-ies");
    ck_assert_msg(cosine("iris", "iri") < 0.6 && cosine("bus", "bu") < 0.6, "not plurals");
}
END_TEST

START_TEST(related_words_are_a_little_near)
{
    double related = cosine("striped", "stripes"), other = cosine("striped", "outlined");
    ck_assert_msg(related > 0.08 && related > other + 0.04, "%g %g", related, other);
    ck_assert_msg(related < 0.6, "whole words must weigh more: %g", related);
}
END_TEST

START_TEST(who_has_which_color_is_visible)
{
    double swapped = cosine("red circle above blue square", "blue circle above red square");
    ck_assert_msg(swapped < 0.97 && swapped > 0.7, "%g", swapped);
    const char *caption = "a red circle above a blue square";
    double right = cosine(caption, "red circle"), wrong = cosine(caption, "red square");
    ck_assert_msg(right > wrong + 0.02, "%g %g", right, wrong);
}
END_TEST

/* A hash over the bits of all 512 numbers, computed by an independent Python program. */
START_TEST(vectors_are_the_same_on_every_machine)
{
    static const struct {
        const char *text, *sum;
    } want[] = {
        {"red circle", "814239d9a2ce6c19"},
        {"A photo of two butterflies, above the sea.", "eaedf9a4bbb0fdb8"},
        {"\xc3\xa9t\xc3\xa9 \xe7\x8c\xab", "008202e432a8bc4d"},
        {"?!", "461740790bcf74c4"},
        {"", "83d7a24e7b6c4ec0"},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        float v[DIM];
        ck_assert_int_eq(text_encoder_encode(hash, &want[i].text, 1, v, NULL), 0);
        char digits[8 * DIM + 1], sum[17];
        for (int c = 0; c < DIM; c++) {
            uint32_t bits;
            memcpy(&bits, &v[c], sizeof bits);
            snprintf(digits + 8 * c, 9, "%08x", bits);
        }
        snprintf(sum, sizeof sum, "%016lx", rng_hash(digits));
        ck_assert_str_eq(sum, want[i].sum);
    }
}
END_TEST

START_TEST(capitals_and_blanks_of_every_script)
{
    ck_assert_double_eq_tol(cosine("\xc3\x89"
                                   "COLE \xd0\x9a\xd0\xa0",
                                   "\xc3\xa9"
                                   "cole \xd0\xba\xd1\x80"),
                            1, 1e-6);
    ck_assert_double_eq_tol(cosine("red\xc2\xa0\xe3\x80\x80"
                                   "circle",
                                   "red circle"),
                            1, 1e-6);
}
END_TEST

START_TEST(any_bytes_give_a_unit_vector)
{
    const char *const odd[] = {"", " ", "\x80\xbf\x80", "\xff\xfe", "a", "the", "\n\t", "x"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) cosine(odd[i], "red");
    char *longest = mem_alloc(100001);
    memset(longest, 'q', 100000);
    longest[100000] = 0;
    cosine(longest, "red");
    mem_free(longest);
    TextEncoder *narrow;
    ck_assert_int_eq(open_encoder(TEXT_HASH, "", 3, &narrow, NULL), 0);
    float v[3];
    const char *text = "red";
    ck_assert_int_eq(text_encoder_encode(narrow, &text, 1, v, NULL), 0);
    ck_assert(fabs((double)(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]) - 1) < 1e-6);
    text_encoder_free(narrow);
}
END_TEST

START_TEST(many_texts_at_once_equal_one_by_one)
{
    const char *text[150];
    static float all[150 * DIM], one[DIM];
    for (int i = 0; i < 150; i++) text[i] = mem_format("red thing %d", i);
    ck_assert_int_eq(text_encoder_encode(hash, text, 150, all, NULL), 0);
    for (int i = 0; i < 150; i++) {
        ck_assert_int_eq(text_encoder_encode(hash, &text[i], 1, one, NULL), 0);
        ck_assert_mem_eq(one, all + i * DIM, sizeof one);
        mem_free((void *)(uintptr_t)text[i]);
    }
}
END_TEST

/* ---- table ---- */

static void write_table(const char *dtype, const char *texts, int64_t n, const float *vectors)
{
    table_file_write(path, dtype, texts, n, 2, vectors);
}

static const float rows[] = {3, 4, 0, -2, 1, 1};

START_TEST(table_finds_texts_and_normalizes)
{
    write_table("U8", "red circle\na \xc2\xa0 blue\xe3\x80\x80square \n\xe7\x8c\xab\n", 3,
                rows);
    TextEncoder *t;
    Error err = {0};
    ck_assert_msg(open_encoder(TEXT_TABLE, path, 0, &t, &err) == 0, "%s", err.text);
    ck_assert_int_eq(text_encoder_dim(t), 2);
    ck_assert_str_eq(text_encoder_name(t), "table");
    const char *const text[] = {"a blue\tsquare", "red circle", "\xe7\x8c\xab"};
    float v[6];
    ck_assert_msg(text_encoder_encode(t, text, 3, v, &err) == 0, "%s", err.text);
    const double want[] = {0, -1, 0.6, 0.8, sqrt(0.5), sqrt(0.5)};
    for (int i = 0; i < 6; i++) ck_assert_double_eq_tol((double)v[i], want[i], 1e-7);
    text_encoder_free(t);
}
END_TEST

START_TEST(table_names_a_missing_text)
{
    write_table("U8", "red\nblue\ngreen", 3, rows);
    TextEncoder *t;
    Error err = {0};
    ck_assert_int_eq(open_encoder(TEXT_TABLE, path, 2, &t, NULL), 0);
    const char *const text[] = {"red", "purple cow"};
    float v[4];
    ck_assert_int_eq(text_encoder_encode(t, text, 2, v, &err), -1);
    ck_assert_int_eq(err.code, ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(err.text, "\"purple cow\""));
    ck_assert_ptr_nonnull(strstr(err.text, "make_table.py"));
    text_encoder_free(t);
}
END_TEST

static void refused(enum TextKind kind, const char *source, int64_t dim, int code,
                    const char *words)
{
    TextEncoder *t;
    Error err = {0};
    ck_assert_int_eq(open_encoder(kind, source, dim, &t, &err), -1);
    ck_assert_ptr_null(t);
    ck_assert_msg(err.code == code, "code %d: %s", err.code, err.text);
    ck_assert_msg(strstr(err.text, words), "\"%s\" not in: %s", words, err.text);
}

/* The fingerprint of the table as last written. Owned. */
static char *table_fingerprint(void)
{
    TextEncoder *t;
    ck_assert_int_eq(open_encoder(TEXT_TABLE, path, 0, &t, NULL), 0);
    char *copy = mem_strdup(text_encoder_fingerprint(t));
    text_encoder_free(t);
    return copy;
}

static void expect_fingerprint(const char *texts, int64_t n, const float *vectors,
                               const char *as, bool same)
{
    write_table("U8", texts, n, vectors);
    char *have = table_fingerprint();
    ck_assert_msg((strcmp(have, as) == 0) == same, "%s: %s, before %s", texts, have, as);
    mem_free(have);
}

/* The fingerprint changes if and only if a vector can change. */
START_TEST(fingerprints)
{
    const float doubled[] = {6, 8, 0, -4, 2, 2}, other[] = {3, 4, 0, -2, 1, 2};
    TextEncoder *narrow;
    ck_assert_uint_eq(strspn(text_encoder_fingerprint(hash), "0123456789abcdef"), 32);
    ck_assert_int_eq(open_encoder(TEXT_HASH, NULL, 8, &narrow, NULL), 0);
    ck_assert_str_eq(text_encoder_fingerprint(narrow), text_encoder_fingerprint(hash));
    text_encoder_free(narrow);
    write_table("U8", "red\nblue\ngreen", 3, rows);
    char *as = table_fingerprint();
    ck_assert_str_ne(as, text_encoder_fingerprint(hash));
    expect_fingerprint(" red \nblue\ngreen\n", 3, rows, as, true);
    expect_fingerprint("red\nblue\ngreen", 3, doubled, as, true);
    expect_fingerprint("red\nblue\ngreen", 3, other, as, false);
    expect_fingerprint("red\nblue\ngreem", 3, rows, as, false);
    expect_fingerprint("redb\nlue\ngreen", 3, rows, as, false);
    expect_fingerprint("red\nblue", 2, rows, as, false);
    mem_free(as);
}
END_TEST

START_TEST(bad_tables_are_refused)
{
    refused(TEXT_TABLE, NULL, 0, ERROR_USAGE, "not set: name a file");
    refused(TEXT_TABLE, "", 0, ERROR_USAGE, "not set: name a file");
    refused(TEXT_TABLE, "/nowhere/t.safetensors", 0, ERROR_DATA, "/nowhere/t.safetensors");
    write_table("U8", "red\nblue", 3, rows);
    refused(TEXT_TABLE, path, 0, ERROR_DATA, "3 rows for 2 texts");
    write_table("U8", "red\nblue\ngreen", 3, rows);
    refused(TEXT_TABLE, path, 512, ERROR_DATA, "vectors of width 2");
    write_table("I8", "red\nblue\ngreen", 3, rows);
    refused(TEXT_TABLE, path, 0, ERROR_DATA, "\"texts\"");
    const float zero[] = {1, 0, 0, 0}, nan[] = {1, 0, NAN, 0};
    write_table("U8", "red\nblue", 2, zero);
    refused(TEXT_TABLE, path, 0, ERROR_DATA, "\"blue\": its vector is zero or not finite");
    write_table("U8", "red\nblue", 2, nan);
    refused(TEXT_TABLE, path, 0, ERROR_DATA, "\"blue\": its vector is zero or not finite");
}
END_TEST

/* In the order of the enumeration. */
START_TEST(names)
{
    ck_assert_str_eq(text_encoder_kind_name(TEXT_HASH), "hash");
    ck_assert_str_eq(text_encoder_kind_name(TEXT_TABLE), "table");
    ck_assert_str_eq(text_encoder_kind_name(TEXT_CLIP), "clip");
    ck_assert_ptr_null(text_encoder_kind_name(TEXT_SIGLIP + 1));
    ck_assert_ptr_null(text_encoder_kind_name(-1));
}
END_TEST

START_TEST(a_kind_past_the_last_is_a_bug)
{
    open_encoder((enum TextKind)(TEXT_SIGLIP + 1), NULL, 0, &hash, NULL);
}
END_TEST

Suite *test_text_encoder_suite(void);
Suite *test_text_encoder_suite(void)
{
    Suite *s = suite_create("text_encoder");
    TCase *t = tcase_create("text_encoder");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_pair_is_near_its_words);
    tcase_add_test(t, stop_words_and_plurals_count_little);
    tcase_add_test(t, related_words_are_a_little_near);
    tcase_add_test(t, who_has_which_color_is_visible);
    tcase_add_test(t, vectors_are_the_same_on_every_machine);
    tcase_add_test(t, capitals_and_blanks_of_every_script);
    tcase_add_test(t, any_bytes_give_a_unit_vector);
    tcase_add_test(t, many_texts_at_once_equal_one_by_one);
    tcase_add_test(t, table_finds_texts_and_normalizes);
    tcase_add_test(t, table_names_a_missing_text);
    tcase_add_test(t, fingerprints);
    tcase_add_test(t, bad_tables_are_refused);
    tcase_add_test(t, names);
    tcase_add_test_raise_signal(t, a_kind_past_the_last_is_a_bug, SIGABRT);
    suite_add_tcase(s, t);
    return s;
}
