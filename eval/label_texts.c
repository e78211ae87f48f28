/* Label banks from texts. */
#include "eval/label_texts.h"

#include "core/log.h"

#include <stddef.h>

enum { TEXTS_AT_A_TIME = 1024 };

int label_texts_encode(const TextEncoder *encoder, const Descriptions *texts, LabelBank **out,
                       Error *err)
{
    const int64_t dim = text_encoder_dim(encoder), total = texts->offset[texts->tags];
    LabelBank *bank = label_bank_new(texts->tags, texts->offset, dim);
    Progress progress = progress_start("encoding descriptions", total);
    int status = 0;
    for (int64_t i = 0; status == 0 && i < total; i += TEXTS_AT_A_TIME) {
        const int64_t n = total - i < TEXTS_AT_A_TIME ? total - i : TEXTS_AT_A_TIME;
        status = text_encoder_encode(encoder, (const char *const *)texts->text + i, n,
                                     bank->rows + i * dim, err);
        progress_step(&progress, i + n, NULL);
    }
    if (status != 0) {
        label_bank_free(bank);
        bank = NULL;
    }
    *out = bank;
    return status;
}

int label_texts_bank(const TextEncoder *encoder, const TagList *tags, const char *descriptions,
                     LabelBank **out, Error *err)
{
    Descriptions texts;
    *out = NULL;
    if (*descriptions) {
        if (descriptions_read(descriptions, tags, &texts, err) != 0) return -1;
    } else {
        texts = descriptions_template(tags);
    }
    const int status = label_texts_encode(encoder, &texts, out, err);
    descriptions_free(&texts);
    return status;
}
