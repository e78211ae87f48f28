/* SPDX-License-Identifier: Apache-2.0 */
/* Captions made from tags: templates in which "{}" stands for the tags of an image, such as "a
 * photo of {}." */
#ifndef RAMPLUS_DATA_CAPTION_TEMPLATE_H
#define RAMPLUS_DATA_CAPTION_TEMPLATE_H

#include "core/options/option.h"
#include "data/annotations.h"
#include "data/tags.h"

/* ERROR_USAGE for a template without "{}"; `name` is the option, for messages. */
int caption_template_check(const char *name, const OptionStrings *list, Error *err);

/* Gives each record that has tags and no caption one caption per template, with its tags in the
 * order of the list, joined by ", ", cleaned like other captions (data/caption.h), which keeps
 * 30 words. Returns the number of such records; an empty list changes nothing. */
int64_t caption_template_fill(const OptionStrings *list, const TagList *tags, Annotations *a);

#endif
