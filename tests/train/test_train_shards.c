/* SPDX-License-Identifier: Apache-2.0 */
/* Training on shards: to the same bits as on the files they were packed from, stopped and
 * resumed anywhere, and past a shard that is gone. */
#include "core/mem.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <string.h>
#include <unistd.h>

#define SMALL "swin.depths=1,1,1,1 model.layers=1 "

static void setup(void)
{
    tiny_new();
    mem_free(tiny_out(0, "prepare pack @/pack @/data --per-shard 10"));
}

static void teardown(void) { tiny_free(); }

static void run(const char *name, const char *settings)
{
    char *all = mem_format(SMALL "%s", settings);
    mem_free(tiny_train(0, name, all));
    mem_free(all);
}

START_TEST(a_pack_trains_to_the_bits_of_its_files)
{
    char files[33], pack[33], windows[33];
    run("files", "train.max_steps=9");
    run("pack", "data.root=@/pack loader.window=0 train.max_steps=9");
    run("windows", "data.root=@/pack loader.window=20 train.max_steps=9");
    tiny_content("files", files);
    tiny_content("pack", pack);
    tiny_content("windows", windows);
    ck_assert_str_eq(files, pack);
    ck_assert_str_ne(files, windows);
}
END_TEST

/* In the middle of an epoch of 7 steps, and with more threads. */
START_TEST(a_run_on_shards_is_resumed_to_the_same_bits)
{
    char whole[33], parts[33];
#define SHARDS "data.root=@/pack loader.window=20 eval.every=0 "
    run("whole", SHARDS "train.max_steps=12");
    run("parts", SHARDS "train.max_steps=3 loader.threads=3");
    run("parts", SHARDS "train.max_steps=10 loader.threads=1");
    run("parts", SHARDS "train.max_steps=12 loader.threads=4");
    tiny_content("whole", whole);
    tiny_content("parts", parts);
    ck_assert_str_eq(whole, parts);
}
END_TEST

START_TEST(a_shard_that_is_gone_is_one_line)
{
    char *path = tiny_path("@/pack/00003.tar");
    ck_assert_int_eq(unlink(path), 0);
    mem_free(path);
    run("gone", "data.root=@/pack eval.every=0 train.max_steps=14");
    char *list = tiny_read("@/gone/bad_images.txt");
    ck_assert_ptr_nonnull(strstr(list, "/pack/00003.tar: cannot open"));
    ck_assert_ptr_eq(strchr(list, '\n'), list + strlen(list) - 1);
    mem_free(list);
}
END_TEST

/* The other commands read images in shards, too. */
START_TEST(images_in_shards_are_evaluated_and_tagged)
{
    run("model", "train.max_steps=2");
    mem_free(tiny_out(0, "prepare shards @/mine @/pack --test 0.5"));
    char *said = tiny_out(0, "eval --checkpoint @/model --data @/mine/test --root @/pack -o "
                             "@/scores --json");
    ck_assert_ptr_nonnull(strstr(said, "\"mAP\""));
    mem_free(said);
    said = tiny_out(0, "prepare stats @/mine --root @/pack --json");
    ck_assert_ptr_null(strstr(said, "\"good\": 0"));
    mem_free(said);
    char *tar = tiny_path("@/pack/00002.tar/000000020.png");
    char *line = mem_format("tag --checkpoint @/model --top 1 --csv %s", tar);
    said = tiny_out(0, line);
    ck_assert_ptr_nonnull(strstr(said, "000000020.png,"));
    mem_free(said);
    mem_free(line);
    mem_free(tar);
}
END_TEST

Suite *test_train_shards_suite(void);
Suite *test_train_shards_suite(void)
{
    Suite *s = suite_create("train_shards");
    TCase *t = tcase_create("train_shards");
    tcase_set_timeout(t, 120);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_pack_trains_to_the_bits_of_its_files);
    tcase_add_test(t, a_run_on_shards_is_resumed_to_the_same_bits);
    tcase_add_test(t, a_shard_that_is_gone_is_one_line);
    tcase_add_test(t, images_in_shards_are_evaluated_and_tagged);
    suite_add_tcase(s, t);
    return s;
}
