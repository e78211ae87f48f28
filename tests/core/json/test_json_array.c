/* SPDX-License-Identifier: Apache-2.0 */
/* Which records of a broken file are read. */
#include "core/io/text.h"
#include "core/json/json_array.h"
#include "core/mem.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

/* One letter a call of json_array_next: the letter under "n" of a record, '?' for a record
 * without one, '!' for a fault, '#' for a fault behind which nothing can be read. */
static char *sequence_of(JsonArray *array, const char *path, Text *faults)
{
    Text seen = {0};
    text_put(&seen, "");
    for (int i = 0; !json_array_lost(array); i++) {
        Error err = {0};
        json_t *record;
        ck_assert_int_lt(i, 10000);
        const int status = json_array_next(array, &record, &err);
        if (status == 0 && !record) break;
        const char *n = json_string_value(json_object_get(record, "n"));
        text_put(&seen, status ? json_array_lost(array) ? "#" : "!" : n ? n : "?");
        if (status) text_add(faults, "%s\n", err.text + strlen(path) + 2);
        json_decref(record);
    }
    json_array_close(array);
    return seen.data;
}

static char *sequence(const char *path, Text *faults)
{
    JsonArray *array;
    ck_assert_int_eq(json_array_open(path, "n", &array, NULL), 0);
    return sequence_of(array, path, faults);
}

#define S(n) "{\"x\": [{\"y\": 1}], \"n\": \"" n "\"}"
#define Q(n) "{\"n\": \"" n "\", \"x\": [\"y\"\"]}" /* a quote too many */
#define R(n) "{\"n\": \"" n "\", \"x\": [{\"y\": 1}]}"

typedef struct Case {
    const char *text, *sequence, *fault; /* fault: a part of what is said, or NULL */
} Case;

static const Case cases[] = {
    {"[" R("a") ",\n" R("b") "]\n", "ab", NULL},
    {"[]", "", NULL},
    {"[" R("a") "," R("b") ",]", "ab!", "record 3 (line 1): ']' instead of an object"},
    {"[" R("a") "\n" R("b") "]", "a!b", "record 1 (line 1): '{' after this record"},
    {"[" R("a") ",," R("b") "]", "a!b", "record 2 (line 1): ',' instead of an object"},
    {"[" R("a") "}," R("b") "]", "a!b", "'}' after this record"},
    {"[" R("a") ",{\"n\": \"b\", \"x\": {," R("c") "]", "a!c", "record 2 (line 1): "},
    {"[" R("a") ",\n{\"n\": \"b\", \"x\": [1,\n" R("c") ",\n" R("d") "]", "a!cd",
     "record 2 (line 2)"},
    {"[" R("a") ",{\"n\": \"b\", \"x\": 1," R("c") "," R("d") "]", "a!cd",
     "record 2 (line 1): "},
    {"[" R("a") ",{\"n\": \"b}," R("c") "," R("d") "]", "a!cd",
     "the file ends inside this record"},
    {"[" R("a") ",{\"n\": \"b\"\"}," R("c") "," R("d") "]", "a!cd", "the file ends inside"},
    {"[" R("a") "," Q("b") "," R("c") "," Q("d") "," R("e") "]", "a!c!e", NULL},
    {"[" R("a") ",{\"n\": \"b\n\"}," R("c") "]", "a!c",
     "record 2 (line 1): unexpected newline"},
    {"[{\"n\": \"b\n\"}," R("c") "]", "!c", "record 1 (line 1): unexpected newline"},
    {"[" R("a") ",{\"n\": 'b'}," R("c") "]", "a!c", "record 2 (line 1): invalid token"},
    {"[" R("a") ", b: 1, [" R("b") "], \"{\", null, " R("c") "]", "a!!b!c", NULL},
    {"[" R("a") "][" R("b") "]", "a!b", "line 1: '[' after the end of the array"},
    {"[" R("a") "] // end", "a!", "line 1: '/' after the end of the array"},
    {"[" R("a") ",\n" R("b") ",\n{\"n\": \"c", "ab#",
     "record 3 (line 3): the file ends inside"},
    {"[" R("a") ",{\"n\": \"c\", \"x\": [1]", "a#", "the file ends inside this record"},
    {"[" R("a") ",", "a#", "the end of the file instead of an object"},
    {"[" R("a"), "a#", "the end of the file after this record"},
    {"[" R("a") ",{\"n\": \"b}]", "a#", "the file ends inside this record"},
    {"[{\"x\": [{\"y\" 1}]}," R("a") "]", "!a", NULL},
    {"[{\"x\": [{\"y\": 1}], \"n\": \"b\n\"}," S("a") ",{\"x\": 1\"}," S("c") "]", "!?!a!c",
     NULL}, /* another first key, which is not known yet */
    {"[{\"m\": 1}," R("a") ",{\"n\": \"b\n\"}," R("c") "]", "?a!c",
     NULL}, /* other first keys */
    {"[" R("a") ",{\"n\": \"\xff\"}," R("b") "]", "a!b", "unable to decode byte 0xff"},
    {"[" R("a") ",{\"n\": NaN}," R("b") "]", "a?b", NULL},
};

