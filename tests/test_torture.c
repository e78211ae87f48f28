/* SPDX-License-Identifier: Apache-2.0 */
/* Every command while an allocation or a system call fails, or all from there on: in any
 * library, and wherever the program calls from. Environment: POINTS, how many failures of
 * either kind to try per command (0: all), drawn by SEED. */
#include "core/io/file.h"
#include "core/mem.h"
#include "tests/data/describe/fault_case.h"
#include "tests/support/sanitized.h"
#include "tests/support/tiny.h"
#include "tests/support/uses.h"
#include "tests/torture/judge.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

typedef struct Use {
    const char *arguments, *copied; /* as for torture_run */
} Use;

/* Parts of the program that the uses of uses.h pass by. */
static const Use more[] = {
    {"train -c @/tiny.yaml run=out train.max_steps=2 eval.images=2", "run"},
    {"tag --checkpoint @/run --json --heatmap out @/one.png @/one.jpg @/one.webp", NULL},
    {"tag --checkpoint @/run model.bank_map=true --json @/one.png", NULL},
    {"convert @/run out.pth", NULL},
    {("embed --encoder hash model.text_width=64 --descriptions @/data/seen/descriptions.json "
      "-o out.safetensors"),
     NULL},
    {"verify --json @/old.h5", NULL},
};
enum { MORE = sizeof more / sizeof *more, DESCRIBE = USES + MORE, ALL };
enum { POINTS = 2, DAY = 24 * 60 * 60 };

static Job job;
static char describe[256]; /* from the job's server */

static Use use_of(int i)
{
    if (i == DESCRIBE) return (Use){describe, NULL};
    return i < USES ? (Use){uses[i], NULL} : more[i - USES];
}

static uint64_t number_of(const char *variable, uint64_t otherwise)
{
    const char *text = getenv(variable);
    return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

/* Another one every day. */
static uint64_t seed(void) { return number_of("SEED", (uint64_t)time(NULL) / DAY); }

typedef struct Torture {
    Use use;
    TorturePlan *plan;
    Usual usual;
    Points points;
    int failed;
} Torture;

/* With several threads, the call of this number may be another one: *p becomes what failed. */
static TortureRun run_with(const Torture *t, Point *p)
{
    point_plan(p, t->plan);
    const TortureRun run = torture_run(t->use.arguments, t->use.copied);
    if (*t->plan->report) {
        p->place.number = t->plan->number;
        p->place.file = t->plan->file;
    }
    return run;
}

/* A run without failure, which lists the places of one kind. */
static void list_places(Torture *t, int64_t number, Rng *rng)
{
    char why[JUDGE_WHY];
    const uint64_t wanted = number_of("POINTS", POINTS);
    TortureRun run = run_with(t, &(Point){.place.number = number});
    ck_assert_msg(run.code == 0, "%s: %d: %s", run.arguments, run.code, run.said[1]);
    ck_assert_msg(judge(&run, &t->usual, &(Point){0}, why), "%s: %s", run.arguments, why);
    ck_assert(t->plan->places > 0 && t->plan->places < TORTURE_PLACES);
    points_draw(&t->points, t->plan, wanted ? wanted : SIZE_MAX, rng);
    torture_free(&run);
}

/* oneDNN does not look whether it got memory for the code that it writes. core/math/onednn.c
 * makes sure that there is some, but cannot survive a single call that fails. */
static bool is_onednn(const Torture *t, const Point *p, const TortureRun *run)
{
    return run->code == -SIGSEGV && p->place.number == SYS_mmap &&
           strstr(t->plan->report, "libdnnl") != NULL;
}

static void try(Torture *t, Point *p)
{
    char why[JUDGE_WHY], name[POINT_NAME];
    TortureRun run = run_with(t, p);
    if (is_onednn(t, p, &run))
        fputs("note: oneDNN does not survive this failure\n", stderr);
    else if (!judge(&run, &t->usual, p, why)) {
        point_name(p, name);
        fprintf(stderr, "torture: %s: %s: %s\n%s%s", run.arguments, name, why, t->plan->report,
                run.said[1]);
        t->failed++;
    }
    torture_free(&run);
}

START_TEST(one_command)
{
    if (SANITIZED_MEMORY) {
        fputs("skipped under sanitizers, which stand in the place of its library\n", stderr);
        return;
    }
    Torture t = {.use = use_of(_i), .plan = torture_plan()};
    Rng rng = rng_new(seed(), 0, (uint64_t)_i, RNG_TEST);
    for (int i = 0; i < 2; i++) t.usual.run[i] = run_with(&t, &(Point){0});
    list_places(&t, TORTURE_ALLOCATION, &rng);
    list_places(&t, 0, &rng);
    for (size_t i = 0; i < t.points.count; i++) try(&t, &t.points.at[i]);
    ck_assert_msg(t.failed == 0, "%d of %zu failures not survived; again: SEED=%lu POINTS=%lu",
                  t.failed, t.points.count, seed(), number_of("POINTS", POINTS));
    for (int i = 0; i < 2; i++) torture_free(&t.usual.run[i]);
    mem_free(t.points.at);
}
END_TEST

static void setup(void)
{
    fprintf(stderr, "torture: SEED=%lu POINTS=%lu\n", seed(), number_of("POINTS", POINTS));
    uses_new();
    char *line = tiny_path("cp tests/golden/images/baseline.jpg @/one.jpg && "
                           "cp tests/golden/images/lossy.webp @/one.webp && "
                           "cp tests/golden/old/checkpoint.h5 @/old.h5");
    ck_assert_int_eq(system(line), 0);
    mem_free(line);
    tiny_write("@/two.txt", "dog\nred fox\n");
    tiny_write("@/prompts.txt", "What is a {}?\n");
    job_new(&job);
    job_serve(&job, NULL, "--same");
    snprintf(describe, sizeof describe,
             "describe --tags @/two.txt --prompts @/prompts.txt --endpoint %s --model m "
             "-o out.json --retry-base 0.002 --retry-max 0.02",
             job.server.endpoint);
}

static void teardown(void)
{
    job_free(&job);
    uses_free();
}

Suite *test_torture_suite(void);
Suite *test_torture_suite(void)
{
    enum { HOURS = 3 };
    Suite *s = suite_create("torture");
    TCase *c = tcase_create("torture");
    tcase_add_unchecked_fixture(c, setup, teardown);
    tcase_set_timeout(c, HOURS * 60 * 60);
    tcase_add_loop_test(c, one_command, 0, ALL);
    suite_add_tcase(s, c);
    return s;
}
