/* SPDX-License-Identifier: Apache-2.0 */
/* Signals at random moments in the commands that may take long. Whatever the moment: the exit
 * code is a documented one, nothing unfinished is left, what looks complete is complete, and
 * the same command run again ends with the result of a run without a signal. SIGNALS_SEED=N
 * repeats the sample of a failure. */
#include "core/io/file.h"
#include "core/io/file_walk.h"
#include "core/log.h"
#include "core/mem.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SAMPLE = 14, STOPPED = 75, LATE = 60 /* seconds, also on a machine with other work */ };

#define SMALL "swin.depths=1,1,1,1 model.layers=1 "

/* A command that writes into @/out, and the file that is last. */
typedef struct Job {
    const char *arguments, *last;
    bool resumes, whole; /* the file appears only when everything is done */
} Job;

static const Job jobs[] = {
    {"train -c @/tiny.yaml run=@/out optim.accumulate=2 train.epochs=6 save.every=2 "
     "eval.every=3 save.keep=100 " SMALL,
     "checkpoints/step_00000018.h5", true, true},
    {"ablate -c @/tiny.yaml run=@/out train.max_steps=5 --grid loss.tag=bce,hill --seeds "
     "1 " SMALL,
     "ablation.csv", true, true},
    {"embed model.text_width=64 --tags @/many.txt -o @/out/bank.h5", "bank.h5", true, true},
    {"eval --checkpoint @/run --data @/long --root @/data -o @/out", "summary.json", false,
     true},
    {"tag --checkpoint @/run --top 3 --heatmap @/out @/data/images", NULL, false, false},
    {"prepare triplets @/out --tags @/data/train_tags.txt --root @/data --size 16 @/long.json",
     "train.json", false, true},
    {"prepare synth @/out --train 200 --test 20 --size 32", "train.json", false, true},
};
enum { JOBS = sizeof jobs / sizeof *jobs };

static Bytes want[JOBS];      /* the last file of a run without a signal */
static double duration[JOBS]; /* of that run, in seconds */
static uint64_t seed;

static void shell(const char *command)
{
    char *line = tiny_path(command);
    ck_assert_msg(system(line) == 0, "%s", line);
    mem_free(line);
}

static char *last_file(const Job *job)
{
    char *name = mem_format("@/out/%s", job->last), *path = tiny_path(name);
    mem_free(name);
    return path;
}

static Bytes read_last(const Job *job)
{
    Bytes b = {0};
    Error err = {0};
    if (!job->last) return b;
    char *path = last_file(job);
    ck_assert_msg(file_read(path, &b, &err) == 0, "%s", err.text);
    mem_free(path);
    return b;
}

static void make_inputs(void)
{
    mem_free(tiny_train(0, "run", SMALL "train.max_steps=2 data.eval="));
    shell("mkdir @/long && cp @/data/seen/tags.txt @/long/ && "
          "for i in $(seq 40); do cat @/data/seen/annotations.txt; done > "
          "@/long/annotations.txt");
    shell("i=0; while [ $i -lt 20000 ]; do echo thing $i; i=$((i + 1)); done > @/many.txt");
    /* the lines of the records, twenty times */
    shell(
        "{ echo '['; for i in $(seq 20); do sed '1s/^.//; $s/]$/,/' @/data/train.json; done | "
        "sed '$s/,$/]/'; } > @/long.json");
}

static void choose_seed(void)
{
    const char *given = getenv("SIGNALS_SEED");
    seed = given ? strtoul(given, NULL, 10) : (uint64_t)time(NULL);
    if (seed == 0) seed = 1;
    fprintf(stderr, "signals: SIGNALS_SEED=%lu\n", seed);
}

static void setup(void)
{
    tiny_new();
    choose_seed();
    make_inputs();
    for (int i = 0; i < JOBS; i++) {
        shell("rm -rf @/out && mkdir @/out");
        const double start = log_now();
        mem_free(tiny_messages(0, jobs[i].arguments));
        duration[i] = log_now() - start;
        want[i] = read_last(&jobs[i]);
    }
}

static void clean(void)
{
    for (int i = 0; i < JOBS; i++) bytes_free(&want[i]);
    tiny_free();
}

