/* SPDX-License-Identifier: Apache-2.0 */
/* Two lists, sorted by bytes. */
#include "data/text/function_words.h"

#include "core/strings/strings.h"

#include <stdlib.h>

static const char *const determiners[] = {
    "a",     "an",    "another", "any",   "each",  "eight", "every", "five",
    "four",  "her",   "his",     "its",   "many",  "my",    "nine",  "one",
    "our",   "seven", "several", "six",   "some",  "ten",   "that",  "the",
    "their", "these", "this",    "those", "three", "two",   "your",
};

static const char *const others[] = {
    "about",   "above",   "across",    "after",   "again",      "against",    "ago",
    "all",     "almost",  "along",     "already", "also",       "although",   "always",
    "am",      "amid",    "among",     "and",     "anyone",     "anything",   "apart",
    "are",     "around",  "as",        "at",      "away",       "back",       "be",
    "because", "been",    "before",    "behind",  "being",      "below",      "beneath",
    "beside",  "besides", "between",   "beyond",  "both",       "but",        "by",
    "can",     "could",   "did",       "do",      "does",       "doing",      "done",
    "down",    "during",  "either",    "else",    "ever",       "everyone",   "everything",
    "few",     "for",     "from",      "front",   "got",        "had",        "has",
    "have",    "having",  "he",        "here",    "hers",       "herself",    "him",
    "himself", "how",     "i",         "if",      "in",         "inside",     "instead",
    "into",    "is",      "it",        "itself",  "just",       "kind",       "least",
    "less",    "like",    "lot",       "lots",    "made",       "may",        "maybe",
    "me",      "might",   "mine",      "more",    "most",       "much",       "must",
    "near",    "nearby",  "neither",   "never",   "next",       "no",         "nobody",
    "none",    "nor",     "not",       "nothing", "now",        "of",         "off",
    "often",   "on",      "once",      "only",    "onto",       "or",         "other",
    "others",  "out",     "outside",   "over",    "own",        "per",        "perhaps",
    "quite",   "rather",  "same",      "shall",   "she",        "should",     "since",
    "so",      "someone", "something", "still",   "such",       "than",       "them",
    "then",    "there",   "they",      "through", "throughout", "to",         "together",
    "too",     "toward",  "towards",   "type",    "under",      "underneath", "unlike",
    "until",   "up",      "upon",      "us",      "various",    "very",       "via",
    "was",     "we",      "well",      "were",    "what",       "when",       "where",
    "whether", "which",   "while",     "who",     "whom",       "whose",      "why",
    "will",    "with",    "within",    "without", "would",      "yet",        "you",
};

#define HAS(list, word)                                                                        \
    (bsearch(&(word), list, sizeof list / sizeof *list, sizeof *list, strings_compare) != NULL)

bool function_word_determiner(const char *word) { return HAS(determiners, word); }

bool function_word(const char *word) { return HAS(determiners, word) || HAS(others, word); }
