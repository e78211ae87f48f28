/* SPDX-License-Identifier: Apache-2.0 */
/* Runs that say what they need, and runs that do not fit. */
#include "core/mem.h"
#include "tests/support/sanitized.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { USAGE = 2 };

static double number_after(const char *text, const char *what)
{
    const char *at = strstr(text, what);
    ck_assert_msg(at != NULL, "no %s in %s", what, text);
    return strtod(at + strlen(what), NULL);
}

/* The estimate is within a tenth of the peak, for a model so small that half of it is the
 * program itself, and for a larger one. */
static const char *const sizes[] = {
    "", "swin.width=32 model.hidden=256 model.ffn=1024 data.eval=",
    "swin.width=32 model.hidden=256 model.ffn=1024 model.image_size=128 eval.batch=20",
    "swin.width=32 model.image_size=128 train.batch=20 loader.prefetch=8 data.eval="};
enum { SIZES = sizeof sizes / sizeof *sizes };

START_TEST(the_estimate_is_near_the_peak)
{
    if (SANITIZED_MEMORY) {
        fputs("skipped under sanitizers: the estimate and the peak\n", stderr);
        return;
    }
    char *settings = mem_format("resume=never train.max_steps=2 %s", sizes[_i]);
    char *messages = tiny_train(0, "near", settings);
    const double estimate = number_after(messages, "memory: about ");
    const double peak = number_after(messages, "peak memory ");
    ck_assert_msg(estimate > 0.9 * peak && estimate < 1.1 * peak, "%s: %.0f MiB, peak %.0f MiB",
                  sizes[_i], estimate, peak);
    mem_free(messages);
    mem_free(settings);
}
END_TEST

#ifdef __SANITIZE_ADDRESS__
static bool limit_memory(int64_t mebibytes)
{
    fprintf(stderr, "note: no limit of %ld MiB under ASan\n", mebibytes);
    return false;
}
#else
static bool limit_memory(int64_t mebibytes)
{
    const rlim_t bytes = (rlim_t)mebibytes << 20;
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &(struct rlimit){bytes, bytes}), 0);
    return true;
}
#endif

/* Layers so wide that the parameters alone do not fit, and so wide that one tile does not. */
static const struct {
    const char *settings, *says, *fits;
} large[] = {
    {"model.ffn=1000000", "model and optimizer 2.", "no batch fits"},
    {"model.ffn=60000 model.tile=2048", "tile ", "what fits: "},
    {"loader.prefetch=1024 model.image_size=256", "loader 6.", "what fits: "},
};

START_TEST(a_run_that_does_not_fit_is_refused)
{
    if (!limit_memory(1400)) return;
    char *messages = tiny_train(USAGE, "large", large[_i].settings);
    ck_assert_ptr_nonnull(strstr(messages, "error: memory: the run needs "));
    ck_assert_msg(strstr(messages, large[_i].says) != NULL, "%s", messages);
    ck_assert_msg(strstr(messages, large[_i].fits) != NULL, "%s", messages);
    ck_assert(!tiny_exists("@/large"));
    mem_free(messages);
}
END_TEST

/* What a refusal advises is accepted. */
START_TEST(advice_is_accepted)
{
    static const char large_run[] =
        "loader.prefetch=1024 model.image_size=256 train.max_steps=1";
    if (!limit_memory(1400)) return;
    char *messages = tiny_train(USAGE, "advised", large_run);
    char *advice = strstr(messages, "loader.prefetch=");
    ck_assert_msg(advice != NULL, "%s", messages);
    advice[strcspn(advice, ";\n")] = 0;
    char *settings = mem_format("model.image_size=256 train.max_steps=1 %s", advice);
    mem_free(tiny_train(0, "advised", settings));
    mem_free(settings);
    mem_free(messages);
}
END_TEST

/* ---- train --dry-run ---- */

/* Names, sizes and times of all files and folders. Owned. */
static char *all_files(void)
{
    char *line = tiny_path("find @ -mindepth 1 ! -name stdout ! -name stderr "
                           "-printf '%p %s %T@\\n' | sort");
    char *text = mem_calloc(1, 1 << 20);
    FILE *list = popen(line, "r");
    ck_assert_ptr_nonnull(list);
    ck_assert_uint_lt(fread(text, 1, (1 << 20) - 1, list), (1 << 20) - 1);
    ck_assert_int_eq(pclose(list), 0);
    mem_free(line);
    return text;
}

/* Runs it, and checks that no file has changed. Returns stdout if the exit code is 0, else
 * stderr. */
