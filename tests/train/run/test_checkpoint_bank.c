/* SPDX-License-Identifier: Apache-2.0 */
/* The label bank of a run: written once, found by every reader, and not visible in the contents
 * of a checkpoint; an error says what to do if it is missing. */
#include "core/io/file.h"
#include "core/io/file_walk.h"
#include "core/mem.h"
#include "tests/support/bank_make.h"
#include "tests/support/tiny.h"
#include "train/run/checkpoint_bank.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RUN_TO(steps) "train.max_steps=" steps " save.every=2 save.keep=2 "
#define RUN           RUN_TO("4")
#define LAST          "@/m/checkpoints/step_00000004.h5"

static void shell(const char *line)
{
    char *full = tiny_path(line);
    ck_assert_msg(system(full) == 0, "%s", full);
    mem_free(full);
}

/* The name of the only bank in a run folder. Owned. */
static char *bank_of(const char *run)
{
    char *name = mem_format("@/%s", run), *folder = tiny_path(name), *bank = NULL;
    Lines files;
    ck_assert_int_eq(file_walk(folder, &files, NULL), 0);
    for (size_t i = 0; i < files.count; i++) {
        if (strncmp(files.line[i], "bank_", 5) != 0) continue;
        ck_assert_ptr_null(bank);
        bank = mem_strdup(files.line[i]);
    }
    ck_assert_ptr_nonnull(bank);
    lines_free(&files);
    mem_free(folder);
    mem_free(name);
    return bank;
}

static char *content_of(const char *path)
{
    char *line = mem_format("verify --json %s", path);
    json_t *json = tiny_json(line);
    char *content = mem_strdup(json_string_value(json_object_get(json, "content")));
    json_decref(json);
    mem_free(line);
    return content;
}

static char *bank; /* of @/m */

/* @/m: a run with two checkpoints; @/alone/m.h5: such a checkpoint, whose run is gone and with
 * it the bank. */
static void setup(void)
{
    tiny_new();
    mem_free(tiny_train(0, "m", RUN));
    bank = bank_of("m");
    mem_free(tiny_train(0, "gone", RUN));
    shell("mkdir @/alone && cp @/gone/checkpoints/latest @/alone/m.h5 && rm -r @/gone");
}

static void teardown(void)
{
    mem_free(bank);
    tiny_free();
}

/* A checkpoint has the same entries and the same hash with its labels inside or in the bank. */
START_TEST(content_is_that_of_a_whole_file)
{
    mem_free(tiny_messages(0, "convert " LAST " @/one.h5"));
    shell("mkdir -p @/far");
    mem_free(tiny_messages(0, "convert @/m/checkpoints/latest @/far/one.h5"));
    mem_free(tiny_messages(0, "convert @/m/checkpoints/latest @/far/one.safetensors"));
    char *slim = content_of("@/one.h5"), *far = content_of("@/far/one.h5");
    ck_assert_str_eq(slim, far);
    json_t *json = tiny_json("info --json " LAST), *row;
    bool rows = false;
    size_t i;
    json_array_foreach(json_object_get(json, "entries"), i, row)
    {
        const char *name = json_string_value(json_object_get(row, "name"));
        rows = rows || strcmp(name, "label_embed") == 0;
        ck_assert_ptr_null(strstr(name, "companion"));
    }
    ck_assert(rows);
    ck_assert_str_eq(json_string_value(json_object_get(json, "bank")), bank);
    json_decref(json);
    mem_free(far);
    mem_free(slim);
    /* the file name contains the hash of the content */
    char *path = mem_format("@/m/%s", bank), *have = content_of(path);
    ck_assert_msg(strncmp(bank + 5, have, 32) == 0, "%s: content %s", bank, have);
    mem_free(have);
    mem_free(path);
}
END_TEST

static ino_t inode(const char *path)
{
    struct stat s;
    char *full = tiny_path(path);
    ck_assert_msg(stat(full, &s) == 0, "%s", full);
    mem_free(full);
    return s.st_ino;
}

/* info prints one line with the bank's file name; a file that contains its labels has no such
 * line. */
START_TEST(info_names_the_bank)
{
    char *out = tiny_out(0, "info " LAST), *line = mem_format("\nbank  %s\n", bank);
    ck_assert_msg(strstr(out, line) != NULL, "%s", out);
    mem_free(line);
    mem_free(out);
    mem_free(tiny_out(0, "convert " LAST " @/whole.h5"));
    out = tiny_out(0, "info @/whole.h5");
    ck_assert_ptr_null(strstr(out, "bank"));
    mem_free(out);
}
END_TEST

/* A save writes the file when it is missing or has changed, and otherwise leaves it alone. */
START_TEST(a_save_checks_size_and_time)
{
    Error err = {0};
    Labels l = bank_make("red\ngreen\nblue\n", 8);
    shell("mkdir -p @/unit");
    char *run = tiny_path("@/unit"), content[HASH_HEX];
    labels_content(&l, content);
    CheckpointBank b = checkpoint_bank_open(run, &l, content);
    char *path = mem_format("@/unit/%s", b.name);
    ck_assert(!b.intact);
    ck_assert_int_eq(checkpoint_bank_write(&b, &err), 0);
    const ino_t first = inode(path);
    ck_assert_int_eq(checkpoint_bank_write(&b, &err), 0);
    ck_assert_uint_eq(inode(path), first);
    tiny_write(path, "damage");
    ck_assert_int_eq(checkpoint_bank_write(&b, &err), 0);
    mem_free(content_of(path));
    ck_assert_int_eq(remove(b.path), 0);
    ck_assert_int_eq(checkpoint_bank_write(&b, &err), 0);
    mem_free(content_of(path));
    checkpoint_bank_close(&b);
    /* the next run verifies the file it finds */
    const ino_t last = inode(path);
    b = checkpoint_bank_open(run, &l, content);
    ck_assert(b.intact);
    ck_assert_int_eq(checkpoint_bank_write(&b, &err), 0);
    ck_assert_uint_eq(inode(path), last);
    checkpoint_bank_close(&b);
    tiny_write(path, "damage");
    b = checkpoint_bank_open(run, &l, content);
    ck_assert(!b.intact);
    checkpoint_bank_close(&b);
    mem_free(path);
    mem_free(run);
    labels_free(&l);
}
END_TEST

