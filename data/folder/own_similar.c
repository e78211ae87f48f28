/* SPDX-License-Identifier: Apache-2.0 */
/* Tags that are perhaps meant to be one. */
#include "core/io/text.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/strings/unicode.h"
#include "data/folder/own_set.h"

#include <string.h>

enum { SHOWN = 3 };

/* The name in small letters, with blanks for _ and -, as a key. */
static void similar_key(const char *name, uint8_t key[static HASH_BYTES])
{
    Runes runes = {0}, lower = {0};
    runes_decode(&runes, name, strlen(name));
    unicode_lower(&runes, &lower);
    for (size_t i = 0; i < lower.count; i++)
        if (lower.at[i] == '_' || lower.at[i] == '-') lower.at[i] = ' ';
    hash_of(lower.at, lower.count * sizeof *lower.at, key);
    runes_free(&lower);
    runes_free(&runes);
}

int64_t own_set_warn_similar(const OwnSet *s, const bool *tag)
{
    int64_t pairs = 0;
    Text t = {0};
    HashMap seen = hash_map_new(s->set.tags + 1);
    for (int64_t k = 0; k < s->set.tags; k++) {
        uint8_t key[HASH_BYTES];
        similar_key(s->set.tag[k], key);
        if (!tag[k] || hash_map_add(&seen, key, k)) continue;
        if (pairs++ < SHOWN)
            text_add(&t, "%s'%s' and '%s'", t.len ? ", " : "",
                     s->set.tag[hash_map_get(&seen, key)], s->set.tag[k]);
    }
    if (pairs)
        log_warn("tags that differ in capitals, _ or - alone count as different tags: %s%s",
                 t.data, pairs > SHOWN ? ", ..." : "");
    hash_map_free(&seen);
    text_free(&t);
    return pairs;
}
