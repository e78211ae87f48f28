/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus threshold: tunes thresholds on stored scores: per tag, per group, or one for all. */
#include "core/io/file.h"
#include "core/json/json.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/options/cli.h"
#include "core/strings/strings.h"
#include "eval/commands.h"
#include "eval/eval_set.h"
#include "eval/metrics/image_split.h"
#include "eval/scores/score_report.h"
#include "eval/threshold/threshold.h"

#include <math.h>
#include <string.h>

typedef struct Options {
    const char *scores, *out, *objective, *data, *groups;
    double split;
    int per;
    int64_t least, folds;
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
    {"per", 0, "WHAT", OPTION_CHOICE, AT(per), "tag", .choices = "tag|group|global",
     .help = "a threshold per tag, per group of tags, or one for all, which maximizes the goal "
             "of the mean precision and the mean recall of its tags"},
    {"groups", 0, "FILE", OPTION_STRING, AT(groups),
     .help = "with --per group: the group of each tag, one per line"},
    {"data", 0, "DIR", OPTION_STRING, AT(data),
     .help = "with --per group: the evaluation folder, whose groups.txt is taken"},
    {"least", 0, "N", OPTION_INT, AT(least), "0", 0, HUGE_VAL,
     .help = "tags, or groups, with fewer than N positive images get the threshold for all"},
    {"folds", 0, "K", OPTION_INT, AT(folds), "5", 2, 1000,
     .help =
         "parts of the cross-validation: each is measured with thresholds that are tuned on "
         "the others"},
    {"split", 0, "F", OPTION_FLOAT, AT(split), "1", 0, 1,
     .help = "tune on this fraction of the images, chosen by their names, and report on the "
             "others; 1: both on all"},
    {"json", .offset = AT(json),
     .help = "print CP, CR, F1 and OF1 before and after, and cross-validated, as one JSON "
             "document on "
             "stdout"},
};

/* The images to tune on and those to report on: both all, or parts of them. */
typedef struct Tuning {
    Scores *all, *tune, *report;
    ThresholdPlan plan;
    Lines groups;
    ThresholdCounts counts;
    Metrics before, after; /* on the images to report on */
    /* On those to tune on, each with thresholds that have not seen it; and with one threshold
     * for all. */
    Metrics validated, validated_global;
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
    json_object_set_new(object, "OF1", json_number(m->of1));
    return object;
}

static const char *const per_name[] = {"tag", "group", "global"};

static void print_json(const Options *o, const Tuning *t)
{
    const JsonCount count[] = {{"images_tuned", t->tune->images},
                               {"images_reported", t->report->images},
                               {"tags", t->all->tags},
                               {"no_positive", t->counts.no_positive},
                               {"unreachable", t->counts.unreachable},
                               {"at_score", t->counts.at_score},
                               {"fallen_back", t->counts.fallen_back},
                               {"least", o->least},
                               {"folds", o->folds}};
    json_t *report = json_pair("objective", json_text(o->objective));
    json_object_set_new(report, "per", json_text(per_name[o->per]));
    json_add_counts(report, count, sizeof count / sizeof *count);
    json_object_set_new(report, "before", metrics_json(&t->before));
    json_object_set_new(report, "after", metrics_json(&t->after));
    json_object_set_new(report, "cross_validated", metrics_json(&t->validated));
    json_object_set_new(report, "cross_validated_global", metrics_json(&t->validated_global));
    json_print(report);
}

static void print_line(const char *label, const Metrics *m)
{
    printf("%-28s  %.4f  %.4f  %.4f  %.4f\n", label, m->cp, m->cr, m->f1, m->of1);
}

static void print_text(const Options *o, const Tuning *t)
{
    printf("%-28s  CP      CR      F1      OF1\n", "");
    print_line("before", &t->before);
    print_line(t->report == t->tune ? "after, on the same images" : "after, on other images",
               &t->after);
    print_line("cross-validated", &t->validated);
    if (o->per != THRESHOLD_GLOBAL)
        print_line("one for all, cross-validated", &t->validated_global);
}

static void log_counts(const Options *o, ThresholdCounts counts)
{
    if (counts.no_positive)
        log_info("tags without a positive image: %ld; their thresholds are unchanged",
                 counts.no_positive);
    if (counts.fallen_back)
        log_info("tags with the threshold for all, with fewer than %ld positive images: %ld",
                 o->least, counts.fallen_back);
    if (counts.unreachable)
        log_warn("%s: tags that cannot reach it: %ld; they get the nearest threshold",
                 o->objective, counts.unreachable);
    if (counts.at_score)
        log_warn(
            "tags without a number between the lowest score to keep and the next one: %ld; "
            "their threshold is that score, which `eval` keeps (>=) and `tag` does not (>)",
            counts.at_score);
}

