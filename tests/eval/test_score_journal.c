/* SPDX-License-Identifier: Apache-2.0 */
/* What is left of an interrupted evaluation: read back whole batches, refused where anything
 * differs, and the rest of the images is scored. */
#include "eval/score_journal.h"

#include "core/mem.h"
#include "eval/recognizer.h"
#include "eval/scored_files.h"
#include "tests/support/deny.h"
#include "tests/support/scratch.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { K = 3, N = 7 };

static Scratch scratch;
static float score[N * K];
static bool ok[N];

static const char one[HASH_HEX] = "0123456789abcdef0123456789abcdef",
                  other[HASH_HEX] = "0123456789abcdef0123456789abcdee";

static void setup(void)
{
    scratch_new(&scratch);
    for (int i = 0; i < N * K; i++) score[i] = 0.01F * (float)i;
    for (int i = 0; i < N; i++) ok[i] = i != 1;
}
static void teardown(void) { scratch_free(&scratch); }

static void setup_model(void)
{
    tiny_new();
    mem_free(tiny_train(0, "m", "swin.depths=1,1,1,1 model.layers=1 train.max_steps=2"));
    tiny_write("@/text.h5", "no image\n");
}

static char *folder(void) { return mem_strdup(scratch_path(&scratch, "results/deep")); }

/* Writes the first n images, in batches of two, as a killed process leaves them. */
static void leave(int64_t n)
{
    char *at = folder();
    ScoreJournal *j = score_journal_open(at, one, K);
    for (int64_t i = 0; i < n; i += 2)
        score_journal_add(j, n - i < 2 ? n - i : 2, score + i * K, ok + i);
    score_journal_close(j, true);
    mem_free(at);
}

/* Returns the number of images read, which are compared. */
static int64_t take(const char *identity, int64_t columns, int64_t batch)
{
    float got[N * (K + 1)];
    bool good[N];
    char *at = folder();
    ScoreJournal *j = score_journal_open(at, identity, columns);
    const int64_t n = score_journal_read(j, N, batch, got, good);
    for (int64_t i = 0; i < n; i++) {
        ck_assert(good[i] == ok[i]);
        if (ok[i]) ck_assert_mem_eq(got + i * K, score + i * K, K * sizeof *got);
    }
    score_journal_close(j, true);
    mem_free(at);
    return n;
}

START_TEST(reads_whole_batches)
{
    ck_assert_int_eq(take(one, K, 1), 0);
    leave(5);
    ck_assert_int_eq(take(one, K, 1), 5);
    ck_assert_int_eq(take(one, K, 2), 4);
    ck_assert_int_eq(take(one, K, 4), 4);
    ck_assert_int_eq(take(one, K, 6), 0);
    ck_assert_int_eq(take(other, K, 1), 0);
    ck_assert_int_eq(take(one, K + 1, 1), 0);
    leave(7);
    ck_assert_int_eq(take(one, K, 4), 7); /* the last batch is smaller */
}
END_TEST

/* A file that ends in a record, and one with a changed byte, are good up to there. */
START_TEST(torn_and_changed)
{
    leave(5);
    char *path = mem_strdup(scratch_path(&scratch, "results/deep/scores.part"));
    struct stat st;
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(truncate(path, st.st_size - 1), 0);
    ck_assert_int_eq(take(one, K, 1), 4);
    FILE *f = fopen(path, "r+");
    ck_assert_int_eq(fseek(f, -2 * (long)((st.st_size - 64) / 5), SEEK_END), 0);
    ck_assert_int_eq(fputc('x', f), 'x');
    fclose(f);
    ck_assert_int_lt(take(one, K, 1), 4);
    mem_free(path);
}
END_TEST

/* Checksums are no proof of who wrote a file. */
START_TEST(no_scores)
{
    score[3 * K + 1] = _i ? 1.5F : (float)NAN;
    leave(5);
    ck_assert_int_eq(take(one, K, 1), 3);
}
END_TEST

/* What follows the images that were read is overwritten. */
START_TEST(goes_on)
{
    leave(5);
    char *at = folder();
    float got[N * K];
    bool good[N];
    ScoreJournal *j = score_journal_open(at, one, K);
    ck_assert_int_eq(score_journal_read(j, N, 2, got, good), 4);
    for (int i = 12; i < N * K; i++) score[i] = 0.5F;
    score_journal_add(j, 3, score + 12, ok + 4);
    score_journal_close(j, true);
    ck_assert_int_eq(take(one, K, 2), 7);
    j = score_journal_open(at, one, K);
    score_journal_read(j, N, 2, got, good);
    score_journal_close(j, false);
    ck_assert_int_eq(access(scratch_path(&scratch, "results/deep/scores.part"), F_OK), -1);
    mem_free(at);
}
END_TEST

/* Neither through a link nor into a folder, and the evaluation goes on. */
START_TEST(writes_through_no_link)
{
    char *at = folder(), *target = mem_strdup(scratch_text(&scratch, "mine", "kept"));
    leave(1);
    char *path = mem_strdup(scratch_path(&scratch, "results/deep/scores.part"));
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(symlink(target, path), 0);
    leave(5);
    ck_assert_int_eq(take(one, K, 1), 0);
    scratch_contains(&scratch, "mine", "kept");
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(mkdir(path, 0777), 0);
    leave(5);
    mem_free(path);
    mem_free(target);
    mem_free(at);
}
END_TEST

