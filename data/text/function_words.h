/* SPDX-License-Identifier: Apache-2.0 */
/* English words that say nothing about what an image shows by themselves. */
#ifndef RAMPLUS_DATA_TEXT_FUNCTION_WORDS_H
#define RAMPLUS_DATA_TEXT_FUNCTION_WORDS_H

#include <stdbool.h>

/* Articles, pronouns, prepositions, conjunctions, auxiliaries and adverbs of place. */
bool function_word(const char *word);
/* Words that a noun follows: a, the, this, her, two, ... They are function words. */
bool function_word_determiner(const char *word);

#endif
