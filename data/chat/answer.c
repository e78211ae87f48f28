/* SPDX-License-Identifier: Apache-2.0 */
/* Cleaning and classification of answers. */
#include "data/chat/answer.h"

#include "core/mem.h"
#include "core/strings/strings.h"
#include "core/strings/utf8.h"
#include "data/chat/thoughts.h"

#include <string.h>

/* The bytes of the control character (Unicode category Cc) at text; 0 if it is another
 * character. */
static size_t control(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    if (p[0] < 0x20 || p[0] == 0x7f) return 1;
    return p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f ? 2 : 0;
}

char *answer_clean(const char *text)
{
    char *out = mem_alloc(strlen(text) + 1);
    size_t n = 0;
    bool gap = false;
    for (const char *p = text; *p;) {
        const size_t space = utf8_space(p), dropped = space ? space : control(p);
        gap = gap || space;
        p += dropped;
        if (dropped) continue;
        if (gap && n > 0) out[n++] = ' ';
        gap = false;
        do out[n++] = *p++;
        while (!utf8_starts(*p));
    }
    out[n] = 0;
    return out;
}

enum AnswerKind answer_take(const ChatChoice *choice, const Secrets *secrets, char **text)
{
    char *raw = mem_strdup(choice->text);
    const bool thoughts = thoughts_remove(raw) || choice->thoughts;
    *text = answer_clean(raw);
    mem_free(raw);
    secrets_mask(*text, secrets);
    const bool cut = choice->finish == CHAT_CUT;
    if (choice->finish == CHAT_REFUSED) return ANSWER_REFUSED;
    if (!**text) return thoughts || cut ? ANSWER_THOUGHTS : ANSWER_EMPTY;
    return cut ? ANSWER_TRUNCATED : ANSWER_GOOD;
}
