/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the prefix of names. */
#include "core/formats/name_prefix.h"

#include "core/mem.h"

#include <string.h>

/* Both limits bound the time for hostile files; ordinary prefixes have up to four parts. */
enum { PARTS_MAX = 8, PREFIXES_MAX = 16 };

/* The prefixes in front of a marker: the first `len` bytes of a name. */
typedef struct Found {
    int count;
    const char *name[PREFIXES_MAX];
    size_t len[PREFIXES_MAX];
} Found;

static void add(Found *f, const char *name, size_t len)
{
    for (int i = 0; i < f->count; i++)
        if (f->len[i] == len && memcmp(f->name[i], name, len) == 0) return;
    if (f->count == PREFIXES_MAX) return;
    f->name[f->count] = name;
    f->len[f->count++] = len;
}

/* Adds the prefixes of all names that end in the marker, after a dot. */
static void find(const TensorSet *file, const char *marker, Found *out)
{
    for (int64_t i = 0; i < file->count; i++) {
        const char *name = file->entry[i].name, *at = name;
        for (int part = 0; at && part < PARTS_MAX; part++) {
            if (names_match(marker, at)) add(out, name, (size_t)(at - name));
            const char *dot = strchr(at, '.');
            at = dot ? dot + 1 : NULL;
        }
    }
}

static bool follows(const TensorSet *file, const char *name, size_t len, const char *marker)
{
    for (int64_t i = 0; marker && i < file->count; i++)
        if (strncmp(file->entry[i].name, name, len) == 0 &&
            names_match(marker, file->entry[i].name + len))
            return true;
    return !marker;
}

static char *prefix_of(const Found *f, int i)
{
    return mem_format("%.*s", (int)f->len[i], f->name[i]);
}

static bool find_scheme(const TensorSet *file, const NameScheme *s, NamePrefix *out)
{
    Found found = {0};
    find(file, s->marker[0], &found);
    for (int i = 0; i < found.count; i++) {
        if (!follows(file, found.name[i], found.len[i], s->marker[1])) continue;
        if (found.len[i] == 0) {
            name_prefix_free(out);
            out->text = mem_strdup("");
            return true;
        }
        char **to = out->text ? &out->other : &out->text;
        if (!*to) *to = prefix_of(&found, i);
    }
    return out->text != NULL;
}

const NameScheme *name_prefix_find(const TensorSet *file, const NameScheme *scheme,
                                   NamePrefix *out)
{
    *out = (NamePrefix){0};
    for (; scheme->marker[0]; scheme++)
        if (find_scheme(file, scheme, out)) return scheme;
    return NULL;
}

void name_prefix_free(NamePrefix *p)
{
    mem_free(p->text);
    mem_free(p->other);
    *p = (NamePrefix){0};
}

int name_prefix_check(const TensorSet *file, const NamePrefix *p, Error *err)
{
    if (!p->other) return 0;
    return error_set(err, ERROR_DATA,
                     "%s: the same names twice, after '%.100s' and after '%.100s': save the "
                     "weights that you want in a file of their own",
                     file->path, p->text, p->other);
}

const char *name_prefix_cut(const char *prefix, const char *name)
{
    const size_t n = strlen(prefix);
    return strncmp(name, prefix, n) == 0 ? name + n : NULL;
}
