/* SPDX-License-Identifier: Apache-2.0 */
/* `ramplus describe` against the fault server: one server, one job, what it wrote. */
#ifndef RAMPLUS_TESTS_DATA_DESCRIBE_FAULT_CASE_H
#define RAMPLUS_TESTS_DATA_DESCRIBE_FAULT_CASE_H

#include "tests/support/scratch.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct json_t;

typedef struct FaultServer {
    pid_t pid;
    char endpoint[64]; /* http://127.0.0.1:PORT/v1 */
    char log[160];     /* its file */
} FaultServer;

/* Of the requests in a log: how many, of this prompt (a part; NULL: any) and fault (NULL: any). */
int fault_requests(const struct json_t *log, const char *prompt, const char *fault);

/* One job at a time in a scratch folder: tags.txt, out.json, out.json.journal. */
typedef struct Job {
    Scratch scratch;
    FaultServer server;
    char *out, *talk;        /* stdout and stderr of the last run */
    struct json_t *requests; /* what the server heard of it */
} Job;

void job_new(Job *job);
void job_free(Job *job);
void job_tags(Job *job, const char *tags); /* lines */
void job_forget(Job *job);                 /* removes output and journal */
/* A file of the folder as text, owned; NULL: there is none. */
char *job_file(Job *job, const char *name);

/* The command with retries of a few milliseconds and these further options, owned. */
char *job_arguments(Job *job, const char *options);
/* Runs it against a server that is running; returns the exit code. */
int job_describe(Job *job, const char *options);
/* Starts the server with these arguments (words parted by blanks) and schedule: lines of one, or NULL. */
void job_serve(Job *job, const char *schedule, const char *server_options);
void job_stop(Job *job); /* ends the server: job->requests */
/* Starts a server, runs the command, ends the server. */
int job_run(Job *job, const char *schedule, const char *server_options, const char *options);
/* The same for the tag `fox` and the prompt `What is a {}?`. */
int job_short(Job *job, const char *schedule, const char *options);
/* Starts the command in the background, its output in the scratch folder. */
pid_t job_start(Job *job, const char *options);
int64_t job_number(const Job *job, const char *name); /* of the JSON on stdout */

/* out.json is what a server without faults says about these tags: every tag in order, template, then
 * `count` texts of every prompt, numbered, each in one clean line. */
void job_expect(Job *job, const char *const *tags, int tag_count, const char *const *prompts,
                int prompt_count, int count);
/* The default prompts and count; a prompt by its number, with the tag in it, owned. */
char *job_prompt(int64_t prompt, const char *tag);
void job_expect_all(Job *job, const char *const *tags, int tag_count);

#endif
