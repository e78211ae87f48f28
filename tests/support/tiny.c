/* SPDX-License-Identifier: Apache-2.0 */
/* A tiny data folder and a tiny model. */
#include "tests/support/tiny.h"

#include "core/io/file.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static Scratch scratch;

static const char yaml[] =
    "model: {image_size: 32, text_width: 64, hidden: 32, heads: 2, ffn: 64, dropout: 0.1}\n"
    "swin: {width: 8, depths: [2, 2, 2, 2], heads: [1, 2, 2, 2], window: 4, drop_path: 0.2}\n"
    "optim: {lr: 1e-3, schedule: cosine, warmup_steps: 4, clip_norm: 1, ema: 0.9}\n"
    "train: {batch: 8, epochs: 3}\n"
    "log: {every: 1}\n"
    "threads: 1\n";

void tiny_new(void)
{
    scratch_new(&scratch);
    mem_free(tiny_messages(0, "prepare synth @/data --train 60 --test 20 --size 32"));
    char *root = tiny_path("data: {root: @/data}\n"), *all = mem_format("%s%s", yaml, root);
    tiny_write("@/tiny.yaml", all);
    mem_free(all);
    mem_free(root);
}

void tiny_free(void) { scratch_free(&scratch); }

char *tiny_path(const char *text)
{
    Text out = {0};
    text_put(&out, "");
    for (const char *p = text; *p; p++)
        if (*p == '@')
            text_put(&out, scratch.dir);
        else
            text_add(&out, "%c", *p);
    char *copy = mem_strdup(out.data ? out.data : "");
    text_free(&out);
    return copy;
}

char *tiny_read(const char *path)
{
    Bytes b;
    Error err = {0};
    char *full = tiny_path(path);
    ck_assert_msg(file_read(full, &b, &err) == 0, "%s", err.text);
    mem_free(full);
    return (char *)b.data;
}

bool tiny_exists(const char *path)
{
    char *full = tiny_path(path);
    const bool is = file_exists(full);
    mem_free(full);
    return is;
}

int64_t tiny_bytes(const char *path)
{
    char *full = tiny_path(path);
    const int64_t bytes = file_bytes(full);
    mem_free(full);
    return bytes;
}

void tiny_write(const char *path, const char *text)
{
    Error err = {0};
    char *full = tiny_path(path), *folder = mem_strdup(full);
    *strrchr(folder, '/') = 0;
    ck_assert_msg(file_mkdirs(folder, &err) == 0, "%s", err.text);
    ck_assert_msg(file_write(full, text, strlen(text), &err) == 0, "%s", err.text);
    mem_free(folder);
    mem_free(full);
}

int tiny_run(const char *arguments, char **out, char **messages)
{
    char *line = tiny_path(arguments);
    const int code = run_program(&scratch, line, out, messages);
    mem_free(line);
    return code;
}

char *tiny_out(int want, const char *arguments)
{
    char *out, *messages;
    const int code = tiny_run(arguments, &out, &messages);
    ck_assert_msg(code == want, "%s: exit code %d, expected %d: %s", arguments, code, want,
                  messages);
    mem_free(messages);
    return out;
}

char *tiny_messages(int want, const char *arguments)
{
    char *messages;
    const int code = tiny_run(arguments, NULL, &messages);
    ck_assert_msg(code == want, "%s: exit code %d, expected %d: %s", arguments, code, want,
                  messages);
    return messages;
}

void tiny_refused(int code, const char *arguments, const char *message)
{
    char *out, *messages;
    const int got = tiny_run(arguments, &out, &messages);
    ck_assert_msg(got == code, "%s: %d: %s", arguments, got, messages);
    ck_assert_msg(strstr(messages, message), "%s: %s", arguments, messages);
    ck_assert_str_eq(out, "");
    mem_free(out);
    mem_free(messages);
}

json_t *tiny_json(const char *arguments)
{
    json_error_t why;
    char *out = tiny_out(0, arguments);
    json_t *json = json_loads(out, JSON_REJECT_DUPLICATES, &why);
    ck_assert_msg(json != NULL, "%s: %s in %.500s", arguments, why.text, out);
    mem_free(out);
    return json;
}

char *tiny_train(int want, const char *run, const char *settings)
{
    char *line = mem_format("train -c @/tiny.yaml run=@/%s %s", run, settings);
    char *messages = tiny_messages(want, line);
    mem_free(line);
    return messages;
}

void tiny_content(const char *run, char out[static 33])
{
    char *line = mem_format("info --json @/%s/checkpoints/latest", run);
    json_t *json = tiny_json(line);
    const char *content = json_string_value(json_object_get(json, "content"));
    ck_assert_msg(content && strlen(content) == 32, "%s: no content", line);
    strcpy(out, content);
    json_decref(json);
    mem_free(line);
}

/* Replaces this process by the program; the shell splits the arguments. */
static void become(const char *line)
{
    const int nothing = open("/dev/null", O_WRONLY);
    if (nothing >= 0) {
        dup2(nothing, STDOUT_FILENO);
        dup2(nothing, STDERR_FILENO);
    }
    execl("/bin/sh", "sh", "-c", line, (char *)NULL);
    _exit(127);
}

pid_t tiny_spawn(const char *arguments)
{
    const char *program = getenv("RAMPLUS");
    char *full = tiny_path(arguments);
    char *line = mem_format("exec %s %s", program ? program : "build/fast/ramplus", full);
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) become(line);
    mem_free(line);
    mem_free(full);
    return child;
}

pid_t tiny_start(const char *run, const char *settings)
{
    char *line = mem_format("train -c @/tiny.yaml run=@/%s %s", run, settings);
    const pid_t child = tiny_spawn(line);
    mem_free(line);
    return child;
}

pid_t tiny_spawn_stopped(int number, const char *arguments)
{
    sigset_t set, before;
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_BLOCK, &set, &before);
    const pid_t child = tiny_spawn(arguments);
    kill(child, number);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return child;
}

int tiny_wait(pid_t child)
{
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* xorshift64*. */
double tiny_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (double)(*state * 0x2545f4914f6cdd1d >> 40) / (1 << 24);
}

void tiny_sleep(double seconds)
{
    const double whole = floor(seconds);
    const struct timespec t = {(time_t)whole, (long)((seconds - whole) * 1e9)};
    nanosleep(&t, NULL);
}
