/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus describe: descriptions of tags from a language model. */
#include "core/json/json.h"
#include "core/log.h"
#include "core/strings/strings.h"
#include "data/commands.h"
#include "data/describe/describe.h"

#define AT(field) offsetof(DescribeOptions, field)

static const CliOption rows[] = {
    {"tags", 0, "FILE", OPTION_STRING, AT(tags), .required = true, .help = "one tag per line"},
    {"endpoint", 0, "URL", OPTION_STRING, AT(endpoint), .required = true,
     .help = "base URL of the server, such as http://127.0.0.1:8000/v1; it often ends in /v1"},
    {"model", 0, "NAME", OPTION_STRING, AT(model), .required = true,
     .help = "the server's name of the model"},
    {"output", 'o', "FILE", OPTION_STRING, AT(out), .required = true,
     .help = "the result; FILE.report.txt lists every tag"},
    {"journal", 0, "FILE", OPTION_STRING, AT(journal),
     .help = "record of every answer, with which a run resumes; without it, OUT.json.journal"},

    {"prompts", 0, "FILE", OPTION_STRING, AT(prompts), .heading = "requests",
     .help = "one prompt per line, with {} for the tag; without it, the five of RAM++"},
    {"count", 0, "N", OPTION_INT, AT(count), "10", 1, 1000, .help = "answers per prompt"},
    {"temperature", 0, "X", OPTION_FLOAT, AT(temperature), "0.99", 0, 100,
     .help = "sampling temperature"},
    {"max-tokens", 0, "N", OPTION_INT, AT(max_tokens), "77", 1, 1e6,
     .help = "longest answer, in tokens"},
    {"role", 0, "NAME", OPTION_STRING, AT(role), "user", .help = "role of the message"},
    {"system", 0, "TEXT", OPTION_STRING, AT(system), .help = "a system message before it"},
    {"stop", 0, "WORD", OPTION_STRINGS, AT(stop), .help = "a word that ends an answer"},
    {"extra", 0, "JSON", OPTION_STRING, AT(extra),
     .help = "an object with additional fields of the request"},
    {"max-retries-per-answer", 0, "N", OPTION_INT, AT(max_retries), "3", 0, 100,
     .formerly = "again",
     .help = "how often truncated, empty and refused answers are requested again; after that, "
             "truncated ones are kept as they are"},

    {"parallel", 0, "N", OPTION_INT, AT(parallel), "8", 1, 1024, .heading = "connection",
     .help = "concurrent requests"},
    {"tries", 0, "N", OPTION_INT, AT(tries), "8", 1, 1000,
     .help = "consecutive failures after which a prompt is given up"},
    {"retry-base", 0, "S", OPTION_FLOAT, AT(retry_base), "1", 0, 3600, .unit = "seconds",
     .help = "first pause after a failure, doubled each time"},
    {"retry-max", 0, "S", OPTION_FLOAT, AT(retry_max), "60", 0, 3600, .unit = "seconds",
     .help = "longest pause"},
    {"connect-timeout", 0, "S", OPTION_FLOAT, AT(connect_timeout), "10", 0.001, 1e5,
     .unit = "seconds", .help = "time to connect"},
    {"idle-timeout", 0, "S", OPTION_FLOAT, AT(idle_timeout), "60", 0.001, 1e5,
     .unit = "seconds", .formerly = "silence-timeout",
     .help = "time without receiving a byte, also while the model is computing"},
    {"timeout", 0, "S", OPTION_FLOAT, AT(timeout), "300", 0.001, 1e5, .unit = "seconds",
     .help = "total time of a request"},
    {"max-bytes", 0, "N", OPTION_INT, AT(max_bytes), "8388608", 1, 1 << 30, .unit = "bytes",
     .help = "largest reply"},
    {"max-requests", 0, "N", OPTION_INT, AT(max_requests), "0", 0, 1e12,
     .help = "stop after this many requests, with exit code 75; 0: no limit"},
    {"price-in", 0, "X", OPTION_FLOAT, AT(price_in), "0", 0, 1e6,
     .help = "price of a million prompt tokens, for the cost in the report"},
    {"price-out", 0, "X", OPTION_FLOAT, AT(price_out), "0", 0, 1e6,
     .help = "price of a million answer tokens"},

    {"key-file", 0, "FILE", OPTION_STRING, AT(key_file), .heading = "security",
     .help =
         "file whose first line is the key; without it, RAMPLUS_API_KEY, or the variable of "
         "the provider: OPENAI_API_KEY (also for this machine), OPENROUTER_API_KEY, "
         "GEMINI_API_KEY, AZURE_OPENAI_API_KEY; no other user may be allowed to read the file "
         "(chmod 600)"},
    {"key-header", 0, "NAME", OPTION_STRING, AT(key_header),
     .help =
         "header that carries the key instead of \"Authorization: Bearer\", such as api-key "
         "for Azure"},
    {"header", 0, "NAME=FILE", OPTION_STRINGS, AT(header),
     .help = "a further header, whose value is the first line of a file like that of the key"},
    {"ca-file", 0, "FILE", OPTION_STRING, AT(ca_file),
     .help = "certificates to trust instead of the system's"},
    {"insecure-http", .offset = AT(insecure_http),
     .help = "allow http:// to another machine; everything can be read on the way"},

    {"dry-run", .offset = AT(dry_run), .heading = "other",
     .help = "estimate the remaining requests, tokens and cost without sending any"},
    {"check", 0, "FILE.json", OPTION_STRING, AT(check),
     .help = "check a file of descriptions instead"},
    {"json", .offset = AT(json), .help = "print the summary as one JSON object on stdout"},
    {"verbose", .offset = AT(verbose), .help = "log one line per request"},
};

