/* SPDX-License-Identifier: Apache-2.0 */
/* What a client asked for, and which of its texts it has had. */
#ifndef RAMPLUS_TESTS_SERVER_ASK_H
#define RAMPLUS_TESTS_SERVER_ASK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum { TEXTS_MAX = 63 }; /* texts of a prompt */

struct json_t; /* jansson's value */

/* One request. Its texts are borrowed from body. */
typedef struct Ask {
    int64_t number; /* of the request, from 1 */
    struct json_t *body;
    const char *model, *prompt; /* of the last message; "" when there is none */
    int n;
    bool limited; /* has max_tokens */
    bool valid;   /* an object with a model, a prompt and a sensible n */
    char *key;    /* of the header; NULL without one. Owned */
} Ask;

void ask_read(Ask *ask, const char *body, const char *authorization);
void ask_free(Ask *ask);

/* Which texts of every prompt were handed out. The texts of a prompt are numbered from 0; a request for n
 * gets the n lowest that were not, and one that asks for all of them (n = count) begins anew. So a client
 * that asks again for what it lacks ends with the texts 0..count-1, whatever went wrong before. */
typedef struct Book {
    pthread_mutex_t lock;
    struct json_t *pages; /* prompt -> bits of the texts handed out */
    int count;
    bool same; /* all texts of a prompt are text 0 */
} Book;

void book_new(Book *book, int count);
void book_free(Book *book);
/* text [n], ascending, for a request that asked for `asked`. */
void book_take(Book *book, const char *prompt, int asked, int n, int *text);
void book_return(Book *book, const char *prompt, int n, const int *text); /* not delivered */

#endif
