/* SPDX-License-Identifier: Apache-2.0 */
/* Several checkpoints on several evaluation sets: each is scored and stored as by itself, then
 * all are measured and printed as one table (eval/measure/measure_table.h). */
#ifndef RAMPLUS_EVAL_MEASURE_EVAL_GRID_H
#define RAMPLUS_EVAL_MEASURE_EVAL_GRID_H

#include "core/options/cli.h"
#include "eval/measure/eval_model.h"
#include "eval/measure/eval_scores.h"

/* scores->out: the folder of the table and of the results OUT/MODEL/SET; NULL: no table in a
 * file, results where eval_model_run puts them. cli: the changes to the options. */
int eval_grid(const EvalModel *model, const EvalScores *scores, const OptionStrings *checkpoint,
              const OptionStrings *data, const Cli *cli, Error *err);

#endif
