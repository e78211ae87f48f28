/* SPDX-License-Identifier: Apache-2.0 */
/* An OpenAI-compatible server for tests that produces faults on demand.
 *
 *   fault_server [--port N] [--schedule FILE|SEED] [--rate X] [--latency MS] [--count N]
 *                [--same] [--log FILE] [--seconds N] [--list]
 *
 * Listens on 127.0.0.1 (port 0: any free port), prints the port on one line and answers POST
 * .../chat/completions until its parent ends, it receives SIGTERM or SIGINT, or the seconds
 * (900) have passed. Choices depend on the model, the prompt and which of the prompt's --count
 * (10) texts were delivered (request.h); with --same, all texts of a prompt are equal. If
 * FAULT_KEY is in the environment, every request must carry that key, in the header
 * FAULT_KEY_HEADER (Authorization). The log has one JSON line per request: its contents, the
 * fault it met, and the texts that were delivered. */
#define _GNU_SOURCE
#include "core/json/json.h"
#include "core/log.h"
#include "core/mem.h"
#include "tests/server/schedule.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LIFETIME = 900, STACK = 256 << 10, BODY_MAX = 1 << 20 };

typedef struct Server {
    Schedule schedule;
    Book book;
    const char *key; /* required; NULL: any */
    const char *key_header;
    int latency; /* ms */
    int log;     /* file descriptor, or -1 */
    _Atomic int64_t requests;
} Server;

typedef struct Call {
    Text body;
    Request request;
    const Fault *fault;
    Reply reply;
    double time;
    const char *path;
} Call;

/* ---- the log ---- */

static void log_call(const Server *server, const Call *call, bool arrived)
{
    Text line = {0};
    text_add(&line, "{\"time\":%.6f,\"request\":%ld,\"path\":", call->time,
             call->request.number);
    json_put(&line, json_text(call->path));
    text_put(&line, ",\"prompt\":");
    json_put(&line, json_text(call->request.prompt ? call->request.prompt : ""));
    text_add(
        &line, ",\"n\":%d,\"authorization\":%s,\"fault\":\"%s\",\"status\":%d,\"complete\":%s",
        call->request.n, call->request.key ? "true" : "false",
        call->fault ? call->fault->name : "", call->reply.status, arrived ? "true" : "false");
    text_put(&line, ",\"texts\":[");
    for (int i = 0; arrived && i < call->reply.texts; i++)
        text_add(&line, "%s%d", i ? "," : "", call->reply.text[i]);
    char *body = json_dumps(call->request.body, JSON_COMPACT);
    text_add(&line, "],\"body\":%s}\n", body ? body : "null");
    free(body);
    (void)!write(server->log, line.data, line.len);
    text_free(&line);
}

/* ---- answers ---- */

static enum MHD_Result send_reply(struct MHD_Connection *c, Reply *reply)
{
    text_put(&reply->body, ""); /* makes data non-NULL */
    struct MHD_Response *r = MHD_create_response_from_buffer(reply->body.len, reply->body.data,
                                                             MHD_RESPMEM_MUST_COPY);
    char *header = mem_strdup(reply->header);
    char *value = strchr(header, ':');
    MHD_add_response_header(r, "Content-Type", "application/json");
    if (value) {
        *value++ = 0;
        MHD_add_response_header(r, header, value + strspn(value, " "));
    }
    const enum MHD_Result result = MHD_queue_response(c, (unsigned)reply->status, r);
    MHD_destroy_response(r);
    mem_free(header);
    return result;
}

/* Refuses a request that is wrong independently of the schedule; returns true if it is. */
static bool refused(const Server *server, const char *method, Call *call)
{
    static const char end[] = "/chat/completions";
    const size_t len = strlen(call->path);
    Reply *r = &call->reply;
    if (len < sizeof end - 1 || strcmp(call->path + len - (sizeof end - 1), end) != 0)
        reply_error(r, 404, "no such path");
    else if (strcmp(method, "POST") != 0)
        reply_error(r, 405, "POST is needed");
    else if (!call->request.valid)
        reply_error(r, 400, "not a request for a chat completion");
    else if (server->key && (!call->request.key || strcmp(server->key, call->request.key) != 0))
        reply_error(r, 401, "this key is not known");
    return r->status != 0;
}

static void pause_ms(int ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}

static enum MHD_Result answer(Server *server, struct MHD_Connection *c, const char *method,
                              Call *call)
{
    request_read(&call->request, call->body.data ? call->body.data : "",
                 MHD_lookup_connection_value(c, MHD_HEADER_KIND, server->key_header));
    call->request.number = ++server->requests;
    if (refused(server, method, call)) return send_reply(c, &call->reply);
    call->fault = schedule_pick(&server->schedule, &call->request);
    call->fault->make(call->fault, &call->request, &server->book, &call->reply);
    pause_ms(server->latency);
    if (!call->fault->wire) return send_reply(c, &call->reply);
    const int fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    call->fault->wire(fd, &call->reply.body, call->fault->number);
    return MHD_NO; /* closes the connection */
}

