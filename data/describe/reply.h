/* SPDX-License-Identifier: Apache-2.0 */
/* Classifies a reply by what the run has to do next. Pure. */
#ifndef RAMPLUS_DATA_DESCRIBE_REPLY_H
#define RAMPLUS_DATA_DESCRIBE_REPLY_H

#include "data/describe/chat.h"
#include "data/describe/http.h"

/* Limits of a server that the run has learned; the journal records them. */
typedef struct ServerTraits {
    int64_t max_answers; /* answers that it returns per request */
    bool newer_limit;    /* requires max_completion_tokens instead of max_tokens */
} ServerTraits;

enum ReplyKind {
    REPLY_ANSWER,       /* *answer is filled */
    REPLY_RETRY,        /* a transient failure: request the item again later */
    REPLY_ONE_EACH,     /* request one answer at a time */
    REPLY_NEWER_LIMIT,  /* request with max_completion_tokens */
    REPLY_ITEM_REFUSED, /* this item cannot be obtained */
    REPLY_STOP,         /* no item can be obtained: wrong key or address, quota used up */
};

/* Classifies the reply to a request for n answers that was sent with `traits`. REPLY_ANSWER
 * fills *answer (owned: chat_answer_free); every other kind fills `reason`, one line in which
 * the key (may be NULL) is masked. */
enum ReplyKind reply_classify(const HttpReply *reply, int64_t n, const ServerTraits *traits,
                              const char *key, ChatAnswer *answer, char reason[static 400]);

#endif
