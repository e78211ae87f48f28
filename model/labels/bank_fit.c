/* Comparing a bank with what it is to be used with. */
#include "model/labels/bank_fit.h"

#include "model/labels/label_texts.h"

#include <string.h>

int bank_fit_width(const BankFile *b, int64_t text_width, Error *err)
{
    if (b->bank->dim == text_width) return 0;
    return error_set(err, EXIT_CHECKPOINT,
                     "%s: its vectors are %lld wide: model.text_width is %lld", b->path,
                     (long long)b->bank->dim, (long long)text_width);
}

/* "clip/bf16" differs from "clip" by rounding only. */
static bool same_encoder(const char *a, const char *b)
{
    const size_t n = strcspn(a, "/");
    return n == strcspn(b, "/") && memcmp(a, b, n) == 0;
}

int bank_fit_encoder(const BankFile *b, const BankIdentity *want, const char *who, Error *err)
{
    const BankIdentity *have = &b->identity;
    if (*want->encoder && !same_encoder(have->encoder, want->encoder))
        return error_set(err, EXIT_CHECKPOINT, "%s: made by text_encoder=%.*s: %s has %.*s",
                         b->path, (int)strcspn(have->encoder, "/"), have->encoder, who,
                         (int)strcspn(want->encoder, "/"), want->encoder);
    if (*want->fingerprint && strcmp(have->fingerprint, want->fingerprint) != 0)
        return error_set(err, EXIT_CHECKPOINT,
                         "%s: made by another %s than %s has: other weights, table, vocabulary "
                         "or options (fingerprint %.8s, want %.8s)",
                         b->path, have->encoder, who, have->fingerprint, want->fingerprint);
    return 0;
}

int bank_fit_tags(const BankFile *b, const TagList *tags, const char *path, Error *err)
{
    const int64_t k = tags_difference(&b->tags, tags);
    if (k < 0) return 0;
    if (k == b->tags.count || k == tags->count)
        return error_set(err, EXIT_CHECKPOINT, "%s: %lld tags: %s has %lld", b->path,
                         (long long)b->tags.count, path, (long long)tags->count);
    return error_set(err, EXIT_CHECKPOINT, "%s: tag %lld is '%.80s': in %s it is '%.80s'",
                     b->path, (long long)k + 1, b->tags.name[k], path, tags->name[k]);
}

int bank_fit_texts(const BankFile *b, const char *path, Error *err)
{
    Descriptions texts;
    char want[HASH_HEX];
    if (label_texts_read(&b->tags, path, &texts, err) != 0) return -1;
    label_texts_hash(&b->tags, &texts, want);
    descriptions_free(&texts);
    if (strcmp(b->identity.texts, want) == 0) return 0;
    return error_set(err, EXIT_CHECKPOINT, "%s: made of other descriptions than those of %s",
                     b->path, *path ? path : "the template");
}
