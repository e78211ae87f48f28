/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of an ablation as text, Markdown, LaTeX, CSV and JSON. */
#ifndef RAMPLUS_TRAIN_ABLATE_TABLE_PRINT_H
#define RAMPLUS_TRAIN_ABLATE_TABLE_PRINT_H

#include "train/ablate/sheet.h"
#include "train/ablate/table.h"

/* A line per cell with mean and deviation (of the sample: n - 1) of the mAP on each list, and
 * the paper's figures where it has some; with one seed the mAP alone. Then, if there are
 * several cells, for each list the difference to one of them with its intervals, the rank, CP,
 * CR, F1 and the best step. Cells without numbers say why: "diverged", "failed",
 * "not finished". */
void ablate_table_text(const AblateTable *t, Text *out);
void ablate_table_markdown(const AblateTable *t, Text *out);
void ablate_table_latex(const AblateTable *t, Text *out);

/* Header cell,seed,list,mAP,CP,CR,F1,learning_rate,step,best_step,difference,seeds_low,
 * seeds_high,images_low,images_high,rank; a line per cell, seed and list, then the means over
 * the seeds, with `mean` instead of a seed, and with several seeds their `deviation`. What a
 * line has no number for is `nan` in the metrics of a run that failed and else empty. */
void ablate_table_csv(const AblateTable *t, Text *out);

/* A list of {"cell", "settings": {key: value}, "list", "mean", "deviation" (of the mAP; null
 * for one seed), "CP", "CR", "F1" (means), "rank", "difference": {"to", "mean", "low", "high",
 * "images_low", "images_high"}, "paper" (percent, or null), "learning_rate", "rates":
 * [{"learning_rate", "validation", "deviation"}], "state", "error", "seeds", "runs": [{"seed",
 * "mAP", "CP", "CR", "F1", "step", "best_step", "folder"}]}. Numbers that are missing are null;
 * learning_rate and rates are there with --lr, state and error where a run has no numbers. */
void ablate_table_json(const AblateTable *t, Text *out);

/* Header cell,learning_rate,seed,seconds; a line per cell and seed. Apart from the others,
 * which have the same bytes however often runs were interrupted. */
void ablate_table_seconds(const AblateTable *t, Text *out);

#endif
