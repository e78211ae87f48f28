/* SPDX-License-Identifier: Apache-2.0 */
/* From the metrics of every tag to the means of eval/measure/measure.h. */
#ifndef RAMPLUS_EVAL_MEASURE_MEASURE_MEANS_H
#define RAMPLUS_EVAL_MEASURE_MEASURE_MEANS_H

#include "eval/measure/measure.h"
#include "eval/measure/measure_rows.h"

/* Precision and recall from the counts. */
void measure_tag_rates(TagMeasure *t, int definition);

/* Fills m->mean[definition] apart from micro AP and the intervals. used [images]: those that
 * count. */
void measure_means(Measure *m, const MeasureRows *rows, const bool *used, int definition);

#endif
