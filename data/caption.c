/* SPDX-License-Identifier: Apache-2.0 */
/* Caption cleaning as the reference does it before tokenizing (ram/data/utils.py:
 * pre_caption). */
#include "data/caption.h"

#include "core/mem.h"
#include "core/strings/utf8.h"

#include <stdbool.h>
#include <string.h>

enum { CAPTION_WORDS = 30 };

/* Length of the separator at p (white space, or a mark that becomes a space); 0 if p is
 * text. */
static size_t separator(const char *p)
{
    if (strchr(".!\"()*#:;~", *p)) return 1;
    return utf8_space(p);
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

void caption_clean_to(const char *raw, char *out)
{
    bool in_word = false;
    for (int words = 0; *raw;) {
        size_t skip = separator(raw);
        if (skip > 0) {
            in_word = false;
            raw += skip;
            continue;
        }
        if (!in_word && words++ == CAPTION_WORDS) break;
        if (!in_word && words > 1) *out++ = ' ';
        in_word = true;
        *out++ = lower(*raw++);
    }
    *out = 0;
}

char *caption_clean(const char *raw)
{
    char *clean = mem_alloc(strlen(raw) + 1);
    caption_clean_to(raw, clean);
    return clean;
}
