/* SPDX-License-Identifier: Apache-2.0 */
/* Grids of runs: each cell is the run that its name says, finished cells are not run again, and
 * the tables are correct. */
#define _XOPEN_SOURCE 700
#include "core/io/file.h"
#include "core/mem.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define SMALL "swin.depths=1,1,1,1 model.layers=1 train.max_steps=5 "
#define GRID_IN(run)                                                                           \
    "ablate -c @/tiny.yaml run=" run " " SMALL "--grid loss.tag=bce,hill --seeds 2"
#define GRID GRID_IN("@/grid")

enum { USAGE = 2, STOPPED = 75, CELLS = 2, LISTS = 2, SEEDS = 2 };

static char *table; /* the table printed by the first call */
static char *messages;

static void setup(void)
{
    tiny_new();
    ck_assert_int_eq(tiny_run(GRID, &table, &messages), 0);
}

static void teardown(void)
{
    mem_free(table);
    mem_free(messages);
    tiny_free();
}

static int count(const char *text, const char *what)
{
    int n = 0;
    for (const char *p = text; (p = strstr(p, what)); p += strlen(what)) n++;
    return n;
}

static const char *const cells[CELLS] = {"bce", "hill"};
static const char *const lists[LISTS] = {"seen", "unseen"};

START_TEST(every_cell_trains_once)
{
    ck_assert_int_eq(count(messages, "cell bce, seed "), 2);
    ck_assert_int_eq(count(messages, "cell hill, seed 0\n"), 1);
    ck_assert_int_eq(count(messages, "cell hill, seed 1\n"), 1);
    ck_assert_int_eq(count(messages, "done: "), 0);
    ck_assert_int_eq(count(table, "\n"), 1 + CELLS);
    ck_assert_int_eq(count(table, " +- "), CELLS * LISTS);
}
END_TEST

START_TEST(finished_cells_are_not_run_again)
{
    char *again, *said;
    ck_assert_int_eq(tiny_run(GRID, &again, &said), 0);
    ck_assert_str_eq(again, table);
    ck_assert_int_eq(count(said, "cell "), 0);
    mem_free(again);
    mem_free(said);
    /* One cell is made unfinished: only this one is processed again, and its run is not trained
     * further. */
    char *undo = tiny_path("rm @/grid/hill/seed_1/ablation_result.txt");
    ck_assert_int_eq(system(undo), 0);
    mem_free(undo);
    ck_assert_int_eq(tiny_run(GRID, &again, &said), 0);
    ck_assert_str_eq(again, table);
    ck_assert_int_eq(count(said, "cell "), 1);
    ck_assert_int_eq(count(said, "cell hill, seed 1\n"), 1);
    ck_assert_int_eq(count(said, "latest: step 5, epoch 0"), 1);
    mem_free(again);
    mem_free(said);
}
END_TEST

START_TEST(a_cell_is_an_ordinary_run)
{
    char have[33], want[33];
    mem_free(tiny_train(0, "single", SMALL "loss.tag=hill seed=1"));
    tiny_content("single", want);
    tiny_content("grid/hill/seed_1", have);
    ck_assert_str_eq(have, want);
    tiny_content("grid/hill/seed_0", have);
    ck_assert_str_ne(have, want);
}
END_TEST

/* mAP at the last step, from the log of the run. */
static double map_of(const char *cell, int seed, const char *list)
{
    char *name = mem_format("@/grid/%s/seed_%d/metrics.jsonl", cell, seed);
    char *text = tiny_read(name), *rest = text;
    double map = -1;
    for (char *line; (line = strtok_r(rest, "\n", &rest));) {
        json_t *json = json_loads(line, 0, NULL);
        const char *eval = json_string_value(json_object_get(json, "eval"));
        if (eval && strcmp(eval, list) == 0)
            map = json_number_value(json_object_get(json, "mAP"));
        json_decref(json);
    }
    mem_free(text);
    mem_free(name);
    return map;
}

static void expect_row(const char *cell, const char *list, double mean, double deviation)
{
    const double a = map_of(cell, 0, list), b = map_of(cell, 1, list);
    ck_assert_double_ge(a, 0);
    ck_assert_double_eq_tol(mean, (a + b) / 2, 1e-8);
    ck_assert_double_eq_tol(deviation, fabs(a - b) / sqrt(2), 1e-8); /* n - 1 */
}

