/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* memfd_create */
#include "tests/fuzz/fuzz.h"

#include "core/formats/name_prefix.h"
#include "core/mem.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LARGE = 1 << 16 };

const char *fuzz_file(const uint8_t *data, size_t size)
{
    static char path[64];
    static int fd = -1;
    if (fd < 0) fd = memfd_create("fuzz", MFD_CLOEXEC);
    CHECK(fd >= 0, "no file in memory");
    CHECK(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size, "cannot write");
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return path;
}

static void find_prefix(const TensorSet *set)
{
    static const NameScheme schemes[] = {
        {{"a.#.*", "b*"}, NULL}, {{"*", NULL}, NULL}, {{NULL, NULL}, NULL}};
    NamePrefix p;
    if (name_prefix_find(set, schemes, &p)) name_prefix_free(&p);
}

void fuzz_read_all(const TensorSet *set)
{
    bool all;
    find_prefix(set);
    for (int64_t i = 0; i < set->count; i++) {
        const TensorEntry *e = &set->entry[i];
        if (e->len > LARGE || e->bytes > 16 * LARGE) continue;
        /* exactly as large as needed, so that AddressSanitizer finds every byte too many */
        float *numbers = mem_alloc((size_t)e->len * sizeof *numbers);
        uint8_t *raw = mem_alloc((size_t)e->bytes);
        tensor_set_read(set, i, numbers, NULL);
        if (!e->opaque) set->read_raw(set->store, i, raw, NULL);
        mem_free(raw);
        mem_free(numbers);
    }
    if (set->verify) set->verify(set->store, &all, NULL);
}
