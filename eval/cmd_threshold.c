/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus threshold: tunes a threshold per tag on stored scores. */
#include "core/hash.h"
#include "core/io/file.h"
#include "core/json/json.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/options/cli.h"
#include "core/strings/strings.h"
#include "eval/commands.h"
#include "eval/score_report.h"
#include "eval/threshold.h"

#include <string.h>

typedef struct Options {
    const char *scores, *out, *objective;
    double split;
    bool json;
} Options;

#define AT(field) offsetof(Options, field)

static const CliOption rows[] = {
    {"scores", 0, "FILE", OPTION_STRING, AT(scores), .required = true,
     .help = "scores.h5 of an evaluation"},
    {"out", 'o', "FILE", OPTION_STRING, AT(out), .required = true,
     .help = "the thresholds to write: one number per line, or, if the name ends in .csv, a "
             "table of tag, threshold, precision, recall, F1 and positives"},
    {"objective", 0, "GOAL", OPTION_STRING, AT(objective), "f1",
     .help =
         "what to maximize for every tag: f1, the harmonic mean of precision and recall; "
         "precision@R, precision with recall at least R (0 < R <= 1); or recall@P, recall with "
         "precision at least P (0 < P <= 1)"},
    {"split", 0, "F", OPTION_FLOAT, AT(split), "1", 0, 1,
     .help = "tune on this fraction of the images, chosen by their names, and report on the "
             "others; 1: both on all"},
    {"json", .offset = AT(json),
     .help = "print CP, CR and F1 before and after as one JSON document on stdout"},
};

/* The images to tune on and those to report on: both all, or parts of them. */
typedef struct Tuning {
    Scores *all, *tune, *report;
    ThresholdCounts counts;
    Metrics before, after; /* on the images to report on */
} Tuning;

/* All with digits that read back to the same bits. */
static void put_lines(const Scores *s, Text *t)
{
    for (int64_t k = 0; k < s->tags; k++) text_add(t, "%.9g\n", (double)s->threshold[k]);
}

static void put_table(const Scores *s, const ScoreReport *r, Text *t)
{
    text_put(t, "tag,threshold,precision,recall,f1,positives\n");
    for (int64_t k = 0; k < s->tags; k++) {
        const TagMetrics *m = &r->tag[k];
        const double sum = m->precision + m->recall;
        text_csv(t, s->tag[k]);
        text_add(t, ",%.9g,%.6f,%.6f,%.6f,%ld\n", (double)s->threshold[k], m->precision,
                 m->recall, sum > 0 ? 2 * m->precision * m->recall / sum : 0, m->positives);
    }
}

static int write_thresholds(const Scores *s, const ScoreReport *r, const char *path, Error *err)
{
    Text t = {0};
    if (strings_end_in(path, ".csv"))
        put_table(s, r, &t);
    else
        put_lines(s, &t);
    const int status = text_write(&t, path, err);
    text_free(&t);
    return status;
}

static json_t *metrics_json(const Metrics *m)
{
    json_t *object = json_pair("CP", json_number(m->cp));
    json_object_set_new(object, "CR", json_number(m->cr));
    json_object_set_new(object, "F1", json_number(m->f1));
    return object;
}

static void print_json(const Options *o, const Tuning *t)
{
    const JsonCount count[] = {{"images_tuned", t->tune->images},
                               {"images_reported", t->report->images},
                               {"tags", t->all->tags},
                               {"no_positive", t->counts.no_positive},
                               {"unreachable", t->counts.unreachable},
                               {"at_score", t->counts.at_score}};
    json_t *report = json_pair("objective", json_text(o->objective));
    json_add_counts(report, count, sizeof count / sizeof *count);
    json_object_set_new(report, "before", metrics_json(&t->before));
    json_object_set_new(report, "after", metrics_json(&t->after));
    json_print(report);
}

static void print_text(const Metrics *before, const Metrics *after)
{
    printf("           CP      CR      F1\n");
    printf("before  %.4f  %.4f  %.4f\n", before->cp, before->cr, before->f1);
    printf("after   %.4f  %.4f  %.4f\n", after->cp, after->cr, after->f1);
}

