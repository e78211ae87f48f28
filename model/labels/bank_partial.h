/* SPDX-License-Identifier: Apache-2.0 */
/* A partial label bank on disk: the vectors finished by a run that was stopped, killed or
 * interrupted by a power failure are available to the next run.
 *
 *   BankPartial *part;
 *   if (bank_partial_open("new.h5.part", &id, texts, dim, rows, &done, &part, err) != 0)
 *       return -1;
 *   while (done < texts) {
 *       ...
 *       bank_partial_add(part, rows + done * dim, n, err);
 *       done += n;
 *   }
 *   bank_partial_remove(part);   // once the bank itself is on disk; else bank_partial_close
 */
#ifndef RAMPLUS_MODEL_LABELS_BANK_PARTIAL_H
#define RAMPLUS_MODEL_LABELS_BANK_PARTIAL_H

#include "model/labels/labels.h"

typedef struct BankPartial BankPartial;

/* Creates the file, or reads the complete blocks of an existing one with the same texts,
 * encoder and width into rows [texts, dim]; *done receives the number of rows read. A file of
 * other texts, encoder or width is started over, and everything after the first incomplete or
 * corrupt block is dropped, both with a warning. ERROR_RUNTIME: the file cannot be created, or
 * another process writes it. ERROR_DATA: the existing file is not a partial label bank. Owned:
 * bank_partial_close or bank_partial_remove. */
int bank_partial_open(const char *path, const BankIdentity *identity, int64_t texts,
                      int64_t dim, float *rows, int64_t *done, BankPartial **out, Error *err);

/* Appends the next block: LABEL_TEXTS_BLOCK rows, or the remaining ones at the end. Data is
 * synced to disk about once per second. ERROR_RUNTIME. */
int bank_partial_add(BankPartial *p, const float *rows, int64_t n, Error *err);

void bank_partial_close(BankPartial *p);  /* keeps the file if it holds a block; accepts NULL */
void bank_partial_remove(BankPartial *p); /* closes and deletes the file */

#endif
