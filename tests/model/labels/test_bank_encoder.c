/* SPDX-License-Identifier: Apache-2.0 */
/* The text encoder recorded in a checkpoint: its banks fit, even without the encoder's files,
 * and those of another encoder do not; checkpoints of earlier versions, and converted ones. */
#include "core/mem.h"
#include "tests/model/labels/bank_case.h"
#include "tests/support/h5_copy.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <string.h>

static void setup(void)
{
    tiny_new();
    bank_case_clip();
    mem_free(tiny_train(0, "m", SMALL));
    mem_free(tiny_messages(0, EMBED UNSEEN "-o @/unseen.h5"));
    mem_free(tiny_messages(0, "embed --encoder clip " CLIP SEEN "-o @/clip.h5"));
    bank_case_bank("@/other_hash.h5", "red\nblue\n", 64, "hash");
}

/* A run with CLIP: its own banks fit without CLIP's files; those of another activation do not,
 * and new texts encoded with another tower cause a warning. */
START_TEST(clip)
{
    mem_free(tiny_train(0, "clip", SMALL "text_encoder=clip " CLIP));
    mem_free(tiny_messages(0, "embed --encoder clip " CLIP UNSEEN "-o @/cu.h5"));
    mem_free(tiny_messages(0, "embed --encoder clip clip.activation=gelu " CLIP UNSEEN
                              "-o @/gelu.h5"));
    bank_case_equal(
        "tag --checkpoint @/clip --json --threshold 0 " UNSEEN ONE,
        "tag --checkpoint @/clip --json --threshold 0 --bank @/cu.h5 clip.weights=/n "
        "clip.vocab=/n " ONE);
    char *messages =
        tiny_messages(ERROR_CHECKPOINT, "tag --checkpoint @/clip --bank @/gelu.h5 " ONE);
    ck_assert_ptr_nonnull(
        strstr(messages, "gelu.h5: made by another clip encoder than the checkpoint has"));
    mem_free(messages);
    messages =
        tiny_messages(ERROR_CHECKPOINT, "tag --checkpoint @/clip --bank @/unseen.h5 " ONE);
    ck_assert_ptr_nonnull(
        strstr(messages, "made by text_encoder=hash: the checkpoint has clip"));
    mem_free(messages);
    messages = tiny_messages(0, "tag --checkpoint @/clip " UNSEEN "clip.activation=gelu " ONE);
    ck_assert_ptr_nonnull(strstr(messages, "warning: text_encoder=clip: its weights, table, "));
    mem_free(messages);
    messages = tiny_messages(0, "tag --checkpoint @/clip " UNSEEN ONE);
    ck_assert_msg(!strstr(messages, "warning: text_encoder"), "%s", messages);
    mem_free(messages);
    messages = tiny_train(0, "clip", SMALL "text_encoder=clip model.bank=@/clip.h5 " CLIP);
    mem_free(messages);
}
END_TEST

/* Leaves out what earlier versions did not record. */
static bool is_old(const H5Entry *e, void *numbers, void *context)
{
    (void)numbers, (void)context;
    return strcmp(e->name, "info/encoder") != 0 && strcmp(e->name, "info/fingerprint") != 0 &&
           strcmp(e->name, "info/texts") != 0;
}

/* An old checkpoint causes one warning; only recorded fields are compared, and a run can resume
 * from it. */
START_TEST(older_checkpoints)
{
    h5_copy("@/m/checkpoints/latest", "@/old.h5", is_old, NULL);
    char *messages = tiny_messages(0, "tag --checkpoint @/old.h5 --bank @/unseen.h5 " ONE);
    const char *first = strstr(messages, "warning: ");
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_nonnull(
        strstr(first, "unseen.h5: cannot be verified: the checkpoint does not record"));
    ck_assert_ptr_null(strstr(first + 1, "warning: "));
    mem_free(messages);
    mem_free(tiny_messages(0, "tag --checkpoint @/old.h5 --bank @/other_hash.h5 " ONE));
    messages =
        tiny_messages(ERROR_CHECKPOINT, "tag --checkpoint @/old.h5 --bank @/clip.h5 " ONE);
    ck_assert_ptr_nonnull(
        strstr(messages, "made by text_encoder=clip: the checkpoint has hash"));
    mem_free(messages);
    messages = tiny_messages(0, "tag --checkpoint @/old.h5 " UNSEEN ONE);
    ck_assert_ptr_null(strstr(messages, "warning: "));
    mem_free(messages);
    mem_free(tiny_train(
        0, "old", "swin.depths=1,1,1,1 model.layers=1 train.max_steps=6 resume=@/old.h5"));
    char *info = tiny_out(0, "info @/old/checkpoints/latest");
    ck_assert_ptr_nonnull(strstr(info, "  info/fingerprint "));
    mem_free(info);
}
END_TEST

/* convert preserves the identity. */
START_TEST(converted_checkpoints)
{
    mem_free(tiny_messages(0, "convert @/m/checkpoints/latest @/slim.h5"));
    char *messages = tiny_messages(0, "tag --checkpoint @/slim.h5 --bank @/unseen.h5 " ONE);
    ck_assert_ptr_null(strstr(messages, "warning: "));
    mem_free(messages);
    messages = tiny_messages(ERROR_CHECKPOINT,
                             "tag --checkpoint @/slim.h5 --bank @/other_hash.h5 " ONE);
    ck_assert_ptr_nonnull(
        strstr(messages, "made by another hash encoder than the checkpoint has"));
    mem_free(messages);
}
END_TEST

Suite *test_bank_encoder_suite(void);
Suite *test_bank_encoder_suite(void)
{
    Suite *suite = suite_create("bank_encoder");
    TCase *c = tcase_create("bank_encoder");
    tcase_add_unchecked_fixture(c, setup, tiny_free);
    tcase_add_test(c, clip);
    tcase_add_test(c, older_checkpoints);
    tcase_add_test(c, converted_checkpoints);
    suite_add_tcase(suite, c);
    return suite;
}