START_TEST(reads_around_a_fault)
{
    const Case *c = &cases[_i];
    Text faults = {0};
    char *have = sequence(scratch_text(&scratch, "a.json", c->text), &faults);
    ck_assert_msg(strcmp(have, c->sequence) == 0, "%s\n%s, expected %s\n%s", c->text, have,
                  c->sequence, faults.data);
    ck_assert_msg(!c->fault || strstr(faults.data, c->fault), "%s", faults.data);
    mem_free(have);
    text_free(&faults);
}
END_TEST

/* A file of records of which the one in the middle has `left` and `right` around its text. */
static const char *with_middle(const char *left, const char *middle, size_t n,
                               const char *right)
{
    Text t = {0};
    text_put(&t, "[" R("a") ",\n");
    text_put(&t, left);
    for (size_t i = 0; i < n; i++) text_put(&t, middle);
    text_put(&t, right);
    text_put(&t, ",\n" R("b") "]");
    const char *path = scratch_text(&scratch, "a.json", t.data);
    text_free(&t);
    return path;
}

START_TEST(nesting_and_length_spoil_one_record)
{
    static const struct {
        const char *left, *middle, *right, *sequence;
        size_t n;
    } wide[] = {
        {"{\"n\": \"m\", \"x\": ", "[", "1", "a!b",
         990}, /* not closed: swallows the next ones */
        {"{\"n\": \"m\", \"x\": \"", "0123456789abcdef", "\"}", "amb", 1 << 16},
        {"{\"n\": \"m\", \"x\": \"", "0123456789abcdef", "\"}", "a!b",
         JSON_ARRAY_RECORD_MAX / 16},
    };
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
        Text faults = {0};
        const char *path = with_middle(wide[i].left, wide[i].middle, wide[i].n, wide[i].right);
        char *have = sequence(path, &faults);
        ck_assert_msg(strcmp(have, wide[i].sequence) == 0, "%zu: %s %s", i, have, faults.data);
        mem_free(have);
        text_free(&faults);
    }
    for (size_t depth = 998; depth < 1100; depth += 101) {
        Text open = {0}, shut = {0}, faults = {0};
        text_put(&open, "{\"n\": \"m\", \"x\": ");
        for (size_t i = 0; i < depth; i++) text_put(&open, "["), text_put(&shut, "]");
        text_put(&shut, "}");
        char *have = sequence(with_middle(open.data, "", 0, shut.data), &faults);
        ck_assert_str_eq(have, depth < 1000 ? "amb" : "a!b");
        mem_free(have);
        text_free(&open);
        text_free(&shut);
        text_free(&faults);
    }
}
END_TEST

/* No byte that is lost, added or changed costs more than the record it is in and the one behind
 * it, and the array always ends. */
START_TEST(one_byte_spoils_one_record)
{
    static const char text[] =
        "[" R("a") ",\n" R("b") ",\n" R("c") ",\n" R("d") ",\n" R("e") "]";
    static const char other[] = "\"{}[],:\\n x";
    const size_t n = sizeof text - 1, first = strlen("[" R("a") ",\n");
    for (size_t at = first; at < 2 * first + strlen(R("c")) - 1; at++)
        for (const char *c = other; *c; c++) {
            Text faults = {0};
            char bytes[sizeof text];
            memcpy(bytes, text, sizeof text);
            bytes[at] = *c == 'n' ? '\n' : *c;
            char *have = sequence(scratch_write(&scratch, "a.json", bytes, n), &faults);
            ck_assert_msg(have[0] == 'a' && strchr(have, 'e'), "%s\n%s\n%s", bytes, have,
                          faults.data);
            ck_assert_msg(bytes[at] == text[at] || strstr(have, "d"), "%s\n%s", bytes, have);
            mem_free(have);
            text_free(&faults);
        }
}
END_TEST