static char *dry_run(int want, const char *settings)
{
    char *out, *messages, *before = all_files();
    char *line = mem_format("train -c @/tiny.yaml --dry-run %s", settings);
    const int code = tiny_run(line, &out, &messages);
    ck_assert_msg(code == want, "%s: exit code %d, expected %d: %s", line, code, want,
                  messages);
    char *after = all_files();
    ck_assert_str_eq(before, after);
    if (want != 0) ck_assert_str_eq(out, "");
    mem_free(after);
    mem_free(before);
    mem_free(line);
    mem_free(want == 0 ? messages : out);
    return want == 0 ? out : messages;
}

static void has(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "no '%s' in %s", part, text);
}

START_TEST(a_dry_run_prints_and_writes_nothing)
{
    char *out = dry_run(0, "run=@/dry");
    has(out, "images      60 (0 missing)\n");
    has(out, "tags        ");
    has(out, "evaluation  seen: 20 images, ");
    has(out, "evaluation  unseen: 20 images, ");
    has(out, "parameters  ");
    has(out, "memory      about ");
    has(out, " available\ncheckpoint  ");
    has(out, "\nstep        ");
    has(out, " for 7 steps\nrun ");
    has(out, " for 21 steps\n");
    ck_assert_double_gt(number_after(out, "\nstep        "), 0);
    mem_free(out);
}
END_TEST

/* It begins where the run would go on, and leaves the run as it is. */
START_TEST(a_dry_run_of_a_run_that_exists)
{
    char first[33], then[33];
    mem_free(tiny_train(0, "exists", "train.max_steps=19"));
    tiny_content("exists", first);
    char *out = dry_run(0, "run=@/exists");
    has(out, " for 2 steps\n");
    mem_free(out);
    tiny_content("exists", then);
    ck_assert_str_eq(first, then);
    mem_free(tiny_train(0, "exists", ""));
    out = dry_run(0, "run=@/exists");
    has(out, "none is left: the run is finished\n");
    mem_free(out);
}
END_TEST

/* Images that are missing are counted; so are links that may not be followed. */
START_TEST(a_dry_run_counts_missing_images)
{
    char *copy = tiny_path("cp -r @/data @/gaps && cd @/gaps/images/train && "
                           "rm 000003.png 000007.png && ln -sf /etc/passwd 000009.png");
    ck_assert_int_eq(system(copy), 0);
    mem_free(copy);
    char *out = dry_run(0, "run=@/dry data.root=@/gaps");
    has(out, "images      60 (3 missing)\n");
    mem_free(out);
}
END_TEST

/* What ends a run before its first step ends a dry run, with the same exit code. */
static const struct {
    int code;
    const char *settings, *says;
} faults[] = {
    {2, "", "run: not set"},
    {3, "run=@/dry data.train=@/none.json", "none.json"},
    {3, "run=@/dry model.descriptions=@/none.json", "none.json"},
    {3, "run=@/dry data.root=@/none", "no such folder"},
    {3, "run=@/dry data.eval=@/none", "no such folder"},
    {3, "run=@/dry train.batch=61", "fewer than one step"},
    {1, "run=@/tiny.yaml/dry", "tiny.yaml: cannot write: not a folder"},
    {6, "run=@/dry model.bank=@/tiny.yaml", "tiny.yaml"},
};
enum { FAULTS = sizeof faults / sizeof *faults };

START_TEST(faults_end_a_dry_run)
{
    char *messages = dry_run(faults[_i].code, faults[_i].settings);
    has(messages, faults[_i].says);
    mem_free(messages);
}
END_TEST

Suite *test_memory_check_suite(void);
Suite *test_memory_check_suite(void)
{
    Suite *suite = suite_create("memory_check");
    TCase *c = tcase_create("memory_check");
    tcase_add_unchecked_fixture(c, tiny_new, tiny_free);
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, the_estimate_is_near_the_peak, 0, SIZES);
    tcase_add_loop_test(c, a_run_that_does_not_fit_is_refused, 0, sizeof large / sizeof *large);
    tcase_add_test(c, advice_is_accepted);
    tcase_add_test(c, a_dry_run_prints_and_writes_nothing);
    tcase_add_test(c, a_dry_run_of_a_run_that_exists);
    tcase_add_test(c, a_dry_run_counts_missing_images);
    tcase_add_loop_test(c, faults_end_a_dry_run, 0, FAULTS);
    suite_add_tcase(suite, c);
    return suite;
}