/* Later saves and pruning keep the file; a new start moves it with the old run; other labels
 * get a file of their own. */
START_TEST(written_once)
{
    mem_free(tiny_train(0, "more", RUN));
    char *name = bank_of("more"), *path = mem_format("@/more/%s", name);
    ck_assert_str_eq(name, bank);
    const ino_t first = inode(path);
    mem_free(tiny_train(0, "more", RUN_TO("10")));
    ck_assert_uint_eq(inode(path), first);
    mem_free(tiny_train(0, "more", RUN "--resume never"));
    mem_free(bank_of("more"));
    char *old = mem_format("@/more/old_1/%s", name);
    ck_assert_uint_eq(inode(old), first);
    mem_free(old);
    mem_free(tiny_train(0, "more",
                        RUN "--resume never model.descriptions=@/data/seen/descriptions.json "
                            "model.tags=@/data/seen/tags.txt"));
    mem_free(tiny_messages(0, "verify @/more"));
    mem_free(path);
    mem_free(name);
}
END_TEST

/* A missing or damaged bank is written again with the next checkpoint. */
START_TEST(written_again)
{
    mem_free(tiny_train(0, "again", RUN));
    char *path = mem_format("@/again/%s", bank);
    tiny_write(path, "damage");
    mem_free(tiny_messages(6, "verify @/again"));
    char *messages = tiny_train(6, "again", RUN_TO("6"));
    ck_assert_msg(strstr(messages, bank), "%s", messages);
    mem_free(messages);
    mem_free(tiny_train(0, "again", RUN "--resume never"));
    char *line = mem_format("verify %s @/again/checkpoints/latest", path);
    mem_free(tiny_messages(0, line));
    mem_free(line);
    mem_free(path);
}
END_TEST

static const char *const readers[] = {
    "tag --checkpoint @/alone/m.h5 @/data/images/test",
    "eval --checkpoint @/alone/m.h5 --data @/data/seen",
    "info @/alone/m.h5",
    "verify @/alone/m.h5",
    "convert @/alone/m.h5 @/alone/out.h5",
    "convert @/alone/m.h5 @/alone/out.pth",
    "train -c @/tiny.yaml run=@/r1 model.init=@/alone/m.h5",
    "train -c @/tiny.yaml run=@/r2 --resume @/alone/m.h5",
};
enum { READERS = sizeof readers / sizeof *readers };

/* A checkpoint copied without its bank: the error names both files and says what to do. */
START_TEST(a_checkpoint_alone)
{
    char *messages = tiny_messages(6, readers[_i]);
    char *want =
        mem_format("/alone/%s, which is missing: copy that file along, or convert ", bank);
    ck_assert_msg(strstr(messages, "/alone/m.h5: ") && strstr(messages, want), "%s", messages);
    ck_assert_ptr_eq(strchr(strstr(messages, "error: "), '\n'),
                     messages + strlen(messages) - 1);
    mem_free(want);
    mem_free(messages);
}
END_TEST

START_TEST(with_its_bank_it_works)
{
    char *copy = mem_format("mkdir @/both && cp " LAST " @/both/m.h5 && "
                            "cp @/m/%s @/both && ln -s both/m.h5 @/link.h5",
                            bank);
    shell(copy);
    mem_free(copy);
    char *a = tiny_out(0, "tag --json --top 3 --checkpoint @/link.h5 @/data/images/test");
    char *b = tiny_out(0, "tag --json --top 3 --checkpoint " LAST " @/data/images/test");
    ck_assert_str_eq(a, b);
    mem_free(b);
    mem_free(a);
    /* the file is a label bank like those of `embed` */
    char *line = mem_format(
        "tag --json --top 3 --checkpoint " LAST " --bank @/both/%s @/data/images/test", bank);
    a = tiny_out(0, line);
    b = tiny_out(0, "tag --json --top 3 --checkpoint " LAST " @/data/images/test");
    ck_assert_str_eq(a, b);
    mem_free(b);
    mem_free(a);
    mem_free(line);
    mem_free(tiny_train(0, "resumed", RUN_TO("5") "--resume @/link.h5"));
    mem_free(bank_of("resumed"));
}
END_TEST

Suite *test_checkpoint_bank_suite(void);
Suite *test_checkpoint_bank_suite(void)
{
    Suite *s = suite_create("checkpoint_bank");
    TCase *c = tcase_create("checkpoint_bank");
    tcase_add_unchecked_fixture(c, setup, teardown);
    tcase_add_test(c, content_is_that_of_a_whole_file);
    tcase_add_test(c, info_names_the_bank);
    tcase_add_test(c, a_save_checks_size_and_time);
    tcase_add_test(c, written_once);
    tcase_add_test(c, written_again);
    tcase_add_loop_test(c, a_checkpoint_alone, 0, READERS);
    tcase_add_test(c, with_its_bank_it_works);
    suite_add_tcase(s, c);
    return s;
}
