/* SPDX-License-Identifier: Apache-2.0 */
/* Small CLIPs in files, for tests of what reads them. */
#ifndef RAMPLUS_TESTS_SUPPORT_CLIP_FILES_H
#define RAMPLUS_TESTS_SUPPORT_CLIP_FILES_H

#include "model/clip/clip_image.h"
#include "model/clip/clip_text.h"

/* Random weights under OpenAI's names; either tower may be NULL. */
void clip_files_write(const char *path, const ClipTextConfig *text,
                      const ClipImageConfig *image);

/* The same weights in a folder as Hugging Face lays it out, which is made: model.safetensors with their
 * names, config.json with heads and activation, and merges as merges.txt unless NULL. */
void clip_files_folder(const char *folder, const ClipTextConfig *text,
                       const ClipImageConfig *image, const char *merges);

#endif
