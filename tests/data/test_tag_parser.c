/* SPDX-License-Identifier: Apache-2.0 */
/* Which tags a caption names. */
#include "core/io/text.h"
#include "core/mem.h"
#include "core/rng.h"
#include "data/tag_parser.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <string.h>

static const char names[] =
    "dog\nhot dog\ncat\ncar\nred\nred car\nt-shirt\nglass\nglasses\nFrench "
    "fries\nride\nriding\n"
    "can\nperson\nno parking sign\ntraffic light\nlight\nleaf\nleave\nbicycle\ncafé\ndog\n狗\n"
    "trash can\nwine glass\nbuilding\nbuild\norange\nformula 1\ncar without roof\n";

static Scratch scratch;
static TagList tags;
static Synonyms synonyms;
static Inflection *inflection;
static TagParser *parser;

static void setup(void)
{
    Error err = {0};
    scratch_new(&scratch);
    ck_assert_int_eq(tags_parse("tags", names, &tags, NULL), 0);
    const char *path = scratch_text(&scratch, "s.txt",
                                    "bicycle: bike, push bike\n"
                                    "cat: kitten, bike\n" /* a word of two tags */
                                    "dog: cat\ncat: dog\n" /* a circle: not followed */);
    ck_assert_msg(synonyms_read(path, &tags, &synonyms, &err) == 0, "%s", err.text);
    ck_assert_int_eq(inflection_read(NULL, 0, true, &inflection, NULL), 0);
    parser = tag_parser_new(&tags, NULL, inflection);
}

static void teardown(void)
{
    tag_parser_free(parser);
    inflection_free(inflection);
    synonyms_free(&synonyms);
    tags_free(&tags);
    scratch_free(&scratch);
}

/* The names of the tags, separated by commas. */
static char *list(const ParsedTags *p)
{
    Text t = {0};
    text_put(&t, "");
    for (int64_t i = 0; i < p->tags.count; i++) {
        ck_assert_int_lt(p->tags.id[i], tags.count);
        ck_assert(i == 0 || p->tags.id[i - 1] < p->tags.id[i]);
        text_add(&t, "%s%s", i ? "," : "", tags.name[p->tags.id[i]]);
    }
    return t.data;
}

static void expect(const TagParser *by, const char *caption, TagParserRules rules,
                   const char *want)
{
    ParsedTags p = {0};
    tag_parser_parse(by, caption, &rules, &p);
    char *have = list(&p);
    ck_assert_msg(strcmp(have, want) == 0, "%s: '%s', expected '%s'", caption, have, want);
    mem_free(have);
    parsed_tags_free(&p);
}

typedef struct Case {
    const char *caption, *want;
} Case;

/* dog stands twice in the list, so it is found twice. */
static const Case cases[] = {
    {"", ""},
    {"nothing of that", ""},
    {"A DOG!", "dog,dog"},
    {"two dogs and cats", "dog,cat,dog"},
    {"a hot dog", "hot dog"},
    {"hot dogs", "hot dog"},
    {"hotdogs", "hot dog"},
    {"hot-dog", "hot dog"},
    {"hot, dog", "dog,dog"},
    {"a hot dog near a dog", "dog,hot dog,dog"},
    {"a red car", "red car"},
    {"a red truck and a car", "car,red"},
    {"a t-shirt, T shirts", "t-shirt"},
    {"a tshirt", "t-shirt"},
    {"a glass", "glass"},
    {"glasses", "glasses"}, /* not of "glass": the exact word is a tag */
    {"wine glasses", "wine glass"},
    {"a french fry", "French fries"},
    {"french fries", "French fries"},
    {"he rides", "ride"},
    {"he rode", "ride"},
    {"a riding person", "riding,person"},
    {"a building", "building"},
    {"they can see it", ""},
    {"a can of soup", "can"},
    {"cans", "can"},
    {"a trash can", "trash can"},
    {"people", "person"},
    {"no parking sign", "no parking sign"},
    {"a car without roof", "car without roof"},
    {"traffic lights", "traffic light"},
    {"leaves", "leaf"}, /* nouns before verbs */
    {"cafe, CAFÉ, cafe\xcc\x81s", "café"},
    {"一只狗在这里", "狗"},
    {"formula 1 cars", "car,formula 1"},
    {"a dog without a car", "dog,dog"},
    {"no dog or cat, a car", "car"},
    {"the dog's car", "dog,car,dog"},
    {"\xff\xfe dog \x80", "dog,dog"},
    {"doggy dogma scar", ""},
};

