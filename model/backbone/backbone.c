/* SPDX-License-Identifier: Apache-2.0 */
/* The table of image encoders. */
#include "model/backbone/backbone.h"

#include <string.h>

static const Backbone *const rows[] = {&backbone_swin, &backbone_vit, &backbone_convnext};
enum { ROWS = sizeof rows / sizeof *rows };

const Backbone *backbone_row(size_t i) { return i < ROWS ? rows[i] : NULL; }

const char *backbone_choice(int i)
{
    for (size_t row = 0; i >= 0 && row < ROWS; row++)
        for (int64_t k = 0; rows[row]->size[k]; k++)
            if (i-- == 0) return rows[row]->size[k];
    return NULL;
}

BackboneConfig backbone_chosen(int i, size_t *row)
{
    CHECK(backbone_choice(i), "choice %d does not exist", i);
    for (*row = 0;; ++*row)
        for (int64_t k = 0; rows[*row]->size[k]; k++)
            if (i-- == 0) return (BackboneConfig){.kind = rows[*row], .size = k};
}

const Backbone *backbone_of_option(const char *option)
{
    const size_t n = strcspn(option, ".");
    for (size_t i = 0; option[n] && i < ROWS; i++)
        if (strncmp(option, rows[i]->name, n) == 0 && !rows[i]->name[n]) return rows[i];
    return NULL;
}

int backbone_check(const BackboneConfig *c, Error *err) { return c->kind->check(c, err); }

const NameScheme *backbone_names(const TensorSet *file, NamePrefix *out)
{
    for (size_t i = 0; i < ROWS; i++) {
        const NameScheme *found = name_prefix_find(file, rows[i]->names, out);
        if (found) return found;
    }
    return NULL;
}

const Backbone *backbone_adapts(const TensorEntry *have, const Tensor *want)
{
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i]->adapts && rows[i]->adapts(have, want)) return rows[i];
    return NULL;
}
