/* SPDX-License-Identifier: Apache-2.0 */
/* One shard at a time: its members are listed and gathered by key, then the texts of each
 * sample are read. Images stay where they are. */
#include "data/prepare/shard_samples.h"

#include "core/array.h"
#include "core/io/file.h"
#include "core/io/file_open.h"
#include "core/io/progress.h"
#include "core/io/tar.h"
#include "core/mem.h"
#include "data/prepare/shard_text.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { TEXT_MAX = 1 << 24 }; /* bytes of a text or a JSON object */

/* The parts of a sample. */
enum Part { PART_IMAGE, PART_CAPTION, PART_TAGS, PART_JSON, PARTS };

static const struct {
    const char *ending;
    enum Part part;
} endings[] = {
    {"jpg", PART_IMAGE},     {"jpeg", PART_IMAGE}, {"png", PART_IMAGE},   {"webp", PART_IMAGE},
    {"gif", PART_IMAGE},     {"bmp", PART_IMAGE},  {"txt", PART_CAPTION}, {"tags", PART_TAGS},
    {"tags.txt", PART_TAGS}, {"json", PART_JSON},
};

typedef struct Member {
    const char *name; /* NULL: the sample lacks it */
    int64_t offset, bytes;
} Member;

typedef struct Sample {
    const char *key;
    Member part[PARTS];
} Sample;

typedef struct Shard {
    const char *path, *name; /* as given, and below the root */
    int fd;
    OwnSet *set;
    ShardCounts *counts;
    Sample *sample;
    int64_t samples, room;
    HashMap by_key;
    StringPool strings;
} Shard;

static int note(Shard *s, const char *key, const char *why)
{
    char *line = mem_format("%s: %s: %s", s->path, key, why);
    record_list_add(&s->set->bad, line);
    s->counts->bad++;
    mem_free(line);
    return 0;
}

/* ---- members ----------------------------------------------------------------------------- */

/* The length of the key: up to the first dot of the last part; 0: the member has none. */
static size_t key_length(const char *name)
{
    const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;
    const char *dot = strchr(last, '.');
    return dot && dot > last ? (size_t)(dot - name) : 0;
}

static int part_of(const char *ending)
{
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (strcasecmp(ending, endings[i].ending) == 0) return (int)endings[i].part;
    return -1;
}

static Sample *sample_of(Shard *s, const char *name, size_t n)
{
    uint8_t hash[HASH_BYTES];
    hash_of(name, n, hash);
    hash_map_make_room(&s->by_key);
    if (!hash_map_add(&s->by_key, hash, s->samples))
        return &s->sample[hash_map_get(&s->by_key, hash)];
    s->sample = array_grow(s->sample, sizeof *s->sample, s->samples, &s->room);
    s->sample[s->samples] = (Sample){.key = strings_add(&s->strings, name, n)};
    return &s->sample[s->samples++];
}

static int take(void *to, const TarMember *m, Error *err)
{
    Shard *s = to;
    (void)err;
    if (m->why) return note(s, m->name, m->why);
    const size_t n = key_length(m->name);
    const int part = n ? part_of(m->name + n + 1) : -1;
    if (part < 0) {
        s->counts->others++;
        return 0;
    }
    Member *member = &sample_of(s, m->name, n)->part[part];
    if (member->name) {
        char *why = mem_format("the key has another one, %s, which counts", member->name);
        note(s, m->name, why);
        mem_free(why);
        return 0;
    }
    *member = (Member){strings_add(&s->strings, m->name, strlen(m->name)), m->offset, m->bytes};
    return 0;
}

/* ---- samples ----------------------------------------------------------------------------- */

typedef int Add(ShardText *t, const char *text, size_t bytes, Error *err);

static int add_text(const Shard *s, const Member *m, Add *add, ShardText *t, Error *err)
{
    if (!m->name) return 0;
    if (m->bytes > TEXT_MAX)
        return error_set(err, ERROR_DATA, "%s: more than %d bytes", m->name, TEXT_MAX);
    char *text = mem_alloc((size_t)m->bytes + 1);
    text[m->bytes] = 0;
    int status = file_read_at(s->fd, s->path, (uint64_t)m->offset, text, (uint64_t)m->bytes,
                              ERROR_DATA, err);
    if (status == 0) status = add(t, text, (size_t)m->bytes, err);
    mem_free(text);
    return status;
}

