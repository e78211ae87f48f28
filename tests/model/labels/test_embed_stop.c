/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus embed, stopped, killed and restarted: the bank is identical to the byte, with a small
 * CLIP, whose vectors may depend in the last bit on their batch. */
#include "core/io/file.h"
#include "core/io/text.h"
#include "core/log.h"
#include "core/math/gemm.h"
#include "core/mem.h"
#include "data/descriptions.h"
#include "model/labels/label_texts.h"
#include "tests/support/bank_make.h"
#include "tests/support/clip_files.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define EMBED "embed threads=1 model.text_width=64 "
#define CLIP  "--encoder clip clip.weights=@/clip.safetensors clip.vocab=@/merges.txt "
#define MANY  EMBED CLIP "--descriptions @/many.json "

enum { STOPPED = 75, KILLS = 25, TAGS = 500, TEXTS = 5 * TAGS, E = 10 };

static const char merges[] = "#version: 0.2\nr e\nre d</w>\nc i\nci r\n";
static const ClipTextConfig TEXT = {
    .sizes = {.width = 64, .layers = 4, .heads = 1, .ffn = 192, .embed = E},
    .vocabulary = 512 + 4 + 2,
    .context = 32,
};

static char *whole;      /* bytes of the bank of many.json, made without interruption */
static size_t whole_len; /* number of bytes */
static double duration;  /* time to make it, in seconds */

static void take_whole(void)
{
    Bytes file;
    char *path = tiny_path("@/whole.h5");
    ck_assert_int_eq(file_read(path, &file, NULL), 0);
    mem_free(path);
    whole = (char *)file.data;
    whole_len = file.len;
}

/* Descriptions of 500 tags, five each, of many lengths. */
static void write_many(void)
{
    Text out = {0};
    for (int k = 0; k < TAGS; k++) {
        text_add(&out, "%s{\"thing %d\": [", k ? ",\n" : "[", k);
        for (int i = 0; i < 5; i++)
            text_add(&out, "%s\"a red circle %.*s %d\"", i ? ", " : "", (k * 7 + i) % 29,
                     "is round and red and has no end", k * i);
        text_put(&out, "]}");
    }
    text_put(&out, "]\n");
    tiny_write("@/many.json", out.data);
    text_free(&out);
}

static void setup(void)
{
    tiny_new();
    char *weights = tiny_path("@/clip.safetensors");
    clip_files_write(weights, &TEXT, NULL);
    mem_free(weights);
    tiny_write("@/merges.txt", merges);
    tiny_write("@/tags.txt", "red\nblue circle\nred\n");
    write_many();
    const double start = log_now();
    mem_free(tiny_messages(0, MANY "-o @/whole.h5"));
    duration = log_now() - start;
    take_whole();
}

/* The vectors equal those that CLIP gives for the texts one by one, up to rounding. */
START_TEST(clip)
{
    Labels b = bank_read("@/whole.h5");
    Descriptions texts;
    TextEncoder *e;
    char *json = tiny_path("@/many.json"), *weights = tiny_path("@/clip.safetensors"),
         *vocabulary = tiny_path("@/merges.txt");
    float one[E];
    const TextEncoderConfig config = {.kind = TEXT_CLIP,
                                      .clip = {.weights = weights, .vocabulary = vocabulary}};
    ck_assert_int_eq(b.tags.count, TAGS);
    ck_assert_int_eq(b.bank->dim, E);
    ck_assert_int_eq(b.bank->offset[TAGS], TEXTS);
    ck_assert_int_eq(text_encoder_new(&config, &e, NULL), 0);
    ck_assert_int_eq(descriptions_read(json, &b.tags, &texts, NULL), 0);
    for (int64_t i = 0; i < TEXTS; i += 61) {
        const char *text = texts.text[i];
        ck_assert_int_eq(text_encoder_encode(e, &text, 1, one, NULL), 0);
        for (int j = 0; j < E; j++)
            ck_assert_double_le(fabs((double)(one[j] - b.bank->rows[i * E + j])), 1e-5);
    }
    ck_assert_str_eq(b.identity.encoder, "clip");
    ck_assert_str_eq(b.identity.fingerprint, text_encoder_fingerprint(e));
    text_encoder_free(e);
    descriptions_free(&texts);
    mem_free(vocabulary);
    mem_free(weights);
    mem_free(json);
    labels_free(&b);
}
END_TEST

/* A bank in memory, as made by training without model.bank, is identical to the last bit. */
START_TEST(as_in_memory)
{
    Labels b = bank_read("@/whole.h5");
    Labels again = {0};
    TextEncoder *e;
    char *json = tiny_path("@/many.json"), *weights = tiny_path("@/clip.safetensors"),
         *vocabulary = tiny_path("@/merges.txt");
    const TextEncoderConfig config = {.kind = TEXT_CLIP,
                                      .clip = {.weights = weights, .vocabulary = vocabulary}};
    again.tags = tags_new(b.tags.name, b.tags.count);
    gemm_set_threads(1); /* as MANY */
    ck_assert_int_eq(text_encoder_new(&config, &e, NULL), 0);
    ck_assert_int_eq(label_texts_fill(e, json, NULL, &again, NULL), 0);
    for (int64_t i = 0; i < TEXTS * E; i++)
        ck_assert_double_eq((double)again.bank->rows[i], (double)b.bank->rows[i]);
    labels_free(&again);
    text_encoder_free(e);
    mem_free(vocabulary);
    mem_free(weights);
    mem_free(json);
    labels_free(&b);
}
END_TEST

/* ---- stopped and killed ---- */

