/* SPDX-License-Identifier: Apache-2.0 */
/* POST requests of JSON over HTTP/1.1 and HTTP/2, many in parallel from one thread, with limits
 * on everything that a server controls: time, silence, size. Follows no redirects, speaks no
 * other protocols, and always verifies TLS certificates.
 *
 *   Http *http;
 *   if (http_new(&setup, &http, err) != 0) return -1;
 *   while (...) {
 *       while (http_busy(http) < setup.parallel) slot = http_post(http, body);
 *       HttpReply reply;
 *       while (http_wait(http, 0.2, &reply)) ... reply.slot ...
 *   }
 *   http_free(http); */
#ifndef RAMPLUS_DATA_CHAT_HTTP_H
#define RAMPLUS_DATA_CHAT_HTTP_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct HttpAddress {
    char *url, *host;    /* owned: http_address_free */
    bool encrypted, own; /* https; on this machine */
} HttpAddress;

/* Checks a base address, which may lack a scheme (address.h), and appends `path`
 * ("/chat/completions") unless the address already ends in it. `plain` allows http:// to
 * another machine. ERROR_USAGE: another scheme, plain http:// that is not allowed, or an
 * address with a user or password, which no message repeats. */
int http_address(const char *base, const char *path, bool plain, HttpAddress *out, Error *err);
void http_address_free(HttpAddress *a);

typedef struct HttpSetup {
    const HttpAddress *address; /* borrowed */
    char *const *header;        /* [headers] `NAME: VALUE`, borrowed */
    int64_t headers;
    const char *ca_file;         /* borrowed; trusted certificates; NULL: the system's */
    int64_t parallel;            /* requests in progress at a time */
    double connect, idle, total; /* timeouts in seconds: to connect, without a byte, in total */
    size_t max_bytes;            /* of a reply's body, decompressed */
} HttpSetup;

typedef struct HttpReply {
    int64_t slot;       /* of the request, as returned by http_post */
    long status;        /* HTTP status; 0: no complete reply arrived, see `why` */
    bool permanent;     /* a retry cannot help (an untrusted certificate) */
    const char *body;   /* [len], then a NUL byte; borrowed until the next call */
    size_t len;         /* bytes of the body */
    const char *target; /* of a redirect, or NULL; borrowed until the next call */
    double retry_after; /* seconds that the server asks to wait; 0: not given */
    double seconds;     /* duration of the request */
    char why[256];      /* with what to do */
} HttpReply;

typedef struct Http Http;

/* Starts libcurl; the setup is copied, the texts in it are borrowed. ERROR_RUNTIME. Owned:
 * http_free. */
int http_new(const HttpSetup *setup, Http **out, Error *err);
void http_free(Http *h); /* accepts NULL; drops requests in progress */

/* Starts a request; the body is copied. Returns its slot, 0..parallel-1. */
int64_t http_post(Http *h, const char *body);
int64_t http_busy(const Http *h); /* number of requests in progress */

/* Waits at most so many seconds for a reply. Returns false if none arrived. */
bool http_wait(Http *h, double seconds, HttpReply *out);

#endif