static void log_counts(const Options *o, ThresholdCounts counts)
{
    if (counts.no_positive)
        log_info("tags without a positive image: %ld; their thresholds are unchanged",
                 counts.no_positive);
    if (counts.unreachable)
        log_warn("%s: tags that cannot reach it: %ld; they get the nearest threshold",
                 o->objective, counts.unreachable);
    if (counts.at_score)
        log_warn(
            "tags without a number between the lowest score to keep and the next one: %ld; "
            "their threshold is that score, which `eval` keeps (>=) and `tag` does not (>)",
            counts.at_score);
}

/* Whether an image is among those to tune on. Its name decides, so that the split of a list
 * does not depend on its order. */
static bool is_tuned(const char *image, double share)
{
    uint8_t hash[HASH_BYTES];
    hash_of(image, strlen(image), hash);
    return hash[0] * 0x1p-8 + hash[1] * 0x1p-16 + hash[2] * 0x1p-24 < share;
}

/* Makes the two parts; without --split both are all images. */
static int split(Tuning *t, double share, Error *err)
{
    t->tune = t->report = t->all;
    if (share >= 1) return 0;
    bool *tuned = mem_alloc((size_t)t->all->images * sizeof *tuned);
    bool *others = mem_alloc((size_t)t->all->images * sizeof *others);
    for (int64_t i = 0; i < t->all->images; i++) {
        tuned[i] = is_tuned(t->all->image[i], share);
        others[i] = !tuned[i];
    }
    t->tune = scores_select(t->all, tuned);
    t->report = scores_select(t->all, others);
    mem_free(others);
    mem_free(tuned);
    if (t->tune->images && t->report->images) return 0;
    return error_set(err, ERROR_DATA, "--split %g: %ld images to tune on, %ld to report on",
                     share, t->tune->images, t->report->images);
}

static int tune(Tuning *t, const Options *o, ThresholdObjective objective, Error *err)
{
    const size_t bytes = (size_t)t->all->tags * sizeof(float);
    ScoreReport r;
    if (score_report_new(t->report, &r, err) != 0) return -1;
    t->before = r.mean;
    score_report_free(&r);
    t->counts = threshold_tune(t->tune, objective, t->tune->threshold);
    if (t->report != t->tune) memcpy(t->report->threshold, t->tune->threshold, bytes);
    if (score_report_new(t->report, &r, err) != 0) return -1;
    t->after = r.mean;
    const int status = write_thresholds(t->report, &r, o->out, err);
    score_report_free(&r);
    return status;
}

static int run(const Cli *cli, void *options, Error *err)
{
    const Options *o = options;
    ThresholdObjective objective;
    bool same = false;
    if (o->out && file_is_same(o->scores, o->out, &same, err) != 0) return -1;
    if (same) return cli_refuse(cli, err, "-o names the file of --scores");
    if (threshold_parse(o->objective, &objective, err) != 0) return -1;
    Tuning t = {0};
    int status = -1;
    if (scores_read(o->scores, &t.all, err) != 0) goto done;
    if (split(&t, o->split, err) != 0) goto done;
    if (tune(&t, o, objective, err) != 0) goto done;
    log_counts(o, t.counts);
    if (o->json)
        print_json(o, &t);
    else
        print_text(&t.before, &t.after);
    status = 0;
done:
    if (t.report != t.all) scores_free(t.report);
    if (t.tune != t.all) scores_free(t.tune);
    scores_free(t.all);
    return status;
}

const CliCommand cmd_threshold = {
    .name = "threshold",
    .summary = "tune a threshold per tag on stored scores",
    .prose =
        "Tunes a threshold per tag on the scores that `ramplus eval` stored, without running "
        "the model, and writes them in the order of the tag list; `eval` and `tag` read both "
        "forms "
        "and compare the tags of a table. Tags "
        "without a positive image keep the threshold they were evaluated with. Tune on other "
        "images than those you report on, or use --split.",
    .option = rows,
    .options = sizeof rows / sizeof *rows,
    .example = "ramplus threshold --scores run/eval/seen/scores.h5 --objective recall@0.8 \\\n"
               "    -o thresholds.txt\n"
               "ramplus eval ... --thresholds thresholds.txt",
    .size = sizeof(Options),
    .run = run,
};
