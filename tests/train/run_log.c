/* SPDX-License-Identifier: Apache-2.0 */
/* Checking the logs of a run line by line. */
#include "tests/train/run_log.h"

#include "core/io/file.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <string.h>

static void has_keys(const json_t *json, const char *const *key, const char *line)
{
    for (; *key; key++) ck_assert_msg(json_object_get(json, *key), "no %s in %s", *key, line);
}

static void take_eval(RunLog *log, Text *seen, const json_t *json)
{
    char mark[160];
    snprintf(mark, sizeof mark, "%s@%ld ", json_string_value(json_object_get(json, "eval")),
             (int64_t)json_integer_value(json_object_get(json, "step")));
    ck_assert_msg(!seen->data || !strstr(seen->data, mark), "evaluated twice: %s", mark);
    text_put(seen, mark);
    log->evals++;
}

static void take_line(RunLog *log, Text *seen, const char *line)
{
    static const char *const step_keys[] = {"step",
                                            "epoch",
                                            "loss",
                                            "loss_tag",
                                            "loss_dis",
                                            "loss_alignment",
                                            "lr",
                                            "grad_norm",
                                            "grad_norm_tag",
                                            "grad_norm_dis",
                                            "grad_norm_alignment",
                                            "samples_per_s",
                                            "data_wait_s",
                                            NULL};
    static const char *const eval_keys[] = {"step", "epoch", "mAP", "CP", "CR", "F1", NULL};
    json_error_t why;
    json_t *json = json_loads(line, JSON_REJECT_DUPLICATES, &why);
    ck_assert_msg(json_is_object(json), "%s in %s", why.text, line);
    const bool eval = json_object_get(json, "eval") != NULL;
    has_keys(json, eval ? eval_keys : step_keys, line);
    const int64_t step = json_integer_value(json_object_get(json, "step"));
    if (eval) {
        ck_assert_int_eq(step, log->last);
        take_eval(log, seen, json);
    } else {
        ck_assert_msg(step > log->last, "step %ld after step %ld", step, log->last);
        log->last = step;
        log->loss_sum += json_number_value(json_object_get(json, "loss"));
        log->steps++;
    }
    json_decref(json);
}

static void check_epochs(const char *run, int64_t epochs)
{
    static const char *const keys[] = {
        "train_lr",       "train_loss",           "train_loss_tag",
        "train_loss_dis", "train_loss_alignment", NULL};
    char *name = mem_format("@/%s/log.txt", run), *path = tiny_path(name);
    const bool written = file_exists(path);
    ck_assert_msg(written || epochs == 0, "no %s", path);
    char *text = written ? tiny_read(name) : mem_strdup(""), *rest = text;
    int64_t n = 0;
    for (char *line; (line = strtok_r(rest, "\n", &rest)); n++) {
        json_t *json = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
        ck_assert_msg(json_is_object(json), "not JSON: %s", line);
        has_keys(json, keys, line);
        ck_assert_int_eq(json_integer_value(json_object_get(json, "epoch")), n);
        json_decref(json);
    }
    ck_assert_int_eq(n, epochs);
    mem_free(text);
    mem_free(path);
    mem_free(name);
}

RunLog run_log_check(const char *run, int64_t epochs)
{
    RunLog log = {0};
    Text seen = {0};
    char *name = mem_format("@/%s/metrics.jsonl", run), *text = tiny_read(name), *rest = text;
    ck_assert_msg(*text && text[strlen(text) - 1] == '\n', "%s: cut line", name);
    for (char *line; (line = strtok_r(rest, "\n", &rest));) take_line(&log, &seen, line);
    mem_free(text);
    mem_free(name);
    check_epochs(run, epochs);
    log.evaluated = mem_strdup(seen.data ? seen.data : "");
    text_free(&seen);
    return log;
}

void run_log_free(RunLog *log) { mem_free(log->evaluated); }
