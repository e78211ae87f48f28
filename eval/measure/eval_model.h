/* SPDX-License-Identifier: Apache-2.0 */
/* `ramplus eval --checkpoint`: scores an evaluation set, measures it and stores the result. */
#ifndef RAMPLUS_EVAL_MEASURE_EVAL_MODEL_H
#define RAMPLUS_EVAL_MEASURE_EVAL_MODEL_H

#include "eval/eval_set.h"
#include "eval/recognizer.h"

typedef struct EvalModel {
    EvalPaths paths;  /* data_root, absolute and the bank are filled in */
    const char *bank; /* vectors of the tags; NULL: encode them */
    bool one_threshold;
    double threshold; /* of all tags, if one_threshold */
    bool json, quiet; /* print JSON; print nothing */
} EvalModel;

/* out: folder of the results; NULL: RUN/eval/NAME, or, if the results of another set of this
 * name are there, RUN/eval/ABOVE-NAME. *folder: the one that was used, owned by the caller
 * (mem_free), also after a failure. Returns 1 if a signal asks to stop. */
int eval_model_run(const EvalModel *o, const char *checkpoint, Recognizer *r, const char *data,
                   const char *out, char **folder, Error *err);

#endif
