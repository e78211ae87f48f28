/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of `describe`, checked before anything is asked. */
#include "data/describe/job.h"

#include "core/mem.h"
#include "core/options/cli.h"
#include "core/text.h"
#include "core/utf8.h"
#include "data/describe/secret.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The five of the RAM++ paper's code. */
static const char default_prompts[] =
    "Describe concisely what a(n) {} looks like:\n"
    "How can you identify a(n) {} concisely?\n"
    "What does a(n) {} look like concisely?\n"
    "What are the identifying characteristics of a(n) {}:\n"
    "Please provide a concise description of the visual characteristics of {}:\n";

/* Options as they were typed. */
typedef struct Typed {
    const char *endpoint, *stop, *prompts, *journal, *extra, *key_file;
    const char *count, *temperature, *max_tokens, *again, *parallel, *tries, *retry_base,
        *retry_max, *connect, *silence, *total, *max_requests, *price_in, *price_out,
        *max_bytes;
} Typed;

typedef struct Number {
    const char *name, *text; /* text: NULL if it was not typed */
    double least, most;
    int64_t *whole; /* one of the two is set */
    double *real;
} Number;

static int take_number(const Number *n, Error *err)
{
    if (!n->text) return 0;
    char *end;
    const double x = strtod(n->text, &end);
    if (end == n->text || *end || !isfinite(x))
        return error_set(err, ERROR_USAGE, "describe: --%s %.80s: not a number", n->name,
                         n->text);
    if (x < n->least || x > n->most || (n->whole && x != floor(x)))
        return error_set(err, ERROR_USAGE, "describe: --%s %.80s: must be a %s in %g..%g",
                         n->name, n->text, n->whole ? "whole number" : "number", n->least,
                         n->most);
    if (n->whole)
        *n->whole = (int64_t)x;
    else
        *n->real = x;
    return 0;
}

static int take_numbers(const Typed *t, DescribeJob *j, Error *err)
{
    const Number number[] = {
        {"count", t->count, 1, 1000, &j->count, NULL},
        {"temperature", t->temperature, 0, 100, NULL, &j->chat.temperature},
        {"max-tokens", t->max_tokens, 1, 1e6, &j->chat.max_tokens, NULL},
        {"again", t->again, 0, 100, &j->again, NULL},
        {"parallel", t->parallel, 1, 1024, &j->parallel, NULL},
        {"tries", t->tries, 1, 1000, &j->retry.tries, NULL},
        {"retry-base", t->retry_base, 0, 3600, NULL, &j->retry.base},
        {"retry-max", t->retry_max, 0, 3600, NULL, &j->retry.max},
        {"connect-timeout", t->connect, 0.001, 1e5, NULL, &j->connect},
        {"silence-timeout", t->silence, 0.001, 1e5, NULL, &j->silence},
        {"timeout", t->total, 0.001, 1e5, NULL, &j->total},
        {"max-requests", t->max_requests, 0, 1e12, &j->max_requests, NULL},
        {"price-in", t->price_in, 0, 1e6, NULL, &j->price_in},
        {"price-out", t->price_out, 0, 1e6, NULL, &j->price_out},
        {"max-bytes", t->max_bytes, 1, 1 << 30, &j->max_bytes, NULL},
    };
    for (size_t i = 0; i < sizeof number / sizeof *number; i++)
        if (take_number(&number[i], err) != 0) return -1;
    j->priced = t->price_in || t->price_out;
    return 0;
}

static int take_stops(const Cli *cli, DescribeJob *j, Error *err)
{
    int64_t n = 0;
    while (cli_value(cli, "stop", n)) n++;
    j->chat.stop = j->stop = mem_calloc((size_t)n + 1, sizeof *j->stop);
    for (; j->chat.stops < n; j->chat.stops++) {
        j->stop[j->chat.stops] = cli_value(cli, "stop", j->chat.stops);
        if (!*j->stop[j->chat.stops])
            return error_set(err, ERROR_USAGE, "describe: --stop: needs a value");
    }
    return 0;
}

static int parse_typed(int argc, char **argv, Typed *t, DescribeJob *j, Error *err)
{
    const CliOption table[] = {
        {"tags", 0, &j->tags_file, NULL},
        {"endpoint", 0, &t->endpoint, NULL},
        {"model", 0, &j->chat.model, NULL},
        {"output", 'o', &j->out, NULL},
        {"prompts", 0, &t->prompts, NULL},
        {"count", 0, &t->count, NULL},
        {"temperature", 0, &t->temperature, NULL},
        {"max-tokens", 0, &t->max_tokens, NULL},
        {"role", 0, &j->chat.role, NULL},
        {"system", 0, &j->chat.system, NULL},
        {"stop", 0, &t->stop, NULL},
        {"extra", 0, &t->extra, NULL},
        {"again", 0, &t->again, NULL},
        {"parallel", 0, &t->parallel, NULL},
        {"tries", 0, &t->tries, NULL},
        {"retry-base", 0, &t->retry_base, NULL},
        {"retry-max", 0, &t->retry_max, NULL},
        {"connect-timeout", 0, &t->connect, NULL},
        {"silence-timeout", 0, &t->silence, NULL},
        {"timeout", 0, &t->total, NULL},
        {"max-requests", 0, &t->max_requests, NULL},
        {"price-in", 0, &t->price_in, NULL},
        {"price-out", 0, &t->price_out, NULL},
        {"max-bytes", 0, &t->max_bytes, NULL},
        {"key-file", 0, &t->key_file, NULL},
        {"ca-file", 0, &j->ca_file, NULL},
        {"journal", 0, &t->journal, NULL},
        {"check", 0, &j->check, NULL},
        {"insecure-http", 0, NULL, &j->plain},
        {"dry-run", 0, NULL, &j->dry_run},
        {"json", 0, NULL, &j->json},
        {"verbose", 0, NULL, &j->verbose},
    };
    Cli cli;
    if (cli_parse(argc, argv, table, sizeof table / sizeof *table, &cli, err) != 0) return -1;
    j->help = cli.help;
    int status = take_stops(&cli, j, err);
    if (status == 0 && !cli.help && (cli.files || cli.assignments || cli.arguments))
        status = error_set(err, ERROR_USAGE,
                           "describe: %.80s: not an option; see ramplus "
                           "describe --help",
                           cli.arguments     ? cli.argument[0]
                           : cli.assignments ? cli.assignment[0]
                                             : "-c");
    cli_free(&cli);
    return status;
}

