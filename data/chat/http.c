/* SPDX-License-Identifier: Apache-2.0 */
/* Uses libcurl's multi interface: one easy handle per request; all share the open
 * connections. A handle is not used twice: libcurl before 8.1 keeps a pointer into the
 * headers of its last reply, which it frees, and reads there if the next reply starts with a
 * folded header. */
#include "data/chat/http.h"

#include "core/io/text.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/strings/strings.h"
#include "core/version.h"
#include "data/chat/address.h"

#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { HEADERS_MAX = 1 << 20 }; /* bytes of all headers of one reply */

typedef struct Slot {
    CURL *easy;                 /* of a busy slot */
    bool busy, too_large, idle; /* idle: no byte arrived for too long */
    Text body;                  /* empty between requests */
    char *sent, *target;        /* owned */
    size_t headers, max_bytes;
    double started, last_byte; /* log_now() of the start and of the last byte */
    char error[CURL_ERROR_SIZE];
} Slot;

struct Http {
    HttpSetup setup;
    CURLM *multi;
    struct curl_slist *header;
    Slot *slot;   /* [setup.parallel] */
    int64_t busy; /* number of busy slots */
    int64_t done; /* the slot whose reply the caller has; -1: none */
};

/* A copy of one part of an address; NULL if it has none. Owned: mem_free. */
static char *url_part(CURLU *u, CURLUPart what)
{
    char *text = NULL;
    if (curl_url_get(u, what, &text, 0) != CURLUE_OK) return NULL;
    char *copy = mem_strdup(text);
    curl_free(text);
    return copy;
}

static void append_path(CURLU *u, const char *tail)
{
    char *path = url_part(u, CURLUPART_PATH);
    size_t n = path ? strlen(path) : 0;
    while (n > 0 && path[n - 1] == '/') path[--n] = 0;
    char *full =
        mem_format("%s%s", path ? path : "", path && strings_end_in(path, tail) ? "" : tail);
    curl_url_set(u, CURLUPART_PATH, full, 0);
    mem_free(full);
    mem_free(path);
}

/* The reason to reject an address, or NULL. */
static const char *address_fault(const HttpAddress *a, const char *scheme, bool plain)
{
    if (!scheme || !a->host) return "expected an address like https://HOST/v1";
    if (strcmp(scheme, "https") != 0 && strcmp(scheme, "http") != 0)
        return "neither http:// nor https://";
    if (!a->encrypted && !plain && !a->own)
        return "http:// to another machine sends everything unencrypted: use https://, or "
               "--insecure-http to allow it";
    return NULL;
}

int http_address(const char *base, const char *path, bool plain, HttpAddress *out, Error *err)
{
    *out = (HttpAddress){0};
    CURLU *u = curl_url();
    CHECK(u, "curl_url");
    int status = 0;
    char *whole = address_with_scheme(base);
    const CURLUcode code = curl_url_set(u, CURLUPART_URL, whole, CURLU_NON_SUPPORT_SCHEME);
    char *scheme = url_part(u, CURLUPART_SCHEME);
    out->host = url_part(u, CURLUPART_HOST);
    out->encrypted = scheme && strcmp(scheme, "https") == 0;
    out->own = out->host && address_is_own(out->host);
    const char *fault =
        code == CURLUE_OK ? address_fault(out, scheme, plain) : curl_url_strerror(code);
    if (strchr(base, '@'))
        status = error_set(
            err, ERROR_USAGE,
            "--endpoint: no user or password is allowed in the address: set the key in "
            "the environment or use --key-file");
    else if (fault)
        status = error_set(err, ERROR_USAGE, "--endpoint %.200s: %s", base, fault);
    if (status == 0) {
        curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0);
        append_path(u, path);
        out->url = url_part(u, CURLUPART_URL);
    } else {
        http_address_free(out);
    }
    mem_free(whole);
    mem_free(scheme);
    curl_url_cleanup(u);
    return status;
}

void http_address_free(HttpAddress *a)
{
    mem_free(a->url);
    mem_free(a->host);
    *a = (HttpAddress){0};
}

static size_t take_body(char *data, size_t size, size_t count, void *user)
{
    Slot *s = user;
    const size_t n = size * count;
    s->last_byte = log_now();
    s->too_large = s->too_large || n > s->max_bytes - s->body.len;
    if (s->too_large) return 0;
    text_put_bytes(&s->body, data, n);
    return n;
}

