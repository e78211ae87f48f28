/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus threshold: tunes a threshold per tag on stored scores. */
#include "core/error.h"
#include "core/json.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/options/cli.h"
#include "core/text.h"
#include "eval/commands.h"
#include "eval/score_report.h"
#include "eval/threshold.h"

#include <stdbool.h>
#include <stdio.h>

static const char help[] =
    "usage: ramplus threshold --scores FILE -o FILE [--objective GOAL] [--json]\n"
    "\n"
    "Tunes a threshold per tag on the scores that `ramplus eval` stored, without running the\n"
    "model, and writes one number a line in the order of the tag list. Tags without a "
    "positive\n"
    "image keep the threshold they were evaluated with. Tune on images that are not the ones\n"
    "you report on.\n"
    "\n"
    "  --scores FILE     scores.h5 of an evaluation (required)\n"
    "  -o, --out FILE    where to write the thresholds (required)\n"
    "  --objective GOAL  what to make highest, per tag (default f1):\n"
    "                      f1            the harmonic mean of precision and recall\n"
    "                      precision@R   precision, with recall at least R, 0 < R <= 1\n"
    "                      recall@P      recall, with precision at least P, 0 < P <= 1\n"
    "  --json            CP, CR, F1 before and after as one JSON document on stdout\n"
    "  -h, --help        this text\n"
    "\n"
    "example: ramplus threshold --scores run/eval/seen/scores.h5 --objective recall@0.8 \\\n"
    "             -o thresholds.txt\n"
    "         ramplus eval ... --thresholds thresholds.txt\n";

typedef struct Options {
    const char *scores, *out, *objective;
    bool json, help;
} Options;

static int parse(int argc, char **argv, Options *o, Error *err)
{
    *o = (Options){.objective = "f1"};
    const CliOption table[] = {{"scores", 0, &o->scores, NULL},
                               {"out", 'o', &o->out, NULL},
                               {"objective", 0, &o->objective, NULL},
                               {"json", 0, NULL, &o->json}};
    Cli cli;
    if (cli_parse(argc, argv, table, sizeof table / sizeof *table, &cli, err) != 0) return -1;
    int status = 0;
    o->help = cli.help;
    if (cli.arguments + cli.assignments + cli.files > 0)
        status = error_set(err, ERROR_USAGE, "threshold: takes options only; see --help");
    else if (!o->help && (!o->scores || !o->out))
        status = error_set(err, ERROR_USAGE, "threshold: %s: missing; see --help",
                           o->scores ? "-o" : "--scores");
    cli_free(&cli);
    return status;
}

static int write_thresholds(const Scores *s, const char *path, Error *err)
{
    Text t = {0};
    for (int64_t k = 0; k < s->tags; k++)
        text_add(&t, "%.9g\n", (double)s->threshold[k]); /* reads back to the same bits */
    int status = text_write(&t, path, err);
    text_free(&t);
    return status;
}

static int measure(const Scores *s, Metrics *out, Error *err)
{
    ScoreReport r;
    if (score_report_new(s, &r, err) != 0) return -1;
    *out = r.mean;
    score_report_free(&r);
    return 0;
}

static json_t *metrics_json(const Metrics *m)
{
    json_t *object = json_pair("CP", json_number(m->cp));
    json_object_set_new(object, "CR", json_number(m->cr));
    json_object_set_new(object, "F1", json_number(m->f1));
    return object;
}

static void print_json(const Options *o, const Scores *s, const Metrics *before,
                       const Metrics *after, ThresholdCounts counts)
{
    const JsonCount count[] = {{"tags", s->tags},
                               {"no_positive", counts.no_positive},
                               {"unreachable", counts.unreachable}};
    json_t *report = json_pair("objective", json_text(o->objective));
    json_add_counts(report, count, sizeof count / sizeof *count);
    json_object_set_new(report, "before", metrics_json(before));
    json_object_set_new(report, "after", metrics_json(after));
    json_print(report);
}

static void print_text(const Metrics *before, const Metrics *after)
{
    printf("           CP      CR      F1\n");
    printf("before  %.4f  %.4f  %.4f\n", before->cp, before->cr, before->f1);
    printf("after   %.4f  %.4f  %.4f\n", after->cp, after->cr, after->f1);
}

static void talk(const Options *o, ThresholdCounts counts)
{
    if (counts.no_positive)
        log_info("%lld tags have no positive image: their thresholds stay as they were",
                 (long long)counts.no_positive);
    if (counts.unreachable)
        log_warn("%s: out of reach for %lld tags: they got the threshold that comes nearest",
                 o->objective, (long long)counts.unreachable);
}

static int run(const Options *o, Error *err)
{
    ThresholdObjective objective;
    if (threshold_parse(o->objective, &objective, err) != 0) return -1;
    Scores *s = NULL;
    Metrics before, after;
    int status = -1;
    if (scores_read(o->scores, &s, err) != 0) goto done;
    if (measure(s, &before, err) != 0) goto done;
    ThresholdCounts counts = threshold_tune(s, objective, s->threshold);
    if (measure(s, &after, err) != 0) goto done;
    if (write_thresholds(s, o->out, err) != 0) goto done;
    talk(o, counts);
    if (o->json)
        print_json(o, s, &before, &after, counts);
    else
        print_text(&before, &after);
    status = 0;
done:
    scores_free(s);
    return status;
}

int cmd_threshold(int argc, char **argv)
{
    Options o;
    Error err = {0};
    int status = parse(argc, argv, &o, &err);
    if (status == 0 && o.help) {
        fputs(help, stdout);
        return EXIT_OK;
    }
    if (status == 0) status = run(&o, &err);
    if (status == 0) return EXIT_OK;
    return cli_fail(&err);
}
