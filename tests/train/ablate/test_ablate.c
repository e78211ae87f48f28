/* SPDX-License-Identifier: Apache-2.0 */
/* Grids of runs: each cell is the run that its name says, finished cells are not run again, and
 * the tables are correct. */
#include "core/io/file.h"
#include "core/mem.h"
#include "tests/support/tiny.h"
#include "tests/train/ablate/grid_case.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define GRID GRID_IN("@/grid")

enum { USAGE = 2, DATA = 3, STOPPED = 75, CELLS = 2, LISTS = 2, SEEDS = 2 };

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

static const char *const cells[CELLS] = {"loss.tag=bce", "loss.tag=hill"};
static const char *const lists[LISTS] = {"seen", "unseen"};

START_TEST(every_cell_trains_once)
{
    ck_assert_int_eq(grid_count(messages, ": loss.tag=bce, seed "), 2);
    ck_assert_int_eq(grid_count(messages, ": loss.tag=hill, seed 0"), 1);
    ck_assert_int_eq(grid_count(messages, ": loss.tag=hill, seed 1"), 1);
    ck_assert_int_eq(grid_count(messages, "done: "), 0);
    ck_assert_int_eq(grid_count(table, "\nloss.tag="), CELLS * (1 + LISTS));
    ck_assert_int_eq(grid_count(table, " +- "), CELLS * LISTS);
}
END_TEST

START_TEST(finished_cells_are_not_run_again)
{
    char *again, *said;
    ck_assert_int_eq(tiny_run(GRID, &again, &said), 0);
    ck_assert_str_eq(again, table);
    ck_assert_int_eq(grid_count(said, "cell "), 0);
    mem_free(again);
    mem_free(said);
    /* One cell is made unfinished: only this one is processed again, and its run is not trained
     * further. */
    char *undo = tiny_path("rm @/grid/loss.tag=hill/seed_1/ablation_results.txt");
    ck_assert_int_eq(system(undo), 0);
    mem_free(undo);
    ck_assert_int_eq(tiny_run(GRID, &again, &said), 0);
    ck_assert_str_eq(again, table);
    ck_assert_int_eq(grid_count(said, "cell "), 1);
    ck_assert_int_eq(grid_count(said, ": loss.tag=hill, seed 1"), 1);
    ck_assert_int_eq(grid_count(said, "latest: step 5, epoch 0"), 1);
    mem_free(again);
    mem_free(said);
}
END_TEST

