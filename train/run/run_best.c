/* SPDX-License-Identifier: Apache-2.0 */
/* The best step of a run. */
#include "train/run/run_best.h"

#include "core/io/file.h"
#include "core/json/json.h"
#include "core/log.h"
#include "core/mem.h"
#include "model/weights/run_checkpoint.h"

#include <string.h>

static const char *first_set(const RunInputs *in)
{
    return in->eval_sets > 0 ? in->eval_set[0].name : "";
}

int run_best_write(const RunInputs *in, const RunState *s, Error *err)
{
    Text line = {0};
    json_t *all = json_pair("evaluated", json_integer(s->evaluated));
    json_object_set_new(all, "set", json_text(first_set(in)));
    json_object_set_new(all, "step", s->best < 0 ? json_null() : json_integer(s->best_step));
    json_object_set_new(all, "mAP", s->best < 0 ? json_null() : json_number(s->best));
    json_put(&line, all);
    text_put(&line, "\n");
    const int status = text_write_in(in->config->run.folder, "best.json", line.data, err);
    text_free(&line);
    return status;
}

static void forget(RunState *s)
{
    s->best = -1;
    s->best_step = 0;
}

static void take(const json_t *file, const RunInputs *in, RunState *s)
{
    const char *set = json_string_value(json_object_get(file, "set"));
    const json_t *step = json_object_get(file, "step"), *map = json_object_get(file, "mAP");
    s->evaluated = json_integer_value(json_object_get(file, "evaluated"));
    if (set && *set && in->eval_sets > 0 && strcmp(set, first_set(in)) != 0) {
        log_info("data.eval: the first set is now %s, no longer %s: the best checkpoint is "
                 "chosen anew",
                 first_set(in), set);
        forget(s);
    } else if (json_is_integer(step) && json_integer_value(step) <= s->step) {
        s->best = json_number_value(map);
        s->best_step = json_integer_value(step);
    }
}

int run_best_read(const RunInputs *in, RunState *s, Error *err)
{
    enum { BYTES_MAX = 1 << 20 };
    const char *run = in->config->run.folder;
    char *path = file_join(run, "best.json");
    Error why = {0};
    json_t *file = json_read(path, BYTES_MAX, &why);
    mem_free(path);
    if (!file && why.code != ERROR_DATA) return error_move(err, &why);
    s->evaluated = s->step;
    s->best_step = run_checkpoint_linked(run, "best");
    if (file) take(file, in, s);
    if (run_checkpoint_linked(run, "best") < 0) forget(s);
    json_decref(file);
    return 0;
}
