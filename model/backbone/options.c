/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of model.encoder and model.image_size, then the tables of the encoders. */
#include "model/backbone/options.h"

#define AT(field) offsetof(BackboneOptions, field)

static const OptionRow rows[] = {
    {"model.encoder", "vit", OPTION_CHOICE, AT(encoder), "swin_b", .choice = backbone_choice,
     .help = "image encoder and its sizes; swin.*, vit.* and convnext.* change single sizes"},
    {"model.image_size", "image_size", OPTION_INT, AT(image_size), "224", 32, 4096,
     .unit = "pixels",
     .help =
         "side of the input image; Swin and ConvNeXt need a multiple of 32, ViT of vit.patch"},
};

/* The options of row i of the table. */
static bool nested(size_t i, OptionSection *out)
{
    const Backbone *b = backbone_row(i);
    if (!b) return false;
    CHECK(i < BACKBONE_ROWS_MAX && b->option_bytes <= BACKBONE_OPTION_BYTES,
          "%s: row %zu with options of %zu bytes does not fit", b->name, i, b->option_bytes);
    *out = (OptionSection){b->options, AT(of) + i * sizeof(BackboneSlot)};
    return true;
}

const OptionTable backbone_options = {
    .row = rows, .rows = sizeof rows / sizeof *rows, .nested = nested};

BackboneConfig backbone_options_config(const BackboneOptions *o)
{
    size_t row;
    BackboneConfig c = backbone_chosen(o->encoder, &row);
    c.image_size = o->image_size;
    c.options = &o->of[row];
    return c;
}
