/* SPDX-License-Identifier: Apache-2.0 */
/* Cleaning and classification of answers. */
#include "data/chat/answer.h"

#include "core/mem.h"
#include "core/printable.h"
#include "core/strings/strings.h"
#include "core/strings/utf8.h"
#include "data/chat/thoughts.h"

#include <string.h>

char *answer_clean(const char *text)
{
    char *out = mem_alloc(strlen(text) + 1);
    size_t n = 0;
    bool gap = false;
    for (const char *p = text; *p;) {
        const size_t space = utf8_space(p), dropped = space ? space : printable_fault(p);
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

size_t answer_max_bytes(int64_t max_tokens)
{
    enum { LEAST = 4096, BYTES_PER_TOKEN = 64 }; /* usual tokens have 3 to 5 */
    const size_t bytes = (size_t)max_tokens * BYTES_PER_TOKEN;
    return bytes > LEAST ? bytes : LEAST;
}

enum AnswerKind answer_take(const ChatChoice *choice, const Secrets *secrets, size_t max_bytes,
                            char **text)
{
    char *raw = mem_strdup(choice->text);
    const bool thoughts = thoughts_remove(raw) || choice->thoughts;
    *text = answer_clean(raw);
    mem_free(raw);
    secrets_mask(*text, secrets);
    const bool cut = choice->finish == CHAT_CUT;
    if (choice->finish == CHAT_REFUSED) return ANSWER_REFUSED;
    if (!**text) return thoughts || cut ? ANSWER_THOUGHTS : ANSWER_EMPTY;
    if (strlen(*text) > max_bytes) return ANSWER_LONG;
    return cut ? ANSWER_TRUNCATED : ANSWER_GOOD;
}
