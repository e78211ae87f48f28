/* SPDX-License-Identifier: Apache-2.0 */
/* Requests per second of `ramplus describe` with the test server on this machine: one and 32
 * requests at a time with answers that take 20 ms, and one run over 4,585 tags x 5 prompts with
 * the peak memory of the client.
 *   bench_describe [tags of the long run] */
#define _GNU_SOURCE /* wait4 */
#include "core/io/file.h"
#include "core/io/text.h"
#include "core/log.h"
#include "core/mem.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROMPTS = 5, LATENCY_MS = 20, PARALLEL = 32, FEW = 40, MANY = 1000, ALL = 4585 };

typedef struct Run {
    double seconds, rate; /* requests per second */
    double mebibytes;     /* peak resident memory */
} Run;

static const char *program(const char *name, const char *usual)
{
    return getenv(name) ? getenv(name) : usual;
}

/* Starts the program with its output in `out`; -1: discarded. */
static pid_t start(const char *line, int out)
{
    const pid_t pid = fork();
    CHECK(pid >= 0, "no process");
    if (pid > 0) return pid;
    if (out >= 0) dup2(out, STDOUT_FILENO);
    execl("/bin/sh", "sh", "-c", line, (char *)NULL);
    _exit(127);
}

static pid_t start_server(int latency, int *port)
{
    int ends[2];
    char line[16] = "";
    char *command = mem_format("exec %s --latency %d",
                               program("FAULT_SERVER", "build/fast/fault_server"), latency);
    CHECK(pipe(ends) == 0, "no pipe");
    const pid_t pid = start(command, ends[1]);
    close(ends[1]);
    CHECK(read(ends[0], line, sizeof line - 1) > 0, "%s does not start", command);
    close(ends[0]);
    mem_free(command);
    *port = atoi(line);
    return pid;
}

static void write_tags(const char *path, int tags)
{
    Text text = {0};
    Error err = {0};
    for (int i = 0; i < tags; i++) text_add(&text, "tag number %d\n", i);
    CHECK(text_write(&text, path, &err) == 0, "%s", err.text);
    text_free(&text);
}

static Run run(const char *dir, int port, int tags, int parallel)
{
    int status;
    struct rusage used;
    char *list = mem_format("%s/tags", dir);
    char *line =
        mem_format("exec %s describe --tags %s --endpoint http://127.0.0.1:%d/v1 --model m "
                   "-o %s/%d.%d.json --parallel %d > /dev/null 2> %s/stderr",
                   program("RAMPLUS", "build/fast/ramplus"), list, port, dir, tags, parallel,
                   parallel, dir);
    write_tags(list, tags);
    const double begin = log_now();
    const pid_t pid = start(line, -1);
    CHECK(wait4(pid, &status, 0, &used) == pid, "lost a process");
    const double seconds = log_now() - begin;
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s: status %x", line,
          (unsigned)status);
    mem_free(line);
    mem_free(list);
    return (Run){seconds, tags * PROMPTS / seconds, (double)used.ru_maxrss / 1024};
}

static void stop(pid_t pid)
{
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
    char dir[] = "/tmp/ramplus-bench-XXXXXX";
    const int all = argc > 1 ? atoi(argv[1]) : ALL;
    int port;
    CHECK(mkdtemp(dir), "no folder");
    pid_t server = start_server(LATENCY_MS, &port);
    const Run one = run(dir, port, FEW, 1), many = run(dir, port, MANY, PARALLEL);
    stop(server);
    printf("describe, %d ms an answer: %.0f requests/s one at a time, %.0f with %d at a time: "
           "%.1f times\n",
           LATENCY_MS, one.rate, many.rate, PARALLEL, many.rate / one.rate);
    server = start_server(0, &port);
    const Run whole = run(dir, port, all, PARALLEL);
    stop(server);
    printf(
        "describe, no latency: %d requests in %.1f s, %.0f requests/s, peak memory %.1f MiB\n",
        all * PROMPTS, whole.seconds, whole.rate, whole.mebibytes);
    char *remove = mem_format("rm -r %s", dir);
    const int status = system(remove);
    mem_free(remove);
    return status;
}
