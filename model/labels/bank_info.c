/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about label banks. */
#include "model/labels/bank_info.h"

#include "core/json/json.h"
#include "core/mem.h"
#include "core/printable.h"
#include "core/strings/strings.h"
#include "model/labels/bank_file.h"

static void describe_bank(const Labels *b, FileInfo *out)
{
    const int64_t tags = b->bank->tags, texts = b->bank->offset[tags], width = b->bank->dim;
    const BankIdentity *i = &b->identity;
    const JsonCount count[] = {{"tags", tags}, {"texts", texts}, {"width", width}};
    out->details = json_object();
    json_add_counts(out->details, count, sizeof count / sizeof *count);
    json_object_set_new(out->details, "dtype", json_text(label_bank_dtype(b->bank)));
    json_object_set_new(out->details, "encoder", json_text(i->encoder));
    json_object_set_new(out->details, "fingerprint", json_text(i->fingerprint));
    json_object_set_new(out->details, "texts_hash", json_text(i->texts));
    out->about = mem_format("%ld tag%s, %ld text%s of hash %s, width %ld, %s, encoder %s %s",
                            tags, strings_s(tags), texts, strings_s(texts), i->texts, width,
                            label_bank_dtype(b->bank), i->encoder, i->fingerprint);
    printable_make(out->about, "");
}

int bank_info_read(const char *path, FileInfo *out, Error *err)
{
    Labels b;
    if (bank_file_read(path, &b, err) != 0) return -1;
    if (!out->kind) {
        out->kind = mem_strdup("bank");
        out->checksums = true;
        file_info_add(out, "label_embed", b.bank->half ? "bf16" : "f32", 2,
                      (int64_t[]){b.bank->offset[b.bank->tags], b.bank->dim});
    }
    if (!out->content[0]) labels_content(&b, out->content);
    describe_bank(&b, out);
    labels_free(&b);
    return 0;
}