static size_t take_header(char *data, size_t size, size_t count, void *user)
{
    (void)data;
    Slot *s = user;
    s->last_byte = log_now();
    s->headers += size * count;
    s->too_large = s->too_large || s->headers > HEADERS_MAX;
    return s->too_large ? 0 : size * count;
}

/* Sets the options that all requests share. Everything else keeps libcurl's
 * default: no cookies, no .netrc. */
static void set_options(const Http *h, Slot *s)
{
    const HttpSetup *o = &h->setup;
    CURL *e = s->easy;
    curl_easy_setopt(e, CURLOPT_URL, o->address->url);
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
    if (o->ca_file) curl_easy_setopt(e, CURLOPT_CAINFO, o->ca_file);
    if (!o->address->encrypted || o->address->own)
        curl_easy_setopt(e, CURLOPT_PROXY, ""); /* it would see the key, or another machine */
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    if (o->address->encrypted)
        curl_easy_setopt(e, CURLOPT_PIPEWAIT, 1L); /* share HTTP/2 connections */
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, ""); /* all that libcurl can decompress */
    curl_easy_setopt(e, CURLOPT_USERAGENT, "ramplus/" RAMPLUS_VERSION);
    curl_easy_setopt(e, CURLOPT_HTTPHEADER, h->header);
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)(1e3 * o->connect) + 1);
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)(1e3 * o->total) + 1);
    curl_easy_setopt(e, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)o->max_bytes);
    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, s->error);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, s);
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, s);
    curl_easy_setopt(e, CURLOPT_PRIVATE, s);
    s->max_bytes = o->max_bytes;
}

static void add_header(Http *h, const char *line)
{
    struct curl_slist *longer = curl_slist_append(h->header, line);
    CHECK(longer, "curl_slist_append");
    h->header = longer;
}

static void make_headers(Http *h)
{
    add_header(h, "Content-Type: application/json");
    add_header(h, "Accept: application/json");
    add_header(h, "Expect:"); /* do not wait for `100 Continue` */
    for (int64_t i = 0; i < h->setup.headers; i++) add_header(h, h->setup.header[i]);
}

int http_new(const HttpSetup *setup, Http **out, Error *err)
{
    *out = NULL;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return error_set(err, ERROR_RUNTIME, "libcurl: cannot initialize");
    /* Writing to a connection that the server closed must return an error, not end the
     * program. */
    signal(SIGPIPE, SIG_IGN);
    Http *h = mem_calloc(1, sizeof *h);
    *h = (Http){.setup = *setup, .multi = curl_multi_init(), .done = -1};
    h->slot = mem_calloc((size_t)setup->parallel, sizeof *h->slot);
    CHECK(h->multi, "curl_multi_init");
    curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, (long)setup->parallel);
    make_headers(h);
    *out = h;
    return 0;
}

static void remove_request(Http *h, Slot *s)
{
    if (!s->busy) return;
    curl_multi_remove_handle(h->multi, s->easy);
    curl_easy_cleanup(s->easy);
    s->busy = false;
    h->busy--;
}

static void drop_buffers(Slot *s)
{
    mem_free(s->sent);
    mem_free(s->target);
    s->sent = s->target = NULL;
    text_free(&s->body);
}

void http_free(Http *h)
{
    if (!h) return;
    for (int64_t i = 0; i < h->setup.parallel; i++) {
        Slot *s = &h->slot[i];
        remove_request(h, s);
        drop_buffers(s);
    }
    curl_multi_cleanup(h->multi);
    curl_slist_free_all(h->header);
    curl_global_cleanup();
    mem_free(h->slot);
    mem_free(h);
}

/* Frees what the caller's last reply borrowed. */
static void release_reply(Http *h)
{
    if (h->done >= 0) drop_buffers(&h->slot[h->done]);
    h->done = -1;
}

int64_t http_post(Http *h, const char *body)
{
    CHECK(h->busy < h->setup.parallel, "%ld requests in progress", h->busy);
    release_reply(h);
    int64_t i = 0;
    while (h->slot[i].busy) i++;
    Slot *s = &h->slot[i];
    s->sent = mem_strdup(body);
    s->headers = 0;
    s->too_large = s->idle = false;
    s->error[0] = 0;
    s->started = s->last_byte = log_now();
    s->easy = curl_easy_init();
    CHECK(s->easy, "curl_easy_init");
    set_options(h, s);
    curl_easy_setopt(s->easy, CURLOPT_POSTFIELDSIZE, (long)strlen(s->sent));
    curl_easy_setopt(s->easy, CURLOPT_POSTFIELDS, s->sent);
    CHECK(curl_multi_add_handle(h->multi, s->easy) == CURLM_OK, "slot %ld", i);
    s->busy = true;
    h->busy++;
    return i;
}

