/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing a bank with the model, tags and descriptions it is used with. */
#include "model/labels/bank_fit.h"

#include "data/descriptions.h"

#include <string.h>

int bank_fit_width(const char *path, const Labels *l, int64_t text_width, Error *err)
{
    if (l->bank->dim == text_width) return 0;
    return error_set(err, ERROR_CHECKPOINT,
                     "%s: vectors of width %ld, but model.text_width is %ld", path,
                     l->bank->dim, text_width);
}

/* "clip/bf16" differs from "clip" by rounding only. */
static bool same_encoder(const char *a, const char *b)
{
    const size_t n = strcspn(a, "/");
    return n == strcspn(b, "/") && memcmp(a, b, n) == 0;
}

int bank_fit_encoder(const char *path, const Labels *l, const BankIdentity *want,
                     const char *who, Error *err)
{
    const BankIdentity *have = &l->identity;
    if (*want->encoder && !same_encoder(have->encoder, want->encoder))
        return error_set(err, ERROR_CHECKPOINT, "%s: made by text_encoder=%.*s: %s has %.*s",
                         path, (int)strcspn(have->encoder, "/"), have->encoder, who,
                         (int)strcspn(want->encoder, "/"), want->encoder);
    if (*want->fingerprint && strcmp(have->fingerprint, want->fingerprint) != 0)
        return error_set(err, ERROR_CHECKPOINT,
                         "%s: made by another %s encoder than %s has: other weights, table, "
                         "vocabulary or options (fingerprint %.8s, expected %.8s)",
                         path, have->encoder, who, have->fingerprint, want->fingerprint);
    return 0;
}

int bank_fit_tags(const char *path, const Labels *l, const TagList *tags, const char *list,
                  Error *err)
{
    const int64_t k = tags_difference(&l->tags, tags);
    if (k < 0) return 0;
    if (k == l->tags.count || k == tags->count)
        return error_set(err, ERROR_CHECKPOINT, "%s: %ld tags: %s has %ld", path, l->tags.count,
                         list, tags->count);
    return error_set(err, ERROR_CHECKPOINT, "%s: tag %ld is '%.80s': in %s it is '%.80s'", path,
                     k + 1, l->tags.name[k], list, tags->name[k]);
}

int bank_fit_texts(const char *path, const Labels *l, const char *descriptions,
                   const LabelTextRules *rules, Error *err)
{
    Descriptions texts;
    char want[HASH_HEX];
    if (label_texts_read(&l->tags, descriptions, rules, &texts, err) != 0) return -1;
    label_texts_hash(&l->tags, &texts, want);
    descriptions_free(&texts);
    if (strcmp(l->identity.texts, want) == 0) return 0;
    return error_set(err, ERROR_CHECKPOINT, "%s: made from other descriptions than those of %s",
                     path, *descriptions ? descriptions : "the template");
}
