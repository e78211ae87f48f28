/* SPDX-License-Identifier: Apache-2.0 */
/* --dry-run: what a run would request, and an upper bound of its cost. */
#include "core/json/json.h"
#include "core/mem.h"
#include "core/printable.h"
#include "data/describe/describe.h"
#include "data/describe/resume.h"

#include <stdio.h>
#include <string.h>

enum { CHARACTERS_PER_TOKEN = 4, TOKENS_PER_MESSAGE = 4 }; /* rules of thumb for English */

typedef struct Estimate {
    int64_t requests, missing; /* if n is honored; answers, each of which may be a request */
    int64_t tokens_in, singles_in; /* of the prompts; the same with one answer per request */
    int64_t tokens_out;            /* of the answers at most, requested once */
} Estimate;

double describe_cost(const DescribeJob *job, int64_t tokens_in, int64_t tokens_out)
{
    return 1e-6 *
           ((double)tokens_in * job->opt->price_in + (double)tokens_out * job->opt->price_out);
}

static int64_t prompt_tokens(const DescribeJob *job, int64_t prompt, const char *tag)
{
    char *text = describe_prompt(job, prompt, tag);
    size_t characters = strlen(text);
    int64_t messages = 1;
    if (job->chat.system) {
        characters += strlen(job->chat.system);
        messages++;
    }
    mem_free(text);
    return (int64_t)(characters + CHARACTERS_PER_TOKEN - 1) / CHARACTERS_PER_TOKEN +
           messages * TOKENS_PER_MESSAGE;
}

static Estimate estimate(const DescribeJob *job, const Plan *p)
{
    Estimate e = {0};
    for (int64_t i = 0; i < plan_items(p); i++) {
        if (!plan_needs(p, i)) continue;
        const int64_t missing = p->count - p->item[i].have;
        const int64_t tokens = prompt_tokens(job, i % p->prompts, plan_tag(p, i));
        e.requests++;
        e.missing += missing;
        e.tokens_in += tokens;
        e.singles_in += missing * tokens;
    }
    e.tokens_out = e.missing * job->chat.max_tokens;
    return e;
}

static void print_json(const DescribeJob *job, const Plan *p, const Estimate *e)
{
    const JsonCount count[] = {
        {"requests", e->requests},    {"requests_single", e->missing},
        {"tags", p->distinct},        {"complete", plan_complete(p)},
        {"answers", p->kept},         {"answers_wanted", plan_wanted(p)},
        {"tokens_in", e->tokens_in},  {"tokens_in_single", e->singles_in},
        {"tokens_out", e->tokens_out}};
    const double cost = describe_cost(job, e->tokens_in, e->tokens_out);
    const double single = describe_cost(job, e->singles_in, e->tokens_out);
    json_t *object = json_object();
    json_add_counts(object, count, sizeof count / sizeof *count);
    if (job->priced) json_object_set_new(object, "cost", json_digits(cost, 6));
    if (job->priced) json_object_set_new(object, "cost_single", json_digits(single, 6));
    json_print(object);
}

static void print(const DescribeJob *job, const Plan *p, const Estimate *e)
{
    printf("tags       %ld, %ld of them complete\n", p->distinct, plan_complete(p));
    printf("answers    %ld wanted, %ld in ", plan_wanted(p), p->kept);
    printable_print(job->journal);
    printf(", %ld missing\n", e->missing);
    printf("requests   %ld, or %ld if the server returns one answer per request\n", e->requests,
           e->missing);
    printf("tokens     about %ld in (%ld with single requests), at most %ld out\n",
           e->tokens_in, e->singles_in, e->tokens_out);
    if (job->opt->max_retries > 0)
        printf("           truncated, empty and refused answers are requested again up to "
               "%ld times: --max-retries-per-answer 0 turns this off\n",
               job->opt->max_retries);
    if (job->priced)
        printf("cost       at most about %.4f (%.4f with single requests)\n",
               describe_cost(job, e->tokens_in, e->tokens_out),
               describe_cost(job, e->singles_in, e->tokens_out));
}

int describe_estimate(const DescribeJob *job, Error *err)
{
    Journal *journal = NULL;
    Resumed from = {0};
    Plan plan = plan_new(&job->tags, (int64_t)job->prompts.count, job->opt->count,
                         job->opt->max_retries, answer_max_bytes(job->opt->max_tokens));
    int status = -1;
    if (journal_open(job->journal, true, &journal, err) != 0) goto done;
    if (describe_resume(job, journal, &plan, &from, err) != 0) goto done;
    const Estimate e = estimate(job, &plan);
    if (job->opt->json)
        print_json(job, &plan, &e);
    else
        print(job, &plan, &e);
    status = 0;
done:
    text_free(&from.changed);
    journal_close(journal);
    plan_free(&plan);
    return status;
}
