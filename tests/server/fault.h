/* SPDX-License-Identifier: Apache-2.0 */
/* What can go wrong with an answer: one row of a table a fault, by name. */
#ifndef RAMPLUS_TESTS_SERVER_FAULT_H
#define RAMPLUS_TESTS_SERVER_FAULT_H

#include "tests/server/reply.h"
#include "tests/server/wire.h"

typedef struct Fault Fault;
typedef void MakeReply(const Fault *f, const Ask *ask, Book *book, Reply *reply);

struct Fault {
    const char *name;
    MakeReply *make;
    WireSend *wire;     /* sends what was made in its own way; NULL: properly */
    int number;         /* status, count or bytes: what make or wire takes it for */
    const char *text;   /* body or message; @ stands for the client's key */
    const char *header; /* one more header; @ as well, ~ for the date of 2 s from now */
    Choice choice;      /* what differs in the choices */
    bool drawn;         /* by random schedules: a client that asks again gets the same texts */
};

const Fault *fault_find(const char *name);   /* NULL: there is none */
const Fault *fault_draw(uint32_t random);    /* one of those with `drawn` */
void fault_list(void (*tell)(const char *)); /* all names */

/* Some faults are about n > 1 or max_tokens: other requests get a good answer. */
const Fault *fault_for(const Fault *f, const Ask *ask);

#endif