static int check_texts(const DescribeJob *j, Error *err)
{
    const char *const text[] = {j->chat.model, j->chat.role, j->chat.system};
    bool good = true;
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        good = good && (!text[i] || utf8_valid(text[i]));
    for (int64_t i = 0; i < j->chat.stops; i++) good = good && utf8_valid(j->chat.stop[i]);
    if (good) return 0;
    return error_set(err, ERROR_USAGE,
                     "describe: --model, --role, --system or --stop: not UTF-8");
}

static int read_prompts(const char *path, Lines *out, Error *err)
{
    if (!path) return lines_parse("prompts", default_prompts, out, err);
    if (lines_read(path, out, err) != 0) {
        if (err) err->code = ERROR_USAGE;
        return -1;
    }
    if (out->count == 0) return error_set(err, ERROR_USAGE, "%s: no prompt: empty file", path);
    for (size_t i = 0; i < out->count; i++) {
        if (!utf8_valid(out->line[i]))
            return error_set(err, ERROR_USAGE, "%s: line %zu: not UTF-8", path, i + 1);
        if (!strstr(out->line[i], "{}"))
            return error_set(err, ERROR_USAGE, "%s: line %zu: no {} for the tag", path, i + 1);
    }
    return 0;
}

static const char *missing(const DescribeJob *j, const Typed *t)
{
    if (!j->tags_file) return "--tags";
    if (!t->endpoint) return "--endpoint";
    if (!j->chat.model) return "--model";
    return j->out ? NULL : "-o";
}

static int read_files(const Typed *t, DescribeJob *j, Error *err)
{
    if (tags_read(j->tags_file, &j->tags, err) != 0) return -1;
    if (read_prompts(t->prompts, &j->prompts, err) != 0) return -1;
    if (t->extra && chat_extra(t->extra, &j->chat.extra, err) != 0) return -1;
    if ((int64_t)j->prompts.count > INT32_MAX / j->count / j->tags.count)
        return error_set(err, ERROR_USAGE,
                         "describe: too many answers: %zu prompts x %lld x "
                         "%lld tags",
                         j->prompts.count, (long long)j->count, (long long)j->tags.count);
    return secret_find(t->key_file, &j->key, err);
}

static void set_defaults(DescribeJob *j)
{
    *j = (DescribeJob){.count = 10, .again = 3, .parallel = 8, .max_bytes = 8 << 20};
    j->chat = (ChatSettings){.role = "user", .temperature = 0.99, .max_tokens = 77};
    j->retry = (RetryPolicy){.base = 1, .max = 60, .tries = 8};
    j->connect = 10;
    j->silence = 60;
    j->total = 300;
}

static int take(int argc, char **argv, DescribeJob *j, Error *err)
{
    Typed t = {0};
    if (parse_typed(argc, argv, &t, j, err) != 0 || j->help) return j->help ? 0 : -1;
    if (j->check) return j->tags_file ? tags_read(j->tags_file, &j->tags, err) : 0;
    const char *lacks = missing(j, &t);
    if (lacks)
        return error_set(err, ERROR_USAGE,
                         "describe: %s is missing; see ramplus describe --help", lacks);
    if (take_numbers(&t, j, err) != 0 || check_texts(j, err) != 0) return -1;
    if (http_address(t.endpoint, "/chat/completions", j->plain, &j->address, err) != 0)
        return -1;
    j->journal = t.journal ? mem_strdup(t.journal) : mem_format("%s.journal", j->out);
    return read_files(&t, j, err);
}

int describe_job_parse(int argc, char **argv, DescribeJob *out, Error *err)
{
    set_defaults(out);
    return take(argc, argv, out, err);
}

void describe_job_free(DescribeJob *j)
{
    if (j->tags.name) tags_free(&j->tags);
    lines_free(&j->prompts);
    json_decref(j->chat.extra);
    http_address_free(&j->address);
    secret_free(j->key);
    mem_free(j->journal);
    mem_free(j->stop);
    *j = (DescribeJob){0};
}

char *describe_prompt(const DescribeJob *j, int64_t prompt, const char *tag)
{
    Text t = {0};
    const char *p = j->prompts.line[prompt];
    for (const char *hole; (hole = strstr(p, "{}")); p = hole + 2) {
        text_add(&t, "%.*s", (int)(hole - p), p);
        text_put(&t, tag);
    }
    text_put(&t, p);
    return t.data;
}

char *describe_sentence(const char *tag) { return mem_format("a photo of a %s.", tag); }

json_t *describe_settings(const DescribeJob *j)
{
    json_t *o = chat_settings_json(&j->chat), *prompts = json_array();
    for (size_t i = 0; i < j->prompts.count; i++)
        json_array_append_new(prompts, json_string(j->prompts.line[i]));
    json_object_set_new(o, "prompts", prompts);
    json_object_set_new(o, "count", json_integer(j->count));
    return o;
}
