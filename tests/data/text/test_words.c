/* SPDX-License-Identifier: Apache-2.0 */
/* Captions as words, and which of them are negated. */
#include "core/mem.h"
#include "core/rng.h"
#include "core/strings/utf8.h"
#include "data/text/negation.h"
#include "data/text/words.h"

#include <check.h>
#include <string.h>

typedef struct Case {
    const char *text, *want; /* words, with | for a break and - for a hyphen before one */
} Case;

static const Case splits[] = {
    {"", ""},
    {" \t\n ", ""},
    {"...", ""},
    {"A red Car", "a red car"},
    {"a car, a dog.", "a car |a dog"},
    {"T-shirt and close-up", "t -shirt and close -up"},
    {"a dog - a cat", "a dog |a cat"},
    {"a dog\xe2\x80\x94"
     "a cat",
     "a dog |a cat"}, /* em dash */
    {"(a dog)", "|a dog"},
    {"the dog's ball, dogs' toys", "the dog ball |dogs toys"},
    {"it isn't, don\xe2\x80\x99t, can't", "it not |not |not"},
    {"five o'clock", "five oclock"},
    {"they're we've I'll I'd I'm", "they we i i i"},
    {"rubik's cube", "rubik cube"},
    {"'quoted'", "quoted"},
    {"1,000 cars and 2.5 m", "1,000 cars and 2.5 m"},
    {"cars, 3", "cars |3"},
    {"salt & pepper", "salt and pepper"},
    {"AT&T", "at and t"},
    {"snake_case", "snake case"},
    {"Caf\xc3\xa9 CAFE\xcc\x81", "cafe cafe"},                     /* composed and decomposed */
    {"\xc3\x84pfel \xef\xac\x81sh", "apfel fish"},                 /* umlaut, ligature */
    {"\xe7\x8b\x97\xe5\x92\x8c a", "\xe7\x8b\x97 \xe5\x92\x8c a"}, /* Han */
    {"\xd0\xa1\xd0\x9e\xd0\x91\xd0\x90\xd0\x9a\xd0\x90",
     "\xd1\x81\xd0\xbe\xd0\xb1\xd0\xb0\xd0\xba\xd0\xb0"}, /* Cyrillic */
    {"a\xff"
     "b",
     "a |b"},
    {"\xf0\x9f\x90\x95 dog", "|dog"}, /* an emoji */
    {"art by jane.doe@mail.com (2004)", "art by |2004"},
    {"see http://a.org/cat?x=dog or www.dog.org now", "see |or |now"},
    {"a/b", "a |b"},
    {"clock12 and 3D mp3", "clock -12 and 3 -d mp -3"},
};

static char *show(const Words *w)
{
    Text t = {0};
    text_put(&t, "");
    for (int64_t i = 0; i < w->count; i++) {
        const Word *word = &w->word[i];
        ck_assert_uint_eq(strlen(words_at(w, i)), word->len);
        text_add(&t, "%s%s%s%s", i ? " " : "", word->breaks ? "|" : "", word->joined ? "-" : "",
                 words_at(w, i));
    }
    return t.data;
}

START_TEST(splits_text)
{
    Words w = {0};
    words_split("what was there before", &w);
    words_split(splits[_i].text, &w);
    char *have = show(&w);
    ck_assert_msg(strcmp(have, splits[_i].want) == 0, "%s: '%s', expected '%s'",
                  splits[_i].text, have, splits[_i].want);
    mem_free(have);
    words_free(&w);
}
END_TEST

/* Words are words: splitting them again changes nothing. */
START_TEST(splitting_is_idempotent)
{
    Rng rng = rng_new(7, 0, 0, 0);
    Words w = {0}, again = {0};
    for (int round = 0; round < 3000; round++) {
        static const char some[] = "aB1 '-.,&@:/_w\xc3\xa9\xe2\x80\x99\xe7\x8b\x97\xff";
        char text[40];
        Text joined = {0};
        for (size_t i = 0; i < sizeof text - 1; i++)
            text[i] = some[rng_below(&rng, sizeof some - 1)];
        text[sizeof text - 1] = 0;
        words_split(text, &w);
        text_put(&joined, "");
        for (int64_t i = 0; i < w.count; i++) {
            ck_assert(utf8_valid(words_at(&w, i)) && w.word[i].len > 0);
            text_add(&joined, "%s ", words_at(&w, i));
        }
        words_split(joined.data, &again);
        ck_assert_int_eq(again.count, w.count);
        for (int64_t i = 0; i < w.count; i++)
            ck_assert_str_eq(words_at(&again, i), words_at(&w, i));
        text_free(&joined);
    }
    words_free(&again);
    words_free(&w);
}
END_TEST

/* The negated words in brackets. */
static const Case negations[] = {
    {"a dog", "a dog"},
    {"no dog", "no [dog]"},
    {"a man without a hat", "a man without [a] [hat]"},
    {"no dog, a cat", "no [dog] a cat"},
    {"no dog or cat on a sofa", "no [dog] or [cat] on a sofa"},
    {"no dog but a cat", "no [dog] but a cat"},
    {"no dog and a cat", "no [dog] and a cat"},
    {"it isn't a dog", "it not [a] [dog]"},
    {"a dog that does not have a tail", "a dog that does not [have] [a] [tail]"},
    {"not only red but blue", "not only red but blue"},
    {"not just a dog", "not just a dog"},
    {"no 5 train", "no 5 train"},
    {"neither a dog nor a cat", "neither [a] [dog] nor [a] [cat]"},
    {"a cat instead of a dog", "a cat instead of [a] [dog]"},
    {"a street free of cars", "a street free of [cars]"},
    {"a sugar-free drink", "a [sugar] free drink"},
    {"a free drink", "a free drink"},
    {"no people sitting on the red bench", "no [people] sitting on the red bench"},
    {"no a b c d e f g", "no [a] [b] [c] [d] [e] [f] g"},
    {"no dog or sitting cat", "no [dog] or [sitting] [cat]"},
    {"no", "no"},
    {"a no smoking sign", "a no [smoking] sign"},
    {"no sign of a dog", "no [sign] [of] [a] [dog]"},
};

START_TEST(negates)
{
    Words w = {0};
    Text t = {0};
    words_split(negations[_i].text, &w);
    negation_mark(&w);
    for (int64_t i = 0; i < w.count; i++)
        text_add(&t, w.word[i].negated ? "%s[%s]" : "%s%s", i ? " " : "", words_at(&w, i));
    ck_assert_str_eq(t.data, negations[_i].want);
    text_free(&t);
    words_free(&w);
}
END_TEST

Suite *test_words_suite(void);
Suite *test_words_suite(void)
{
    Suite *s = suite_create("words");
    TCase *t = tcase_create("words");
    tcase_add_loop_test(t, splits_text, 0, sizeof splits / sizeof *splits);
    tcase_add_test(t, splitting_is_idempotent);
    tcase_add_loop_test(t, negates, 0, sizeof negations / sizeof *negations);
    suite_add_tcase(s, t);
    return s;
}