/* Two processes at once: the second does without, and leaves the file of the first alone. */
START_TEST(locked)
{
    char *at = folder();
    ScoreJournal *j = score_journal_open(at, one, K);
    score_journal_add(j, 5, score, ok);
    ck_assert_int_eq(take(one, K, 1), 0);
    leave(2);
    score_journal_close(j, true);
    ck_assert_int_eq(take(one, K, 1), 5);
    mem_free(at);
}
END_TEST

/* A file system without locks says so, and takes the file. */
START_TEST(without_locks)
{
    deny_call(SYS_flock, EINVAL);
    leave(5);
    ck_assert_int_eq(take(one, K, 1), 5);
}
END_TEST

/* The scores of the journal are taken as they are, all others are computed and appended. */
START_TEST(images_go_on)
{
    Recognizer r;
    char *path[3] = {tiny_path("@/data/images/test/000000.png"), tiny_path("@/text.h5"),
                     tiny_path("@/data/images/test/000001.png")};
    char *checkpoint = tiny_path("@/m/checkpoints/latest"), *batch = mem_strdup("eval.batch=1");
    ck_assert_int_eq(recognizer_open(checkpoint, &batch, 1, &r, NULL), 0);
    const Scorer scorer = recognizer_scorer(&r);
    const int64_t tags = scorer_columns(&scorer);
    float *first = mem_calloc((size_t)(3 * tags), sizeof *first);
    float *second = mem_calloc((size_t)(3 * tags), sizeof *second);
    bool good[3];
    char *at = folder();
    ck_assert_int_eq(scored_files_all(&scorer, path, 3, first, good, NULL), 2);
    ScoreJournal *j = score_journal_open(at, one, tags);
    second[0] = 0.25F;
    score_journal_add(j, 1, second, (bool[]){true});
    score_journal_close(j, true);
    memset(second, 0, (size_t)tags * sizeof *second);
    j = score_journal_open(at, one, tags);
    ck_assert_int_eq(scored_files_go_on(&scorer, path, 3, j, second, good, NULL), 2);
    ck_assert(good[0] && !good[1] && good[2]);
    ck_assert(second[0] == 0.25F && second[1] == 0);
    ck_assert_mem_eq(second + 2 * tags, first + 2 * tags, (size_t)tags * sizeof *first);
    score_journal_close(j, true);
    j = score_journal_open(at, one, tags);
    ck_assert_int_eq(score_journal_read(j, 3, 1, first, good), 3);
    ck_assert(first[0] == 0.25F && good[0] && !good[1] && good[2]);
    score_journal_close(j, false);
    mem_free(at);
    mem_free(first);
    mem_free(second);
    mem_free(checkpoint);
    mem_free(batch);
    for (int i = 0; i < 3; i++) mem_free(path[i]);
    recognizer_close(&r);
}
END_TEST

#define EVAL "eval --checkpoint @/m --data @/data/seen eval.batch=2 "

static bool goes_on_says(const char *arguments)
{
    char *messages = tiny_messages(0, arguments);
    const bool said = strstr(messages, " images are scored already") != NULL;
    mem_free(messages);
    return said;
}

/* As where the disk of the images fails at one of them. */
static void interrupt(const char *out)
{
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        char *command = mem_format(EVAL "-o %s", out);
        deny_some(SYS_openat, EIO, "/000007.png", 0, INT64_MAX);
        mem_free(tiny_out(1, command));
        _exit(0);
    }
    ck_assert_int_eq(tiny_wait(child), 0);
}

/* The command goes on to the same scores, but not with other settings or images. */
START_TEST(the_command_goes_on)
{
    ck_assert(!goes_on_says(EVAL "-o @/whole"));
    interrupt("@/parts");
    ck_assert(tiny_exists("@/parts/scores.part") && !tiny_exists("@/parts/scores.h5"));
    ck_assert(goes_on_says(EVAL "-o @/parts"));
    ck_assert(!tiny_exists("@/parts/scores.part"));
    char *same = tiny_path("cmp -s @/whole/scores.h5 @/parts/scores.h5 && "
                           "cmp -s @/whole/ap.txt @/parts/ap.txt");
    ck_assert_int_eq(system(same), 0);
    mem_free(same);
    interrupt("@/other");
    ck_assert(!goes_on_says(EVAL "-o @/other eval.interpolation=bicubic"));
    interrupt("@/newer");
    char *touch = tiny_path("touch -d 2001-01-01 @/data/images/test/000000.png");
    ck_assert_int_eq(system(touch), 0);
    mem_free(touch);
    ck_assert(!goes_on_says(EVAL "-o @/newer"));
}
END_TEST

Suite *test_score_journal_suite(void);
Suite *test_score_journal_suite(void)
{
    Suite *s = suite_create("score_journal");
    TCase *t = tcase_create("score_journal");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, reads_whole_batches);
    tcase_add_test(t, torn_and_changed);
    tcase_add_loop_test(t, no_scores, 0, 2);
    tcase_add_test(t, goes_on);
    tcase_add_test(t, writes_through_no_link);
    tcase_add_test(t, locked);
    tcase_add_test(t, without_locks);
    suite_add_tcase(s, t);
    t = tcase_create("score_journal_model");
    tcase_add_unchecked_fixture(t, setup_model, tiny_free);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, images_go_on);
    tcase_add_test(t, the_command_goes_on);
    suite_add_tcase(s, t);
    return s;
}
