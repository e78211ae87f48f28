/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of model.*. */
#include "model/options.h"

#define AT(field) offsetof(ModelOptions, field)

static const OptionRow rows[] = {
    {"model.text_width", NULL, OPTION_INT, AT(text_width), "512", 1, 65536, .unit = "numbers",
     .help = "width of a text vector"},
    {"model.hidden", NULL, OPTION_INT, AT(hidden), "768", 1, 65536, .unit = "channels",
     .help = "width of the decoder"},
    {"model.heads", NULL, OPTION_INT, AT(heads), "4", 1, 1024, .unit = "heads",
     .help = "attention heads of the decoder"},
    {"model.ffn", NULL, OPTION_INT, AT(ffn), "3072", 1, 1e6, .unit = "channels",
     .help = "width of the decoder's feed-forward layers"},
    {"model.layers", NULL, OPTION_INT, AT(layers), "2", 1, RAM_PLUS_MAX_LAYERS,
     .unit = "layers", .help = "layers of the decoder"},
    {"model.dropout", NULL, OPTION_FLOAT, AT(dropout), "0.1", 0, 0.99, .unit = "probability",
     .help = "dropout in the decoder"},
    {"model.tile", NULL, OPTION_INT, AT(tile), "2048", 1, 1e9, .unit = "images x tags",
     .help =
         "image-tag pairs decoded at a time: bounds memory, changes results only by rounding"},
    {"model.recompute", NULL, OPTION_CHOICE, AT(recompute), "none",
     .choices = "none|blocks|stages",
     .help =
         "which parts of the encoder keep no inner values for the backward pass but compute "
         "them again: less memory, about a quarter more time for blocks; same numbers"},
    {"model.tags", NULL, OPTION_STRING, AT(tags), "",
     .help = "list of the training tags, one per line"},
    {"model.descriptions", NULL, OPTION_STRING, AT(descriptions), "",
     .help = "descriptions of the training tags (JSON); empty: text.template"},
    {"model.texts", NULL, OPTION_CHOICE, AT(texts), "auto",
     .choices = "auto|template|descriptions",
     .help = "texts of the training tags: descriptions where there are any, else "
             "text.template; or only one of the two"},
    {"model.reweight", NULL, OPTION_CHOICE, AT(reweight), "auto", .choices = "auto|mean|none",
     .help = "how the descriptions of a tag become one query: weighted by their similarity to "
             "the image, as in RAM++; their plain mean; or the first one alone, as in RAM"},
    {"model.align", NULL, OPTION_CHOICE, AT(align), "decoder", .choices = "decoder|dot",
     .help =
         "how images and captions are compared: by the decoder, as in RAM++; or by the dot "
         "product of the pooled token and the text, as in CLIP, over a temperature of 0.07"},
    {"model.descriptions_per_tag", NULL, OPTION_INT, AT(descriptions_per_tag), "0", 0, 1e6,
     .unit = "texts", .help = "descriptions used of each tag; 0: all"},
    {"model.descriptions_seed", NULL, OPTION_INT, AT(descriptions_seed), "0", 0, 9e15,
     .help = "which of its descriptions a tag keeps: 0: the first ones; else a random choice "
             "that depends on this seed and the name of the tag"},
    {"model.bank", NULL, OPTION_STRING, AT(bank), "",
     .help = "label bank of the training tags, made by `embed`, so that their descriptions are "
             "not encoded again"},
    {"model.bank_map", NULL, OPTION_BOOL, AT(bank_map), "false",
     .help = "map the vectors of a label bank (.h5) into memory instead of copying them: all "
             "processes share one copy, which must not be changed in place meanwhile"},
    {"model.class_num", "class_num", OPTION_INT, AT(class_num), "0", 0, 1e7, .unit = "tags",
     .help = "required number of tags in model.tags; 0: any number"},
    {"model.init", "pretrained", OPTION_STRING, AT(init), "",
     .help = "weights to start from: a file of PyTorch, .safetensors, .h5, their folder or a "
             "run folder"},
    {"model.init_scheme", NULL, OPTION_CHOICE, AT(init_scheme), "reference",
     .choices = "reference|fan_in", .formerly = "model.start", .choices_formerly = "|balanced",
     .help = "random initial weights: as in the reference, or scaled by fan-in to preserve "
             "variance, with which small models learn from scratch"},
    {"model.freeze", NULL, OPTION_STRING, AT(freeze), "",
     .help = "name patterns of parameters that are not trained (\"visual_encoder.*\")"},
};

const OptionTable model_options = {.row = rows, .rows = sizeof rows / sizeof *rows};

RamPlusConfig model_options_config(const ModelOptions *o)
{
    return (RamPlusConfig){
        .text_width = o->text_width,
        .hidden = o->hidden,
        .heads = o->heads,
        .ffn = o->ffn,
        .layers = o->layers,
        .dropout = o->dropout,
        .reweight = (enum Reweight)o->reweight,
        .align = (enum Align)o->align,
        .fan_in = o->init_scheme == INIT_SCHEME_FAN_IN,
    };
}
