/* SPDX-License-Identifier: Apache-2.0 */
/* Scores of image files, batch by batch, so that a folder of any size needs the memory of one
 * batch:
 *
 *   ScoredFiles *files = scored_files_open(&scorer, path, n);
 *   ScoredBatch b;
 *   while (scored_files_next(files, &b, err) > 0)
 *       for (int64_t i = 0; i < b.count; i++)
 *           if (b.ok[i]) use(path[b.first + i], b.score + i * K);
 *   const int64_t good = scored_files_close(files);
 */
#ifndef RAMPLUS_EVAL_SCORED_FILES_H
#define RAMPLUS_EVAL_SCORED_FILES_H

#include "eval/score_journal.h"
#include "eval/scorer.h"

typedef struct ScoredFiles ScoredFiles;

/* Valid until the next batch. */
typedef struct ScoredBatch {
    int64_t first, count;   /* files first .. first+count-1 of the list */
    const float *score;     /* [count, K]; rows of files that could not be read mean nothing */
    const bool *ok;         /* [count] the file could be read */
    const char *const *why; /* [count] why not, or why only in part; NULL: it was read whole */
} ScoredBatch;

/* Shows progress. The paths are borrowed. Owned: scored_files_close. */
ScoredFiles *scored_files_open(const Scorer *s, char *const *path, int64_t n);

/* Reads and scores the next eval.batch files. A file that cannot be read causes a warning;
 * files that are damaged are scored as far as they can be read. Returns the number of files of
 * the batch; 0 after the last one, or when stop_pending; or -1: ERROR_NUMERIC, naming the first
 * file with a score that is not a number; ERROR_RUNTIME if the machine cannot read a file
 * (file_open.h). */
int64_t scored_files_next(ScoredFiles *f, ScoredBatch *out, Error *err);

/* Returns the number of files that could be read. One warning counts those that are damaged. */
int64_t scored_files_close(ScoredFiles *f);

/* All batches in one array. score [n, K]: rows of files that could not be read are not written;
 * ok [n]. Returns the number of files read, or -1 as scored_files_next. */
int64_t scored_files_all(const Scorer *s, char *const *path, int64_t n, float *score, bool *ok,
                         Error *err);
/* The same from where the journal ends on, to which every batch is appended. journal NULL: from
 * the beginning. */
int64_t scored_files_go_on(const Scorer *s, char *const *path, int64_t n, ScoreJournal *journal,
                           float *score, bool *ok, Error *err);

#endif
