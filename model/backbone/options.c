/* The rows of model.encoder and model.image_size, then the tables of the encoders. */
#include "model/backbone/options.h"

#define AT(field) offsetof(BackboneOptions, field)

static const OptionRow rows[] = {
    {"model.encoder", "vit", OPTION_CHOICE, AT(encoder), "swin_b", .choice = swin_preset,
     .help = "sizes of the image encoder; swin.* changes single ones"},
    {"model.image_size", "image_size", OPTION_INT, AT(image_size), "224", 32, 4096,
     .unit = "pixels", .help = "side of the input, a multiple of 32"},
};

static const OptionSection sections[] = {
    {&swin_options, AT(swin)},
};

const OptionTable backbone_options = {.row = rows,
                                      .rows = sizeof rows / sizeof *rows,
                                      .section = sections,
                                      .sections = sizeof sections / sizeof *sections};