/* Makes the two parts; without --split both are all images. */
static int split(Tuning *t, double share, Error *err)
{
    t->tune = t->report = t->all;
    if (share >= 1) return 0;
    bool *tuned = mem_alloc((size_t)t->all->images * sizeof *tuned);
    bool *others = mem_alloc((size_t)t->all->images * sizeof *others);
    for (int64_t i = 0; i < t->all->images; i++) {
        tuned[i] = image_split(t->all->image[i], SPLIT_SHARE) < share;
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

/* The groups of an evaluation folder, whose tags are those of the scores. */
static int groups_of_folder(Tuning *t, const char *folder, Error *err)
{
    const EvalPaths none = {0};
    const Scores *s = t->all;
    EvalSet set;
    if (eval_set_open_labels(folder, &none, &set, err) != 0) return -1;
    const TagList *tags = &set.labels.tags;
    int64_t k = 0;
    while (k < s->tags && k < tags->count && tags_is(tags, k, s->tag[k])) k++;
    int status = 0;
    if (k < s->tags || tags->count != s->tags)
        status = error_set(err, ERROR_DATA,
                           "%s: its tags are not those of the scores: tag %ld "
                           "(from 0)",
                           folder, k);
    else if (set.groups.count == 0)
        status = error_set(err, ERROR_DATA, "%s: no groups.txt", folder);
    t->groups = set.groups;
    set.groups = (Lines){0};
    eval_set_free(&set);
    return status;
}

static int read_groups(Tuning *t, const Options *o, Error *err)
{
    if (o->data ? groups_of_folder(t, o->data, err) != 0
                : lines_read(o->groups, &t->groups, err) != 0)
        return -1;
    t->plan.group = t->groups.line;
    if ((int64_t)t->groups.count == t->all->tags) return 0;
    return error_set(err, ERROR_DATA, "%s: %zu lines for %ld tags: expected one line per tag",
                     o->groups, t->groups.count, t->all->tags);
}

/* What the thresholds are worth on images that they have not seen. */
static void validate(Tuning *t, const Options *o)
{
    ThresholdPlan global = t->plan;
    global.per = THRESHOLD_GLOBAL;
    t->validated = threshold_cross_validate(t->tune, &t->plan, o->folds);
    t->validated_global = o->per == THRESHOLD_GLOBAL
                              ? t->validated
                              : threshold_cross_validate(t->tune, &global, o->folds);
}

static int tune(Tuning *t, const Options *o, Error *err)
{
    const size_t bytes = (size_t)t->all->tags * sizeof(float);
    ScoreReport r;
    if (score_report_new(t->report, &r, err) != 0) return -1;
    t->before = r.mean;
    score_report_free(&r);
    validate(t, o); /* with the thresholds as they were */
    float *tuned = mem_alloc(bytes);
    t->counts = threshold_tune(t->tune, &t->plan, tuned);
    memcpy(t->tune->threshold, tuned, bytes);
    mem_free(tuned);
    if (t->report != t->tune) memcpy(t->report->threshold, t->tune->threshold, bytes);
    if (score_report_new(t->report, &r, err) != 0) return -1;
    t->after = r.mean;
    const int status = write_thresholds(t->report, &r, o->out, err);
    score_report_free(&r);
    return status;
}

static int check_options(const Cli *cli, const Options *o, Error *err)
{
    bool same = false;
    if (o->out && file_is_same(o->scores, o->out, &same, err) != 0) return -1;
    if (same) return cli_refuse(cli, err, "-o names the file of --scores");
    const bool by_group = o->per == THRESHOLD_PER_GROUP;
    if (by_group != (o->groups || o->data) || (o->groups && o->data))
        return cli_refuse(cli, err, "--per group needs --groups or --data, and only it does");
    return 0;
}

static int run(const Cli *cli, void *options, Error *err)
{
    const Options *o = options;
    Tuning t = {.plan = {.per = (enum ThresholdPer)o->per, .least = o->least}};
    if (check_options(cli, o, err) != 0) return -1;
    if (threshold_parse(o->objective, &t.plan.objective, err) != 0) return -1;
    int status = -1;
    if (scores_read(o->scores, &t.all, err) != 0) goto done;
    if (o->per == THRESHOLD_PER_GROUP && read_groups(&t, o, err) != 0) goto done;
    if (split(&t, o->split, err) != 0) goto done;
    if (tune(&t, o, err) != 0) goto done;
    log_counts(o, t.counts);
    if (o->json)
        print_json(o, &t);
    else
        print_text(o, &t);
    status = 0;
done:
    lines_free(&t.groups);
    if (t.report != t.all) scores_free(t.report);
    if (t.tune != t.all) scores_free(t.tune);
    scores_free(t.all);
    return status;
}

const CliCommand cmd_threshold = {
    .name = "threshold",
    .summary = "tune thresholds on stored scores",
    .prose =
        "Tunes a threshold per tag on the scores that `ramplus eval` stored, without running "
        "the model, and writes them in the order of the tag list; `eval` and `tag` read both "
        "forms "
        "and compare the tags of a table. Tags "
        "without a positive image keep the threshold they were evaluated with. Tune on other "
        "images than those you report on, or use --split. The figures of a "
        "cross-validation say beforehand what the thresholds are worth on other images, beside "
        "one "
        "threshold for all.",
    .option = rows,
    .options = sizeof rows / sizeof *rows,
    .example = "ramplus threshold --scores run/eval/seen/scores.h5 --objective recall@0.8 \\\n"
               "    -o thresholds.txt\n"
               "ramplus eval ... --thresholds thresholds.txt",
    .size = sizeof(Options),
    .run = run,
};
