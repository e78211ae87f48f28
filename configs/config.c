/* SPDX-License-Identifier: Apache-2.0 */
/* The options of a run: the sections of the table, and the configurations derived from them. */
#include "configs/config.h"

#include "core/io/file.h"
#include "core/log.h"
#include "core/math/bf16.h"
#include "core/math/gemm.h"
#include "core/math/int8.h"
#include "core/mem.h"
#include "data/caption_template.h"

#include <string.h>

/* In the order of the dump. */
static const OptionSection sections[] = {
    {&run_options, offsetof(Config, run)},
    {&data_options, offsetof(Config, data)},
    {&loader_options, offsetof(Config, loader)},
    {&augment_options, offsetof(Config, augment)},
    {&backbone_options, offsetof(Config, backbone)},
    {&model_options, offsetof(Config, model)},
    {&text_options, offsetof(Config, text)},
    {&clip_options, offsetof(Config, clip)},
    {&loss_options, offsetof(Config, loss)},
    {&optim_options, offsetof(Config, optim)},
    {&train_options, offsetof(Config, train)},
    {&eval_options, offsetof(Config, eval)},
    {&save_options, offsetof(Config, save)},
    {&log_options, offsetof(Config, log)},
    {&debug_options, offsetof(Config, debug)},
    {&reference_options, offsetof(Config, reference)},
};

static const OptionTable table = {.section = sections,
                                  .sections = sizeof sections / sizeof *sections,
                                  .hint = "`ramplus config --options` lists them"};

const OptionTable *config_table(void) { return &table; }

static int check_three(const OptionFloats *list, const char *name, Error *err)
{
    if (list->count == 3) return 0;
    return error_set(err, ERROR_USAGE, "%s: %ld values: expected 3, one per channel", name,
                     list->count);
}

int config_check(const Config *c, Error *err)
{
    if (check_three(&c->data.mean, "data.mean", err) != 0) return -1;
    if (check_three(&c->data.std, "data.std", err) != 0) return -1;
    if (check_three(&c->eval.mean, "eval.mean", err) != 0) return -1;
    if (check_three(&c->eval.std, "eval.std", err) != 0) return -1;
    if (text_template_check("text.template", &c->text.templates, err) != 0) return -1;
    if (caption_template_check("caption.template", &c->data.caption, err) != 0) return -1;
    return augment_options_check(&c->augment, err);
}

/* Checks a loaded configuration, and frees it after a failure of this or of loading. */
static int finish(Config *c, int status, Error *err)
{
    if (status == 0) status = config_check(c, err);
    if (status != 0) config_free(c);
    return status;
}

/* A run folder stands for its config.yaml. */
static int load_file(const char *path, Config *out, Error *err)
{
    char *file = file_is_dir(path) ? file_join(path, "config.yaml") : mem_strdup(path);
    const int status = option_load_yaml(&table, out, file, err);
    mem_free(file);
    return status;
}

int config_load(char *const *file, int64_t files, char *const *assignment, int64_t assignments,
                Config *out, Error *err)
{
    int status = 0;
    *out = (Config){0};
    option_defaults(&table, out);
    for (int64_t i = 0; status == 0 && i < files; i++) status = load_file(file[i], out, err);
    for (int64_t i = 0; status == 0 && i < assignments; i++)
        status = option_set(&table, out, assignment[i], err);
    if (status == 0 && out->run.precision == PRECISION_INT8)
        status = error_set(err, ERROR_USAGE,
                           "precision=int8: for tag, eval and retrieve only; the fastest "
                           "precision of other commands is bfloat16");
    return finish(out, status, err);
}

int config_load_text(const char *name, const char *text, Config *out, Error *err)
{
    *out = (Config){0};
    option_defaults(&table, out);
    if (finish(out, option_load_yaml_text(&table, out, name, text, err), err) == 0) return 0;
    if (err) err->code = ERROR_CHECKPOINT;
    return -1;
}

Config config_copy(const Config *c)
{
    Config copy = *c;
    option_own(&table, &copy);
    return copy;
}

void config_free(Config *c) { option_free(&table, c); }

/* Sets *field to ROOT/NAME if it is empty and that file exists. */
static void fill_path(const char *root, const char *name, char **field)
{
    char *path = file_join(root, name);
    if (!**field && file_exists(path)) {
        mem_free(*field);
        *field = path;
    } else {
        mem_free(path);
    }
}

static void append_path(const char *root, const char *name, OptionStrings *list)
{
    char *path = file_join(root, name);
    if (file_exists(path))
        option_strings_add(list, path);
    else
        mem_free(path);
}

static void replace(char **field, const char *text)
{
    mem_free(*field);
    *field = mem_strdup(text);
}

static bool has(const char *root, const char *name)
{
    char *path = file_join(root, name);
    const bool found = file_exists(path);
    mem_free(path);
    return found;
}

/* The files of a data folder. test and all are names that a folder of images may have, too. */
static void fill_paths(Config *c)
{
    const char *root = c->data.root;
    fill_path(root, "train_tags.txt", &c->model.tags);
    if (!*c->model.bank) {
        fill_path(root, "seen/descriptions.json", &c->model.descriptions);
        fill_path(root, "descriptions.json", &c->model.descriptions);
    }
    if (c->data.train.count == 0) append_path(root, "train.json", &c->data.train);
    if (c->data.eval.value) return;
    append_path(root, "seen", &c->data.eval);
    append_path(root, "unseen", &c->data.eval);
    if (has(root, "all/annotations.txt")) append_path(root, "all", &c->data.eval);
    if (has(root, "test/annotations.txt")) append_path(root, "test", &c->data.eval);
}

