/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a caption or of a tag, spelled so that equal words have equal bytes. */
#ifndef RAMPLUS_DATA_TEXT_WORDS_H
#define RAMPLUS_DATA_TEXT_WORDS_H

#include "core/io/text.h"

#include <stdint.h>

enum { WORD_BYTES = 64 }; /* longer words are kept, but no rule of inflection looks at them */

typedef struct Word {
    size_t at, len; /* in Words.text, where a NUL follows it */
    bool breaks;    /* a mark that ends a phrase stands before it: , . ; : ! ? ( ) / ... */
    bool joined;    /* only a hyphen, or nothing, stands before it */
    bool negated;   /* set by negation_mark */
} Word;

typedef struct Words {
    Text text;
    Word *word; /* [count] */
    int64_t count, room;
} Words;

void words_free(Words *w); /* frees and empties */

/* Replaces the contents of *w by the words of a text: runs of letters and digits in lower case,
 * without accents (compatibility decomposition). A hyphen, an underscore, white space and
 * the change between letters and digits (`clock12`) separate words; every other mark also ends
 * a phrase. `'s` and other clitics are dropped, a word in `n't` becomes `not`, `&` becomes
 * `and`; a comma or period between digits belongs to the number. Of scripts without spaces
 * (Han, Kana) every character is a word. Addresses (`x@y`, `http://x`, `www.x`) and bytes that
 * are not UTF-8 count as marks. */
void words_split(const char *text, Words *w);

static inline const char *words_at(const Words *w, int64_t i)
{
    return w->text.data + w->word[i].at;
}

#endif
