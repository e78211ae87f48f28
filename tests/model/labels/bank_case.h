/* SPDX-License-Identifier: Apache-2.0 */
/* Shared fixtures of the suites that use label banks: settings of runs, a tiny CLIP, synthetic
 * banks. */
#ifndef RAMPLUS_TESTS_MODEL_LABELS_BANK_CASE_H
#define RAMPLUS_TESTS_MODEL_LABELS_BANK_CASE_H

#include <stdint.h>

#define SMALL  "swin.depths=1,1,1,1 model.layers=1 train.max_steps=5 "
#define EMBED  "embed threads=1 model.text_width=64 "
#define SEEN   "--tags @/data/train_tags.txt --descriptions @/data/seen/descriptions.json "
#define UNSEEN "--tags @/data/unseen/tags.txt --descriptions @/data/unseen/descriptions.json "
#define CLIP   "clip.weights=@/clip.safetensors clip.vocab=@/merges.txt "
#define ONE    "@/data/images/test/000000.png"
#define TWO    "@/data/images/test/000001.png"
#define TAG    "tag --checkpoint @/m --json --threshold 0 "

/* @/clip.safetensors and @/merges.txt: a text tower 64 wide and its vocabulary. */
void bank_case_clip(void);
/* Writes a complete bank with synthetic vectors and the identity of this encoder. */
void bank_case_bank(const char *path, const char *tags, int64_t dim, const char *encoder);
/* Checks that two command lines print the same document. */
void bank_case_equal(const char *a, const char *b);

#endif
