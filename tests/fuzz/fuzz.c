/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* memmem */
#include "tests/fuzz/fuzz.h"

#include "core/formats/name_prefix.h"
#include "core/mem.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LARGE = 1 << 16 };

/* The linker puts this in the place of _Exit, by which core/mem ends a program that runs out of
 * memory: libFuzzer would not keep the input. */
_Noreturn void __wrap__Exit(int code);
_Noreturn void __wrap__Exit(int code)
{
    if (code == ERROR_RUNTIME) abort();
    _exit(code); /* of libFuzzer itself */
}

void fuzz_cut(const uint8_t *data, size_t size, FuzzPart *part, int n)
{
    static const char line[] = "\n%%\n";
    const size_t len = strlen(line);
    for (int i = 0; i < n; i++) {
        const uint8_t *end = i + 1 < n && size ? memmem(data, size, line, len) : NULL;
        part[i] = (FuzzPart){data, end ? (size_t)(end - data) : size};
        size -= end ? part[i].size + len : size;
        data = end ? end + len : data + part[i].size;
    }
}

/* ---- files ---- */

static char folder[256];

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info, (void)kind, (void)at;
    return remove(path);
}

static void remove_folder(void) { nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS); }

char *fuzz_path(const char *name)
{
    const char *above = getenv("TMPDIR");
    if (!*folder) {
        snprintf(folder, sizeof folder, "%s/ramplus-fuzz-XXXXXX", above ? above : "/tmp");
        CHECK(mkdtemp(folder), "%s: cannot create", folder);
        atexit(remove_folder);
    }
    return mem_format("%s/%s", folder, name);
}

char *fuzz_file(const char *name, FuzzPart content)
{
    char *path = fuzz_path(name);
    FILE *f = fopen(path, "wb");
    const size_t written = f && content.size ? fwrite(content.data, 1, content.size, f) : 0;
    CHECK(f && written == content.size && fclose(f) == 0, "%s: cannot write", path);
    return path;
}

char *fuzz_text(FuzzPart part)
{
    char *text = mem_alloc(part.size + 1);
    if (part.size) memcpy(text, part.data, part.size);
    text[part.size] = 0;
    return text;
}

/* ---- tensors ---- */

static void find_prefix(const TensorSet *set)
{
    static const NameScheme schemes[] = {
        {{"a.#.*", "b*"}, NULL}, {{"*", NULL}, NULL}, {{NULL, NULL}, NULL}};
    NamePrefix p;
    if (!name_prefix_find(set, schemes, &p)) return;
    name_prefix_check(set, &p, NULL);
    for (int64_t i = 0; i < set->count; i++) name_prefix_cut(p.text, set->entry[i].name);
    name_prefix_free(&p);
}

void fuzz_read_all(const TensorSet *set)
{
    bool all;
    char shape[192];
    find_prefix(set);
    for (int64_t i = 0; i < set->count; i++) {
        const TensorEntry *e = &set->entry[i];
        if (e->len > LARGE || e->bytes > 16 * LARGE) continue;
        tensor_set_shape_text(e, shape);
        if (set->checksum) set->checksum(set->store, i);
        float *numbers = mem_alloc((size_t)e->len * sizeof *numbers);
        uint8_t *raw = mem_alloc((size_t)e->bytes);
        tensor_set_read(set, i, numbers, NULL);
        if (!e->opaque) set->read_raw(set->store, i, raw, NULL);
        mem_free(raw);
        mem_free(numbers);
    }
    if (set->verify) set->verify(set->store, &all, NULL);
}
