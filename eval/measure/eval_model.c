/* SPDX-License-Identifier: Apache-2.0 */
/* Scoring evaluation sets with a checkpoint. */
#include "eval/measure/eval_model.h"

#include "core/hash.h"
#include "core/io/file.h"
#include "core/json/json.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/printable.h"
#include "core/strings/strings.h"
#include "core/version.h"

#include <string.h>
#include <sys/stat.h>

/* The folder of the results: RUN/eval, or eval beside a checkpoint outside of a run. Owned. */
static char *results_folder(const char *checkpoint)
{
    static const char inside[] = "checkpoints/"; /* RUN/checkpoints/FILE */
    const char *file = strrchr(checkpoint, '/');
    const size_t n = file ? (size_t)(file + 1 - checkpoint) : 0, m = sizeof inside - 1;
    const bool run = n >= m && strncmp(checkpoint + n - m, inside, m) == 0 &&
                     (n == m || checkpoint[n - m - 1] == '/');
    return mem_format("%.*seval", run ? (int)(n - m) : 0, checkpoint);
}

/* *other: whether the folder holds the results of another evaluation set. */
static int find_owner(const char *out, const EvalSet *set, bool *other, Error *err)
{
    Error why = {0};
    char *path = file_join(out, "summary.json");
    json_t *summary = json_read(path, FILE_MAX_BYTES, &why);
    const char *data = json_string_value(json_object_get(summary, "data"));
    *other = data && strcmp(data, set->folder) != 0;
    json_decref(summary);
    mem_free(path);
    return why.code && why.code != ERROR_DATA ? error_move(err, &why) : 0;
}

/* NAME below the folder of the results; for a second set of the same name, ABOVE-NAME. */
static int default_out(const char *checkpoint, const EvalSet *set, char **out, Error *err)
{
    char *results = results_folder(checkpoint);
    const char *last = strrchr(set->folder, '/'), *above = last;
    bool other = false;
    *out = file_join(results, set->name);
    int status = find_owner(*out, set, &other, err);
    if (last && other) {
        while (above > set->folder && above[-1] != '/') above--;
        mem_free(*out);
        *out = mem_format("%s/%.*s-%s", results, (int)(last - above), above, set->name);
        status = find_owner(*out, set, &other, err);
    }
    mem_free(results);
    if (status != 0 || !other) return status;
    return error_set(err, ERROR_USAGE,
                     "%s: holds the results of another evaluation set: choose a folder for "
                     "these with -o",
                     *out);
}

/* With the vectors of a bank, or encoding the tags. */
static int open_set(const EvalModel *o, const char *data, Recognizer *r, EvalSet *out,
                    Error *err)
{
    Labels bank = {0};
    EvalPaths paths = o->paths;
    const LabelTextRules texts = config_eval_texts(&r->config);
    paths.texts = &texts;
    paths.data_root = r->config.data.root;
    paths.absolute = r->config.data.absolute;
    if (o->bank) {
        if (recognizer_read_bank(r, o->bank, &bank, err) != 0) return -1;
        paths.bank = &bank;
        paths.bank_path = o->bank;
    }
    int status = eval_set_open(data, &paths, out, err);
    if (o->bank) labels_free(&bank);
    if (status != 0 || o->bank) return status;
    const TextEncoder *encoder = recognizer_encoder(r, err);
    status = encoder ? eval_set_encode(out, encoder, err) : -1;
    if (status == 0 && config_halves_bank(&r->config)) label_bank_halve(out->labels.bank);
    if (status != 0) eval_set_free(out);
    return status;
}

/* Adds size and time of the images: one that was replaced is scored again. */
static void hash_images(Hash *h, const EvalSet *set)
{
    struct stat st;
    for (int64_t i = 0; i < set->benchmark.images; i++) {
        hash_add_text(h, set->path[i]);
        if (stat(set->path[i], &st) != 0) continue; /* inside of a shard */
        const int64_t seen[] = {st.st_size, st.st_mtim.tv_sec, st.st_mtim.tv_nsec};
        hash_add(h, seen, sizeof seen);
    }
}

/* All that the scores depend on. */
static void identify(const EvalSet *set, const Recognizer *r, char out[static HASH_HEX])
{
    uint8_t value[HASH_BYTES];
    const LabelBank *bank = set->labels.bank;
    Hash *h = hash_new();
    char *options = option_dump(config_table(), &r->config);
    hash_add_text(h, RAMPLUS_VERSION);
    hash_add_text(h, options);
    hash_add_text(h, set->benchmark.hash);
    hash_images(h, set);
    hash_add(h, r->params->data, (size_t)r->params->len * sizeof *r->params->data);
    hash_add(h, bank->offset, (size_t)(bank->tags + 1) * sizeof *bank->offset);
    hash_add(h, label_bank_data(bank), label_bank_bytes(bank));
    if (r->towers)
        hash_add(h, (double[]){r->towers->scale, r->towers->bias}, 2 * sizeof(double));
    hash_result(h, value);
    hash_hex(value, out);
    hash_free(h);
    mem_free(options);
}

static ScoreJournal *open_journal(const char *out, const EvalSet *set, const Recognizer *r)
{
    char identity[HASH_HEX];
    identify(set, r, identity);
    return score_journal_open(out, identity, set->benchmark.tags);
}

static int score(const EvalModel *o, const char *out, const EvalSet *set, Recognizer *r,
                 Error *err)
{
    EvalResult result;
    const Scorer scorer = recognizer_scorer(r);
    ScoreJournal *journal = open_journal(out, set, r);
    int status = eval_set_run(set, &scorer, out, journal, &result, err);
    if (status == 0) status = error_move(err, &result.unwritten);
    const bool keep = status > 0 || (status < 0 && err && err->code == ERROR_RUNTIME);
    score_journal_close(journal, keep);
    if (status > 0) log_info("%s: the same command goes on from here", out);
    /* The numbers are printed even if their files cannot be written. */
    if (result.text && !o->quiet) printable_print(o->json ? result.json : result.text);
    if (result.text && result.skipped)
        log_warn("%ld image%s could not be read: left out", result.skipped,
                 strings_s(result.skipped));
    if (status == 0) log_info("details: %s", out);
    eval_result_free(&result);
    return status;
}

int eval_model_run(const EvalModel *o, const char *checkpoint, Recognizer *r, const char *data,
                   const char *out, char **folder, Error *err)
{
    EvalSet set;
    *folder = NULL;
    if (open_set(o, data, r, &set, err) != 0) return -1;
    for (int64_t k = 0; o->one_threshold && k < set.labels.tags.count; k++)
        set.threshold[k] = (float)o->threshold;
    if (set.half && !o->one_threshold) scorer_warn_thresholds(&r->config);
    eval_set_log(&set);
    *folder = out ? mem_strdup(out) : NULL;
    int status = out ? 0 : default_out(checkpoint, &set, folder, err);
    if (status == 0) status = score(o, *folder, &set, r, err);
    eval_set_free(&set);
    return status;
}