static enum MHD_Result receive(void *server, struct MHD_Connection *c, const char *path,
                               const char *method, const char *version, const char *data,
                               size_t *len, void **call_)
{
    Call *call = *call_;
    (void)version;
    if (!call) {
        *call_ = call = mem_calloc(1, sizeof *call);
        call->path = mem_strdup(path);
        call->time = log_now();
        return MHD_YES;
    }
    if (*len == 0) return answer(server, c, method, call);
    if (call->body.len + *len > BODY_MAX) return MHD_NO;
    text_add(&call->body, "%.*s", (int)*len, data);
    *len = 0;
    return MHD_YES;
}

/* Logs the call; texts that were not delivered go back into the book. */
static void completed(void *server_, struct MHD_Connection *c, void **call_,
                      enum MHD_RequestTerminationCode why)
{
    Server *server = server_;
    Call *call = *call_;
    (void)c;
    if (!call) return;
    Reply *r = &call->reply;
    const bool arrived = why == MHD_REQUEST_TERMINATED_COMPLETED_OK;
    if (!arrived && r->texts)
        book_return(&server->book, call->request.prompt, r->texts, r->text);
    if (server->log >= 0) log_call(server, call, arrived);
    request_free(&call->request);
    text_free(&call->body);
    text_free(&r->body);
    mem_free((char *)call->path);
    mem_free(call);
    *call_ = NULL;
}

/* ---- the program ---- */

typedef struct Settings {
    int port, latency, count, seconds;
    double rate;
    bool same;
    const char *schedule, *log;
} Settings;

static void print_name(const char *name) { puts(name); }

static int usage(void)
{
    fputs("usage: fault_server [--port N] [--schedule FILE|SEED] [--rate X] [--latency MS] "
          "[--count N] [--same] [--log FILE] [--seconds N] [--list]\n",
          stderr);
    return ERROR_USAGE;
}

static int parse(int argc, char **argv, Settings *s)
{
    static const struct option options[] = {{"port", 1, 0, 'p'},    {"schedule", 1, 0, 's'},
                                            {"rate", 1, 0, 'r'},    {"latency", 1, 0, 'l'},
                                            {"count", 1, 0, 'c'},   {"log", 1, 0, 'o'},
                                            {"seconds", 1, 0, 't'}, {"list", 0, 0, 'i'},
                                            {"same", 0, 0, 'm'},    {0}};
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (c) {
        case 'p':
            s->port = atoi(optarg);
            break;
        case 's':
            s->schedule = optarg;
            break;
        case 'r':
            s->rate = atof(optarg);
            break;
        case 'l':
            s->latency = atoi(optarg);
            break;
        case 'c':
            s->count = atoi(optarg);
            break;
        case 'o':
            s->log = optarg;
            break;
        case 't':
            s->seconds = atoi(optarg);
            break;
        case 'm':
            s->same = true;
            break;
        case 'i':
            fault_list(print_name);
            exit(EXIT_OK);
        default:
            return -1;
        }
    }
    return optind == argc && s->count >= 1 && s->count < TEXTS_MAX ? 0 : -1;
}

static struct MHD_Daemon *start(Server *server, int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD, 0,
                            NULL, NULL, receive, server, MHD_OPTION_SOCK_ADDR, &address,
                            MHD_OPTION_NOTIFY_COMPLETED, completed, server,
                            MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK, MHD_OPTION_END);
}

static void wait_for_end(int seconds)
{
    sigset_t set;
    int got;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGALRM);
    alarm((unsigned)seconds);
    sigwait(&set, &got);
}

int main(int argc, char **argv)
{
    Settings s = {.count = 10, .rate = 0.25, .seconds = LIFETIME};
    Error err = {0};
    const char *header = getenv("FAULT_KEY_HEADER");
    Server server = {
        .key = getenv("FAULT_KEY"), .key_header = header ? header : "Authorization", .log = -1};
    if (parse(argc, argv, &s) != 0) return usage();
    if (schedule_read(s.schedule, s.rate, &server.schedule, &err) != 0) {
        fprintf(stderr, "error: %s\n", err.text);
        return err.code;
    }
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL); /* for all threads; wait_for_end receives signals */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    book_new(&server.book, s.count);
    server.latency = s.latency;
    server.book.same = s.same;
    if (s.log) server.log = open(s.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    struct MHD_Daemon *daemon = start(&server, s.port);
    if (!daemon || (s.log && server.log < 0)) {
        perror("fault_server");
        return ERROR_RUNTIME;
    }
    printf("%u\n", MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    fflush(stdout);
    wait_for_end(s.seconds);
    MHD_stop_daemon(daemon); /* ends pending calls, which completes the log */
    schedule_free(&server.schedule);
    book_free(&server.book);
    return EXIT_OK;
}