int64_t http_busy(const Http *h) { return h->busy; }

static bool is_permanent(CURLcode code)
{
    return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
           code == CURLE_SSL_ISSUER_ERROR;
}

/* What to do about a failure, in words after its reason. */
static const char *advice(CURLcode code, bool connected, bool encrypted)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return " (check the name of the host in --endpoint)";
    case CURLE_COULDNT_CONNECT:
        return " (is the server running, and is the port right?)";
    case CURLE_OPERATION_TIMEDOUT:
        return connected ? " (see --timeout)"
                         : " (is the address right? see --connect-timeout)";
    case CURLE_SSL_CONNECT_ERROR:
        return " (does the server speak https? if not, use http://)";
    case CURLE_GOT_NOTHING:
    case CURLE_UNSUPPORTED_PROTOCOL: /* bytes that are not HTTP */
        return encrypted ? "" : " (does the server speak https, not http?)";
    default:
        return is_permanent(code) ? " (use --ca-file to trust other certificates)" : "";
    }
}

static void explain(const Http *h, const Slot *s, CURLcode code, char why[static 256])
{
    double connected = 0;
    curl_easy_getinfo(s->easy, CURLINFO_CONNECT_TIME, &connected);
    if (s->headers > HEADERS_MAX)
        snprintf(why, 256, "headers exceed %d bytes", HEADERS_MAX);
    else if (s->too_large || code == CURLE_FILESIZE_EXCEEDED)
        snprintf(why, 256, "reply exceeds %zu bytes (see --max-bytes)", h->setup.max_bytes);
    else
        snprintf(why, 256, "%.180s%s", s->error[0] ? s->error : curl_easy_strerror(code),
                 s->idle ? "" : advice(code, connected > 0, h->setup.address->encrypted));
}

static void fill_reply(const Http *h, Slot *s, CURLcode code, HttpReply *out)
{
    curl_off_t wait = 0;
    char *target = NULL;
    *out = (HttpReply){.slot = s - h->slot, .permanent = is_permanent(code)};
    if (code == CURLE_OK) {
        curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &out->status);
        curl_easy_getinfo(s->easy, CURLINFO_REDIRECT_URL, &target);
        if (out->status == 0) snprintf(out->why, sizeof out->why, "a reply without a status");
    } else {
        explain(h, s, code, out->why);
    }
    curl_easy_getinfo(s->easy, CURLINFO_RETRY_AFTER, &wait);
    out->retry_after = wait > 0 ? (double)wait : 0;
    out->seconds = log_now() - s->started;
    text_put(&s->body, ""); /* makes data non-NULL */
    out->body = s->body.data;
    out->len = s->body.len;
    if (target) s->target = mem_strdup(target);
    out->target = s->target;
}

/* Passes a completed request to the caller; its buffers remain valid until the next call. */
static bool deliver(Http *h, Slot *s, CURLcode code, HttpReply *out)
{
    fill_reply(h, s, code, out);
    remove_request(h, s);
    h->done = s - h->slot;
    return true;
}

/* Delivers one request that libcurl has completed, if any. */
static bool deliver_done(Http *h, HttpReply *out)
{
    int left = 0;
    for (CURLMsg *m; (m = curl_multi_info_read(h->multi, &left));) {
        void *user = NULL;
        if (m->msg != CURLMSG_DONE) continue;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &user);
        return deliver(h, user, m->data.result, out);
    }
    return false;
}

/* Delivers one request that received no byte for too long, if any. */
static bool deliver_idle(Http *h, HttpReply *out)
{
    const double now = log_now();
    for (int64_t i = 0; i < h->setup.parallel; i++) {
        Slot *s = &h->slot[i];
        if (!s->busy || now - s->last_byte < h->setup.idle) continue;
        snprintf(s->error, sizeof s->error,
                 "no data received for %g s (a slow model needs a larger --idle-timeout)",
                 h->setup.idle);
        s->idle = true;
        return deliver(h, s, CURLE_OPERATION_TIMEDOUT, out);
    }
    return false;
}

bool http_wait(Http *h, double seconds, HttpReply *out)
{
    int running = 0;
    release_reply(h);
    curl_multi_perform(h->multi, &running);
    if (deliver_done(h, out) || deliver_idle(h, out)) return true;
    curl_multi_poll(h->multi, NULL, 0, (int)(1e3 * seconds), NULL);
    curl_multi_perform(h->multi, &running);
    return deliver_done(h, out) || deliver_idle(h, out);
}
