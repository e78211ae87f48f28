/* SPDX-License-Identifier: Apache-2.0 */
/* The loop over blocks: encode a block, store it. A signal may end the program at any point. */
#include "model/labels/embed.h"

#include "core/io/progress.h"
#include "core/log.h"
#include "core/mem.h"
#include "data/descriptions.h"
#include "model/labels/bank_file.h"
#include "model/labels/bank_partial.h"
#include "model/labels/label_texts.h"

/* Fills the rows from `done` on. */
static int encode(const TextEncoder *encoder, const Descriptions *texts, BankPartial *part,
                  int64_t done, float *rows, Error *err)
{
    const int64_t total = texts->offset[texts->tags], dim = text_encoder_dim(encoder);
    const int64_t resumed = done;
    Progress progress = progress_start("encoding texts", total - resumed);
    while (done < total) {
        const int64_t n = label_texts_block(encoder, texts, done, rows, err);
        if (n < 0 || bank_partial_add(part, rows + done * dim, n, err) != 0) return -1;
        done += n;
        progress_step(&progress, done - resumed, NULL);
    }
    if (total > resumed) progress_end(&progress, total - resumed);
    return 0;
}

/* Fills the bank, storing its progress in the file `path`, then writes the labels to `to`. */
static int make(const TextEncoder *encoder, const Descriptions *texts, const char *path,
                const char *to, bool half, Labels *l, EmbedResult *out, Error *err)
{
    BankPartial *part = NULL;
    const int64_t total = texts->offset[texts->tags], dim = text_encoder_dim(encoder);
    int64_t done = 0;
    l->bank = label_bank_new(texts->tags, texts->offset, dim);
    if (bank_partial_open(path, &l->identity, total, dim, l->bank->rows, &done, &part, err) !=
        0)
        return -1;
    if (done > 0)
        log_info("resuming from %s: %ld of %ld texts are finished", path, done, total);
    const double start = log_now();
    int status = encode(encoder, texts, part, done, l->bank->rows, err);
    *out = (EmbedResult){total, done, log_now() - start};
    if (status == 0 && texts->ensemble) status = label_bank_ensemble(l->bank, err);
    if (status == 0 && half) label_bank_halve(l->bank);
    if (status == 0) status = bank_file_write(to, l, err);
    if (status == 0)
        bank_partial_remove(part);
    else
        bank_partial_close(part);
    return status;
}

int embed_write(const char *path, const TextEncoder *encoder, const TagList *tags,
                const Descriptions *texts, bool half, EmbedResult *out, Error *err)
{
    if (bank_file_can_write(path, err) != 0) return -1;
    Labels l = {.tags = tags_new(tags->line, tags->count),
                .identity = label_texts_identity(encoder, tags, texts)};
    char *part = mem_format("%s.part", path);
    const int status = make(encoder, texts, part, path, half, &l, out, err);
    mem_free(part);
    labels_free(&l);
    return status;
}
