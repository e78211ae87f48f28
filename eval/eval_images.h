/* SPDX-License-Identifier: Apache-2.0 */
/* The image files of an evaluation list. One rule says where they are, for every command. */
#ifndef RAMPLUS_EVAL_EVAL_IMAGES_H
#define RAMPLUS_EVAL_EVAL_IMAGES_H

#include "data/benchmark.h"

/* The folder that the names in the list are relative to: `root` if it is given, otherwise the
 * first of FOLDER/imgs, eval.root of dataset.yaml above FOLDER, the folder above FOLDER, FOLDER
 * itself and data_root that holds one of 64 images all over the list. If none does: FOLDER/imgs
 * if it exists, else the folder above. root and data_root may be NULL or empty. Owned. */
char *eval_images_root(const char *folder, const char *root, const char *data_root,
                       const Benchmark *b);

/* Finds all images: path [b->images], owned, each owned. Up to `allow` missing ones are named
 * in a warning and leave the list; *missing counts them. ERROR_DATA if more are missing, or
 * all. */
int eval_images_find(const char *list, const char *root, int64_t allow, Benchmark *b,
                     char ***path, int64_t *missing, Error *err);

#endif
