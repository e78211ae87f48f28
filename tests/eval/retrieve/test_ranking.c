/* SPDX-License-Identifier: Apache-2.0 */
/* Order, ties, missing images, and the three output formats. */
#include "eval/retrieve/ranking.h"

#include <check.h>

enum { IMAGES = 5, TEXTS = 2 };

static const float SCORE[IMAGES * TEXTS] = {0.5F, 0.1F, 0.75F, 0.2F, 0.5F,
                                            0.3F, 0.9F, 0.4F,  0.5F, 0.5F};
static const bool ALL[IMAGES] = {true, true, true, true, true};
static const bool SOME[IMAGES] = {true, true, true, false, true};

static void expect(const Ranking *r, int64_t text, int64_t n, const int64_t *image)
{
    ck_assert_int_eq(r->count[text], n);
    for (int64_t i = 0; i < n; i++) {
        const Ranked *p = &r->place[text * r->columns + i];
        ck_assert_int_eq(p->at, image[i]);
        ck_assert_double_eq((double)p->score, (double)SCORE[image[i] * TEXTS + text]);
    }
}

/* Equal scores keep the order of the images, for any number of columns. */
START_TEST(order_and_ties)
{
    Ranking r = ranking_new(TEXTS, IMAGES, SCORE, ALL, IMAGES);
    expect(&r, 0, 5, (int64_t[]){3, 1, 0, 2, 4});
    expect(&r, 1, 5, (int64_t[]){4, 3, 2, 1, 0});
    ranking_free(&r);
    r = ranking_new(TEXTS, IMAGES, SCORE, ALL, 3);
    expect(&r, 0, 3, (int64_t[]){3, 1, 0});
    expect(&r, 1, 3, (int64_t[]){4, 3, 2});
    ranking_free(&r);
    ranking_free(&r); /* an empty ranking */
}
END_TEST

START_TEST(images_that_could_not_be_read)
{
    Ranking r = ranking_new(TEXTS, IMAGES, SCORE, SOME, 1000);
    ck_assert_int_eq(r.columns, IMAGES);
    expect(&r, 0, 4, (int64_t[]){1, 0, 2, 4});
    expect(&r, 1, 4, (int64_t[]){4, 2, 1, 0});
    ranking_free(&r);
}
END_TEST

static const char *const PRINTED[] = {
    "a \"red\", b\n  0.900  d\n  0.750  b,\"\nx\n  0.500  e\n  0.400  d\n",
    "text,image,score\n\"a \"\"red\"\", b\",d,0.899999976\n\"a \"\"red\"\", "
    "b\",\"b,\"\"\",0.75\n"
    "x,e,0.5\nx,d,0.400000006\n",
    "text,image,score\n\"a \"\"red\"\", b\",d,0.899999976\n\"a \"\"red\"\", "
    "b\",\"b,\"\"\",0.75\n"
    "x,e,0.5\nx,d,0.400000006\n",
    "[\n {\"text\": \"a \\\"red\\\", b\", \"images\": [{\"image\": \"d\", \"score\": "
    "0.899999976}, "
    "{\"image\": \"b,\\\"\", \"score\": 0.75}]},\n {\"text\": \"x\", \"images\": "
    "[{\"image\": "
    "\"e\", \"score\": 0.5}, {\"image\": \"d\", \"score\": 0.400000006}]}\n]\n"};

START_TEST(prints)
{
    char *path[] = {(char[]){"a"}, (char[]){"b,\""}, (char[]){"c"}, (char[]){"d"},
                    (char[]){"e"}};
    char *text[] = {(char[]){"a \"red\", b"}, (char[]){"x"}};
    const ImagePaths images = {path, IMAGES};
    Ranking r = ranking_new(TEXTS, IMAGES, SCORE, ALL, 2);
    Text out = {0};
    ranking_print(&r, (enum RankedFormat)_i, text, &images, &out);
    ck_assert_str_eq(out.data, PRINTED[_i]);
    text_free(&out);
    ranking_free(&r);
}
END_TEST

Suite *test_ranking_suite(void);
Suite *test_ranking_suite(void)
{
    Suite *s = suite_create("ranking");
    TCase *t = tcase_create("ranking");
    tcase_add_test(t, order_and_ties);
    tcase_add_test(t, images_that_could_not_be_read);
    tcase_add_loop_test(t, prints, 0, sizeof PRINTED / sizeof *PRINTED);
    suite_add_tcase(s, t);
    return s;
}
