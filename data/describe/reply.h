/* SPDX-License-Identifier: Apache-2.0 */
/* What a reply means for the run. Pure. */
#ifndef RAMPLUS_DATA_DESCRIBE_REPLY_H
#define RAMPLUS_DATA_DESCRIBE_REPLY_H

#include "data/describe/chat.h"
#include "data/describe/http.h"

/* What is known of a server; the journal remembers it. */
typedef struct ServerTraits {
    int64_t most;     /* answers it gives to one request */
    bool newer_limit; /* wants max_completion_tokens */
} ServerTraits;

enum ReplyKind {
    REPLY_ANSWER,       /* the answer is filled */
    REPLY_AGAIN,        /* a passing failure: try the item again later */
    REPLY_ONE_EACH,     /* ask for one answer at a time */
    REPLY_NEWER_LIMIT,  /* ask with max_completion_tokens */
    REPLY_ITEM_REFUSED, /* this item cannot be had */
    REPLY_STOP,         /* nothing can be had: key, address, quota */
};

/* n and traits are those of the request. *answer is filled for REPLY_ANSWER only (chat_answer_free), words
 * (one line) for the others, in which the key (may be NULL) is masked. */
enum ReplyKind reply_judge(const HttpReply *reply, int64_t n, const ServerTraits *traits,
                           const char *key, ChatAnswer *answer, char words[static 400]);

#endif