/* The settings that only the maker of the folder knows: where the images are, and whether there
 * are captions. A stranger's file can set nothing else. */
static int fill_settings(Config *c, char *path, Error *err)
{
    Config folder;
    if (config_load(&path, 1, NULL, 0, &folder, err) != 0) return -1;
    if (*folder.data.root && strcmp(folder.data.root, c->data.root) != 0) {
        log_info("%s: the images are in %s", path, folder.data.root);
        replace(&c->data.root, folder.data.root);
    }
    if (*folder.eval.root && !*c->eval.root) replace(&c->eval.root, folder.eval.root);
    if (folder.loss.weight_align == 0) c->loss.weight_align = 0;
    config_free(&folder);
    return 0;
}

char *config_eval_root(const char *folder)
{
    Config c;
    char *root = NULL, *path = file_join(folder, "dataset.yaml");
    if (file_exists(path) && config_load(&path, 1, NULL, 0, &c, NULL) == 0) {
        if (*c.eval.root) root = mem_strdup(c.eval.root);
        config_free(&c);
    }
    mem_free(path);
    return root;
}

int config_complete(Config *c, Error *err)
{
    if (!*c->data.root) return 0;
    fill_paths(c);
    if (!has(c->data.root, "train.json") || !has(c->data.root, "dataset.yaml")) return 0;
    char *settings = file_join(c->data.root, "dataset.yaml");
    const int status = fill_settings(c, settings, err);
    mem_free(settings);
    return status;
}

int config_tags(const Config *c, bool used, TagList *out, Error *err)
{
    *out = (TagList){0};
    if (!*c->model.tags)
        return error_set(
            err, ERROR_USAGE,
            "model.tags: not set: name the list of training tags, or set data.root to "
            "a folder made by `ramplus prepare`");
    if ((used ? tags_read_used : tags_read)(c->model.tags, out, err) != 0) return -1;
    const int status = config_check_tags(c, out, c->model.tags, err);
    if (status != 0) tags_free(out);
    return status;
}

int config_check_tags(const Config *c, const TagList *tags, const char *path, Error *err)
{
    const int64_t have = tags->count, want = c->model.class_num;
    if (!want || want == have) return 0;
    return error_set(err, ERROR_DATA, "%s: %ld tags, but model.class_num is %ld", path, have,
                     want);
}

int config_model(const Config *c, RamPlusConfig *out, Error *err)
{
    *out = model_options_config(&c->model);
    out->encoder = backbone_options_config(&c->backbone);
    return ram_plus_check(out, err);
}

TransformConfig config_transform(const Config *c)
{
    TransformConfig t = {.size = c->backbone.image_size, .augment = c->augment};
    memcpy(t.mean, c->data.mean.value, sizeof t.mean);
    memcpy(t.std, c->data.std.value, sizeof t.std);
    return t;
}

LabelTextRules config_model_texts(const Config *c)
{
    return (LabelTextRules){.source = (enum LabelSource)c->model.texts,
                            .templates = c->text.templates,
                            .per_tag = c->model.descriptions_per_tag,
                            .seed = (uint64_t)c->model.descriptions_seed,
                            .first = c->model.reweight == REWEIGHT_NONE};
}

LabelTextRules config_eval_texts(const Config *c)
{
    LabelTextRules r = config_model_texts(c);
    if (c->eval.texts > 0) r.source = (enum LabelSource)(c->eval.texts - 1);
    return r;
}

bool config_int8(const Config *c)
{
    return c->run.precision == PRECISION_INT8 && !int8_missing();
}

/* Also in place of integers that are not available. */
static bool wants_bf16(const Config *c)
{
    return c->run.precision == PRECISION_BFLOAT16 ||
           (c->run.precision == PRECISION_INT8 && int8_missing());
}

bool config_bf16(const Config *c) { return wants_bf16(c) && !bf16_missing(); }

bool config_halves_bank(const Config *c)
{
    if (c->eval.bank != BANK_AUTO) return c->eval.bank == BANK_BFLOAT16;
    return (config_bf16(c) || config_int8(c)) && !c->model.bank_map;
}

static void warn_of_precision(const Config *c)
{
    if (c->run.precision == PRECISION_INT8 && int8_missing())
        log_warn("precision=int8: %s: falling back to %s", int8_missing(),
                 bf16_missing() ? "float32" : "bfloat16");
    else if (wants_bf16(c) && bf16_missing())
        log_warn("precision=bfloat16: %s: falling back to float32", bf16_missing());
}

ThreadLimit config_arithmetic(const Config *c)
{
    warn_of_precision(c);
    const ThreadLimit threads = threads_choose((int)c->run.threads, 0);
    gemm_set_threads(threads.count);
    return threads;
}

TextEncoderConfig config_text_encoder(const Config *c)
{
    return (TextEncoderConfig){.kind = c->text.encoder,
                               .dim = c->model.text_width,
                               .table = c->text.table,
                               .bf16 = config_bf16(c),
                               .clip = c->clip};
}
