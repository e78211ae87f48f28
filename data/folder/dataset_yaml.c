/* SPDX-License-Identifier: Apache-2.0 */
/* Writes settings as YAML; strings are written as JSON has them, which YAML reads. */
#include "data/folder/dataset_yaml.h"

#include "core/io/file.h"
#include "core/io/text.h"
#include "core/json/json.h"
#include "core/mem.h"

/* Puts the path DIR/NAME. */
static void put_path(Text *t, const char *dir, const char *name)
{
    char *path = *name ? file_join(dir, name) : mem_strdup(dir);
    json_put(t, json_text(path));
    mem_free(path);
}

static void put_row(Text *t, const char *key, const char *dir, const char *name)
{
    text_add(t, "  %s: ", key);
    put_path(t, dir, name);
    text_put(t, "\n");
}

static void put_data(Text *t, const char *out, const DatasetYaml *y)
{
    text_put(t, "data:\n");
    if (y->root) put_row(t, "root", y->root, "");
    if (y->train) put_row(t, "train", out, "train.json");
    text_put(t, "  eval: [");
    for (int i = 0; i < y->evals; i++) {
        text_put(t, i ? ", " : "");
        put_path(t, out, y->eval[i]);
    }
    text_put(t, "]\n");
}

/* out, roots: absolute. */
static int write_settings(const char *folder, const char *out, const DatasetYaml *y, Error *err)
{
    Text t = {0};
    put_data(&t, out, y);
    if (y->train) {
        text_put(&t, "model:\n");
        put_row(&t, "tags", out, "train_tags.txt");
        if (y->descriptions) put_row(&t, "descriptions", out, y->descriptions);
    }
    if (y->train && !y->captions) text_put(&t, "loss: {weight: {align: 0}} # no captions\n");
    if (y->eval_root) {
        text_put(&t, "eval:\n");
        put_row(&t, "root", y->eval_root, "");
    }
    const int status = text_write_in(folder, "dataset.yaml", t.data, err);
    text_free(&t);
    return status;
}

/* *real: the absolute path of a folder, owned; NULL of NULL. */
static int make_absolute(const char *folder, char **real, Error *err)
{
    *real = NULL;
    if (!folder) return 0;
    if (file_real(folder, real, err) != 0) return -1;
    if (!*real) *real = mem_strdup(folder);
    return 0;
}

int dataset_yaml_write(const char *out, const DatasetYaml *yaml, Error *err)
{
    DatasetYaml y = *yaml;
    char *folder, *root = NULL, *eval_root = NULL;
    int status = make_absolute(out, &folder, err);
    if (status == 0) status = make_absolute(yaml->root, &root, err);
    if (status == 0) status = make_absolute(yaml->eval_root, &eval_root, err);
    y.root = root;
    y.eval_root = eval_root;
    if (status == 0) status = write_settings(out, folder, &y, err);
    mem_free(eval_root);
    mem_free(root);
    mem_free(folder);
    return status;
}
