/* SPDX-License-Identifier: Apache-2.0 */
/* Writes settings as YAML; strings are written as JSON has them, which YAML reads. */
#include "data/folder/dataset_yaml.h"

#include "core/io/file.h"
#include "core/io/text.h"
#include "core/json/json.h"
#include "core/mem.h"

/* Puts the absolute path of DIR/NAME. err: what kept the machine from finding it. */
static void put_path(Text *t, const char *dir, const char *name, Error *err)
{
    char *real;
    file_real(dir, &real, err);
    if (!real) real = mem_strdup(dir);
    char *path = *name ? file_join(real, name) : mem_strdup(real);
    json_put(t, json_text(path));
    mem_free(path);
    mem_free(real);
}

static void put_row(Text *t, const char *key, const char *dir, const char *name, Error *err)
{
    text_add(t, "  %s: ", key);
    put_path(t, dir, name, err);
    text_put(t, "\n");
}

static void put_data(Text *t, const char *out, const DatasetYaml *y, Error *err)
{
    text_put(t, "data:\n");
    if (y->root) put_row(t, "root", y->root, "", err);
    if (y->train) put_row(t, "train", out, "train.json", err);
    text_put(t, "  eval: [");
    for (int i = 0; i < y->evals; i++) {
        text_put(t, i ? ", " : "");
        put_path(t, out, y->eval[i], err);
    }
    text_put(t, "]\n");
}

int dataset_yaml_write(const char *out, const DatasetYaml *y, Error *err)
{
    Text t = {0};
    Error why = {0};
    put_data(&t, out, y, &why);
    if (y->train) {
        text_put(&t, "model:\n");
        put_row(&t, "tags", out, "train_tags.txt", &why);
        if (y->descriptions) put_row(&t, "descriptions", out, y->descriptions, &why);
    }
    if (y->train && !y->captions) text_put(&t, "loss: {weight: {align: 0}} # no captions\n");
    if (y->eval_root) {
        text_put(&t, "eval:\n");
        put_row(&t, "root", y->eval_root, "", &why);
    }
    int status = error_move(err, &why);
    if (status == 0) status = text_write_in(out, "dataset.yaml", t.data, err);
    text_free(&t);
    return status;
}
