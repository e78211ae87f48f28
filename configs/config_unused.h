/* SPDX-License-Identifier: Apache-2.0 */
/* Options that have no effect in training because of another option. */
#ifndef RAMPLUS_CONFIGS_CONFIG_UNUSED_H
#define RAMPLUS_CONFIGS_CONFIG_UNUSED_H

#include "configs/config.h"

/* Why `name` has no effect: "only another model.encoder uses it" for swin.window when the
 * encoder is a ViT; NULL: it has. */
const char *config_unused(const Config *c, const char *name);

/* One line on stderr for each option that is not at its default in some of these runs and has
 * no effect in any of them. Of an encoder, a loss or CLIP's towers, whose options a file may
 * have in store, only those that an assignment, a key=value, sets. After config_complete. */
void config_warn_unused(const Config *const *run, int64_t runs, char *const *assignment,
                        int64_t assignments);

#endif
