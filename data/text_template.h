/* SPDX-License-Identifier: Apache-2.0 */
/* Templates of texts: prompts in which "{}" stands for a tag, such as "a photo of a {}.". */
#ifndef RAMPLUS_DATA_TEXT_TEMPLATE_H
#define RAMPLUS_DATA_TEXT_TEMPLATE_H

#include "core/options/option.h"
#include "data/descriptions.h"

extern const char text_template_default[]; /* "a photo of a {}." */

/* The name of a set of templates: clip80 stands for the 80 templates CLIP uses for ImageNet
 * (Radford et al. 2021; OpenAI CLIP, notebooks/Prompt_Engineering_for_ImageNet.ipynb), in their
 * order. */
extern const char text_template_clip[];

/* ERROR_USAGE for a template without "{}"; `name` is the option, for messages. */
int text_template_check(const char *name, const OptionStrings *list, Error *err);

/* The texts of every tag, one per template of the list; an empty list stands for the default.
 * With several templates they are an ensemble. The caller owns them (descriptions_free). */
Descriptions text_template_fill(const OptionStrings *list, const TagList *tags);

#endif
