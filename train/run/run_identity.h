/* SPDX-License-Identifier: Apache-2.0 */
/* What a run trains on, independent of the paths of its files: hashes of the records, labels,
 * text encoder and teacher. */
#ifndef RAMPLUS_TRAIN_RUN_RUN_IDENTITY_H
#define RAMPLUS_TRAIN_RUN_RUN_IDENTITY_H

#include "data/annotations.h"
#include "model/text/text_encoder.h"
#include "train/run/teacher.h"

/* One line of JSON: {"records": n, "data": hash, "labels": hash, "texts": encoder and hash,
 * "teacher": hash}. labels: labels_content. A string is empty where the run does not use the
 * part; texts may be NULL. Owned. */
char *run_identity(const Annotations *a, const char *labels, const TextEncoder *texts,
                   const Teacher *teacher);

#endif