static void check_nothing_left(const char *what)
{
    char *folder = tiny_path("@/out");
    Lines files;
    ck_assert_int_eq(file_walk(folder, &files, NULL), 0);
    for (size_t i = 0; i < files.count; i++)
        ck_assert_msg(!strstr(files.line[i], ".tmp") && strcmp(files.line[i], "lock") != 0,
                      "%s: left: %s", what, files.line[i]);
    lines_free(&files);
    mem_free(folder);
}

static void check_last(int i, const char *what)
{
    Bytes have = read_last(&jobs[i]);
    ck_assert_msg(have.len == want[i].len &&
                      (!have.len || memcmp(have.data, want[i].data, have.len) == 0),
                  "%s: another %s", what, jobs[i].last);
    bytes_free(&have);
}

/* The last step in the metrics of a run; 0: none. */
static int64_t last_step(void)
{
    if (!tiny_exists("@/out/metrics.jsonl")) return 0;
    int64_t last = 0;
    char *text = tiny_read("@/out/metrics.jsonl"), *rest = text;
    for (char *line; (line = strtok_r(rest, "\n", &rest));) {
        json_t *record = json_loads(line, 0, NULL);
        last = json_integer_value(json_object_get(record, "step"));
        json_decref(record);
    }
    mem_free(text);
    return last;
}

/* Checkpoints are whole; the last step that the process took is in one. */
static void check_checkpoints(int code, const char *what)
{
    const int64_t step = last_step();
    if (tiny_exists("@/out/checkpoints/latest")) mem_free(tiny_out(0, "verify @/out"));
    if (code != STOPPED || step == 0) return;
    char *path = mem_format("@/out/checkpoints/step_%08ld.h5", step);
    ck_assert_msg(tiny_exists(path), "%s: no %s", what, path);
    mem_free(path);
}

static bool began(void)
{
    char *folder = tiny_path("@/out");
    Lines files = {0};
    ck_assert_int_eq(file_walk(folder, &files, NULL), 0);
    const bool any = files.count > 0;
    lines_free(&files);
    mem_free(folder);
    return any;
}

/* A command that resumes may only die of a signal that came before its main. */
static bool is_documented(const Job *job, int code, int number)
{
    if (code == 0) return true;
    if (!job->resumes) return code == -number;
    return code == STOPPED || (code == -number && !began());
}

static int stop(const Job *job, int number, double moment, const char *what)
{
    shell("rm -rf @/out && mkdir @/out");
    const pid_t child = tiny_spawn(job->arguments);
    tiny_sleep(moment);
    const double start = log_now();
    kill(child, number);
    const int code = tiny_wait(child);
    ck_assert_msg(log_now() - start < LATE, "%s: ended after %g s", what, log_now() - start);
    return code;
}

START_TEST(a_signal_at_a_random_moment)
{
    static const int numbers[] = {SIGHUP, SIGINT, SIGTERM, SIGUSR1};
    uint64_t random = seed * SAMPLE + (uint64_t)_i;
    for (int i = 0; i < 20; i++) tiny_random(&random);
    const int i = _i % JOBS, number = numbers[(int)(4 * tiny_random(&random))];
    const double moment = tiny_random(&random) * duration[i];
    char what[256];
    snprintf(what, sizeof what, "SIGNALS_SEED=%lu: signal %d after %.3f s in %.12s", seed,
             number, moment, jobs[i].arguments);
    const int code = stop(&jobs[i], number, moment, what);
    ck_assert_msg(is_documented(&jobs[i], code, number), "%s: %d", what, code);
    check_nothing_left(what);
    check_checkpoints(code, what);
    char *last = jobs[i].whole ? last_file(&jobs[i]) : NULL;
    if (last && file_exists(last)) check_last(i, what);
    mem_free(last);
    mem_free(tiny_messages(0, jobs[i].arguments));
    check_last(i, what);
    check_nothing_left(what);
}
END_TEST

Suite *test_signals_suite(void);
Suite *test_signals_suite(void)
{
    Suite *s = suite_create("signals");
    TCase *c = tcase_create("signals");
    tcase_add_unchecked_fixture(c, setup, clean);
    tcase_add_loop_test(c, a_signal_at_a_random_moment, 0, SAMPLE);
    suite_add_tcase(s, c);
    return s;
}
