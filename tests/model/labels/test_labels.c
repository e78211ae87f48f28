/* SPDX-License-Identifier: Apache-2.0 */
/* Labels as one value: moved, joined, compared, read only when their parts fit. */
#include "model/labels/labels.h"

#include "core/mem.h"
#include "tests/support/bank_make.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <string.h>

enum { DIM = 5 };

static Scratch scratch;
static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

START_TEST(taking_empties_the_source)
{
    Labels a = bank_make("red\n", DIM), b = bank_make("red\nblue\n", DIM);
    const LabelBank *bank = b.bank;
    labels_take(&a, &b);
    ck_assert_ptr_eq(a.bank, bank);
    ck_assert_int_eq(a.tags.count, 2);
    ck_assert_str_eq(a.identity.encoder, "hash");
    ck_assert_ptr_null(b.bank);
    ck_assert_ptr_null(b.tags.name);
    ck_assert_str_eq(b.identity.encoder, "");
    labels_free(&b);
    labels_free(&a);
    labels_free(&a);
}
END_TEST

/* New names are appended once with their rows; known ones do not change. */
START_TEST(appending)
{
    Labels a = bank_make("red\nblue\n", DIM), more = bank_make("cat\nblue\ndog\ncat\n", DIM);
    strcpy(more.identity.encoder, "clip");
    ck_assert_int_eq(labels_append(&a, &more, "more.txt", NULL), 0);
    static const char *const want[] = {"red", "blue", "cat", "dog"};
    ck_assert_int_eq(a.tags.count, 4);
    ck_assert_int_eq(a.bank->tags, 4);
    for (int k = 0; k < 4; k++) ck_assert_str_eq(a.tags.name[k], want[k]);
    /* bank_make gives tags 0, 1, 2, 3 as many as 1, 2, 3, 1 rows */
    ck_assert_mem_eq(a.bank->offset, ((int64_t[]){0, 1, 3, 4, 7}), 5 * sizeof(int64_t));
    ck_assert_mem_eq(a.bank->rows + 3 * DIM, more.bank->rows, DIM * sizeof(float));
    ck_assert_mem_eq(a.bank->rows + 4 * DIM, more.bank->rows + 3 * DIM,
                     3 * DIM * sizeof(float));
    ck_assert_str_eq(a.identity.encoder, "hash");
    labels_free(&more);
    labels_free(&a);
}
END_TEST

static void differ(const Labels *a, const Labels *b, const char *words)
{
    Error err = {0};
    ck_assert_int_eq(labels_same("x.h5", a, b, &err), words ? -1 : 0);
    if (words) expect_error(&err, ERROR_CHECKPOINT, words);
}

START_TEST(comparing)
{
    static const char tags[] = "x.h5: its tags differ from those of model.tags";
    static const char bank[] = "x.h5: its label bank differs";
    Labels a = bank_make("red\nblue\n", DIM), b = bank_make("red\nblue\n", DIM);
    strcpy(b.identity.fingerprint, "other"); /* only tags and vectors are compared */
    differ(&a, &b, NULL);
    b.bank->rows[3 * DIM - 1] += 1;
    differ(&a, &b, bank);
    b.bank->rows[3 * DIM - 1] = a.bank->rows[3 * DIM - 1];
    b.bank->offset[1]++;
    differ(&a, &b, bank);
    labels_free(&b);
    b = bank_make("red\nblue\n", DIM + 1);
    differ(&a, &b, bank);
    labels_free(&b);
    b = bank_make("red\nblues\n", DIM);
    differ(&a, &b, tags);
    labels_free(&b);
    labels_free(&a);
}
END_TEST

/* In a file of any kind: other entries are ignored, missing identity entries are empty, the
 * parts must agree. */
START_TEST(in_a_file)
{
    const char *path = scratch_path(&scratch, "c.h5");
    Labels a = bank_make("red\nblue\n", DIM), b;
    H5Writer *w;
    H5File *f;
    Error err = {0};
    a.identity.texts[0] = 0;
    ck_assert_int_eq(h5_create(path, "checkpoint", &w, NULL), 0);
    h5_put_text(w, "other", "entry", NULL);
    labels_put(w, &a, NULL);
    ck_assert_int_eq(h5_commit(w, NULL), 0);
    ck_assert_int_eq(h5_open(path, &f, NULL), 0);
    ck_assert_msg(labels_read(f, path, false, &b, &err) == 0, "%s", err.text);
    h5_close(f);
    differ(&b, &a, NULL);
    ck_assert_str_eq(b.identity.encoder, "hash");
    ck_assert_str_eq(b.identity.texts, "");
    labels_free(&b);
    tags_free(&a.tags);
    ck_assert_int_eq(tags_parse("t", "red\n", &a.tags, NULL), 0);
    ck_assert_int_eq(h5_create(path, "checkpoint", &w, NULL), 0);
    labels_put(w, &a, NULL);
    ck_assert_int_eq(h5_commit(w, NULL), 0);
    ck_assert_int_eq(h5_open(path, &f, NULL), 0);
    ck_assert_int_eq(labels_read(f, path, false, &b, &err), -1);
    expect_error(&err, ERROR_CHECKPOINT, "c.h5: 1 tag, but vectors for 2");
    ck_assert_ptr_null(b.bank);
    h5_close(f);
    labels_free(&a);
}
END_TEST

Suite *test_labels_suite(void);
Suite *test_labels_suite(void)
{
    Suite *s = suite_create("labels");
    TCase *c = tcase_create("labels");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, taking_empties_the_source);
    tcase_add_test(c, appending);
    tcase_add_test(c, comparing);
    tcase_add_test(c, in_a_file);
    suite_add_tcase(s, c);
    return s;
}
