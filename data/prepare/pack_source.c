/* SPDX-License-Identifier: Apache-2.0 */
/* Reads dataset.yaml as far as `prepare` writes it, and finds the rest as data.root does. */
#include "data/prepare/pack_source.h"

#include "core/io/file.h"
#include "core/mem.h"
#include "core/options/option.h"
#include "data/folder/label_set.h"

typedef struct Settings {
    char *root, *tags, *descriptions, *eval_root, *train;
    OptionStrings eval;
    double align;
} Settings;

#define AT(field) offsetof(Settings, field)

static const OptionRow rows[] = {
    {"data.root", NULL, OPTION_STRING, AT(root), "", .help = NULL},
    {"data.train", NULL, OPTION_STRING, AT(train), "", .help = NULL},
    {"data.eval", NULL, OPTION_STRINGS, AT(eval), "", .help = NULL},
    {"model.tags", NULL, OPTION_STRING, AT(tags), "", .help = NULL},
    {"model.descriptions", NULL, OPTION_STRING, AT(descriptions), "", .help = NULL},
    {"loss.weight.align", NULL, OPTION_FLOAT, AT(align), "1", .help = NULL},
    {"eval.root", NULL, OPTION_STRING, AT(eval_root), "", .help = NULL},
};

static const OptionTable table = {.row = rows,
                                  .rows = sizeof rows / sizeof *rows,
                                  .hint = "`prepare pack` reads only what `prepare` writes "
                                          "there; name the train.json instead"};

/* Of the settings, where the images are; the rest is in the folder. */
static int read_settings(PackSource *s, const char *path, Error *err)
{
    Settings set;
    option_defaults(&table, &set);
    const int status = option_load_yaml(&table, &set, path, err);
    if (status == 0 && *set.root && !s->root) s->root = mem_strdup(set.root);
    if (status == 0 && *set.eval_root) s->eval_root = mem_strdup(set.eval_root);
    option_free(&table, &set);
    return status;
}

static void find_sets(PackSource *s, const char *folder)
{
    for (int i = 0; i < LABEL_SETS; i++) {
        char *set = file_join(folder, label_sets[i]), *list = file_join(set, "annotations.txt");
        if (file_exists(list))
            s->eval[s->evals++] = set;
        else
            mem_free(set);
        mem_free(list);
    }
}

static int open_folder(PackSource *s, const char *folder, Error *err)
{
    static const char *const texts[] = {"descriptions.json", NULL};
    char *settings = file_join(folder, "dataset.yaml");
    const int status = file_exists(settings) ? read_settings(s, settings, err) : 0;
    s->train = file_join(folder, "train.json");
    s->descriptions = file_first_of(folder, texts);
    find_sets(s, folder);
    mem_free(settings);
    return status;
}

int pack_source_open(const char *path, const char *root, const char *tags, PackSource *out,
                     Error *err)
{
    *out = (PackSource){.root = root ? mem_strdup(root) : NULL,
                        .tags = tags ? mem_strdup(tags) : NULL};
    int status = 0;
    char *folder = file_is_dir(path) ? mem_strdup(path) : file_folder(path);
    if (file_is_dir(path))
        status = open_folder(out, folder, err);
    else
        out->train = mem_strdup(path);
    if (!out->root) out->root = mem_strdup(folder);
    if (!out->eval_root) out->eval_root = mem_strdup(out->root);
    if (!out->tags) out->tags = file_join(folder, "train_tags.txt");
    mem_free(folder);
    if (status != 0) pack_source_free(out);
    return status;
}

void pack_source_free(PackSource *s)
{
    for (int i = 0; i < s->evals; i++) mem_free(s->eval[i]);
    mem_free(s->descriptions);
    mem_free(s->eval_root);
    mem_free(s->root);
    mem_free(s->tags);
    mem_free(s->train);
    *s = (PackSource){0};
}
