/* Small CLIPs in files, for tests of what reads them. */
#ifndef RAMPLUS_TESTS_CLIP_FILES_H
#define RAMPLUS_TESTS_CLIP_FILES_H

#include "model/clip_image.h"
#include "model/clip_text.h"

/* Random weights under OpenAI's names; either tower may be NULL. */
void clip_files_write(const char *path, const ClipTextConfig *text,
                      const ClipImageConfig *image);

#endif
