/* SPDX-License-Identifier: Apache-2.0 */
/* Making label banks from texts. */
#include "model/labels/label_texts.h"

#include "core/io/progress.h"
#include "data/descriptions.h"

#include <stdio.h>

int label_texts_read(const TagList *tags, const char *descriptions, const LabelTextRules *rules,
                     Descriptions *out, Error *err)
{
    static const LabelTextRules defaults = {.source = LABEL_AUTO};
    const LabelTextRules *r = rules ? rules : &defaults;
    *out = (Descriptions){0};
    if (*descriptions && r->source != LABEL_TEMPLATE) {
        if (descriptions_read(descriptions, tags, out, err) != 0) return -1;
        descriptions_keep(out, tags, r->per_tag, r->seed);
        descriptions_keep(out, tags, r->first, 0);
        return 0;
    }
    if (r->source == LABEL_DESCRIPTIONS)
        return error_set(err, ERROR_USAGE, "no file of descriptions");
    *out = text_template_fill(&r->templates, tags);
    return 0;
}

void label_texts_hash(const TagList *tags, const Descriptions *texts, char out[static HASH_HEX])
{
    uint8_t value[HASH_BYTES];
    Hash *h = hash_new();
    hash_add(h, &tags->count, sizeof tags->count);
    for (int64_t k = 0; k < tags->count; k++) hash_add_text(h, tags->line[k]);
    hash_add(h, texts->offset, (size_t)(texts->tags + 1) * sizeof *texts->offset);
    for (int64_t i = 0; i < texts->offset[texts->tags]; i++) hash_add_text(h, texts->text[i]);
    if (texts->ensemble) hash_add_text(h, "ensemble");
    hash_result(h, value);
    hash_hex(value, out);
    hash_free(h);
}

BankIdentity label_texts_identity(const TextEncoder *encoder, const TagList *tags,
                                  const Descriptions *texts)
{
    BankIdentity i = {.texts = ""};
    snprintf(i.encoder, TEXT_ENCODER_NAME, "%s", text_encoder_name(encoder));
    snprintf(i.fingerprint, HASH_HEX, "%s", text_encoder_fingerprint(encoder));
    if (texts) label_texts_hash(tags, texts, i.texts);
    return i;
}

int64_t label_texts_block(const TextEncoder *encoder, const Descriptions *texts, int64_t first,
                          float *rows, Error *err)
{
    const int64_t rest = texts->offset[texts->tags] - first;
    const int64_t n = rest < LABEL_TEXTS_BLOCK ? rest : LABEL_TEXTS_BLOCK;
    CHECK(first % LABEL_TEXTS_BLOCK == 0 && n > 0, "text %ld", first);
    if (text_encoder_encode(encoder, (const char *const *)texts->text + first, n,
                            rows + first * text_encoder_dim(encoder), err) != 0)
        return -1;
    return n;
}

/* Encodes every description and reports progress. The caller owns *out. */
static int encode(const TextEncoder *encoder, const Descriptions *texts, LabelBank **out,
                  Error *err)
{
    const int64_t total = texts->offset[texts->tags];
    LabelBank *bank = label_bank_new(texts->tags, texts->offset, text_encoder_dim(encoder));
    Progress progress = progress_start("encoding descriptions", total);
    int64_t n = 0;
    for (int64_t i = 0; n >= 0 && i < total; i += n) {
        n = label_texts_block(encoder, texts, i, bank->rows, err);
        if (n > 0) progress_step(&progress, i + n, NULL);
    }
    if (n < 0) {
        label_bank_free(bank);
        bank = NULL;
    }
    *out = bank;
    return n < 0 ? -1 : 0;
}

int label_texts_encode(const TextEncoder *encoder, const Descriptions *texts, Labels *l,
                       Error *err)
{
    int status = encode(encoder, texts, &l->bank, err);
    if (status == 0 && texts->ensemble) status = label_bank_ensemble(l->bank, err);
    l->identity = label_texts_identity(encoder, &l->tags, texts);
    return status;
}

int label_texts_fill(const TextEncoder *encoder, const char *descriptions,
                     const LabelTextRules *rules, Labels *l, Error *err)
{
    Descriptions texts;
    if (label_texts_read(&l->tags, descriptions, rules, &texts, err) != 0) return -1;
    const int status = label_texts_encode(encoder, &texts, l, err);
    descriptions_free(&texts);
    return status;
}
