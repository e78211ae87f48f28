/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of swin.* and the named sizes. */
#include "model/backbone/swin_options.h"

#include <string.h>

#define AT(field) offsetof(SwinOptions, field)

static const OptionRow rows[] = {
    {"swin.width", "embed_dim", OPTION_INT, AT(width), "0", 0, 4096, .unit = "channels",
     .help = "channels of the first stage; 0: the encoder's"},
    {"swin.depths", "depths", OPTION_INTS, AT(depths), "", 1, 1000, .unit = "blocks",
     .help = "blocks of the four stages; empty: the encoder's"},
    {"swin.heads", "num_heads", OPTION_INTS, AT(heads), "", 1, 1000, .unit = "heads",
     .help = "attention heads of the four stages; empty: the encoder's"},
    {"swin.window", "window_size", OPTION_INT, AT(window), "0", 0, 64, .unit = "patches",
     .help = "side of a window; 0: 12 if the image size allows it (384), else 7"},
    {"swin.drop_path", NULL, OPTION_FLOAT, AT(drop_path), "0.1", 0, 0.99, .unit = "probability",
     .help = "stochastic depth of the last block"},
};

const OptionTable swin_options = {.row = rows, .rows = sizeof rows / sizeof *rows};

const char *const swin_sizes[] = {"swin_t", "swin_s", "swin_b", "swin_l", NULL};

/* Liu et al. 2021, section 3.3. */
static const struct Size {
    int64_t width, depths[SWIN_STAGES], heads[SWIN_STAGES];
} sizes[] = {
    {96, {2, 2, 6, 2}, {3, 6, 12, 24}},
    {96, {2, 2, 18, 2}, {3, 6, 12, 24}},
    {128, {2, 2, 18, 2}, {4, 8, 16, 32}},
    {192, {2, 2, 18, 2}, {6, 12, 24, 48}},
};

static int four(const OptionInts *list, const int64_t *fallback, int64_t out[SWIN_STAGES],
                const char *name, Error *err)
{
    if (list->count != 0 && list->count != SWIN_STAGES)
        return error_set(err, ERROR_USAGE, "%s: %ld values: expected %d, one per stage", name,
                         list->count, SWIN_STAGES);
    memcpy(out, list->count ? list->value : fallback, SWIN_STAGES * sizeof *out);
    return 0;
}

int swin_config(const BackboneConfig *c, SwinConfig *out, Error *err)
{
    const SwinOptions *o = c->options;
    const struct Size *size = &sizes[c->size];
    const int64_t window = c->image_size % (32 * 12) == 0 ? 12 : 7;
    *out = (SwinConfig){.image_size = c->image_size,
                        .embed_dim = o->width ? o->width : size->width,
                        .window = o->window ? o->window : window,
                        .drop_path = o->drop_path,
                        .fan_in = c->fan_in};
    if (four(&o->depths, size->depths, out->depths, "swin.depths", err) != 0) return -1;
    if (four(&o->heads, size->heads, out->heads, "swin.heads", err) != 0) return -1;
    return swin_check(out, err);
}
