/* SPDX-License-Identifier: Apache-2.0 */
/* Filling shards. */
#include "data/prepare/pack_shards.h"

#include "core/mem.h"

#include <string.h>

static int64_t bytes_of(const PackSample *s)
{
    return (int64_t)(s->image.len + (s->text ? strlen(s->text) : 0) + strlen(s->json));
}

static bool is_full(const PackShards *p, int64_t more)
{
    if (!p->tar || p->in_shard == 0) return false;
    return (p->per_shard > 0 && p->in_shard >= p->per_shard) ||
           (p->most > 0 && p->bytes + more > p->most);
}

static int commit(PackShards *p, Error *err)
{
    TarWriter *tar = p->tar;
    p->tar = NULL;
    return tar ? tar_writer_commit(tar, err) : 0;
}

static int next_shard(PackShards *p, Error *err)
{
    if (commit(p, err) != 0) return -1;
    char *path = mem_format("%s/%05ld.tar", p->out, p->shards++);
    const int status = tar_writer_new(path, &p->tar, err);
    p->in_shard = p->bytes = 0;
    mem_free(path);
    return status;
}

static int put(PackShards *p, const char *ending, const void *data, size_t bytes, Error *err)
{
    char *name = mem_format("%09ld.%s", p->samples, ending);
    const int status = tar_writer_put(p->tar, name, data, bytes, err);
    mem_free(name);
    return status;
}

int pack_shards_put(PackShards *p, const PackSample *s, Error *err)
{
    const int64_t bytes = bytes_of(s);
    if ((!p->tar || is_full(p, bytes)) && next_shard(p, err) != 0) return -1;
    if (put(p, s->ending, s->image.data, s->image.len, err) != 0) return -1;
    if (s->text && put(p, "txt", s->text, strlen(s->text), err) != 0) return -1;
    if (put(p, "json", s->json, strlen(s->json), err) != 0) return -1;
    p->samples++;
    p->in_shard++;
    p->bytes += bytes;
    p->all += bytes;
    return 0;
}

char *pack_shards_path(int64_t shard, int64_t sample, const char *ending)
{
    return mem_format("%05ld.tar/%09ld.%s", shard, sample, ending);
}

int pack_shards_end(PackShards *p, int status, Error *err)
{
    if (status == 0) return commit(p, err);
    tar_writer_abandon(p->tar);
    p->tar = NULL;
    return status;
}
