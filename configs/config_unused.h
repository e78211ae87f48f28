/* SPDX-License-Identifier: Apache-2.0 */
/* Options that have no effect in training because of another option. */
#ifndef RAMPLUS_CONFIGS_CONFIG_UNUSED_H
#define RAMPLUS_CONFIGS_CONFIG_UNUSED_H

#include "configs/config.h"

/* The option that keeps `name` from having an effect: "model.encoder" for swin.window when the
 * encoder is a ViT; NULL: none does. */
const char *config_unused(const Config *c, const char *name);

/* One line on stderr for each assignment, a key=value, that has no effect. */
void config_note_unused(const Config *c, char *const *assignment, int64_t assignments);

#endif
