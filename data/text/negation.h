/* SPDX-License-Identifier: Apache-2.0 */
/* What an English caption says is not there. */
#ifndef RAMPLUS_DATA_TEXT_NEGATION_H
#define RAMPLUS_DATA_TEXT_NEGATION_H

#include "data/text/words.h"

enum { NEGATION_REACH = 6 }; /* words after a cue at most */

/* Marks the negated words. A cue (no, not, n't, without, never, neither, nor, lacking, absent,
 * minus, "instead of", "rather than", "free of", "lack of", "absence of", "devoid of") negates
 * the words after it: up to a mark, to but, and, with, while, although, except, only, just, to
 * a verb or preposition that begins something else (on, in, at, near, beside, behind, under,
 * next, standing, sitting, wearing, holding, ...) or to sign, symbol, zone (`no smoking sign`)
 * once a word that is no function word was negated, and at most NEGATION_REACH words; `or` and
 * `nor` lead on. `X-free` negates X. No cues are `not only`, `not just`, and `no` before a
 * number. The cue itself is not marked. */
void negation_mark(Words *w);

#endif
