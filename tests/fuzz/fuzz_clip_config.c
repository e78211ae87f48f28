/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes the configurations beside CLIP's weights: config.json, a line of two percent signs,
 * open_clip_config.json. What is accepted can be computed.
 *
 * Parsers: model/clip/clip_config.c */
#include "core/mem.h"
#include "model/clip/clip_config.h"
#include "tests/fuzz/fuzz.h"

static void read(const char *weights, const char *tower)
{
    ClipSettings s;
    if (clip_config_read(weights, tower, &s, NULL) != 0) return;
    CHECK(s.heads >= 0 && s.eps >= 0 && s.eps < 1, "%ld heads, eps %g", s.heads, s.eps);
    CHECK(!s.file == !s.heads, "%ld heads of %s", s.heads, s.file ? s.file : "no file");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const file[] = {"model.safetensors", "open_clip_model.safetensors"};
    FuzzPart part[2];
    fuzz_cut(data, size, part, 2);
    char *a = fuzz_file("config.json", part[0]),
         *b = fuzz_file("open_clip_config.json", part[1]);
    for (int i = 0; i < 2; i++) {
        char *weights = fuzz_path(file[i]);
        read(weights, "text");
        read(weights, "image");
        mem_free(weights);
    }
    mem_free(b);
    mem_free(a);
    return 0;
}