START_TEST(a_cell_is_an_ordinary_run)
{
    char have[33], want[33];
    mem_free(tiny_train(0, "single", SMALL "loss.tag=hill seed=1"));
    tiny_content("single", want);
    tiny_content("grid/loss.tag=hill/seed_1", have);
    ck_assert_str_eq(have, want);
    tiny_content("grid/loss.tag=hill/seed_0", have);
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

/* A row per cell, seed and list, as in the log of the run; then their means and deviations. */
START_TEST(csv_table)
{
    char *text = tiny_read("@/grid/ablation.csv"), *rest = text;
    double map, cp, cr, f1, mean = 0;
    int used, n = 0;
    ck_assert_str_eq(strtok_r(rest, "\n", &rest),
                     "cell,seed,list,mAP,CP,CR,F1,learning_rate,step,best_step,"
                     "difference,seeds_low,seeds_high,images_low,images_high,rank");
    for (int c = 0; c < CELLS; c++)
        for (int l = 0; l < LISTS; l++)
            for (int s = 0; s < SEEDS; s++) {
                char *start = mem_format("%s,%d,%s,", cells[c], s, lists[l]);
                char *line = strtok_r(rest, "\n", &rest);
                ck_assert_msg(strncmp(line, start, strlen(start)) == 0, "%s: %s", start, line);
                ck_assert_int_eq(sscanf(line + strlen(start), "%lf,%lf,%lf,%lf%n", &map, &cp,
                                        &cr, &f1, &used),
                                 4);
                ck_assert_int_eq(strncmp(line + strlen(start) + used, ",,5,", 4), 0);
                ck_assert_double_eq_tol(map, map_of(cells[c], s, lists[l]), 1e-8);
                ck_assert_double_eq_tol(f1, 2 * cp * cr / (cp + cr + 1e-9), 1e-6);
                mem_free(start);
            }
    for (char *line; (line = strtok_r(rest, "\n", &rest)); n++) {
        char *start = mem_format("%s,%s,%s,", cells[n / 4], n % 2 ? "deviation" : "mean",
                                 lists[n / 2 % 2]);
        ck_assert_msg(strncmp(line, start, strlen(start)) == 0, "%s: %s", start, line);
        ck_assert_int_eq(sscanf(line + strlen(start), "%lf", &map), 1);
        if (n % 2) expect_row(cells[n / 4], lists[n / 2 % 2], mean, map);
        mean = map;
        mem_free(start);
    }
    ck_assert_int_eq(n, 2 * CELLS * LISTS);
    mem_free(text);
}
END_TEST

START_TEST(named_grids)
{
    char *out = tiny_out(0, "ablate -c @/tiny.yaml run=@/named train.max_steps=1 "
                            "swin.depths=1,1,1,1 --grid supervision --seeds 1");
    static const struct {
        const char *name, *settings[3];
    } row[] = {
        {"a-text",
         {"loss.weight.tag: 0\n", "model.texts: template\n", "eval.texts: template\n"}},
        {"b-tags",
         {"loss.weight.align: 0\n", "loss.weight.tag: 1\n", "model.texts: template\n"}},
        {"c-both",
         {"loss.weight.align: 1\n", "loss.weight.tag: 1\n", "eval.texts: template\n"}},
        {"d-described-at-inference",
         {"model.texts: template\n", "eval.texts: descriptions\n", "model.reweight: mean\n"}},
        {"e-described",
         {"model.texts: descriptions\n", "eval.texts: descriptions\n",
          "model.reweight: mean\n"}},
        {"f-reweighted",
         {"model.texts: descriptions\n", "eval.texts: descriptions\n",
          "model.reweight: auto\n"}},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char *line = mem_format("\n%s ", row[i].name);
        char *path = mem_format("@/named/%s/seed_0/config.yaml", row[i].name);
        char *config = tiny_read(path);
        ck_assert_int_eq(grid_count(out, line), 1 + LISTS);
        for (int k = 0; k < 3; k++)
            ck_assert_msg(strstr(config, row[i].settings[k]), "%s", row[i].settings[k]);
        mem_free(config);
        mem_free(path);
        mem_free(line);
    }
    ck_assert_ptr_nonnull(strstr(out, "86.6 / 73.9 *\n")); /* Table 3, of another set */
    mem_free(out);
}
END_TEST

/* A grid in a folder of its own whose finished cells meet changes. */
#define ONE_OF(train)                                                                          \
    "ablate -c @/tiny.yaml swin.depths=1,1,1,1 model.layers=1 train.max_steps=2 --seeds 1 "    \
    "data.train=" train " "
#define ONE ONE_OF("@/own.json")

static void shell(const char *command)
{
    char *full = tiny_path(command);
    ck_assert_int_eq(system(full), 0);
    mem_free(full);
}

/* The number of cells that the command trains. */
static int trains(const char *arguments)
{
    char *said = tiny_messages(0, arguments);
    const int n = grid_count(said, "cell ");
    mem_free(said);
    return n;
}

static void refused(int code, const char *arguments, const char *message)
{
    char *said = tiny_messages(code, arguments);
    ck_assert_msg(strstr(said, message), "%s: no %s: %s", arguments, message, said);
    ck_assert_int_eq(grid_count(said, "cell "), 0);
    mem_free(said);
}

/* A cell is what its settings and files say: others are refused or trained again, never mixed
 * with new results; other names of the same contents and options without effect are no
 * change. */
START_TEST(cells_of_other_settings)
{
    shell("cp @/data/train.json @/own.json && cp @/data/train.json @/same.json");
    ck_assert_int_eq(trains(ONE "run=@/change --grid loss.tag=bce,hill"), 2);
    char before[33], after[33];
    tiny_content("change/loss.tag=bce/seed_0", before);
    ck_assert_int_eq(
        trains(
            ONE_OF("@/same.json") "run=@/change --grid loss.tag=bce,hill threads=2 log.every=9"
                                  " loader.threads=1 save.keep=1 data.root=@/data/../data"),
        0);
    refused(USAGE, ONE "run=@/change --grid loss.tag=bce,hill optim.lr=2e-3",
            "loss.tag=bce/seed_0: trained with other settings, and its results cannot be "
            "compared with new ones: optim.lr: 0.001, now 0.002; train such cells again");
    shell("sed 's/a photo/my photo/' @/data/seen/descriptions.json > @/new.json");
    refused(USAGE, ONE "run=@/change --grid loss.tag=bce model.descriptions=@/new.json",
            "model.descriptions: other contents");
    shell("cp -r @/data/seen @/fewer && sed -i 5d @/fewer/annotations.txt");
    refused(USAGE, ONE "run=@/change --grid loss.tag=bce data.eval=@/fewer,@/data/unseen",
            "data.eval: other contents");
    shell("sed -i 's/caption\": *\\[\"/&the /' @/own.json");
    refused(USAGE, ONE "run=@/change --grid loss.tag=bce", "data.train: other contents");
    ck_assert_int_eq(trains(ONE "run=@/change --grid loss.tag=bce --rerun"), 1);
    ck_assert_int_eq(trains(ONE "run=@/change --grid loss.tag=bce"), 0);
    refused(USAGE, ONE "run=@/change --grid loss.tag=bce,hill",
            "loss.tag=hill/seed_0: trained with");
    tiny_content("change/loss.tag=bce/seed_0", after);
    ck_assert_str_ne(before, after);
    char *out = tiny_out(0, ONE "run=@/change --grid loss.tag=bce,hill --rerun");
    ck_assert_int_eq(grid_count(out, "\nloss.tag="), 2 * (1 + LISTS));
    ck_assert_int_eq(grid_count(out, "+-"), 0); /* one seed has no deviation */
    mem_free(out);
    /* An older version recorded nothing but the result. */
    shell("rm @/change/loss.tag=bce/seed_0/ablation_* && "
          "touch @/change/loss.tag=bce/seed_0/ablation_result.txt");
    refused(USAGE, ONE "run=@/change --grid loss.tag=bce",
            "trained without a record of its settings");
}
END_TEST

/* Two grids give their product; names carry their keys; a value stays inside the folder. */
START_TEST(several_grids)
{
    char *out =
        tiny_out(0, ONE_OF("@/data/train.json") "run=@/deep/product --grid supervision --grid "
                                                "optim.clip_norm=0,1 --json");
    json_t *json = json_loads(out, JSON_REJECT_DUPLICATES, NULL);
    static const char *const name[] = {"a-text+optim.clip_norm=0", "a-text+optim.clip_norm=1",
                                       "b-tags+optim.clip_norm=0"};
    ck_assert_uint_eq(json_array_size(json), 12 * LISTS);
    for (size_t i = 0; i < 3; i++) {
        const json_t *row = json_array_get(json, LISTS * i);
        ck_assert_str_eq(json_string_value(json_object_get(row, "cell")), name[i]);
        ck_assert(json_is_null(json_object_get(row, "deviation")));
        const json_t *runs = json_object_get(row, "runs");
        ck_assert_uint_eq(json_array_size(runs), 1);
        ck_assert_double_eq(json_number_value(json_object_get(json_array_get(runs, 0), "mAP")),
                            json_number_value(json_object_get(row, "mean")));
    }
    json_decref(json);
    mem_free(out);
    ck_assert(tiny_exists("@/deep/product/a-text+optim.clip_norm=1/seed_0/config.yaml"));
    shell("cp -r @/data/unseen @/deep/unseen && cp -r @/data/images @/deep");
    mem_free(tiny_out(
        0, ONE_OF("@/data/train.json") "run=@/deep/paths --grid "
                                       "data.eval=@/data/unseen/../seen,@/deep/unseen"));
    char *csv = tiny_read("@/deep/paths/ablation.csv");
    ck_assert_int_eq(grid_count(csv, "seen,0,seen,"), 1); /* each cell has its own list */
    ck_assert_int_eq(grid_count(csv, "unseen,0,unseen,"), 1);
    mem_free(csv);
    shell("test $(ls @/deep | wc -l) = 4 && test $(ls -d @/deep/paths/data.eval=%2F*/seed_0 "
          "| wc -l) = 2");
}
END_TEST

/* Values that hold commas: lists in brackets, and quotes. */
START_TEST(values_with_commas)
{
    char *out =
        tiny_out(0, "ablate -c @/tiny.yaml run=@/lists model.layers=1 train.max_steps=1 "
                    "--seeds 1 --grid 'swin.depths=[1,1,1,1],[2,1,1,1]'");
    ck_assert_ptr_nonnull(strstr(out, "\nswin.depths=[1,1,1,1]  0."));
    ck_assert_ptr_nonnull(strstr(out, "\nswin.depths=[2,1,1,1]  0."));
    mem_free(out);
    shell("cp @/data/train.json '@/a, b.json'");
    refused(DATA, ONE_OF("@/data/train.json") "run=@/none --grid 'data.eval=\"@/a, b.json\",x'",
            "error: x: cannot open");
}
END_TEST

/* A cell that diverges costs only its own row. */
START_TEST(a_cell_that_diverges)
{
    char *out, *said;
    ck_assert_int_eq(
        tiny_run("ablate -c @/tiny.yaml run=@/wild swin.depths=1,1,1,1 model.layers=1 "
                 "train.epochs=20 train.max_steps=40 optim.weight_decay=10 optim.clip_norm=0 "
                 "optim.schedule=constant optim.warmup_steps=0 save.every=1000 --seeds 1 "
                 "--grid optim.lr=10,1e-3",
                 &out, &said),
        5);
    ck_assert_ptr_nonnull(strstr(out, "\noptim.lr=10    diverged"));
    ck_assert_ptr_nonnull(strstr(out, "\noptim.lr=1e-3  0."));
    ck_assert_ptr_nonnull(strstr(said, "error: ablate: 1 of 2 runs diverged"));
    char *csv = tiny_read("@/wild/ablation.csv"), *json = tiny_read("@/wild/ablation.json");
    ck_assert_ptr_nonnull(strstr(csv, "\noptim.lr=10,0,seen,nan,nan,nan,nan,,,,,,,,,\n"));
    ck_assert_ptr_nonnull(strstr(json, "\"mean\": null"));
    ck_assert(!tiny_exists("@/wild/optim.lr=10/seed_0/ablation_results.txt"));
    mem_free(csv);
    mem_free(json);
    mem_free(out);
    mem_free(said);
}
END_TEST

/* What all cells have in common is said once, and an option that one cell uses has an
 * effect. */
START_TEST(warnings_come_once)
{
    char *said = tiny_messages(
        0,
        "ablate -c @/tiny.yaml run=@/once swin.depths=1,1,1,1 model.layers=1 "
        "train.max_steps=1 vit_grad_ckpt=true optim.lr_decay=0.9 loss.hill.gamma=3 "
        "loss.asl.tag.clip=0.1 optim.no_decay=*.bias,none* --grid loss.tag=bce,hill --seeds 2");
    ck_assert_int_eq(grid_count(said, "warning: vit_grad_ckpt: has no effect"), 1);
    ck_assert_int_eq(grid_count(said, "warning: optim.lr_decay: has no effect"), 1);
    ck_assert_int_eq(grid_count(said, "warning: loss.asl.tag.clip: has no effect"), 1);
    ck_assert_int_eq(grid_count(said, "loss.hill.gamma"), 0);
    /* As a run of `train`, each cell says what its patterns match. */
    ck_assert_int_eq(grid_count(said, "warning: optim.no_decay: none*: matches no"), 4);
    mem_free(said);
}
END_TEST

START_TEST(an_ablation_needs_evaluation_sets)
{
    shell("mkdir @/bare && ln -s ../data/images ../data/train.json ../data/train_tags.txt "
          "@/bare");
    refused(USAGE, ONE_OF("") "data.root=@/bare run=@/none --grid losses",
            "data.eval: not set: an ablation compares evaluations");
    refused(DATA, ONE_OF("@/data/train.json") "run=@/none --grid losses data.eval=@/bare",
            "bare: no tags.txt");
    refused(DATA, ONE "run=@/none --grid data.eval=@/data/seen,@/data/none",
            "data/none: cannot open");
    ck_assert(!tiny_exists("@/none"));
}
END_TEST

static const struct {
    const char *arguments, *message;
} bad[] = {
    {"run=@/no", "ablate: --grid is missing"},
    {"run=@/no --grid losses extra", "ablate: extra: unexpected argument"},
    {"run=@/no --grid loss",
     "--grid loss: expected losses, losses:tag, losses:align, supervision or KEY=a,b,c"},
    {"run=@/no --grid loss.tag=", "supervision or KEY=a,b,c"},
    {"run=@/no --grid losss.tag=asl", "did you mean 'loss.tag'?"},
    {"run=@/no --grid loss.tag=asl,bce,hil", "did you mean 'hill'?"},
    {"run=@/no --grid data.mean=0.5", "data.mean: 1 values: expected 3"},
    {"run=@/no --grid losses --seeds 0", "--seeds: '0': out of range, expected 1 to 1000"},
    {"run=@/no --grid losses --seeds 2x", "--seeds: '2x': expected a whole number"},
    {"--grid losses", "run: not set"},
    {"run=@/no --grid loss.tag=bce,asl,bce", "loss.tag=bce and loss.tag=bce are the same cell"},
    {"run=@/no --grid optim.lr=1e-4..1e-2:1log", "--grid: 1e-4..1e-2:1log: expected 2 to 256"},
    {"run=@/no --grid loss.tag=bce --lr 1e-3,", "--lr: 1e-3,: an empty value"},
    {"run=@/no --grid optim.lr=1e-3 --lr 1e-4", "optim.lr: set by a grid and by --lr"},
    {"run=@/no --grid loss.tag=bce --lr 1e-3,0.001", "--lr: 1e-3 and 0.001 are the same"},
    {"run=@/no --grid loss.tag=bce --validation 1.5", "neither a number between 0 and 1 nor"},
    {"run=@/no --grid loss.tag=bce --cell 3/2", "--cell 3/2: expected I/N"},
    {"run=@/no --grid loss.tag=bce --against asl", "--against asl: no such cell"},
    {"run=@/no --grid losses --grid loss.tag=bce", "loss.tag: set by two grids"},
    {"run=@/no --grid optim.lr=1e-3 --grid init_lr=1e-4",
     "optim.lr: set by two grids, as 'optim.lr=1e-3' and 'init_lr=1e-4'"},
    {"run=@/no optim.lr=1e-3 --grid init_lr=1e-4,1e-5",
     "optim.lr: set by a grid and on the command line, as 'optim.lr=1e-3' and 'init_lr=1e-4'"},
    {"run=@/no loss.weight.tag=1 --grid supervision", "set by a grid and on the command line"},
    {"run=@/no --grid model.heads=2,3", "heads"},
    {"run=@/no --grid model.freeze=fc.*,typo.*", "model.freeze: typo.*: matches no parameter"},
};
enum { BAD = sizeof bad / sizeof *bad };

/* Errors that are found before any training. */
START_TEST(refuses)
{
    char *line = mem_format("ablate -c @/tiny.yaml %s", bad[_i].arguments);
    char *said = tiny_messages(USAGE, line), *run = tiny_path("@/no");
    ck_assert_msg(strstr(said, bad[_i].message), "%s: %s", line, said);
    ck_assert(!file_exists(run));
    mem_free(run);
    mem_free(said);
    mem_free(line);
}
END_TEST

START_TEST(at_most_256_cells)
{
    char line[2048] = "ablate -c @/tiny.yaml run=@/no --grid seed=0";
    for (int i = 1; i <= 256; i++) snprintf(line + strlen(line), 8, ",%d", i);
    char *said = tiny_messages(USAGE, line);
    ck_assert_ptr_nonnull(strstr(said, "more than 256 cells"));
    mem_free(said);
}
END_TEST

Suite *test_ablate_suite(void);
Suite *test_ablate_suite(void)
{
    Suite *suite = suite_create("ablate");
    TCase *c = tcase_create("ablate");
    tcase_add_unchecked_fixture(c, setup, teardown);
    tcase_add_test(c, every_cell_trains_once);
    tcase_add_test(c, finished_cells_are_not_run_again);
    tcase_add_test(c, a_cell_is_an_ordinary_run);
    tcase_add_test(c, json_table);
    tcase_add_test(c, csv_table);
    tcase_add_test(c, named_grids);
    tcase_add_test(c, cells_of_other_settings);
    tcase_add_test(c, several_grids);
    tcase_add_test(c, values_with_commas);
    tcase_add_test(c, a_cell_that_diverges);
    tcase_add_test(c, warnings_come_once);
    tcase_add_test(c, an_ablation_needs_evaluation_sets);
    tcase_add_loop_test(c, refuses, 0, BAD);
    tcase_add_test(c, at_most_256_cells);
    suite_add_tcase(suite, c);
    return suite;
}
