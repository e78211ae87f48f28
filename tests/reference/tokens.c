/* SPDX-License-Identifier: Apache-2.0 */
/* clip_tokens.json: texts and their ids. CLIP's merges are not part of this program: they are
 * the file that the variable CLIP_MERGES names, or a file in the folder of the fixture or in
 * its sibling folder `data`. */
#include "core/io/file.h"
#include "core/mem.h"
#include "core/strings/unicode.h"
#include "data/text/tokenizer.h"
#include "tests/reference/golden.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { CONTEXT = 77, BYTES_SHOWN = 40 };

/* The path of the merges, which the caller frees with mem_free; NULL if not found. */
static char *find_merges(const char *path)
{
    static const char *const places[] = {"bpe_simple_vocab_16e6.txt.gz", "merges.txt",
                                         "../data/bpe_simple_vocab_16e6.txt.gz"};
    const char *named = getenv("CLIP_MERGES"), *slash = strrchr(path, '/');
    if (named && *named) return mem_strdup(named);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char *file = mem_format("%.*s%s", slash ? (int)(slash + 1 - path) : 0, path, places[i]);
        if (file_exists(file)) return file;
        mem_free(file);
    }
    return NULL;
}

static bool same_ids(const json_t *want, const int32_t *got, int64_t count)
{
    if (!json_is_array(want) || (int64_t)json_array_size(want) != count) return false;
    for (int64_t i = 0; i < count; i++) {
        const json_t *id = json_array_get(want, (size_t)i);
        if (!json_is_integer(id) || json_integer_value(id) != got[i]) return false;
    }
    return true;
}

/* Returns whether the ids are equal; reports a difference. */
static bool compare_text(Golden *g, const Tokenizer *t, const json_t *record)
{
    int32_t ids[CONTEXT];
    int64_t count = 0;
    Error err = {0};
    const char *text = json_string_value(json_object_get(record, "text"));
    char *what = mem_format("ids of '%.*s'", BYTES_SHOWN, text ? text : "");
    bool equal = false;
    if (!text)
        golden_fail(g, what, "a record without a text");
    else if (tokenizer_encode(t, text, CONTEXT, ids, &count, &err) != 0)
        golden_fail(g, what, "%s", err.text);
    else if (same_ids(json_object_get(record, "ids"), ids, count))
        equal = true;
    else
        golden_fail(g, what, "differ");
    mem_free(what);
    return equal;
}

static void compare_all(Golden *g, const char *path, const Tokenizer *t)
{
    json_error_t why;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
    int64_t equal = 0, all = (int64_t)json_array_size(root);
    for (int64_t i = 0; i < all; i++)
        equal += compare_text(g, t, json_array_get(root, (size_t)i));
    if (!root)
        golden_fail(g, "fixture", "line %d: %s", why.line, why.text);
    else if (all == 0)
        golden_fail(g, "fixture", "not a list of texts and ids");
    else if (equal > 0)
        golden_pass(g, "ids of texts", "%ld of %ld equal", equal, all);
    json_decref(root);
}

void golden_tokens(Golden *g, const char *path)
{
    Error err = {0};
    char *merges = find_merges(path);
    if (!merges) {
        golden_skip(g, "ids of texts", "no merges of CLIP here, name them: CLIP_MERGES=FILE");
        return;
    }
    Tokenizer *t = tokenizer_open(merges, &err);
    if (t)
        compare_all(g, path, t);
    else
        golden_fail(g, "merges", "%s", err.text);
    tokenizer_free(t);
    mem_free(merges);
}
