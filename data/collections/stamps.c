/* SPDX-License-Identifier: Apache-2.0 */
/* Stamps: sentences from text files, tags from folders. */
#include "data/collections/stamps.h"

#include "core/io/file_walk.h"
#include "core/mem.h"
#include "core/printable.h"
#include "core/strings/strings.h"
#include "core/strings/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 1 << 20 };

/* Folders whose images are writing rather than things. */
static const char *const left_out[] = {"symbols/alphabets/", "symbols/money/"};

typedef struct Spelling {
    const char *folder, *tag;
} Spelling;

/* Folders whose names are plurals or several words, sorted by bytes. Where clip art has a tag
 * of the same meaning, it is spelled like that. */
static const Spelling spelling[] = {
    {"amphibians", "amphibian"},
    {"animals", "animal"},
    {"apes", "ape"},
    {"arttools", "art tool"},
    {"bears", "bear"},
    {"birds", "bird"},
    {"body_parts", "body part"},
    {"bovines", "bovine"},
    {"cats", "cat"},
    {"clothes", "clothing"},
    {"dishes", "dish"},
    {"dogs", "dog"},
    {"equines", "equine"},
    {"faces", "face"},
    {"flags", "flag"},
    {"flowers", "flower"},
    {"hats", "hat"},
    {"hobbies", "hobby"},
    {"houses", "house"},
    {"insects", "insect"},
    {"lizards", "lizard"},
    {"mammals", "mammal"},
    {"marsupials", "marsupial"},
    {"masstransit", "mass transit"},
    {"monuments", "monument"},
    {"mushrooms", "mushroom"},
    {"naturalforces", "natural force"},
    {"newyears", "new year"},
    {"nuts", "nut"},
    {"operators", "operator"},
    {"planes", "plane"},
    {"planets", "planet"},
    {"plants", "plant"},
    {"roadsigns", "roadsign"},
    {"rodents", "rodent"},
    {"shapes", "shape"},
    {"spices", "spice"},
    {"symbols", "symbol"},
    {"tools", "tool"},
    {"toys", "toy"},
    {"trees", "tree"},
    {"utensils", "utensil"},
    {"vegetables", "vegetable"},
    {"vehicles", "vehicle"},
};

static bool is_left_out(const char *path)
{
    for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
        if (strncmp(path, left_out[i], strlen(left_out[i])) == 0) return true;
    return false;
}

char *stamps_tag(const char *folder, size_t n)
{
    char *name = mem_format("%.*s", (int)n, folder);
    const Spelling *row = bsearch(&name, spelling, sizeof spelling / sizeof *spelling,
                                  sizeof *spelling, strings_compare);
    if (row) {
        mem_free(name);
        return mem_strdup(row->tag);
    }
    for (char *p = name; *p; p++)
        if (*p == '_') *p = ' ';
    return name;
}

static void add_folders(const char *path, LabeledImage *out)
{
    for (const char *end; (end = strchr(path, '/')); path = end + 1)
        labeled_add_tag(out, stamps_tag(path, (size_t)(end - path)));
}

/* The first line of the text of a stamp, NULL if it is empty. The caller owns it (mem_free). */
static int read_sentence(const char *path, char **out, Error *err)
{
    Bytes text;
    Lines lines;
    *out = NULL;
    if (file_read_max(path, TEXT_BYTES, &text, err) != 0) return -1;
    int status = lines_parse(path, (const char *)text.data, &lines, err);
    if (status == 0 && lines.count > 0) {
        utf8_collapse(lines.line[0]);
        if (printable_find_fault(lines.line[0]))
            status = error_set(err, ERROR_DATA, "%s: line 1: not printable", path);
        else if (*lines.line[0])
            *out = mem_strdup(lines.line[0]);
    }
    lines_free(&lines);
    bytes_free(&text);
    return status;
}

static enum TreeVerdict judge_text(const char *text, LabeledImage *out, Error *err)
{
    bool found;
    char *sentence;
    if (file_find(text, &found, err) != 0) return TREE_BAD_WORDS;
    if (!found) return TREE_NO_WORDS;
    if (read_sentence(text, &sentence, err) != 0) return TREE_BAD_WORDS;
    if (!sentence) return TREE_NO_WORDS;
    labeled_add_caption(out, sentence);
    return TREE_KEPT;
}

static enum TreeVerdict words(const void *context, const char *path, LabeledImage *out,
                              Error *err)
{
    char *name = mem_format("%.*s.txt", (int)strlen(path) - 4, path),
         *text = file_join(context, name);
    const enum TreeVerdict verdict = judge_text(text, out, err);
    if (verdict == TREE_KEPT) add_folders(path, out);
    mem_free(text);
    mem_free(name);
    return verdict;
}

static bool is_drawing_alone(const Lines *files, const char *path)
{
    if (!strings_end_in(path, ".svg") || is_left_out(path)) return false;
    char *twin = mem_format("%.*s.png", (int)strlen(path) - 4, path);
    const bool found =
        bsearch(&twin, files->line, files->count, sizeof *files->line, strings_compare);
    mem_free(twin);
    return !found;
}

static int count_drawings(const char *root, int64_t *out, Error *err)
{
    Lines files;
    if (file_walk(root, &files, err) != 0) return -1;
    for (size_t i = 0; i < files.count; i++) *out += is_drawing_alone(&files, files.line[i]);
    lines_free(&files);
    return 0;
}

typedef struct Stamps {
    const StampsConfig *config;
    StampsReport *report;
} Stamps;

static int collect(void *context, const DataFolder *folder, LabeledSet *set, Error *err)
{
    const Stamps *s = context;
    const char *root = s->config->from;
    const TreeSource source = {.root = root,
                               .what = "reading stamps",
                               .is_left_out = is_left_out,
                               .words = words,
                               .context = root,
                               .size = s->config->size};
    if (count_drawings(root, &s->report->drawings, err) != 0) return -1;
    return tree_scan(&source, folder, set, &s->report->tree, err);
}

int stamps_prepare(const char *out, const StampsConfig *config, StampsReport *report,
                   Error *err)
{
    *report = (StampsReport){0};
    Stamps s = {config, report};
    const AnnotateRules rules = {
        .source = config->from, .min_images = config->min_images, .seen = config->seen};
    return annotate_folder(out, &rules, collect, &s, &report->set, err);
}
