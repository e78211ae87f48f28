/* SPDX-License-Identifier: Apache-2.0 */
/* Files of small CLIP models, for tests of their readers. */
#ifndef RAMPLUS_TESTS_SUPPORT_CLIP_FILES_H
#define RAMPLUS_TESTS_SUPPORT_CLIP_FILES_H

#include "model/clip/clip_image.h"
#include "model/clip/clip_text.h"

/* Writes random weights under OpenAI's names; either tower may be NULL. */
void clip_files_write(const char *path, const ClipTextConfig *text,
                      const ClipImageConfig *image);

/* Writes the same weights to a new folder in the layout of Hugging Face: model.safetensors with
 * its names, config.json with heads and activation, and merges as merges.txt unless it is
 * NULL. */
void clip_files_folder(const char *folder, const ClipTextConfig *text,
                       const ClipImageConfig *image, const char *merges);

#endif
