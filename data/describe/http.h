/* SPDX-License-Identifier: Apache-2.0 */
/* POST requests of JSON over HTTP/1.1 and 2, many at a time from one thread, with limits on everything a
 * server can do: time, silence, size. No redirects, no other protocols, TLS always verified.
 *
 *   Http *http;
 *   if (http_new(&setup, &http, err) != 0) return -1;
 *   while (...) {
 *       while (http_busy(http) < setup.parallel) slot = http_post(http, body);
 *       HttpReply reply;
 *       while (http_wait(http, 0.2, &reply)) ... reply.slot ...
 *   }
 *   http_free(http); */
#ifndef RAMPLUS_DATA_DESCRIBE_HTTP_H
#define RAMPLUS_DATA_DESCRIBE_HTTP_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct HttpAddress {
    char *url, *host; /* owned: http_address_free */
    bool encrypted;
} HttpAddress;

/* Checks an address and appends `path` ("/chat/completions") to its path unless it ends so already. http://
 * to another machine needs `plain`. ERROR_USAGE, also for other schemes and for a user or password inside
 * (which no message repeats). */
int http_address(const char *base, const char *path, bool plain, HttpAddress *out, Error *err);
void http_address_free(HttpAddress *a);

typedef struct HttpSetup {
    const HttpAddress *address;     /* borrowed */
    const char *key;                /* sent as a bearer token; NULL: none */
    const char *ca_file;            /* certificates to trust; NULL: the system's */
    int64_t parallel;               /* requests at a time */
    double connect, silence, total; /* seconds until a request is given up */
    size_t max_bytes;               /* of a body */
} HttpSetup;

typedef struct HttpReply {
    int64_t slot;
    long status;        /* of HTTP; 0: no whole reply came, `why` tells */
    bool hopeless;      /* trying again cannot help (a certificate that is not trusted) */
    const char *body;   /* ended by NUL; borrowed until the next call */
    size_t len;         /* of the body */
    const char *target; /* of a redirect, or NULL; borrowed as well */
    double retry_after; /* seconds the server asks to wait, 0: it did not say */
    double seconds;     /* that the request took */
    char why[256];
} HttpReply;

typedef struct Http Http;

int http_new(const HttpSetup *setup, Http **out, Error *err); /* ERROR_RUNTIME */
void http_free(Http *h); /* accepts NULL; drops what is under way */

/* Starts a request; the body is copied. Returns its slot, 0..parallel-1. */
int64_t http_post(Http *h, const char *body);
int64_t http_busy(const Http *h); /* requests under way */

/* A reply, waiting at most so long for one. False: none yet. */
bool http_wait(Http *h, double seconds, HttpReply *out);

#endif
