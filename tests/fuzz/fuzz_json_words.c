/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes records about images, JSON Lines or an array, with a list of two names for numbers:
 * what is accepted can stand in lists and be written as JSON.
 *
 * Parsers: data/folder/json_words.c data/folder/split_role.c */
#include "core/mem.h"
#include "core/printable.h"
#include "core/strings/utf8.h"
#include "data/folder/json_words.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void check_list(const json_t *list, bool names)
{
    size_t i;
    const json_t *text;
    json_array_foreach(list, i, text)
    {
        const char *s = json_string_value(text);
        CHECK(s && !utf8_blank(s) && utf8_valid(s), "text %zu", i);
        CHECK(!names || (tags_can_hold(s) && !printable_find_fault(s)), "tag '%s'", s);
    }
}

static void take(const JsonWordsRules *rules, JsonKeys *keys, const JsonArray *a,
                 const json_t *record)
{
    JsonWords w;
    Error err = {0};
    if (json_words_take(rules, keys, a, record, &w, &err) != 0) {
        CHECK(err.code == ERROR_DATA && !w.image && !w.tags && !w.captions, "%s", err.text);
        return;
    }
    CHECK(*w.image && utf8_valid(w.image), "image '%s'", w.image);
    check_list(w.tags, true);
    check_list(w.unknown, true);
    check_list(w.captions, false);
    json_words_free(&w);
}

static void take_all(const char *path, const JsonWordsRules *rules, JsonKeys *keys)
{
    JsonArray *a;
    json_t *record;
    if (json_array_open_lines(path, "image", &a, NULL) != 0) return;
    for (;;) {
        const int status = json_array_next(a, &record, NULL);
        if (status == 0 && !record) break;
        if (status == 0) take(rules, keys, a, record);
        json_decref(record);
        if (json_array_lost(a)) break;
    }
    json_array_close(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char zero[] = "zero", one[] = "long_one", *const name[] = {zero, one};
    const OptionStrings usual = {0};
    TagList names = tags_new(name, 2);
    JsonKeys keys[JSON_PARTS];
    char *path = fuzz_file("records.jsonl", (FuzzPart){data, size});
    for (int i = 0; i < JSON_PARTS; i++) keys[i] = json_keys_new((enum JsonPart)i, &usual);
    take_all(path, &(JsonWordsRules){.names = &names, .underscores = true}, keys);
    take_all(path, &(JsonWordsRules){.path = "a/{}.jpg"}, keys);
    for (int i = 0; i < JSON_PARTS; i++) json_keys_free(&keys[i]);
    mem_free(path);
    tags_free(&names);
    return 0;
}