static int read_texts(const Shard *s, const Sample *sample, ShardText *t, Error *err)
{
    if (!sample->part[PART_IMAGE].name)
        return error_set(err, ERROR_DATA, "a sample without an image");
    if (sample->part[PART_IMAGE].bytes == 0)
        return error_set(err, ERROR_DATA, "the image is empty");
    if (add_text(s, &sample->part[PART_CAPTION], shard_text_caption, t, err) != 0) return -1;
    if (add_text(s, &sample->part[PART_TAGS], shard_text_tags, t, err) != 0) return -1;
    return add_text(s, &sample->part[PART_JSON], shard_text_json, t, err);
}

/* A tag that no list can hold refuses the sample before anything of it is in the set. */
static int check_tags(const json_t *tags, Error *err)
{
    size_t i;
    const json_t *tag;
    json_array_foreach(tags, i, tag) if (!tags_can_hold(json_string_value(
                                             tag))) return error_set(err, ERROR_DATA,
                                                                     "tag '%.80s': not UTF-8, "
                                                                     "or several lines",
                                                                     json_string_value(tag));
    return 0;
}

static int put_sample(Shard *s, const Sample *sample, const ShardText *t, Error *err)
{
    bool added;
    char *name = mem_format("%s/%s", s->name, sample->part[PART_IMAGE].name);
    const int64_t image = own_set_image(s->set, name, &added);
    mem_free(name);
    if (!added) return error_set(err, ERROR_DATA, "the shard is given twice");
    own_set_lists(s->set, image, t->tags, t->unknown, t->captions);
    s->counts->samples++;
    s->counts->captions += (int64_t)json_array_size(t->captions);
    return 0;
}

static int read_sample(Shard *s, const Sample *sample, Error *err)
{
    Error why = {0};
    ShardText t = {0};
    int status = read_texts(s, sample, &t, &why);
    if (status == 0) status = check_tags(t.tags, &why);
    if (status == 0) status = check_tags(t.unknown, &why);
    if (status == 0) status = put_sample(s, sample, &t, &why);
    shard_text_free(&t);
    if (status == 0) return 0;
    return why.code == ERROR_DATA ? note(s, sample->key, why.text) : error_move(err, &why);
}

/* ---- shards ------------------------------------------------------------------------------ */

/* A shard that cannot be read is a line of the list like a sample. */
static int note_shard(Shard *s, Error *why, Error *err)
{
    if (why->code != ERROR_DATA) return error_move(err, why);
    record_list_add_error(&s->set->bad, why);
    s->counts->bad++;
    return 0;
}

static int read_open(Shard *s, int64_t bytes, Error *err)
{
    Error torn, why = {0};
    if (tar_list(s->fd, s->path, bytes, take, s, &torn, &why) != 0)
        return note_shard(s, &why, err);
    if (torn.code) note_shard(s, &torn, err);
    s->counts->shards++;
    for (int64_t i = 0; i < s->samples; i++)
        if (read_sample(s, &s->sample[i], err) != 0) return -1;
    return 0;
}

static int read_shard(Shard *s, Error *err)
{
    int64_t bytes;
    Error why = {0};
    s->fd = file_open_regular(s->path, &bytes, &why);
    if (s->fd < 0) return note_shard(s, &why, err);
    const int status = read_open(s, bytes, err);
    close(s->fd);
    mem_free(s->sample);
    hash_map_free(&s->by_key);
    strings_free(&s->strings);
    return status;
}

int shard_samples_read(const ShardList *list, OwnSet *set, ShardCounts *counts, Error *err)
{
    int status = 0;
    Progress progress = progress_start("reading shards", list->count);
    for (int64_t i = 0; i < list->count && status == 0; i++) {
        Shard s = {.path = list->path[i], .name = list->name[i], .set = set, .counts = counts};
        status = read_shard(&s, err);
        progress_step(&progress, i + 1, NULL);
    }
    if (status == 0) progress_end(&progress, list->count);
    return status;
}