START_TEST(finds_tags)
{
    expect(parser, cases[_i].caption, (TagParserRules){0}, cases[_i].want);
}
END_TEST

START_TEST(follows_the_rules)
{
    const TagParserRules nested = {.nested = true}, gap = {.gap = 1}, all = {.negated = true};
    expect(parser, "a red car", nested, "car,red,red car");
    expect(parser, "hot dogs", nested, "dog,hot dog,dog");
    expect(parser, "a red striped car", (TagParserRules){0}, "car,red");
    expect(parser, "a red striped car", gap, "red car");
    expect(parser, "a red striped dotted car", gap, "car,red");
    expect(parser, "a red striped dotted car", (TagParserRules){.gap = 2}, "red car");
    expect(parser, "a red and car", gap, "car,red"); /* no function words in between */
    expect(parser, "red, striped car", gap, "car,red");
    expect(parser, "a red hot car dog", gap,
           "dog,red car,dog"); /* words of one tag are taken */
    expect(parser, "a red hot car", (TagParserRules){.gap = 1, .nested = true},
           "car,red,red car");
    expect(parser, "without a dog", all, "dog,dog");
    expect(parser, "no hot dog", nested, "");
}
END_TEST

/* Of two readings of one word, the one that changes less: "pants" is nearer to the tag "pant"
 * than to a tag in the plural. */
START_TEST(prefers_the_nearer_tag)
{
    TagList t;
    ParsedTags p = {0};
    const TagParserRules rules = {0};
    ck_assert_int_eq(tags_parse("tags", "pantses\npant\n", &t, NULL), 0);
    TagParser *with = tag_parser_new(&t, NULL, inflection);
    tag_parser_parse(with, "pants", &rules, &p);
    ck_assert_int_eq(p.tags.count, 1);
    ck_assert_int_eq(p.tags.id[0], 1);
    parsed_tags_free(&p);
    tag_parser_free(with);
    tags_free(&t);
}
END_TEST

START_TEST(knows_synonyms)
{
    TagParser *with = tag_parser_new(&tags, &synonyms, inflection);
    const TagParserRules rules = {0};
    expect(with, "two kittens", rules, "cat");
    expect(with, "bikes", rules, "cat,bicycle");
    expect(with, "push bikes", rules, "bicycle");
    expect(with, "a dog", rules, "dog,cat,dog"); /* each word gives its own and the other */
    expect(with, "a kitten", rules, "cat");      /* not on to "dog" */
    tag_parser_free(with);
}
END_TEST

START_TEST(counts_what_is_left_out)
{
    ParsedTags p = {0};
    const TagParserRules rules = {0};
    tag_parser_parse(parser, "a dog, no cat or red car, no zebra", &rules, &p);
    ck_assert_int_eq(p.left_out, 2);
    ck_assert_int_eq(p.words.count, 9);
    for (int64_t i = 0; i < 9; i++)
        ck_assert_int_eq(p.covered[i], strchr("\1\3\5\6", (int)i) && i);
    tag_parser_parse(parser, "a dog", &rules, &p);
    ck_assert_int_eq(p.left_out, 0);
    parsed_tags_free(&p);
}
END_TEST

/* Every name is found in itself, and a caption made of found names gives the same tags. */
START_TEST(is_idempotent)
{
    const TagParserRules rules = {0};
    ParsedTags p = {0};
    Text again = {0};
    for (int64_t k = 0; k < tags.count; k++) {
        Text caption = {0};
        text_add(&caption, "the %s", tags.name[k]);
        tag_parser_parse(parser, caption.data, &rules, &p);
        ck_assert_msg(tag_ids_have(p.tags.id, p.tags.count, (int32_t)k), "%s", caption.data);
        text_free(&caption);
    }
    tag_parser_parse(parser, "people riding red cars, glasses, leaves and 2 hotdogs", &rules,
                     &p);
    char *first = list(&p);
    for (int64_t i = 0; i < p.tags.count; i++)
        text_add(&again, "the %s, ", tags.name[p.tags.id[i]]);
    expect(parser, again.data, rules, first);
    mem_free(first);
    text_free(&again);
    parsed_tags_free(&p);
}
END_TEST

