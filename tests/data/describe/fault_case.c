/* SPDX-License-Identifier: Apache-2.0 */
/* Servers, runs and their output for the tests of `ramplus describe`. */
#include "tests/data/describe/fault_case.h"

#include "core/io/file.h"
#include "core/io/text.h"
#include "core/mem.h"

#include <check.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the server ---- */

static void read_port(FaultServer *server, int from)
{
    char line[16] = "";
    const ssize_t n = read(from, line, sizeof line - 1);
    ck_assert_msg(n > 1 && atoi(line) > 0, "the fault server does not start");
    snprintf(server->endpoint, sizeof server->endpoint, "http://127.0.0.1:%d/v1", atoi(line));
}

static void start(FaultServer *server, Scratch *s, const char *schedule, const char *arguments)
{
    const char *program = getenv("FAULT_SERVER");
    snprintf(server->log, sizeof server->log, "%s", scratch_path(s, "requests.log"));
    unlink(server->log);
    char *line =
        mem_format("exec %s --log %s %s%s %s", program ? program : "build/fast/fault_server",
                   server->log, schedule ? "--schedule " : "",
                   schedule ? scratch_text(s, "schedule", schedule) : "", arguments);
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    server->pid = fork();
    ck_assert_int_ge(server->pid, 0);
    if (server->pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    read_port(server, ends[0]);
    close(ends[0]);
    mem_free(line);
}

static json_t *read_log(const char *path)
{
    Error err = {0};
    Lines lines;
    json_t *log = json_array();
    if (file_bytes(path) == 0) return log;
    ck_assert_msg(lines_read(path, &lines, &err) == 0, "%s", err.text);
    for (size_t i = 0; i < lines.count; i++) {
        json_error_t why;
        json_t *one = json_loads(lines.line[i], 0, &why);
        ck_assert_msg(one != NULL, "%s: %s", path, lines.line[i]);
        json_array_append_new(log, one);
    }
    lines_free(&lines);
    return log;
}

static json_t *stop(FaultServer *server)
{
    int status;
    ck_assert_int_eq(kill(server->pid, SIGTERM), 0);
    ck_assert_int_eq(waitpid(server->pid, &status, 0), server->pid);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the fault server failed");
    server->pid = 0;
    return read_log(server->log);
}

int fault_requests(const json_t *log, const char *prompt, const char *fault)
{
    int found = 0;
    for (size_t i = 0; i < json_array_size(log); i++) {
        const json_t *one = json_array_get(log, i);
        const char *text = json_string_value(json_object_get(one, "prompt"));
        const char *met = json_string_value(json_object_get(one, "fault"));
        found += (!prompt || strstr(text, prompt)) && (!fault || strcmp(met, fault) == 0);
    }
    return found;
}

/* ---- the client ---- */

void job_new(Job *job)
{
    *job = (Job){0};
    scratch_new(&job->scratch);
}

static void forget_run(Job *job)
{
    mem_free(job->out);
    mem_free(job->messages);
    job->out = job->messages = NULL;
}

static void forget_requests(Job *job)
{
    json_decref(job->requests);
    job->requests = NULL;
}

void job_free(Job *job)
{
    if (job->server.pid) kill(job->server.pid, SIGTERM);
    forget_run(job);
    forget_requests(job);
    scratch_free(&job->scratch);
}

void job_tags(Job *job, const char *tags) { scratch_text(&job->scratch, "tags.txt", tags); }

void job_forget(Job *job)
{
    unlink(scratch_path(&job->scratch, "out.json"));
    unlink(scratch_path(&job->scratch, "out.json.journal"));
}

char *job_file(Job *job, const char *name)
{
    Bytes b;
    const char *path = scratch_path(&job->scratch, name);
    return file_read(path, &b, NULL) == 0 ? (char *)b.data : NULL;
}

char *job_arguments(Job *job, const char *options)
{
    const char *dir = job->scratch.dir;
    const char *model = strstr(options, "--model ") ? "" : "--model tester";
    return mem_format("describe --tags %s/tags.txt --endpoint %s %s -o %s/out.json "
                      "--retry-base 0.002 --retry-max 0.02 %s",
                      dir, job->server.endpoint, model, dir, options);
}

int job_describe(Job *job, const char *options)
{
    forget_run(job);
    char *arguments = job_arguments(job, options);
    const int status = run_program(&job->scratch, arguments, &job->out, &job->messages);
    mem_free(arguments);
    return status;
}

void job_serve(Job *job, const char *schedule, const char *server_options)
{
    start(&job->server, &job->scratch, schedule, server_options);
}

void job_stop(Job *job)
{
    forget_requests(job);
    job->requests = stop(&job->server);
}

int job_run(Job *job, const char *schedule, const char *server_options, const char *options)
{
    job_serve(job, schedule, server_options);
    const int status = job_describe(job, options);
    job_stop(job);
    return status;
}

int job_short(Job *job, const char *schedule, const char *options)
{
    job_tags(job, "fox\n");
    scratch_text(&job->scratch, "prompts", "What is a {}?\n");
    char *all = mem_format("--prompts %s/prompts %s", job->scratch.dir, options);
    const int status = job_run(job, schedule, "", all);
    mem_free(all);
    return status;
}

pid_t job_start(Job *job, const char *options)
{
    const char *program = getenv("RAMPLUS"), *dir = job->scratch.dir;
    char *arguments = job_arguments(job, options);
    char *line = mem_format("exec %s %s > %s/stdout 2> %s/stderr",
                            program ? program : "build/fast/ramplus", arguments, dir, dir);
    const pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    mem_free(line);
    mem_free(arguments);
    return pid;
}

int64_t job_number(const Job *job, const char *name)
{
    json_error_t why;
    json_t *all = json_loads(job->out, 0, &why);
    const json_t *one = json_object_get(all, name);
    ck_assert_msg(json_is_integer(one), "no %s in %s", name, job->out);
    const int64_t value = json_integer_value(one);
    json_decref(all);
    return value;
}

/* ---- the output ---- */

/* The prompt with the tag in it, owned. */
static char *filled(const char *prompt, const char *tag)
{
    const char *gap = strstr(prompt, "{}");
    return mem_format("%.*s%s%s", (int)(gap - prompt), prompt, tag, gap + 2);
}

static void expect_clean(const char *text)
{
    const size_t len = strlen(text);
    ck_assert_msg(len > 0 && text[len - 1] == '.' && !strstr(text, "  "), "'%s'", text);
    for (const char *p = text; *p; p++) ck_assert_msg((unsigned char)*p >= ' ', "'%s'", text);
}

static void expect_texts(const json_t *texts, const char *tag, const char *const *prompts,
                         int prompt_count, int count)
{
    char *template = mem_format("a photo of a %s.", tag);
    ck_assert_uint_eq(json_array_size(texts), (size_t)(1 + prompt_count * count));
    ck_assert_str_eq(json_string_value(json_array_get(texts, 0)), template);
    for (int i = 0; i < prompt_count * count; i++) {
        const char *text = json_string_value(json_array_get(texts, (size_t)(1 + i)));
        char *prompt = filled(prompts[i / count], tag);
        char *start = mem_format("tester says %d of '%s': ", i % count, prompt);
        ck_assert_msg(text && strncmp(text, start, strlen(start)) == 0,
                      "%s: text %d is '%s', not '%s'", tag, i + 1, text, start);
        expect_clean(text);
        mem_free(start);
        mem_free(prompt);
    }
    mem_free(template);
}

void job_expect(Job *job, const char *const *tags, int tag_count, const char *const *prompts,
                int prompt_count, int count)
{
    json_error_t why;
    char *text = job_file(job, "out.json");
    ck_assert_msg(text != NULL, "no output");
    json_t *all = json_loads(text, JSON_REJECT_DUPLICATES, &why);
    ck_assert_msg(json_is_array(all), "out.json: %s", why.text);
    ck_assert_uint_eq(json_array_size(all), (size_t)tag_count);
    for (int k = 0; k < tag_count; k++) {
        const json_t *one = json_array_get(all, (size_t)k);
        ck_assert_uint_eq(json_object_size(one), 1);
        ck_assert_msg(json_object_get(one, tags[k]) != NULL, "entry %d is not %s", k, tags[k]);
        expect_texts(json_object_get(one, tags[k]), tags[k], prompts, prompt_count, count);
    }
    json_decref(all);
    mem_free(text);
}

static const char *const default_prompts[5] = {
    "Describe concisely what a(n) {} looks like:",
    "How can you identify a(n) {} concisely?",
    "What does a(n) {} look like concisely?",
    "What are the identifying characteristics of a(n) {}:",
    "Please provide a concise description of the visual characteristics of {}:",
};

char *job_prompt(int64_t prompt, const char *tag)
{
    ck_assert_msg(prompt >= 0 && prompt < 5, "prompt %ld", prompt);
    return filled(default_prompts[prompt], tag);
}

void job_expect_all(Job *job, const char *const *tags, int tag_count)
{
    job_expect(job, tags, tag_count, default_prompts, 5, 10);
}
