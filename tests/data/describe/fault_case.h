/* SPDX-License-Identifier: Apache-2.0 */
/* Runs `ramplus describe` against the fault server: one server, one job, and what the job
 * wrote. */
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
    char log[160];     /* path of its log */
} FaultServer;

/* Counts the requests in a log whose prompt contains `prompt` (NULL: any) and that met a fault
 * (NULL: any). */
int fault_requests(const struct json_t *log, const char *prompt, const char *fault);

/* One job at a time in a scratch folder: tags.txt, out.json, out.json.journal. */
typedef struct Job {
    Scratch scratch;
    FaultServer server;
    char *out, *messages;    /* stdout and stderr of the last run; owned */
    struct json_t *requests; /* the log of the last server; owned */
} Job;

void job_new(Job *job);
void job_free(Job *job);
void job_tags(Job *job, const char *tags); /* writes tags.txt, one tag per line */
void job_forget(Job *job);                 /* removes output and journal */
/* Reads a file of the folder; NULL if it is missing. Owned: mem_free. */
char *job_file(Job *job, const char *name);

/* The command line with retries after milliseconds and these further options. Owned:
 * mem_free. */
char *job_arguments(Job *job, const char *options);
/* Runs the command against a running server; returns the exit code. */
int job_describe(Job *job, const char *options);
/* Starts the server with these arguments and a schedule (the lines of one, or NULL). */
void job_serve(Job *job, const char *schedule, const char *server_options);
void job_stop(Job *job); /* stops the server and reads job->requests */
/* Starts a server, runs the command, stops the server; returns the exit code of the command. */
int job_run(Job *job, const char *schedule, const char *server_options, const char *options);
/* job_run with the tag `fox` and the prompt `What is a {}?`. */
int job_short(Job *job, const char *schedule, const char *options);
/* Starts the command in the background; its output goes to the scratch folder. */
pid_t job_start(Job *job, const char *options);
/* A number of the JSON object on stdout. */
int64_t job_number(const Job *job, const char *name);

/* Checks that out.json is what a server without faults returns for these tags: every tag in
 * order, the template, then `count` texts per prompt, numbered, each in one clean line. */
void job_expect(Job *job, const char *const *tags, int tag_count, const char *const *prompts,
                int prompt_count, int count);
/* The same with the default prompts and count. */
void job_expect_all(Job *job, const char *const *tags, int tag_count);
/* A default prompt with the tag in it. Owned: mem_free. */
char *job_prompt(int64_t prompt, const char *tag);

#endif
