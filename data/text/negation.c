/* SPDX-License-Identifier: Apache-2.0 */
/* Cues of negation and how far they reach. */
#include "data/text/negation.h"

#include "data/text/function_words.h"

#include <string.h>

static bool is_one_of(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(word, *list) == 0) return true;
    return false;
}

static bool is(const Words *w, int64_t i, const char *word)
{
    return i < w->count && strcmp(words_at(w, i), word) == 0;
}

/* Number of words of the cue at i; 0: none. */
static int64_t cue(const Words *w, int64_t i)
{
    static const char *const single[] = {"no",      "not",   "without", "never",
                                         "neither", "nor",   "lacking", "lacks",
                                         "absent",  "minus", "cannot",  NULL};
    static const char *const pair[][2] = {
        {"instead", "of"}, {"rather", "than"}, {"free", "of"},   {"free", "from"},
        {"lack", "of"},    {"absence", "of"},  {"devoid", "of"},
    };
    if (is(w, i, "not") && (is(w, i + 1, "only") || is(w, i + 1, "just"))) return 0;
    if (is(w, i, "no") && i + 1 < w->count && strspn(words_at(w, i + 1), "0123456789"))
        return 0;
    if (is_one_of(words_at(w, i), single)) return 1;
    for (size_t k = 0; k < sizeof pair / sizeof *pair; k++)
        if (is(w, i, pair[k][0]) && is(w, i + 1, pair[k][1])) return 2;
    return 0;
}

/* Whether the word ends the reach of a cue; `said`: something was negated before. */
static bool ends(const Words *w, int64_t i, bool said)
{
    static const char *const always[] = {"but",     "and",    "with", "while", "although",
                                         "though",  "except", "only", "just",  "yet",
                                         "because", "so",     NULL};
    static const char *const after[] = {
        "on",      "in",      "at",       "near",    "beside",  "behind",  "under",
        "next",    "above",   "below",    "inside",  "outside", "into",    "onto",
        "around",  "against", "standing", "sitting", "lying",   "walking", "riding",
        "running", "wearing", "holding",  "looking", "playing", "that",    "which",
        "who",     "is",      "are",      "to",      "from",    "over",    "by",
        "there",   "sign",    "signs",    "symbol",  "symbols", "zone",    NULL};
    if (w->word[i].breaks || is_one_of(words_at(w, i), always)) return true;
    return said && is_one_of(words_at(w, i), after);
}

/* Marks what the cue before word i negates. */
static void reach(Words *w, int64_t i)
{
    bool said = false;
    for (int64_t n = 0; i < w->count && n < NEGATION_REACH; i++) {
        if (ends(w, i, said)) return;
        if (is(w, i, "or") || is(w, i, "nor")) {
            n = 0;
            said = false;
            continue;
        }
        w->word[i].negated = true;
        said = said || !function_word(words_at(w, i));
        n++;
    }
}

void negation_mark(Words *w)
{
    for (int64_t i = 0; i < w->count; i++) {
        const int64_t n = cue(w, i);
        if (n > 0) reach(w, i + n);
        if (i > 0 && w->word[i].joined && is(w, i, "free")) w->word[i - 1].negated = true;
    }
}
