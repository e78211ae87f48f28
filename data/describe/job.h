/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that a command line of `describe` requests. */
#ifndef RAMPLUS_DATA_DESCRIBE_JOB_H
#define RAMPLUS_DATA_DESCRIBE_JOB_H

#include "core/io/file.h"
#include "core/options/cli.h"
#include "data/chat/chat.h"
#include "data/chat/http.h"
#include "data/chat/retry.h"
#include "data/chat/secret.h"
#include "data/tags.h"

#include <stdbool.h>
#include <stdint.h>

/* The fields that the rows of the command line fill; texts are borrowed from it. */
typedef struct DescribeOptions {
    const char *tags, *endpoint, *model, *out, *journal;
    const char *prompts, *role, *system, *extra;
    OptionStrings stop;
    int64_t count, max_tokens, max_retries;
    double temperature;
    int64_t parallel, tries, max_bytes, max_requests;
    double retry_base, retry_max, connect_timeout, idle_timeout, timeout; /* seconds */
    double price_in, price_out; /* per million tokens */
    const char *key_file, *key_header, *ca_file, *check;
    OptionStrings header; /* NAME=FILE */
    bool insecure_http, dry_run, json, verbose;
} DescribeOptions;

typedef struct DescribeJob {
    const DescribeOptions *opt; /* borrowed */
    char *journal;
    TagList tags;
    Lines prompts;
    ChatSettings chat;
    RetryPolicy retry;
    bool priced;
    HttpAddress address;
    Secrets secrets;
} DescribeJob;

/* Checks the options and reads the files they name. ERROR_USAGE; ERROR_DATA for the tag
 * list. `o` must outlive the job. Owned: describe_job_free, also after a failure. */
int describe_job_open(const Cli *cli, const DescribeOptions *o, DescribeJob *out, Error *err);
void describe_job_free(DescribeJob *j);

/* The prompt with every `{}` replaced by the tag. Owned: mem_free. */
char *describe_prompt(const DescribeJob *j, int64_t prompt, const char *tag);
/* The first text of every tag, the sentence it has without descriptions. Owned: mem_free. */
char *describe_sentence(const char *tag);

/* The settings that answers depend on, as a JSON object: a journal of other settings cannot
 * be resumed. Owned: json_decref. */
struct json_t *describe_settings(const DescribeJob *j);

#endif
