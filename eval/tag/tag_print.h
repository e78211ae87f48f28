/* How the tags of pictures are written: a line a picture, CSV, or one JSON document. */
#ifndef RAMPLUS_EVAL_TAG_TAG_PRINT_H
#define RAMPLUS_EVAL_TAG_TAG_PRINT_H

#include "core/text.h"
#include "data/tags.h"
#include "eval/tag/tag_choice.h"

typedef enum TagFormat { TAG_FORMAT_LINE, TAG_FORMAT_CSV, TAG_FORMAT_JSON } TagFormat;

/* What stands before the first and behind the last picture. */
void tag_print_start(Text *out, TagFormat format);
void tag_print_end(Text *out, TagFormat format);

/* One picture with its n tags, in the order given. */
void tag_print_picture(Text *out, TagFormat format, const char *path, const TagList *tags,
                       const Scored *found, int64_t n);

#endif
