/* SPDX-License-Identifier: Apache-2.0 */
/* Hashing the inputs of a run. */
#include "train/run/run_identity.h"

#include "core/json/json.h"
#include "core/mem.h"

#include <string.h>

/* What is not annotated; nothing if everything is. */
static void hash_unknown(Hash *h, const Annotations *a)
{
    if (a->tagged) {
        hash_add_text(h, "tagged");
        hash_add(h, a->tagged, (size_t)a->count * sizeof *a->tagged);
    }
    if (!a->unknown_offset) return;
    hash_add_text(h, "unknown");
    hash_add(h, a->unknown_offset, (size_t)(a->count + 1) * sizeof *a->unknown_offset);
    hash_add(h, a->unknown, (size_t)a->unknown_offset[a->count] * sizeof *a->unknown);
}

/* Images by the names in their files, tags by number, and captions, in order. */
static json_t *hash_records(const Annotations *a)
{
    uint8_t value[HASH_BYTES];
    char hex[HASH_HEX];
    Hash *h = hash_new();
    for (int64_t i = 0; i < a->count; i++) hash_add_text(h, a->image_path[i]);
    for (int64_t i = 0; i < a->caption_offset[a->count]; i++) hash_add_text(h, a->caption[i]);
    const size_t offsets = (size_t)(a->count + 1) * sizeof *a->tag_offset;
    hash_add(h, a->caption_offset, offsets);
    hash_add(h, a->tag_offset, offsets);
    hash_add(h, a->tag, (size_t)a->tag_offset[a->count] * sizeof *a->tag);
    hash_unknown(h, a);
    hash_result(h, value);
    hash_free(h);
    hash_hex(value, hex);
    return json_text(hex);
}

/* Without the "/bf16" of the name: the precision is an option of its own. */
static json_t *encoder_text(const TextEncoder *e)
{
    const char *name = text_encoder_name(e);
    return json_sprintf("%.*s %s", (int)strcspn(name, "/"), name, text_encoder_fingerprint(e));
}

char *run_identity(const Annotations *a, const char *labels, const TextEncoder *texts,
                   const Teacher *teacher)
{
    char hash[HASH_HEX];
    Text line = {0};
    json_t *all = json_pair("records", json_integer(a->count));
    json_object_set_new(all, "data", hash_records(a));
    json_object_set_new(all, "labels", json_text(labels));
    json_object_set_new(all, "texts", texts ? encoder_text(texts) : json_text(""));
    if (teacher) teacher_hash(teacher, hash);
    json_object_set_new(all, "teacher", json_text(teacher ? hash : ""));
    json_put(&line, all);
    return line.data;
}
