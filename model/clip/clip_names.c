/* SPDX-License-Identifier: Apache-2.0 */
/* The table of names. */
#include "model/clip/clip_names.h"

#include <stdio.h>
#include <string.h>

#define TEXT     "transformer.resblocks.#."
#define TEXT_HF  "text_model.encoder.layers.#."
#define IMAGE    "visual.transformer.resblocks.#."
#define IMAGE_HF "vision_model.encoder.layers.#."

static const ClipName names[] = {
    {"token_embedding.weight", "text_model.embeddings.token_embedding.weight", false},
    {"positional_embedding", "text_model.embeddings.position_embedding.weight", false},
    {TEXT "ln_1.weight", TEXT_HF "layer_norm1.weight", false},
    {TEXT "ln_1.bias", TEXT_HF "layer_norm1.bias", false},
    {TEXT "attn.in_proj_weight", TEXT_HF "self_attn.@_proj.weight", false},
    {TEXT "attn.in_proj_bias", TEXT_HF "self_attn.@_proj.bias", false},
    {TEXT "attn.out_proj.weight", TEXT_HF "self_attn.out_proj.weight", false},
    {TEXT "attn.out_proj.bias", TEXT_HF "self_attn.out_proj.bias", false},
    {TEXT "ln_2.weight", TEXT_HF "layer_norm2.weight", false},
    {TEXT "ln_2.bias", TEXT_HF "layer_norm2.bias", false},
    {TEXT "mlp.c_fc.weight", TEXT_HF "mlp.fc1.weight", false},
    {TEXT "mlp.c_fc.bias", TEXT_HF "mlp.fc1.bias", false},
    {TEXT "mlp.c_proj.weight", TEXT_HF "mlp.fc2.weight", false},
    {TEXT "mlp.c_proj.bias", TEXT_HF "mlp.fc2.bias", false},
    {"ln_final.weight", "text_model.final_layer_norm.weight", false},
    {"ln_final.bias", "text_model.final_layer_norm.bias", false},
    {"text_projection", "text_projection.weight", true},

    {"visual.class_embedding", "vision_model.embeddings.class_embedding", false},
    {"visual.positional_embedding", "vision_model.embeddings.position_embedding.weight", false},
    {"visual.conv1.weight", "vision_model.embeddings.patch_embedding.weight", false},
    {"visual.ln_pre.weight", "vision_model.pre_layrnorm.weight", false}, /* sic */
    {"visual.ln_pre.bias", "vision_model.pre_layrnorm.bias", false},
    {IMAGE "ln_1.weight", IMAGE_HF "layer_norm1.weight", false},
    {IMAGE "ln_1.bias", IMAGE_HF "layer_norm1.bias", false},
    {IMAGE "attn.in_proj_weight", IMAGE_HF "self_attn.@_proj.weight", false},
    {IMAGE "attn.in_proj_bias", IMAGE_HF "self_attn.@_proj.bias", false},
    {IMAGE "attn.out_proj.weight", IMAGE_HF "self_attn.out_proj.weight", false},
    {IMAGE "attn.out_proj.bias", IMAGE_HF "self_attn.out_proj.bias", false},
    {IMAGE "ln_2.weight", IMAGE_HF "layer_norm2.weight", false},
    {IMAGE "ln_2.bias", IMAGE_HF "layer_norm2.bias", false},
    {IMAGE "mlp.c_fc.weight", IMAGE_HF "mlp.fc1.weight", false},
    {IMAGE "mlp.c_fc.bias", IMAGE_HF "mlp.fc1.bias", false},
    {IMAGE "mlp.c_proj.weight", IMAGE_HF "mlp.fc2.weight", false},
    {IMAGE "mlp.c_proj.bias", IMAGE_HF "mlp.fc2.bias", false},
    {"visual.ln_post.weight", "vision_model.post_layernorm.weight", false},
    {"visual.ln_post.bias", "vision_model.post_layernorm.bias", false},
    {"visual.proj", "visual_projection.weight", true},
};
enum { NAMES = sizeof names / sizeof names[0] };

/* Tensors in files that neither tower uses. */
static const char *const others[] = {
    "logit_scale",
    "input_resolution",
    "context_length",
    "vocab_size",
    "text_model.embeddings.position_ids",
    "vision_model.embeddings.position_ids",
};
enum { OTHERS = sizeof others / sizeof others[0] };

static bool matches(const char *pattern, const char *name, int64_t *layer)
{
    *layer = -1;
    for (; *pattern; pattern++) {
        if (*pattern == '#') {
            const size_t digits = strspn(name, "0123456789");
            if (digits == 0 || digits > 6) return false;
            *layer = 0;
            for (size_t i = 0; i < digits; i++) *layer = 10 * *layer + (*name++ - '0');
        } else if (*pattern == '@') {
            if (!*name || !strchr("qkv", *name++)) return false;
        } else if (*pattern != *name++) {
            return false;
        }
    }
    return !*name;
}

void clip_name_expand(const char *pattern, int64_t layer, char part, char out[static CLIP_NAME])
{
    size_t at = 0;
    for (; *pattern && at < CLIP_NAME - 24; pattern++)
        if (*pattern == '#')
            at += (size_t)snprintf(out + at, CLIP_NAME - at, "%ld", layer);
        else
            out[at++] = *pattern == '@' ? part : *pattern;
    out[at] = 0;
}

const ClipName *clip_name_of(const char *tensor, bool hf, int64_t *layer)
{
    for (int i = 0; i < NAMES; i++)
        if (matches(hf ? names[i].hf : names[i].openai, tensor, layer)) return &names[i];
    return NULL;
}

const ClipName *clip_name_find(const char *parameter, int64_t *layer)
{
    return clip_name_of(parameter, false, layer);
}

bool clip_name_is_unused(const char *tensor)
{
    for (int i = 0; i < OTHERS; i++)
        if (strcmp(others[i], tensor) == 0) return true;
    return false;
}
