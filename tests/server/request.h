/* SPDX-License-Identifier: Apache-2.0 */
/* A request of a client, and which texts the server has already handed out. */
#ifndef RAMPLUS_TESTS_SERVER_REQUEST_H
#define RAMPLUS_TESTS_SERVER_REQUEST_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum { TEXTS_MAX = 63 }; /* texts per prompt */

struct json_t; /* jansson's value */

/* One request. Its texts are borrowed from body. */
typedef struct Request {
    int64_t number; /* in order of arrival, from 1 */
    struct json_t *body;
    const char *model, *prompt; /* prompt: of the last message; "" if it is missing */
    int n;
    bool limited; /* has max_tokens */
    bool valid;   /* is an object with a model, a prompt and n in 1..TEXTS_MAX */
    char *key;    /* from the Authorization header; NULL without one. Owned */
} Request;

/* Parses the body; authorization: value of the header, or NULL. Owned: request_free. */
void request_read(Request *request, const char *body, const char *authorization);
void request_free(Request *request);

/* Records which texts of every prompt were handed out. The texts of a prompt are numbered from
 * 0; a request for n texts gets the n lowest that were not, and a request for all of them (n =
 * count) starts over. A client that requests what it lacks therefore ends with the texts
 * 0..count-1, whatever went wrong before. */
typedef struct Book {
    pthread_mutex_t lock;
    struct json_t *pages; /* prompt -> bits of the texts handed out */
    int count;
    bool same; /* every text of a prompt is text 0 */
} Book;

void book_new(Book *book, int count);
void book_free(Book *book);
/* Fills text [n], ascending, for a request that asked for `asked` texts. */
void book_take(Book *book, const char *prompt, int asked, int n, int *text);
/* Takes back texts that were not delivered. */
void book_return(Book *book, const char *prompt, int n, const int *text);

#endif
