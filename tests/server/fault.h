/* SPDX-License-Identifier: Apache-2.0 */
/* What can go wrong with an answer: a table with one row per fault, found by name. */
#ifndef RAMPLUS_TESTS_SERVER_FAULT_H
#define RAMPLUS_TESTS_SERVER_FAULT_H

#include "tests/server/reply.h"
#include "tests/server/wire.h"

typedef struct Fault Fault;
typedef void MakeReply(const Fault *f, const Request *request, Book *book, Reply *reply);

struct Fault {
    const char *name;
    MakeReply *make;
    WireSend *wire;     /* sends the reply incorrectly; NULL: correctly */
    int number;         /* a status, a count or bytes, depending on make or wire */
    const char *text;   /* body or message; @ is replaced by the client's key */
    const char *header; /* a further header; @ as in text, ~ by the date 2 s from now */
    Choice choice;      /* how the choices differ from correct ones */
    int beyond;         /* it concerns only requests for more answers */
    bool drawn;         /* random schedules use it: a client that retries gets the same texts */
};

const Fault *fault_find(const char *name);    /* NULL: unknown name */
const Fault *fault_draw(uint32_t random);     /* one of the faults with `drawn` */
void fault_list(void (*print)(const char *)); /* calls print with every name */

/* The fault, or "none" if it does not apply: some faults concern only requests with a larger n
 * or with max_tokens. */
const Fault *fault_for(const Fault *f, const Request *request);

#endif
