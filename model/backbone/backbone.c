/* SPDX-License-Identifier: Apache-2.0 */
/* The table of image encoders. */
#include "model/backbone/backbone.h"

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

int backbone_check(const BackboneConfig *c, Error *err) { return c->kind->check(c, err); }

static bool has_name(const TensorSet *file, const NameScheme *s, const char *pattern)
{
    for (int64_t i = 0; i < file->count; i++)
        if (names_match(pattern, names_cut(s, file->entry[i].name))) return true;
    return false;
}

const NameScheme *backbone_names(const TensorSet *file)
{
    for (size_t i = 0; i < ROWS; i++)
        for (const NameScheme *s = rows[i]->names; s->marker[0]; s++)
            if (has_name(file, s, s->marker[0]) &&
                (!s->marker[1] || has_name(file, s, s->marker[1])))
                return s;
    return NULL;
}

const Backbone *backbone_adapts(const TensorEntry *have, const Tensor *want)
{
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i]->adapts && rows[i]->adapts(have, want)) return rows[i];
    return NULL;
}
