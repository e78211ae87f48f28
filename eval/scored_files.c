/* SPDX-License-Identifier: Apache-2.0 */
/* Files to pixels to scores, one batch at a time. */
#include "eval/scored_files.h"

#include "core/io/progress.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/parallel.h"
#include "core/stop.h"

#include <math.h>
#include <string.h>

struct ScoredFiles {
    const Scorer *scorer;
    char *const *path;
    int64_t n, next;       /* files; the first of the next batch */
    int64_t batch, S, K;   /* files of a batch, side of a view, scores of a file */
    int64_t good, damaged; /* files read so far; of these damaged */
    Error first;           /* what is wrong with the first damaged one */
    Progress progress;
    float *pixels, *score; /* [batch, 3, S, S], [batch, K] */
    float *row;            /* [batch, K] the scores of those that could be read */
    int64_t *from;         /* [batch] the file of each row */
    bool *ok;              /* [batch] */
    Error *error;          /* [batch] why a file could not be read, or is damaged */
    const char **why;      /* [batch] */
};

ScoredFiles *scored_files_open(const Scorer *s, char *const *path, int64_t n)
{
    ScoredFiles *f = mem_alloc(sizeof *f);
    const size_t batch = (size_t)s->config->eval.batch;
    *f = (ScoredFiles){.scorer = s,
                       .path = path,
                       .n = n,
                       .batch = s->config->eval.batch,
                       .S = scorer_image_size(s),
                       .K = scorer_columns(s)};
    f->pixels = mem_alloc(batch * (size_t)(3 * f->S * f->S) * sizeof *f->pixels);
    f->score = mem_alloc(batch * (size_t)f->K * sizeof *f->score);
    f->row = mem_alloc(batch * (size_t)f->K * sizeof *f->row);
    f->from = mem_alloc(batch * sizeof *f->from);
    f->ok = mem_alloc(batch * sizeof *f->ok);
    f->error = mem_alloc(batch * sizeof *f->error);
    f->why = mem_alloc(batch * sizeof *f->why);
    f->progress = progress_start("scoring images", n);
    return f;
}

/* File i of the batch. Fails if the machine could not read it, which says nothing about it. */
static int load_one(int64_t i, void *context, Error *err)
{
    ScoredFiles *f = context;
    Image image = {0};
    Error damage = {0};
    f->error[i] = (Error){0};
    f->ok[i] = scorer_read(f->scorer, f->path[f->next + i], &image, &damage, &f->error[i]) == 0;
    if (!f->ok[i] && f->error[i].code != ERROR_DATA) return error_move(err, &f->error[i]);
    if (f->ok[i]) scorer_view(f->scorer, &image, f->pixels + i * 3 * f->S * f->S);
    if (f->ok[i]) f->error[i] = damage;
    image_free(&image);
    return 0;
}

/* Says what was wrong with the files of the batch. */
static void report(ScoredFiles *f, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        const Error *e = &f->error[i];
        f->why[i] = e->code ? e->text : NULL;
        if (!f->ok[i]) log_warn("skipped: %s", e->text);
        if (f->ok[i] && e->code && f->damaged++ == 0) f->first = *e;
    }
}

/* Moves the images that could be read to the front, so that no time is spent on the others.
 * Returns their number. */
static int64_t compact(ScoredFiles *f, int64_t count)
{
    const int64_t floats = 3 * f->S * f->S;
    int64_t good = 0;
    for (int64_t i = 0; i < count; i++) {
        if (!f->ok[i]) continue;
        if (good != i)
            memcpy(f->pixels + good * floats, f->pixels + i * floats,
                   (size_t)floats * sizeof *f->pixels);
        f->from[good++] = i;
    }
    return good;
}

/* A model whose numbers overflow must not rank anything. */
static int check_numbers(const float *score, int64_t K, const char *path, Error *err)
{
    int64_t bad = 0;
    for (int64_t k = 0; k < K; k++) bad += isnan(score[k]);
    if (!bad) return 0;
    return error_set(err, ERROR_NUMERIC,
                     "%s: %ld of %ld scores are not numbers: the weights or text vectors of "
                     "the model contain such values, or its numbers overflow",
                     path, bad, K);
}

/* Scores the files that could be read. */
static int score(ScoredFiles *f, int64_t good, Error *err)
{
    if (good) scorer_pixels(f->scorer, good, f->pixels, f->row);
    if (label_bank_check(f->scorer->bank, err) != 0) return -1;
    for (int64_t j = 0; j < good; j++) {
        const float *row = f->row + j * f->K;
        if (check_numbers(row, f->K, f->path[f->next + f->from[j]], err) != 0) return -1;
        memcpy(f->score + f->from[j] * f->K, row, (size_t)f->K * sizeof *row);
    }
    return 0;
}

int64_t scored_files_next(ScoredFiles *f, ScoredBatch *out, Error *err)
{
    const int64_t rest = f->n - f->next, count = rest < f->batch ? rest : f->batch;
    if (count == 0 || stop_pending()) return 0;
    Profile *profile = f->scorer->shards->profile;
    profile_mark(profile, PROFILE_REST);
    if (parallel_try(count, load_one, f, err) != 0) return -1;
    profile_mark(profile, PROFILE_IMAGES);
    report(f, count);
    const int64_t good = compact(f, count);
    if (score(f, good, err) != 0) return -1;
    *out = (ScoredBatch){f->next, count, f->score, f->ok, f->why};
    f->good += good;
    f->next += count;
    progress_step(&f->progress, f->next, NULL);
    return count;
}

int64_t scored_files_close(ScoredFiles *f)
{
    const int64_t good = f->good;
    progress_end(&f->progress, f->next);
    if (f->damaged)
        log_warn("%ld damaged images were scored as far as they can be read; the first: %s",
                 f->damaged, f->first.text);
    mem_free(f->why);
    mem_free(f->error);
    mem_free(f->ok);
    mem_free(f->from);
    mem_free(f->row);
    mem_free(f->score);
    mem_free(f->pixels);
    mem_free(f);
    return good;
}

/* What the journal holds. Returns how many images that are. */
static int64_t continue_from(const Scorer *s, int64_t n, ScoreJournal *journal, float *score,
                             bool *ok)
{
    const int64_t done =
        journal ? score_journal_read(journal, n, s->config->eval.batch, score, ok) : 0;
    if (done) log_info("%ld of %ld images are scored already: goes on from there", done, n);
    return done;
}

int64_t scored_files_go_on(const Scorer *s, char *const *path, int64_t n, ScoreJournal *journal,
                           float *score, bool *ok, Error *err)
{
    const int64_t K = scorer_columns(s), done = continue_from(s, n, journal, score, ok);
    ScoredFiles *f = scored_files_open(s, path + done, n - done);
    ScoredBatch b;
    int64_t count;
    while ((count = scored_files_next(f, &b, err)) > 0) {
        for (int64_t i = 0; i < count; i++) {
            const int64_t at = done + b.first + i;
            ok[at] = b.ok[i];
            if (b.ok[i]) memcpy(score + at * K, b.score + i * K, (size_t)K * sizeof *score);
        }
        if (journal) score_journal_add(journal, count, b.score, b.ok);
    }
    int64_t good = scored_files_close(f);
    for (int64_t i = 0; i < done; i++) good += ok[i];
    return count < 0 ? -1 : good;
}

int64_t scored_files_all(const Scorer *s, char *const *path, int64_t n, float *score, bool *ok,
                         Error *err)
{
    return scored_files_go_on(s, path, n, NULL, score, ok, err);
}