START_TEST(json_table)
{
    char *file = tiny_read("@/grid/ablation.json"), *out = tiny_out(0, GRID " --json");
    ck_assert_str_eq(out, file);
    json_t *json = json_loads(file, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_uint_eq(json_array_size(json), CELLS * LISTS);
    for (size_t i = 0; i < CELLS * LISTS; i++) {
        const json_t *row = json_array_get(json, i);
        const char *cell = json_string_value(json_object_get(row, "cell"));
        const char *list = json_string_value(json_object_get(row, "list"));
        ck_assert_str_eq(cell, cells[i / LISTS]);
        ck_assert_str_eq(list, lists[i % LISTS]);
        ck_assert_int_eq(json_integer_value(json_object_get(row, "seeds")), SEEDS);
        expect_row(cell, list, json_number_value(json_object_get(row, "mean")),
                   json_number_value(json_object_get(row, "deviation")));
    }
    json_decref(json);
    mem_free(out);
    mem_free(file);
}
END_TEST

START_TEST(csv_table)
{
    char *text = tiny_read("@/grid/ablation.csv"), *rest = text;
    ck_assert_str_eq(strtok_r(rest, "\n", &rest), "cell,list,mean,deviation,seeds");
    for (int i = 0; i < CELLS * LISTS; i++) {
        char cell[16], list[16], *line = strtok_r(rest, "\n", &rest);
        double mean, deviation;
        int seeds, used = 0;
        ck_assert_ptr_nonnull(line);
        ck_assert_int_eq(sscanf(line, "%15[^,],%15[^,],%lf,%lf,%d%n", cell, list, &mean,
                                &deviation, &seeds, &used),
                         5);
        ck_assert_int_eq(line[used], 0);
        ck_assert_int_eq(seeds, SEEDS);
        ck_assert_str_eq(cell, cells[i / LISTS]);
        expect_row(cell, list, mean, deviation);
    }
    ck_assert_ptr_null(strtok_r(rest, "\n", &rest));
    mem_free(text);
}
END_TEST

START_TEST(named_grids)
{
    char *out = tiny_out(0, "ablate -c @/tiny.yaml run=@/named train.max_steps=1 "
                            "swin.depths=1,1,1,1 --grid supervision --seeds 1");
    static const char *const rows[] = {"\ntagging ", "\nalignment ", "\nboth "};
    for (int i = 0; i < 3; i++) ck_assert_int_eq(count(out, rows[i]), 1);
    mem_free(out);
    /* The loss weights that the names denote. */
    char *tagging = tiny_read("@/named/tagging/seed_0/config.yaml");
    char *alignment = tiny_read("@/named/alignment/seed_0/config.yaml");
    ck_assert_ptr_nonnull(strstr(tagging, "loss.weight.align: 0\n"));
    ck_assert_ptr_nonnull(strstr(tagging, "loss.weight.tag: 1\n"));
    ck_assert_ptr_nonnull(strstr(alignment, "loss.weight.tag: 0\n"));
    mem_free(tagging);
    mem_free(alignment);
}
END_TEST

static const struct {
    const char *arguments, *message;
} bad[] = {
    {"run=@/no", "ablate: --grid is missing"},
    {"run=@/no --grid losses extra", "ablate: extra: unexpected argument"},
    {"run=@/no --grid loss", "--grid loss: must be losses, supervision or KEY=a,b,c"},
    {"run=@/no --grid loss.tag=", "must be losses, supervision or KEY=a,b,c"},
    {"run=@/no --grid losss.tag=asl", "did you mean 'loss.tag'?"},
    {"run=@/no --grid loss.tag=asl,bce,hil", "did you mean 'hill'?"},
    {"run=@/no --grid data.mean=0.5", "data.mean: 1 values: expected 3"},
    {"run=@/no --grid losses --seeds 0", "--seeds: '0': out of range, expected 1 to 1000"},
    {"run=@/no --grid losses --seeds 2x", "--seeds: '2x': expected a whole number"},
    {"--grid losses", "run: not set"},
};
enum { BAD = sizeof bad / sizeof *bad };

/* Errors that are found before any training. */
START_TEST(refuses)
{
    char *line = mem_format("ablate -c @/tiny.yaml %s", bad[_i].arguments);
    char *said = tiny_talk(USAGE, line), *run = tiny_path("@/no");
    ck_assert_msg(strstr(said, bad[_i].message), "%s: %s", line, said);
    ck_assert(!file_exists(run));
    mem_free(run);
    mem_free(said);
    mem_free(line);
}
END_TEST

START_TEST(at_most_64_cells)
{
    char line[512] = "ablate -c @/tiny.yaml run=@/no --grid seed=0";
    for (int i = 1; i <= 64; i++) snprintf(line + strlen(line), 8, ",%d", i);
    char *said = tiny_talk(USAGE, line);
    ck_assert_ptr_nonnull(strstr(said, "more than 64 cells"));
    mem_free(said);
}
END_TEST

/* A signal saves the current cell and stops the grid; the next call finishes with the same
 * table. */
START_TEST(stops_and_resumes)
{
    sigset_t set, before;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, &before);
    const pid_t child = tiny_spawn(GRID_IN("@/stop"));
    kill(child, SIGTERM); /* pending: handled after the first step */
    sigprocmask(SIG_SETMASK, &before, NULL);
    ck_assert_int_eq(tiny_wait(child), STOPPED);
    char *out = tiny_out(0, GRID_IN("@/stop")), have[33], want[33];
    ck_assert_str_eq(out, table);
    tiny_content("stop/bce/seed_0", have);
    tiny_content("grid/bce/seed_0", want);
    ck_assert_str_eq(have, want);
    mem_free(out);
}
END_TEST

Suite *test_ablate_suite(void);
Suite *test_ablate_suite(void)
{
    Suite *suite = suite_create("ablate");
    TCase *c = tcase_create("ablate");
    tcase_add_unchecked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 300);
    tcase_add_test(c, every_cell_trains_once);
    tcase_add_test(c, finished_cells_are_not_run_again);
    tcase_add_test(c, a_cell_is_an_ordinary_run);
    tcase_add_test(c, json_table);
    tcase_add_test(c, csv_table);
    tcase_add_test(c, named_grids);
    tcase_add_loop_test(c, refuses, 0, BAD);
    tcase_add_test(c, at_most_64_cells);
    tcase_add_test(c, stops_and_resumes);
    suite_add_tcase(suite, c);
    return suite;
}
