/* SPDX-License-Identifier: Apache-2.0 */
/* The scores of a long evaluation while it runs, so that the next one continues where it was
 * interrupted. FOLDER/scores.part holds a header and, image by image, what was scored, each
 * with a checksum; it is removed when the results are written. */
#ifndef RAMPLUS_EVAL_SCORE_JOURNAL_H
#define RAMPLUS_EVAL_SCORE_JOURNAL_H

#include "core/hash.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct ScoreJournal ScoreJournal;

/* identity: a hash of all that the scores depend on. K: scores of an image. Creates nothing
 * yet. Owned: score_journal_close. */
ScoreJournal *score_journal_open(const char *folder, const char identity[static HASH_HEX],
                                 int64_t K);

/* Reads what an earlier evaluation with this identity has left: score [n, K], ok [n]. Returns
 * how many of the n images that are: whole batches, since the last bits of a score may depend
 * on the other images of its batch. 0 if there is nothing of use. */
int64_t score_journal_read(ScoreJournal *j, int64_t n, int64_t batch, float *score, bool *ok);

/* Appends the next images. Where nothing can be written, one warning says so, and the
 * evaluation goes on without. */
void score_journal_add(ScoreJournal *j, int64_t count, const float *score, const bool *ok);

/* keep: for the next evaluation; otherwise the file is removed. Accepts NULL. */
void score_journal_close(ScoreJournal *j, bool keep);

#endif