/* The arrays of an object: only the one under "images" is read. */
static const Case members[] = {
    {"{\"images\": [" R("a") "," R("b") "], \"images\": [" R("z") "]}", "ab#",
     "a second \"images\""},
    {"{\"images\": [" R("a") "], \"x\": {}}\n", "a", NULL},
    {"{\"images\": [" R("a") "]} x", "a#", "'x' after the end of the object"},
    {"{\"images\": [" R("a") "],}", "a#", "no JSON after \"images\": '}'"},
    {"{\"images\": [" R("a") "], \"x\": @}", "a#", "no JSON after \"images\": '@'"},
    {"\xef\xbb\xbf {\"info\": {\"images\": [" R(
         "z") "], \"s\": \"}\\\"]\"},\n\"x\" : -1.5e3 , "
              "\"y\":null,\"image\":[], \"imagess\": [" R(
                  "z") "], \"t\": \"images\",\n\"images\"\n:\n [" R("a") "] , \"annotations\": "
                                                                         "[" R("z") "]}",
     "a", NULL},
    {"{\"images\":[]}", "", NULL},
    {"{\"images\":[" R("a") ",{\"n\": 1,}," R("c") "],\"b\":[" R("z") "]}", "a#",
     "record 2 (line 1): "},
    {"{\"images\":\n[" R("a") ",\n{\"n\": ", "a#", "record 2 (line 3): the file ends inside"},
    {"{\"images\":[" R("a"), "a#", "the end of the file after this record"},
    {"{}", NULL, "has no \"images\""},
    {"{\"a\": [1, 2], \"b\": {}}", NULL, "has no \"images\""},
    {"{\"a\": [1, 2}, \"images\": []}", NULL, "\"images\": expected an array, got '}'"},
    {"{\"a\": [1, 2", NULL, "\"images\": expected an array, got the end of the file"},
    {"{\"a\" 1, \"images\": []}", NULL, "expected an array, got '1'"},
    {"{\"images\": {}}", NULL, "\"images\": expected an array, got '{'"},
    {"[" R("a") "]", NULL, "not a JSON object: "},
};

START_TEST(array_of_a_member)
{
    const Case *c = &members[_i];
    JsonArray *array;
    Text faults = {0};
    Error err = {0};
    const char *path = scratch_text(&scratch, "m.json", c->text);
    const int status = json_array_open_member(path, "images", "n", &array, &err);
    ck_assert_msg((status == 0) == (c->sequence != NULL), "%s", err.text);
    if (c->sequence) {
        char *seen = sequence_of(array, path, &faults);
        ck_assert_str_eq(seen, c->sequence);
        mem_free(seen);
    }
    const char *said = c->sequence ? faults.data : err.text;
    if (c->fault) ck_assert_msg(said && strstr(said, c->fault), "%s", said);
    if (!c->fault) ck_assert_ptr_null(said);
    text_free(&faults);
}
END_TEST

/* Files that may also be JSON Lines. */
static const Case lines[] = {
    {"[" R("a") ",\n" R("b") "]\n", "ab", NULL},
    {R("a") "\n" R("b") "\n", "ab", NULL},
    {"\xef\xbb\xbf" R("a") "\r\n\r\n" R("b"), "ab", NULL},
    {R("a"), "a", NULL},
    {R("a") " " R("b"), "ab", NULL},
    {R("a") "\n" Q("b") "\n" R("c") "\n" Q("d") "\n" R("e"), "a!c!e", "record 2 (line 2): "},
    {R("a") ",\n" R("b") "\n", "a!b", "record 2 (line 1): ',' instead of an object"},
    {R("a") "\n{\"n\": \"b\n\"}\n" R("c"), "a!c", "record 2 (line 2): unexpected newline"},
    {R("a") "\n{\"n\": \"b", "a#", "record 2 (line 2): the file ends inside this record"},
    {R("a") "\n]\n", "a!", "']' instead of an object"},
    {R("a") "\nnull\n" R("b"), "a!b", "record 2 (line 2): 'n' instead of an object"},
};

