/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a text looks like mojibake: the rules of ftfy 6.3 (badness.py). */
#ifndef RAMPLUS_DATA_TEXT_BADNESS_H
#define RAMPLUS_DATA_TEXT_BADNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether the text has neighboring characters that ordinary text does not have. */
bool badness_any(const int32_t *text, size_t n);

#endif
