/* SPDX-License-Identifier: Apache-2.0 */
/* Classifies a reply by what the run has to do next. Pure. */
#ifndef RAMPLUS_DATA_CHAT_REPLY_H
#define RAMPLUS_DATA_CHAT_REPLY_H

#include "data/chat/chat.h"
#include "data/chat/http.h"
#include "data/chat/secret.h"

/* Limits of a server that the run has learned; the journal records them. */
typedef struct ServerTraits {
    int64_t max_answers; /* answers that it returns per request */
    bool newer_limit;    /* requires max_completion_tokens instead of max_tokens */
} ServerTraits;

enum ReplyKind {
    REPLY_ANSWER,      /* *answer is filled */
    REPLY_RETRY,       /* a transient failure: request the item again later */
    REPLY_NO_CHAT,     /* a success without an answer: if it persists, the address is wrong */
    REPLY_FEWER,       /* request at most `most` answers at a time */
    REPLY_NEWER_LIMIT, /* request with max_completion_tokens */
    REPLY_FILTERED,    /* this item is refused for its contents */
    REPLY_UNCLEAR, /* a refusal of this item or of all: `most` > 0: fewer answers may help */
    REPLY_STOP,    /* no item can be obtained: wrong key or address, quota used up */
};

typedef struct Verdict {
    enum ReplyKind kind;
    int64_t most;
    char reason[400]; /* one line with the key masked and with what to do; "" for an answer */
} Verdict;

/* Classifies the reply to a request for n answers that was sent with `traits`. REPLY_ANSWER
 * fills *answer (owned: chat_answer_free). */
Verdict reply_judge(const HttpReply *reply, int64_t n, const ServerTraits *traits,
                    const Secrets *secrets, ChatAnswer *answer);

#endif