static void print_json(const DescribeJob *job, const DescribeTotals *t)
{
    const JsonCount count[] = {
        {"requests", t->requests},    {"retries", t->retries}, {"tags", t->tags},
        {"complete", t->complete},    {"answers", t->answers}, {"failed", t->failed},
        {"again", t->again},          {"cut", t->cut},         {"duplicates", t->duplicates},
        {"empty", t->empty},          {"refused", t->refused}, {"tokens_in", t->tokens_in},
        {"tokens_out", t->tokens_out}};
    const double cost = describe_cost(job, t->tokens_in, t->tokens_out);
    json_t *summary = json_object();
    json_add_counts(summary, count, sizeof count / sizeof *count);
    if (job->priced) json_object_set_new(summary, "cost", json_digits(cost, 6));
    json_object_set_new(summary, "seconds", json_fixed(t->seconds, 3));
    json_print(summary);
}

static void log_summary(const DescribeJob *job, const DescribeTotals *t)
{
    log_info("%ld of %ld tags complete; %ld requests, %ld retries in %.1f s (%.1f requests/s)",
             t->complete, t->tags, t->requests, t->retries, t->seconds,
             t->seconds > 0 ? (double)t->requests / t->seconds : 0);
    log_info("%ld answer%s: %ld cut off, %ld duplicates; %ld tokens in, %ld out", t->answers,
             strings_s(t->answers), t->cut, t->duplicates, t->tokens_in, t->tokens_out);
    if (job->priced) log_info("cost %.4f", describe_cost(job, t->tokens_in, t->tokens_out));
}

static int generate(const DescribeJob *job, Error *err)
{
    DescribeTotals totals;
    if (!job->address.encrypted && job->opt->insecure_http && job->secrets.lines > 0)
        log_warn("--insecure-http: the key can be read on the way to %s", job->address.host);
    const int status = describe_run(job, &totals, err);
    if (totals.tags > 0) log_summary(job, &totals);
    if (job->opt->json) print_json(job, &totals);
    return status;
}

static int run(const Cli *cli, void *options, Error *err)
{
    DescribeJob job;
    int status = describe_job_open(cli, options, &job, err);
    if (status == 0 && job.opt->check)
        status = describe_check(&job, err);
    else if (status == 0 && job.opt->dry_run)
        status = describe_estimate(&job, err);
    else if (status == 0)
        status = generate(&job, err);
    describe_job_free(&job);
    return status;
}

const CliCommand cmd_describe = {
    .name = "describe",
    .summary = "describe tags with a language model",
    .resumes = true,
    .prose = "Asks a language model on any OpenAI-compatible server to describe every tag, and "
             "writes "
             "the answers in the form that `embed` reads: [{TAG: [\"a photo of a TAG.\", "
             "answers...]}, ...]. Every answer is recorded in a journal at once: run the same "
             "command "
             "again to resume.",
    .option = rows,
    .options = sizeof rows / sizeof *rows,
    .instead = "check",
    .notes =
        "Exit codes: 0 done, 2 wrong options, 3 bad tag list or file, 4 the endpoint is "
        "unusable or prompts were given up, 75 stopped before the end; after 4 and 75 nothing "
        "is lost. With 4, the result is written if all that is missing was refused or never "
        "answered usably: a tag without answers then has only \"a photo of a TAG.\"",
    .example = "ramplus describe --tags tags.txt --endpoint http://127.0.0.1:8000/v1 \\\n"
               "    --model smollm2 -o descriptions.json",
    .size = sizeof(DescribeOptions),
    .run = run,
};
