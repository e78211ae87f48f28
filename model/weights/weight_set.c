/* A set over another set, with some entries under other names and some gone. */
#include "model/weights/weight_set.h"

#include "core/mem.h"

#include <stdlib.h>
#include <string.h>

typedef struct Store {
    TensorSet file;
    int64_t *from; /* [count] entry of the file */
    char **name;   /* [count] owned */
    int64_t count;
} Store;

static int read_entry(void *store, int64_t i, float *out, Error *err)
{
    Store *s = store;
    return s->file.read(s->file.store, s->from[i], out, err);
}

static void close_store(void *store)
{
    Store *s = store;
    for (int64_t i = 0; i < s->count; i++) mem_free(s->name[i]);
    mem_free(s->name);
    mem_free(s->from);
    tensor_set_close(&s->file);
    mem_free(s);
}

static bool begins_with(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

static bool ends_with(const char *text, const char *ending)
{
    const size_t n = strlen(text), m = strlen(ending);
    return n >= m && strcmp(text + n - m, ending) == 0;
}

/* The reference's name; NULL for what is left out. Owned by the caller. */
static char *reference_name(const char *name, bool swin_alone)
{
    static const char old[] = "vision_multi.";
    if (ends_with(name, "relative_position_index") || ends_with(name, "attn_mask")) return NULL;
    if (swin_alone)
        return begins_with(name, "head.") ? NULL : mem_format("visual_encoder.%s", name);
    return begins_with(name, old) ? mem_format("tagging_head.%s", name + strlen(old))
                                  : mem_strdup(name);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int check_names(const Store *s, Error *err)
{
    const size_t n = (size_t)s->count;
    char **sorted = mem_calloc(n + 1, sizeof *sorted);
    int status = 0;
    memcpy(sorted, s->name, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_name);
    for (size_t i = 1; status == 0 && i < n; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            status = error_set(err, EXIT_DATA,
                               "%s: tensor '%.200s': twice, under an old and a new name",
                               s->file.path, sorted[i]);
    mem_free(sorted);
    return status;
}

static void take_entries(Store *s, TensorSet *out)
{
    const bool swin_alone = tensor_set_find(&s->file, "patch_embed.proj.weight") >= 0;
    for (int64_t i = 0; i < s->file.count; i++) {
        char *name = reference_name(s->file.entry[i].name, swin_alone);
        if (!name) continue;
        s->name[s->count] = name;
        s->from[s->count++] = i;
        out->entry[out->count] = s->file.entry[i];
        out->entry[out->count++].name = name;
    }
}

int weight_set_open(const char *path, TensorSet *out, int64_t *left_out, Error *err)
{
    Store *s = mem_calloc(1, sizeof *s);
    *out = (TensorSet){.store = s, .read = read_entry, .close = close_store};
    int status = tensor_set_open(path, &s->file, err);
    if (status == 0) {
        const size_t room = (size_t)s->file.count + 1;
        s->from = mem_calloc(room, sizeof *s->from);
        s->name = mem_calloc(room, sizeof *s->name);
        out->path = mem_strdup(path);
        out->entry = mem_calloc(room, sizeof *out->entry);
        take_entries(s, out);
        out->others = s->file.others;
        if (left_out) *left_out = s->file.count - s->count + s->file.others;
        status = check_names(s, err);
    }
    if (status != 0) tensor_set_close(out);
    return status;
}
