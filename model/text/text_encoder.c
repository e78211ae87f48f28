/* SPDX-License-Identifier: Apache-2.0 */
/* The table of text encoders. */
#include "model/text/text_encoder.h"

#include "core/mem.h"
#include "model/text/text_encoder_kind.h"

#include <stdio.h>

static const TextEncoderKind *const kinds[] = {[TEXT_HASH] = &text_hash_kind,
                                               [TEXT_TABLE] = &text_table_kind,
                                               [TEXT_CLIP] = &text_clip_kind,
                                               [TEXT_SIGLIP] = &text_siglip_kind};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

struct TextEncoder {
    const TextEncoderKind *kind;
    char name[TEXT_ENCODER_NAME];
    int64_t dim;
    void *state;
    char fingerprint[HASH_HEX];
};

const char *text_encoder_kind_name(int kind)
{
    return kind >= 0 && kind < KINDS ? kinds[kind]->name : NULL;
}

static void take_fingerprint(TextEncoder *e)
{
    uint8_t value[HASH_BYTES];
    Hash *h = hash_new();
    hash_add_text(h, e->kind->name);
    e->kind->fingerprint(e->state, h);
    hash_result(h, value);
    hash_hex(value, e->fingerprint);
    hash_free(h);
}

int text_encoder_new(const TextEncoderConfig *config, TextEncoder **out, Error *err)
{
    int64_t dim = config->dim;
    void *state = NULL;
    *out = NULL;
    CHECK(dim >= 0 && (int)config->kind < KINDS, "width %ld, kind %d", dim, (int)config->kind);
    const TextEncoderKind *kind = kinds[config->kind];
    if (kind->open(config, &dim, &state, err) != 0) return -1;
    *out = mem_alloc(sizeof **out);
    **out = (TextEncoder){.kind = kind, .dim = dim, .state = state};
    /* Encoders that are not costly have no matrix products, so precision does not apply to
     * them. */
    snprintf((*out)->name, TEXT_ENCODER_NAME, "%s%s", kind->name,
             kind->costly && config->bf16 ? "/bf16" : "");
    take_fingerprint(*out);
    return 0;
}

void text_encoder_free(TextEncoder *e)
{
    if (!e) return;
    e->kind->close(e->state);
    mem_free(e);
}

int64_t text_encoder_dim(const TextEncoder *e) { return e->dim; }

const char *text_encoder_name(const TextEncoder *e) { return e->name; }

const char *text_encoder_fingerprint(const TextEncoder *e) { return e->fingerprint; }

bool text_encoder_costly(const TextEncoder *e) { return e->kind->costly; }

int text_encoder_encode(const TextEncoder *e, const char *const *text, int64_t n, float *out,
                        Error *err)
{
    return e->kind->encode(e->state, text, n, out, err);
}
