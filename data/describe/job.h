/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that a command line of `describe` asks for. */
#ifndef RAMPLUS_DATA_DESCRIBE_JOB_H
#define RAMPLUS_DATA_DESCRIBE_JOB_H

#include "core/file.h"
#include "data/describe/chat.h"
#include "data/describe/http.h"
#include "data/describe/retry.h"
#include "data/tags.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct DescribeJob {
    const char *tags_file, *out; /* borrowed from the command line, as all plain texts here */
    char *journal;
    TagList tags;
    Lines prompts;
    ChatSettings chat;
    int64_t count;        /* answers a prompt */
    int64_t again;        /* times that a cut, empty or refused answer is asked for again */
    int64_t max_requests; /* 0: any number */
    int64_t parallel;
    RetryPolicy retry;
    double connect, silence, total; /* seconds */
    int64_t max_bytes;              /* of a reply */
    double price_in, price_out;     /* for a million tokens */
    bool priced;
    HttpAddress address;
    char *key;
    const char *ca_file, *check; /* check: a file to judge instead */
    bool plain, dry_run, json, verbose, help;
    const char **stop; /* what chat.stop is, owned */
} DescribeJob;

/* Reads the options and the files they name. ERROR_USAGE, ERROR_DATA for the tag list. After --help only
 * `help` is set. Owned: describe_job_free, also after a failure. */
int describe_job_parse(int argc, char **argv, DescribeJob *out, Error *err);
void describe_job_free(DescribeJob *j);

/* The prompt with the tag in the place of every `{}`. Owned: mem_free. */
char *describe_prompt(const DescribeJob *j, int64_t prompt, const char *tag);
/* The first text of every tag, the sentence it has without descriptions. Owned: mem_free. */
char *describe_sentence(const char *tag);

/* What answers depend on, as a JSON object: answers to other settings are of no use. Owned: json_decref. */
struct json_t *describe_settings(const DescribeJob *j);

#endif
