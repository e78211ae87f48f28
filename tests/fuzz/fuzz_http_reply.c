/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes what a server sends: status line, headers and body, to a request of this process to
 * itself. What libcurl makes of them stays within the limits.
 *
 * Parsers: data/chat/http.c */
#include "core/mem.h"
#include "data/chat/http.h"
#include "data/chat/retry.h"
#include "tests/fuzz/fuzz.h"

#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 4096 };

static const char request[] = "{\"prompt\": \"a\"}";

typedef struct Server {
    int listening;
    pthread_mutex_t lock; /* held while it replies */
    FuzzPart reply;
} Server;

static void receive_request(int fd)
{
    char got[8192];
    const size_t n = strlen(request);
    size_t len = 0;
    while (len < n || memcmp(got + len - n, request, n) != 0) {
        const ssize_t more = read(fd, got + len, sizeof got - len);
        if (more <= 0) return;
        len += (size_t)more;
    }
}

static void send_reply(int fd, FuzzPart reply)
{
    for (ssize_t n; reply.size; reply.size -= (size_t)n, reply.data += n) {
        n = send(fd, reply.data, reply.size, MSG_NOSIGNAL);
        if (n <= 0) return;
    }
}

static void *serve(void *server)
{
    Server *s = server;
    for (int fd; (fd = accept(s->listening, NULL, NULL)) >= 0; close(fd)) {
        receive_request(fd);
        pthread_mutex_lock(&s->lock);
        send_reply(fd, s->reply);
        pthread_mutex_unlock(&s->lock);
    }
    return NULL;
}

static void set_reply(Server *s, FuzzPart reply)
{
    pthread_mutex_lock(&s->lock);
    s->reply = reply;
    pthread_mutex_unlock(&s->lock);
}

/* Starts the server and returns its address. */
static HttpAddress start(Server *s)
{
    HttpAddress address;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof to;
    pthread_t thread;
    s->listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(bind(s->listening, (struct sockaddr *)&to, n) == 0 && listen(s->listening, 8) == 0 &&
              getsockname(s->listening, (struct sockaddr *)&to, &n) == 0 &&
              pthread_create(&thread, NULL, serve, s) == 0,
          "no server");
    char *base = mem_format("http://127.0.0.1:%d/v1", (int)ntohs(to.sin_port));
    CHECK(http_address(base, "/chat/completions", false, &address, NULL) == 0, "%s", base);
    mem_free(base);
    return address;
}

static Http *connect_to(const HttpAddress *address)
{
    static char *header[] = {NULL};
    static char accept_line[] = "X-Name: value";
    Http *http;
    header[0] = accept_line;
    const HttpSetup setup = {.address = address,
                             .header = header,
                             .headers = 1,
                             .parallel = 2,
                             .connect = 5,
                             .idle = 0.1,
                             .total = 0.5,
                             .max_bytes = MOST};
    CHECK(http_new(&setup, &http, NULL) == 0, "no client");
    return http;
}

static void request_once(Http *http)
{
    HttpReply reply;
    Rng rng = rng_new(1, 0, 0, RNG_RETRY);
    http_post(http, request);
    while (!http_wait(http, 0.05, &reply)) continue;
    CHECK(reply.len <= MOST && strnlen(reply.body, reply.len + 1) <= reply.len, "body");
    CHECK(reply.status ? !*reply.why : *reply.why, "status %ld, '%s'", reply.status, reply.why);
    const double wait = retry_delay(&(RetryPolicy){1, 60, 5}, 1, reply.retry_after, &rng);
    CHECK(wait >= 0 && wait <= RETRY_AFTER_MAX, "%g s", wait);
}

/* Twice: what one reply leaves behind may matter to the next. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Server server = {.lock = PTHREAD_MUTEX_INITIALIZER};
    static HttpAddress address;
    if (!address.url) address = start(&server);
    Http *http = connect_to(&address);
    set_reply(&server, (FuzzPart){data, size});
    request_once(http);
    request_once(http);
    set_reply(&server, (FuzzPart){0});
    http_post(http, request); /* dropped while it is in progress */
    http_free(http);
    return 0;
}
