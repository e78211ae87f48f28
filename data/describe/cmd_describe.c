/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus describe: descriptions of tags from a language model. */
#include "core/json.h"
#include "core/log.h"
#include "core/options/cli.h"
#include "core/stop.h"
#include "data/commands.h"
#include "data/describe/describe.h"

#include <stdio.h>

static const char help[] =
    "usage: ramplus describe --tags FILE --endpoint URL --model NAME -o OUT.json [options]\n"
    "       ramplus describe --check FILE.json [--tags FILE] [--json]\n"
    "\n"
    "Asks a language model behind any OpenAI-compatible server to describe every tag, and "
    "writes\n"
    "the answers as `embed` reads them: [{TAG: [\"a photo of a TAG.\", answers...]}, ...]. "
    "Every\n"
    "answer is kept in a journal at once: the same command goes on where a run stopped.\n"
    "\n"
    "  --tags FILE           one tag a line                                      (required)\n"
    "  --endpoint URL        such as http://127.0.0.1:8000/v1                    (required)\n"
    "  --model NAME          as the server calls it                              (required)\n"
    "  -o, --output FILE     the result; FILE.report.txt tells of every tag      (required)\n"
    "  --journal FILE        default OUT.json.journal\n"
    "\n"
    "what is asked\n"
    "  --prompts FILE        one a line, {} stands for the tag; default the five of RAM++\n"
    "  --count N             answers to a prompt; default 10\n"
    "  --temperature X       default 0.99\n"
    "  --max-tokens N        of an answer; default 77\n"
    "  --role NAME           of the message; default user\n"
    "  --system TEXT         a system message before it\n"
    "  --stop WORD           ends an answer; may be given several times\n"
    "  --extra JSON          an object of further fields of the request\n"
    "  --again N             times that cut, empty and refused answers are asked for again;\n"
    "                        default 3. After that cut ones are kept as they are\n"
    "\n"
    "how\n"
    "  --parallel N          requests at a time; default 8\n"
    "  --tries N             failures in a row until a prompt is given up; default 8\n"
    "  --retry-base S        first pause after a failure, doubled each time; default 1\n"
    "  --retry-max S         longest pause; default 60\n"
    "  --connect-timeout S   default 10\n"
    "  --silence-timeout S   without a single byte, also while the model thinks; default 60\n"
    "  --timeout S           of a request in all; default 300\n"
    "  --max-bytes N         of a reply; default 8388608\n"
    "  --max-requests N      stop after so many, with exit code 75; default 0, no limit\n"
    "  --price-in X          of a million tokens, for a cost in the report\n"
    "  --price-out X         the same for tokens of answers\n"
    "\n"
    "the key comes from RAMPLUS_API_KEY, else OPENAI_API_KEY, else\n"
    "  --key-file FILE       its first line; nobody else may be allowed to read it (chmod "
    "600)\n"
    "  --ca-file FILE        certificates to trust instead of the system's\n"
    "  --insecure-http       allow http:// to another machine: all of it can be read on the "
    "way\n"
    "\n"
    "  --dry-run             tell the requests, tokens and cost that are left, ask nothing\n"
    "  --check FILE          judge a file of descriptions instead\n"
    "  --json                the summary as one JSON object on stdout\n"
    "  --verbose             a line for every request\n"
    "  -h, --help            this text\n"
    "\n"
    "Exit codes: 0 done, 2 wrong options, 3 bad tag list or file, 4 the server is no use or\n"
    "prompts were given up, 75 stopped before the end; after 4 and 75 nothing is lost.\n"
    "example: ramplus describe --tags tags.txt --endpoint http://127.0.0.1:8000/v1 \\\n"
    "             --model smollm2 -o descriptions.json\n";

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

static void tell(const DescribeJob *job, const DescribeTotals *t)
{
    log_info(
        "%lld of %lld tags complete; %lld requests, %lld retries in %.1f s (%.1f requests/s)",
        (long long)t->complete, (long long)t->tags, (long long)t->requests,
        (long long)t->retries, t->seconds,
        t->seconds > 0 ? (double)t->requests / t->seconds : 0);
    log_info("%lld answers: %lld cut off, %lld duplicates; %lld tokens in, %lld out",
             (long long)t->answers, (long long)t->cut, (long long)t->duplicates,
             (long long)t->tokens_in, (long long)t->tokens_out);
    if (job->priced) log_info("cost %.4f", describe_cost(job, t->tokens_in, t->tokens_out));
    log_info("report: %s.report.txt", job->out);
    if (t->complete == t->tags) log_info("wrote %s", job->out);
}

static int generate(const DescribeJob *job, Error *err)
{
    DescribeTotals totals;
    stop_block();
    if (!job->address.encrypted && job->plain && job->key)
        log_warn("--insecure-http: the key can be read on the way to %s", job->address.host);
    const int status = describe_run(job, &totals, err);
    if (totals.tags > 0) tell(job, &totals);
    if (job->json) print_json(job, &totals);
    return status;
}

int cmd_describe(int argc, char **argv)
{
    Error err = {0};
    DescribeJob job;
    int status = describe_job_parse(argc, argv, &job, &err);
    if (status == 0 && job.help)
        fputs(help, stdout);
    else if (status == 0 && job.check)
        status = describe_check(&job, &err);
    else if (status == 0 && job.dry_run)
        status = describe_estimate(&job, &err);
    else if (status == 0)
        status = generate(&job, &err);
    describe_job_free(&job);
    return status == 0 ? EXIT_OK : cli_fail(&err);
}
