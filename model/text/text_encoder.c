/* Text to unit vectors: the table of encoders. */
#include "model/text/text_encoder.h"

#include "core/mem.h"
#include "core/options/option.h"
#include "model/text/text_encoder_kind.h"

#include <stdio.h>
#include <string.h>

static const TextEncoderKind *const kinds[] = {&text_hash_kind, &text_table_kind,
                                               &text_clip_kind};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

struct TextEncoder {
    const TextEncoderKind *kind;
    char name[TEXT_ENCODER_NAME];
    int64_t dim;
    void *state;
    char fingerprint[HASH_HEX];
};

static int refuse_name(const char *name, Error *err)
{
    const char *names[KINDS];
    for (int i = 0; i < KINDS; i++) names[i] = kinds[i]->name;
    const char *near = option_nearest(name, names, KINDS);
    if (near)
        return error_set(err, EXIT_USAGE, "text_encoder: %s: unknown: did you mean \"%s\"?",
                         name, near);
    return error_set(err, EXIT_USAGE, "text_encoder: %s: unknown: choose hash, table or clip",
                     name);
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
    *out = NULL;
    CHECK(dim >= 0, "width %lld", (long long)dim);
    for (int i = 0; i < KINDS; i++) {
        if (strcmp(kinds[i]->name, config->name) != 0) continue;
        void *state = NULL;
        if (kinds[i]->open(config, &dim, &state, err) != 0) return -1;
        *out = mem_alloc(sizeof **out);
        **out = (TextEncoder){.kind = kinds[i], .dim = dim, .state = state};
        /* Those that are not costly have no matrix products. */
        snprintf((*out)->name, TEXT_ENCODER_NAME, "%s%s", kinds[i]->name,
                 kinds[i]->costly && config->bf16 ? "/bf16" : "");
        take_fingerprint(*out);
        return 0;
    }
    return refuse_name(config->name, err);
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