static void expect_whole(const char *path)
{
    Bytes file;
    char *full = tiny_path(path), *part = mem_format("%s.part", full);
    ck_assert_int_eq(file_read(full, &file, NULL), 0);
    ck_assert_uint_eq(file.len, whole_len);
    ck_assert_mem_eq(file.data, whole, whole_len);
    ck_assert(!file_exists(part));
    bytes_free(&file);
    mem_free(part);
    mem_free(full);
}

/* Until the partial bank has a block, or until there is `out`, unless that is NULL. */
static void wait_for_block(const char *part, const char *out)
{
    for (int i = 0; i < 60000 && tiny_bytes(part) < 2000; i++) {
        if (out && tiny_exists(out)) return;
        tiny_sleep(1e-3);
    }
}

/* After kill -9 at random moments the next run resumes and makes the same bytes as an
 * uninterrupted run. At any moment OUT is either missing or complete. */
START_TEST(kills_lose_nothing)
{
    uint64_t random = 20240607;
    int kills = 0, resumed = 0, banks = 0;
    while (kills < KILLS) {
        const pid_t child = tiny_spawn(MANY "-o @/kill.h5");
        if (kills % 2) wait_for_block("@/kill.h5.part", "@/kill.h5");
        tiny_sleep(tiny_random(&random) * duration * 0.6);
        kill(child, SIGKILL);
        const int code = tiny_wait(child);
        ck_assert_msg(code == 0 || code == -SIGKILL, "exit code %d", code);
        kills += code != 0;
        resumed += tiny_bytes("@/kill.h5.part") > 2000;
        if (!tiny_exists("@/kill.h5")) continue;
        mem_free(tiny_messages(0, MANY "-o @/kill.h5")); /* OUT.part may still exist */
        expect_whole("@/kill.h5");
        banks++;
        char *remove_it = tiny_path("@/kill.h5");
        ck_assert_int_eq(remove(remove_it), 0);
        mem_free(remove_it);
    }
    mem_free(tiny_messages(0, MANY "-o @/kill.h5"));
    expect_whole("@/kill.h5");
    ck_assert_msg(resumed >= KILLS / 5, "only %d of %d kills left vectors; %d banks", resumed,
                  kills, banks);
}
END_TEST

static const int numbers[] = {SIGTERM, SIGINT, SIGUSR1, SIGHUP};

/* Starts `line` and sends the signal once OUT.part has a block. */
static void stop_after_a_block(const char *line, const char *part, int number)
{
    const pid_t child = tiny_spawn(line);
    wait_for_block(part, NULL);
    tiny_sleep(2e-3); /* the end of the block may still be on its way to the file */
    kill(child, number);
    ck_assert_int_eq(tiny_wait(child), STOPPED);
}

/* OUT.part keeps what is finished; the next run logs where it resumes. */
START_TEST(a_signal_stops)
{
    char *out = mem_format("@/stop%d.h5", _i), *part = mem_format("%s.part", out);
    char *line = mem_format(MANY "-o %s", out);
    stop_after_a_block(line, part, numbers[_i]);
    ck_assert(!tiny_exists(out) && tiny_exists(part));
    char *messages = tiny_messages(0, line), *full = tiny_path(part);
    char *want = mem_format("resuming from %s: ", full);
    ck_assert_msg(strstr(messages, want), "%s", messages);
    expect_whole(out);
    mem_free(want);
    mem_free(full);
    mem_free(messages);
    mem_free(line);
    mem_free(part);
    mem_free(out);
}
END_TEST

/* A partial bank of other texts or of another encoder is not resumed. */
START_TEST(a_part_of_something_else)
{
    static const struct {
        const char *arguments, *message;
    } other[] = {
        {EMBED CLIP "--tags @/tags.txt ", "o.h5.part: made with other texts: starting over"},
        {MANY "clip.activation=gelu ",
         "o.h5.part: made with other weights, table or options of the "
         "text encoder: starting over"},
        {"embed threads=1 model.text_width=10 --descriptions @/many.json ",
         "o.h5.part: made with another text encoder: starting over"},
        {EMBED "--descriptions @/many.json ",
         "o.h5.part: made with another width: starting over"},
    };
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        stop_after_a_block(MANY "-o @/o.h5", "@/o.h5.part", SIGTERM);
        char *line = mem_format("%s-o @/o.h5", other[i].arguments);
        char *messages = tiny_messages(0, line);
        ck_assert_msg(strstr(messages, other[i].message), "%s", messages);
        mem_free(messages);
        mem_free(line);
    }
    tiny_write("@/mine.h5.part", "something of the user's");
    char *messages = tiny_messages(ERROR_DATA, EMBED "--tags @/tags.txt -o @/mine.h5");
    ck_assert_ptr_nonnull(strstr(messages, "mine.h5.part: not a partial label bank"));
    mem_free(messages);
}
END_TEST

static void clean(void)
{
    mem_free(whole);
    tiny_free();
}

Suite *test_embed_stop_suite(void);
Suite *test_embed_stop_suite(void)
{
    Suite *suite = suite_create("embed_stop");
    TCase *c = tcase_create("embed_stop");
    tcase_add_unchecked_fixture(c, setup, clean);
    tcase_add_test(c, clip);
    tcase_add_test(c, as_in_memory);
    tcase_add_test(c, kills_lose_nothing);
    tcase_add_loop_test(c, a_signal_stops, 0, sizeof numbers / sizeof *numbers);
    tcase_add_test(c, a_part_of_something_else);
    suite_add_tcase(suite, c);
    return suite;
}