/* ---- a second way: all tags of one spelling, longest first, by searching ----------------- */

enum { WORDS = 5, LONGEST = 3, SOME = 12 };
static const char *const word[WORDS] = {"ka", "lo", "mi", "nu", "po"};

/* Marks the tags of the text, whose words are separated by single blanks: the longest name at a
 * place, from the left. */
static void search(const TagList *t, const char *text, bool *found)
{
    for (const char *p = text; *p;) {
        int64_t best = -1;
        for (int64_t k = 0; k < t->count; k++) {
            const size_t n = strlen(t->name[k]);
            if (strncmp(p, t->name[k], n) == 0 && (p[n] == ' ' || !p[n]) &&
                (best < 0 || n > strlen(t->name[best])))
                best = k;
        }
        for (int64_t k = best; k >= 0; k = tags_next(t, k)) found[k] = true;
        p += best >= 0 ? strlen(t->name[best]) : strcspn(p, " ");
        p += *p == ' ';
    }
}

static void draw(Rng *rng, int64_t words, Text *out)
{
    for (int64_t i = 0; i < words; i++)
        text_add(out, "%s%s", i ? " " : "", word[rng_below(rng, WORDS)]);
}

START_TEST(agrees_with_searching)
{
    Rng rng = rng_new(11, 0, (uint64_t)_i, 0);
    Text name[SOME] = {{0}};
    char *view[SOME];
    for (int k = 0; k < SOME; k++) {
        draw(&rng, 1 + rng_below(&rng, LONGEST), &name[k]);
        view[k] = name[k].data;
    }
    TagList t = tags_new(view, SOME);
    TagParser *p = tag_parser_new(&t, NULL, inflection);
    const TagParserRules rules = {0};
    ParsedTags parsed = {0};
    for (int round = 0; round < 50; round++) {
        Text caption = {0};
        bool found[SOME] = {false};
        draw(&rng, 1 + rng_below(&rng, 12), &caption);
        search(&t, caption.data, found);
        tag_parser_parse(p, caption.data, &rules, &parsed);
        for (int32_t k = 0; k < SOME; k++)
            ck_assert_msg(tag_ids_have(parsed.tags.id, parsed.tags.count, k) == found[k],
                          "%s: %s", caption.data, view[k]);
        text_free(&caption);
    }
    parsed_tags_free(&parsed);
    tag_parser_free(p);
    tags_free(&t);
    for (int k = 0; k < SOME; k++) text_free(&name[k]);
}
END_TEST

/* Long captions and names take no more than their share of time and memory. */
START_TEST(takes_long_texts)
{
    Text caption = {0}, name = {0};
    for (int i = 0; i < 100000; i++) text_put(&caption, "red hot ");
    for (int i = 0; i < 2000; i++) text_put(&name, "red ");
    for (int i = 0; i < 500; i++) text_put(&caption, "incomprehensibilities");
    text_put(&caption, "s dog");
    TagList t;
    text_put(&name, "\ndog\n");
    ck_assert_int_eq(tags_parse("tags", name.data, &t, NULL), 0);
    TagParser *p = tag_parser_new(&t, NULL, inflection);
    const TagParserRules rules = {.nested = true, .gap = TAG_PARSER_GAP};
    ParsedTags parsed = {0};
    tag_parser_parse(p, caption.data, &rules, &parsed);
    ck_assert_int_eq(parsed.tags.count, 1);
    ck_assert_int_eq(parsed.tags.id[0], 1);
    parsed_tags_free(&parsed);
    tag_parser_free(p);
    tags_free(&t);
    text_free(&name);
    text_free(&caption);
    tag_parser_free(NULL);
}
END_TEST

Suite *test_tag_parser_suite(void);
Suite *test_tag_parser_suite(void)
{
    Suite *s = suite_create("tag_parser");
    TCase *t = tcase_create("tag_parser");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, finds_tags, 0, sizeof cases / sizeof *cases);
    tcase_add_test(t, follows_the_rules);
    tcase_add_test(t, prefers_the_nearer_tag);
    tcase_add_test(t, knows_synonyms);
    tcase_add_test(t, counts_what_is_left_out);
    tcase_add_test(t, is_idempotent);
    tcase_add_loop_test(t, agrees_with_searching, 0, 20);
    tcase_add_test(t, takes_long_texts);
    suite_add_tcase(s, t);
    return s;
}
