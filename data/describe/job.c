/* SPDX-License-Identifier: Apache-2.0 */
/* The job of `describe`, checked before any request is sent. */
#include "data/describe/job.h"

#include "core/io/text.h"
#include "core/mem.h"
#include "core/strings/utf8.h"

#include <jansson.h>
#include <string.h>

/* The five prompts of the RAM++ paper's code. */
static const char default_prompts[] =
    "Describe concisely what a(n) {} looks like:\n"
    "How can you identify a(n) {} concisely?\n"
    "What does a(n) {} look like concisely?\n"
    "What are the identifying characteristics of a(n) {}:\n"
    "Please provide a concise description of the visual characteristics of {}:\n";

static int check_texts(const DescribeOptions *o, Error *err)
{
    const char *const text[] = {o->model, o->role, o->system};
    bool valid = true, empty = false;
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        valid = valid && (!text[i] || utf8_valid(text[i]));
    for (int64_t i = 0; i < o->stop.count; i++) {
        valid = valid && utf8_valid(o->stop.value[i]);
        empty = empty || !*o->stop.value[i];
    }
    if (empty) return error_set(err, ERROR_USAGE, "describe: --stop: needs a value");
    if (valid) return 0;
    return error_set(err, ERROR_USAGE,
                     "describe: --model, --role, --system or --stop: not UTF-8");
}

static int read_prompts(const char *path, Lines *out, Error *err)
{
    if (!path) return lines_parse("prompts", default_prompts, out, err);
    if (lines_read(path, out, err) != 0) {
        if (err && err->code == ERROR_DATA) err->code = ERROR_USAGE;
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

static int read_files(const DescribeOptions *o, DescribeJob *j, Error *err)
{
    if (tags_read(o->tags, &j->tags, err) != 0) return -1;
    if (read_prompts(o->prompts, &j->prompts, err) != 0) return -1;
    if (o->extra && chat_extra(o->extra, &j->chat.extra, err) != 0) return -1;
    if ((int64_t)j->prompts.count > INT32_MAX / o->count / j->tags.count)
        return error_set(err, ERROR_USAGE,
                         "describe: too many answers: %zu prompts x %ld x %ld tags",
                         j->prompts.count, o->count, j->tags.count);
    return secrets_read(o->key_file, o->key_header, &o->header, &j->address, &j->secrets, err);
}

int describe_job_open(const Cli *cli, const DescribeOptions *o, DescribeJob *out, Error *err)
{
    *out = (DescribeJob){.opt = o, .retry = {o->retry_base, o->retry_max, o->tries}};
    out->chat = (ChatSettings){
        o->model,      o->role,        o->system,     (const char *const *)o->stop.value,
        o->stop.count, o->temperature, o->max_tokens, NULL};
    out->priced = cli_given(cli, "price-in") || cli_given(cli, "price-out");
    if (o->check) return o->tags ? tags_read(o->tags, &out->tags, err) : 0;
    if (check_texts(o, err) != 0) return -1;
    if (http_address(o->endpoint, "/chat/completions", o->insecure_http, &out->address, err) !=
        0)
        return -1;
    out->journal = o->journal ? mem_strdup(o->journal) : mem_format("%s.journal", o->out);
    return read_files(o, out, err);
}

void describe_job_free(DescribeJob *j)
{
    if (j->tags.name) tags_free(&j->tags);
    lines_free(&j->prompts);
    json_decref(j->chat.extra);
    http_address_free(&j->address);
    secrets_free(&j->secrets);
    mem_free(j->journal);
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
    json_object_set_new(o, "count", json_integer(j->opt->count));
    return o;
}
