/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes tar files as shards. The members that are listed lie in the file, one behind the
 * other; those that an index finds are read as they are there. Then the samples are read.
 *
 * Parsers: core/io/tar.c core/io/tar_index.c data/prepare/shard_samples.c
 * data/prepare/shard_text.c */
#include "core/io/file.h"
#include "core/io/file_open.h"
#include "core/io/tar_cache.h"
#include "core/io/tar_index.h"
#include "core/mem.h"
#include "core/strings/strings.h"
#include "data/prepare/shard_samples.h"
#include "tests/fuzz/fuzz.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

/* What a listing has to hold to. */
typedef struct Listing {
    const char *path;
    const uint8_t *data;
    int64_t bytes, end;
    TarIndex index;
    TarCache *cache;
} Listing;

static void check_read(const Listing *l, const TarMember *m)
{
    Bytes b;
    Error err = {0};
    char *path = mem_format("%s/%s", l->path, m->name);
    const TarPlace *place = tar_index_find(&l->index, m->name);
    CHECK(place, "%s is not found", m->name);
    const int status =
        tar_cache_read(l->cache, path, path + strlen(l->path) + 1, l->bytes, &b, &err);
    const bool text = strings_end_in(m->name, ".txt") || strings_end_in(m->name, ".json");
    CHECK((status == 0) == !text, "%s", err.text);
    CHECK(text || (b.len == (size_t)place->bytes &&
                   memcmp(b.data, l->data + place->offset, b.len) == 0),
          "%s: other bytes", m->name);
    bytes_free(&b);
    mem_free(path);
}

static int check(void *to, const TarMember *m, Error *err)
{
    Listing *l = to;
    (void)err;
    if (m->why) return 0;
    CHECK(m->offset >= l->end && m->bytes >= 0 && m->bytes <= l->bytes - m->offset,
          "%s: bytes %ld + %ld of %ld", m->name, m->offset, m->bytes, l->bytes);
    char *name = mem_strdup(m->name);
    CHECK(!tar_clean_name(name) && strcmp(name, m->name) == 0, "%s", m->name);
    mem_free(name);
    l->end = m->offset + m->bytes;
    check_read(l, m);
    return 0;
}

static void check_list(const char *path, const uint8_t *data, size_t size)
{
    Error torn;
    Listing l = {.path = path, .data = data, .bytes = (int64_t)size};
    const int fd = file_open_regular(path, NULL, NULL);
    if (tar_index_read(fd, path, l.bytes, NULL, &l.index, NULL) == 0) {
        l.cache = tar_cache_new();
        CHECK(tar_list(fd, path, l.bytes, check, &l, &torn, NULL) == 0, "listed once only");
        CHECK(!torn.code == !l.index.torn.code, "%s", torn.text);
        tar_cache_free(l.cache);
        tar_index_free(&l.index);
    }
    close(fd);
}

/* ---- writing ----------------------------------------------------------------------------- */

/* A copy of the members whose names all writers know. */
typedef struct Copy {
    const uint8_t *data;
    TarWriter *tar;
    int64_t members;
} Copy;

static bool is_plain(const char *name)
{
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '.' && *c != '/') return false;
    return strlen(name) <= 100;
}

static int copy(void *to, const TarMember *m, Error *err)
{
    Copy *c = to;
    if (m->why || !is_plain(m->name)) return 0;
    c->members++;
    return tar_writer_put(c->tar, m->name, c->data + m->offset, (size_t)m->bytes, err);
}

static int count(void *to, const TarMember *m, Error *err)
{
    (void)err;
    CHECK(!m->why && is_plain(m->name), "%s: %s", m->name, m->why ? m->why : "not plain");
    --*(int64_t *)to;
    return 0;
}

/* What is written is listed as it was. */
static void check_copy(const char *path, const uint8_t *data, size_t size)
{
    Error torn, err = {0};
    Copy c = {.data = data};
    char *to = fuzz_path("b.tar");
    const int fd = file_open_regular(path, NULL, NULL);
    CHECK(tar_writer_new(to, &c.tar, &err) == 0, "%s", err.text);
    if (tar_list(fd, path, (int64_t)size, copy, &c, &torn, &err) == 0) {
        int64_t bytes;
        CHECK(tar_writer_commit(c.tar, &err) == 0, "%s", err.text);
        const int copied = file_open_regular(to, &bytes, &err);
        CHECK(tar_list(copied, to, bytes, count, &c.members, &torn, &err) == 0, "%s", err.text);
        CHECK(c.members == 0 && !torn.code, "%ld members are missing", c.members);
        close(copied);
    } else {
        CHECK(err.code == ERROR_DATA, "%s", err.text);
        tar_writer_abandon(c.tar);
    }
    close(fd);
    mem_free(to);
}

/* ---- samples ----------------------------------------------------------------------------- */

static void read_samples(char *path)
{
    OwnSet set;
    ShardList list;
    ShardCounts counts = {0};
    Error err = {0};
    char *out = fuzz_path("out");
    CHECK(shard_list_open(&path, 1, &list, &err) == 0, "%s", err.text);
    const OwnRules rules = {.images = list.root};
    int status = own_set_begin(out, &rules, &set, &err);
    if (status == 0) status = shard_samples_read(&list, &set, &counts, &err);
    CHECK(status == 0 && set.bad.lines == counts.bad, "%s", err.text);
    CHECK(set.set.images == counts.samples, "%ld images", set.set.images);
    own_set_divide(&set);
    own_set_end(&set, -1, NULL);
    shard_list_free(&list);
    mem_free(out);
}

/* A copy whose blocks that say `ustar` have the checksums of headers, so that mutations get
 * behind these. Owned. */
static uint8_t *with_sums(const uint8_t *data, size_t size)
{
    enum { BLOCK = 512, MAGIC = 257, SUM = 148, DIGITS = 6 };
    uint8_t *copy = mem_alloc(size + 1);
    memcpy(copy, data, size);
    for (size_t at = 0; at + BLOCK <= size; at += BLOCK) {
        uint8_t *head = copy + at;
        unsigned sum = 0;
        if (memcmp(head + MAGIC, "ustar", 5) != 0) continue;
        memset(head + SUM, ' ', 8);
        for (int i = 0; i < BLOCK; i++) sum += head[i];
        for (int i = DIGITS; i-- > 0; sum >>= 3) head[SUM + i] = (uint8_t)('0' + (sum & 7));
        head[SUM + DIGITS] = 0;
    }
    return copy;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = with_sums(data, size);
    data = copy;
    char *path = fuzz_file("a.tar", (FuzzPart){data, size});
    check_list(path, data, size);
    check_copy(path, data, size);
    read_samples(path);
    mem_free(path);
    mem_free(copy);
    return 0;
}
