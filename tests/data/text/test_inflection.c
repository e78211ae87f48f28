/* SPDX-License-Identifier: Apache-2.0 */
#include "core/io/text.h"
#include "core/mem.h"
#include "data/text/function_words.h"
#include "data/text/inflection.h"
#include "data/text/irregular.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <string.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

static char *bases(const Inflection *m, const char *word)
{
    InflectionBases b;
    Text t = {0};
    inflection_bases(m, word, &b);
    text_put(&t, "");
    for (int i = 0; i < b.count; i++)
        text_add(&t, "%s%s%s", i ? " " : "", b.base[i].word, b.base[i].verb ? "*" : "");
    return t.data;
}

static void expect(const Inflection *m, const char *word, const char *want)
{
    char *have = bases(m, word);
    ck_assert_msg(strcmp(have, want) == 0, "%s: '%s', expected '%s'", word, have, want);
    mem_free(have);
}

typedef struct Case {
    const char *word, *want; /* bases in order, those of verbs with a star */
} Case;

/* Some bases are no words: the vocabulary decides. */
static const Case cases[] = {
    {"dog", ""},
    {"dogs", "dog"},
    {"buses", "bus buse"},
    {"boxes", "box boxe"},
    {"churches", "church churche"},
    {"dishes", "dish dishe"},
    {"tomatoes", "tomato tomatoe"},
    {"cities", "city citie citi*"},
    {"firemen", "fireman"},
    {"roofs", "roof"},
    {"children", "child"},
    {"people", "person"},
    {"geese", "goose"},
    {"knives", "knife"},
    {"mice", "mouse"},
    {"news", ""},
    {"glass", ""},
    {"cactus", ""},
    {"bus", ""},
    {"is", ""},
    {"riding", "rid* ride*"},
    {"sitting", "sit* sitt* sitte*"},
    {"parked", "park* parke*"},
    {"carried", "carry* carri* carrie*"},
    {"rode", "ride*"},
    {"standing", "stand* stande*"},
    {"ring", ""},
    {"king", ""},
    {"red", ""},
    {"bed", ""},
    {"string", ""},
    {"", ""},
    {"s", ""},
    {"\xc3\xa9s", ""},
};

START_TEST(finds_bases)
{
    Inflection *m;
    ck_assert_int_eq(inflection_read(NULL, 0, true, &m, NULL), 0);
    const Case *c = &cases[_i];
    expect(m, c->word, c->want);
    inflection_free(m);
}
END_TEST

START_TEST(verbs_can_be_left_out)
{
    Inflection *m;
    ck_assert_int_eq(inflection_read(NULL, 0, false, &m, NULL), 0);
    expect(m, "dogs", "dog");
    expect(m, "riding", "");
    expect(m, "rode", "");
    expect(m, "cities", "city citie");
    inflection_free(m);
}
END_TEST

START_TEST(reads_lists_of_exceptions)
{
    Inflection *m;
    Error err = {0};
    char *nouns = mem_strdup(scratch_text(
        &scratch, "noun.exc", "axes ax axis\ncorgwn corgi\n\ndogs hound\nnews new\n"));
    char *verbs = mem_strdup(scratch_text(&scratch, "verb.exc", "zapt zap\n"));
    const char *const path[] = {nouns, verbs};
    ck_assert_msg(inflection_read(path, 2, true, &m, &err) == 0, "%s", err.text);
    expect(m, "corgwn", "corgi");
    expect(m, "axes", "ax axis");
    expect(m, "dogs", "hound"); /* no rule after an exception */
    expect(m, "news", "new");   /* the list comes before the built-in one */
    expect(m, "zapt", "zap*");
    expect(m, "geese", "goose");
    inflection_free(m);
    mem_free(nouns);
    mem_free(verbs);
}
END_TEST

static const Case bad_lists[] = {
    {"geese goose\nalone\n", "line 2: expected an inflected word and what it comes from"},
    {"\xff goose\n", "line 1: expected an inflected word"},
    {"a 0123456789012345678901234567890123456789012345678901234567890123\n", "line 1: "},
    {"[\"a\"]\n", "noun.exc: "},
};

START_TEST(refuses_other_files)
{
    Inflection *m;
    Error err = {0};
    const char *path = scratch_text(&scratch, "noun.exc", bad_lists[_i].word);
    ck_assert_int_eq(inflection_read(&path, 1, true, &m, &err), -1);
    ck_assert_ptr_null(m);
    expect_error(&err, ERROR_DATA, bad_lists[_i].want);
}
END_TEST

/* Searching needs sorted tables, and a base must be one of its form. */
START_TEST(tables_are_sorted)
{
    for (size_t i = 1; i < sizeof irregular_nouns / sizeof *irregular_nouns; i++)
        ck_assert_msg(strcmp(irregular_nouns[i - 1][0], irregular_nouns[i][0]) < 0, "%s",
                      irregular_nouns[i][0]);
    for (size_t i = 1; i < sizeof irregular_verbs / sizeof *irregular_verbs; i++)
        ck_assert_msg(strcmp(irregular_verbs[i - 1][0], irregular_verbs[i][0]) < 0, "%s",
                      irregular_verbs[i][0]);
    ck_assert(function_word("the") && function_word("zero") == false);
    ck_assert(function_word("yet") && function_word("about") && function_word("would"));
    ck_assert(function_word_determiner("a") && function_word_determiner("your"));
    ck_assert(!function_word_determiner("can") && function_word("can"));
}
END_TEST

Suite *test_inflection_suite(void);
Suite *test_inflection_suite(void)
{
    Suite *s = suite_create("inflection");
    TCase *t = tcase_create("inflection");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, finds_bases, 0, sizeof cases / sizeof *cases);
    tcase_add_test(t, verbs_can_be_left_out);
    tcase_add_test(t, reads_lists_of_exceptions);
    tcase_add_loop_test(t, refuses_other_files, 0, sizeof bad_lists / sizeof *bad_lists);
    tcase_add_test(t, tables_are_sorted);
    suite_add_tcase(s, t);
    return s;
}
