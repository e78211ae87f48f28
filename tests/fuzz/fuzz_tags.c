/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes tag lists. Every tag is found under its own name, and a list that is written reads
 * back.
 *
 * Parsers: data/tags.c core/strings/utf8.c core/strings/unicode.c */
#include "core/mem.h"
#include "core/printable.h"
#include "data/tags.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void check_tag(const TagList *t, int64_t k)
{
    char *key = tags_key(t->name[k]), *again = tags_key(key);
    int64_t at = tags_find(t, key);
    CHECK(strcmp(key, again) == 0, "key '%s' of the key '%s'", again, key);
    while (at >= 0 && at < k) at = tags_next(t, at);
    CHECK(at == k, "tag %ld '%s' is found at %ld", k, t->name[k], at);
    CHECK(tags_can_hold(t->line[k]), "'%s' was a line", t->line[k]);
    mem_free(again);
    mem_free(key);
}

/* A new list holds only names that are printed as they are. */
static void check_new(const char *path)
{
    TagList t;
    if (tags_read(path, &t, NULL) != 0) return;
    for (int64_t k = 0; k < t.count; k++)
        CHECK(*t.name[k] && !printable_find_fault(t.name[k]), "tag %ld '%s'", k, t.name[k]);
    tags_free(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TagList t, again;
    Error err = {0};
    char *path = fuzz_file("tags.txt", (FuzzPart){data, size});
    check_new(path);
    if (tags_read_used(path, &t, NULL) == 0) {
        char *text = tags_join(&t);
        for (int64_t k = 0; k < t.count; k++) check_tag(&t, k);
        CHECK(tags_parse("again", text, &again, &err) == 0, "%s", err.text);
        CHECK(tags_difference(&t, &again) < 0, "reads back otherwise");
        tags_free(&again);
        mem_free(text);
        tags_free(&t);
    }
    mem_free(path);
    return 0;
}
