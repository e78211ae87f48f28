/* SPDX-License-Identifier: Apache-2.0 */
/* The vectors of a label bank that is being made, on disk: what a run that was stopped, killed or cut off has finished
 * is there for the next one.
 *
 *   BankPartial *part;
 *   if (bank_partial_open("new.h5.part", &identity, texts, dim, rows, &done, &part, err) != 0) return -1;
 *   while (done < texts) { ...; bank_partial_add(part, rows + done * dim, n, err); done += n; }
 *   ...; bank_partial_remove(part);       // once the bank itself is on disk; or bank_partial_close
 */
#ifndef RAMPLUS_MODEL_LABELS_BANK_PARTIAL_H
#define RAMPLUS_MODEL_LABELS_BANK_PARTIAL_H

#include "model/labels/labels.h"

typedef struct BankPartial BankPartial;

/* Makes the file, or reads the whole blocks of one that belongs to the same texts, encoder and width into
 * rows [texts, dim]; *done: how many rows. One of others is begun anew, damaged and torn blocks
 * and those behind them are dropped, both with a warning. ERROR_RUNTIME: cannot be made, or another
 * process writes it; ERROR_DATA: there is such a file but it is nothing of this kind. */
int bank_partial_open(const char *path, const BankIdentity *identity, int64_t texts,
                      int64_t dim, float *rows, int64_t *done, BankPartial **out, Error *err);

/* The next block: LABEL_TEXTS_BLOCK rows, or the last ones. On disk, beyond a loss of power, at most a
 * second later. ERROR_RUNTIME. */
int bank_partial_add(BankPartial *p, const float *rows, int64_t n, Error *err);
int bank_partial_sync(BankPartial *p, Error *err);

void bank_partial_close(BankPartial *p);  /* the file stays if it holds a block; accepts NULL */
void bank_partial_remove(BankPartial *p); /* closes it too */

#endif
