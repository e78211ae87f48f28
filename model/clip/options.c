/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of clip.*. */
#include "model/clip/options.h"

const char *clip_activation_name(int activation)
{
    static const char *const names[] = {
        [CLIP_ACTIVATION_AUTO] = "auto",
        [CLIP_ACTIVATION_QUICK_GELU] = "quick_gelu",
        [CLIP_ACTIVATION_GELU] = "gelu",
    };
    const int n = sizeof names / sizeof *names;
    return activation >= 0 && activation < n ? names[activation] : NULL;
}

#define AT(field) offsetof(ClipOptions, field)

static const OptionRow rows[] = {
    {"clip.weights", NULL, OPTION_STRING, AT(weights), "",
     .help = "CLIP's weights (.safetensors or PyTorch's, names of OpenAI, open_clip or Hugging "
             "Face), or their folder: the text tower for text_encoder=clip, the image tower as "
             "the teacher of distillation; for text_encoder=siglip, those of SigLIP"},
    {"clip.vocab", NULL, OPTION_STRING, AT(vocabulary), "",
     .help = "CLIP's merges for text_encoder=clip; empty: merges.txt or "
             "bpe_simple_vocab_16e6.txt.gz next to the weights; SigLIP's pieces for "
             "text_encoder=siglip; empty: spiece.model there"},
    {"clip.activation", NULL, OPTION_CHOICE, AT(activation), "auto",
     .choice = clip_activation_name,
     .help = "activation of both towers; auto: from config.json or open_clip_config.json next "
             "to the weights, else quick_gelu, which OpenAI's models have, with a warning"},
    {"clip.text_heads", NULL, OPTION_INT, AT(text_heads), "0", 0, 1024, .unit = "heads",
     .help = "attention heads of the text tower; 0: from the configuration next to the "
             "weights, else width / 64"},
    {"clip.image_heads", NULL, OPTION_INT, AT(image_heads), "0", 0, 1024, .unit = "heads",
     .help = "attention heads of the image tower; 0: from the configuration next to the "
             "weights, else width / 64"},
    {"clip.cache", NULL, OPTION_INT, AT(cache), "1024", 0, 1e6, .unit = "MiB",
     .help = "memory for cached caption vectors; captions beyond it are encoded every time"},
};

const OptionTable clip_options = {.row = rows, .rows = sizeof rows / sizeof *rows};