START_TEST(reads_json_lines)
{
    const Case *c = &lines[_i];
    Text faults = {0};
    JsonArray *array;
    const char *path = scratch_text(&scratch, "a.jsonl", c->text);
    ck_assert_int_eq(json_array_open_lines(path, "n", &array, NULL), 0);
    char *have = sequence_of(array, path, &faults);
    ck_assert_msg(strcmp(have, c->sequence) == 0, "%s\n%s, expected %s\n%s", c->text, have,
                  c->sequence, faults.data);
    ck_assert_msg(!c->fault || strstr(faults.data, c->fault), "%s", faults.data);
    mem_free(have);
    text_free(&faults);
}
END_TEST

static const Case instead[] = {
    {R("a") "\n" R("b") "\n", NULL, "looks like JSON Lines, one object per line"},
    {"\xef\xbb\xbf" R("a") "\r\n" R("b"), NULL, "looks like JSON Lines"},
    {R("a"), NULL, "looks like one object: expected an array"},
    {"{\"images\": [],\n\"annotations\": []}", NULL, "COCO"},
    {"{\"image_path\":{\"0\":\"a\"}}", NULL, "orient=\"records\""},
    {"image_path,caption\na.jpg,red\n", NULL, "line 1: not a JSON array: looks like CSV"},
    {"hello\n", NULL, "looks like plain text"},
    {"<!DOCTYPE html>", NULL, "looks like a web page (HTML)"},
    {"version https://git-lfs.github.com/spec/v1\noid ", NULL, "looks like a Git LFS pointer"},
    {"{ \"a\": [1] }", NULL, "looks like one object"},
    {"\xff\xfe[", NULL, "looks like UTF-16 text: save it as UTF-8"},
    {"\x07\x08\x81", NULL, "starts with byte 0x07"},
    {"", NULL, "looks like an empty file"},
};

START_TEST(says_what_the_file_is_instead)
{
    JsonArray *array;
    Error err = {0};
    const char *path = scratch_text(&scratch, "a.json", instead[_i].text);
    ck_assert_int_eq(json_array_open(path, NULL, &array, &err), -1);
    expect_error(&err, ERROR_DATA, instead[_i].fault);
    ck_assert_ptr_null(array);
}
END_TEST

/* Without a byte-order mark, too, where the first byte is the bracket. */
START_TEST(names_wide_text)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *name;
    } wide[] = {{"[\0{\0\"\0a\0", 8, "UTF-16 text: save it as UTF-8"},
                {"\0[\0{\0\"\0a", 8, "UTF-16 text: save it as UTF-8"},
                {"[\0\0\0{\0\0\0", 8, "UTF-32 text: save it as UTF-8"},
                {"\0\0\0[\0\0\0{", 8, "UTF-32 text: save it as UTF-8"}};
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
        JsonArray *array;
        Error err = {0};
        scratch_write(&scratch, "a.json", wide[i].bytes, wide[i].n);
        const char *path = scratch_path(&scratch, "a.json");
        ck_assert_int_eq(json_array_open(path, NULL, &array, &err), -1);
        expect_error(&err, ERROR_DATA, wide[i].name);
    }
}
END_TEST

Suite *test_json_array_suite(void);
Suite *test_json_array_suite(void)
{
    Suite *s = suite_create("json_array");
    TCase *t = tcase_create("json_array");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, reads_around_a_fault, 0, sizeof cases / sizeof *cases);
    tcase_add_loop_test(t, array_of_a_member, 0, sizeof members / sizeof *members);
    tcase_add_test(t, nesting_and_length_spoil_one_record);
    tcase_add_test(t, one_byte_spoils_one_record);
    tcase_add_test(t, names_wide_text);
    tcase_add_loop_test(t, reads_json_lines, 0, sizeof lines / sizeof *lines);
    tcase_add_loop_test(t, says_what_the_file_is_instead, 0, sizeof instead / sizeof *instead);
    suite_add_tcase(s, t);
    return s;
}
