/* ramplus embed as a user runs it: every source of tags, every encoder, both formats, refusals; and
 * stopped, killed and started again. */
#define _XOPEN_SOURCE 700
#include "core/file.h"
#include "core/gemm.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/text.h"
#include "eval/bank_file.h"
#include "eval/label_texts.h"
#include "tests/clip_files.h"
#include "tests/table_file.h"
#include "tests/tiny.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

static char *whole;      /* bytes of the bank of many.json, made without a stop */
static size_t whole_len; /* of them */
static double duration;  /* of making it, in seconds */

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
    tiny_write("@/some.json", "[{\"blue circle\": [\"round\", \"blue\", \"both\"]},\n"
                              " {\"red\": [\"like blood\"]}, {\"red\": [\"a\", \"b\"]}]\n");
    write_many();
    const double start = log_now();
    mem_free(tiny_talk(0, MANY "-o @/whole.h5"));
    duration = log_now() - start;
    take_whole();
}

static BankFile bank_of(const char *path)
{
    BankFile b;
    Error err = {0};
    char *full = tiny_path(path);
    ck_assert_msg(bank_file_read(full, &b, &err) == 0, "%s", err.text);
    mem_free(full);
    return b;
}

static bool there(const char *path)
{
    char *full = tiny_path(path);
    const bool is = file_exists(full);
    mem_free(full);
    return is;
}

static void expect_tags(const BankFile *b, int64_t n, const char *const *name,
                        const int64_t *offset)
{
    ck_assert_int_eq(b->tags.count, n);
    for (int64_t k = 0; k < n; k++) ck_assert_str_eq(b->tags.name[k], name[k]);
    ck_assert_mem_eq(b->bank->offset, offset, (size_t)(n + 1) * sizeof *offset);
}

/* Row i of the bank is what the hash encoder says of the text. */
static void expect_row(const BankFile *b, int64_t i, const char *text)
{
    TextEncoder *e;
    float want[64];
    const TextEncoderConfig config = {.name = "hash", .dim = 64};
    ck_assert_int_eq(text_encoder_new(&config, &e, NULL), 0);
    ck_assert_int_eq(text_encoder_encode(e, &text, 1, want, NULL), 0);
    ck_assert_mem_eq(b->bank->rows + i * 64, want, sizeof want);
    ck_assert_str_eq(b->identity.encoder, "hash");
    ck_assert_str_eq(b->identity.fingerprint, text_encoder_fingerprint(e));
    text_encoder_free(e);
}

/* A list and the template; a list and descriptions in another order; descriptions alone. */
START_TEST(sources_of_tags)
{
    const char *const list[] = {"red", "blue circle", "red"}, *const keys[] = {"blue circle",
                                                                               "red", "red"};
    mem_free(tiny_talk(0, EMBED "--tags @/tags.txt -o @/b.h5"));
    BankFile b = bank_of("@/b.h5");
    expect_tags(&b, 3, list, (int64_t[]){0, 1, 2, 3});
    expect_row(&b, 1, "a photo of a blue circle.");
    bank_file_free(&b);
    char *talk = tiny_talk(0, EMBED "--tags @/tags.txt --descriptions @/some.json -o @/b.h5");
    ck_assert_ptr_nonnull(strstr(talk, "b.h5: 3 tags, 6 texts, width 64, encoder hash "));
    ck_assert_ptr_nonnull(strstr(talk, " texts/s; 0.0 MB\n"));
    mem_free(talk);
    b = bank_of("@/b.h5");
    expect_tags(&b, 3, list, (int64_t[]){0, 1, 4, 6});
    expect_row(&b, 0, "like blood");
    expect_row(&b, 3, "both");
    expect_row(&b, 5, "b");
    bank_file_free(&b);
    const char *const alone[] = {EMBED "--descriptions @/some.json --out @/b.h5",
                                 EMBED "--tags @/some.json -o @/b.h5"};
    for (int i = 0; i < 2; i++) {
        mem_free(tiny_talk(0, alone[i]));
        b = bank_of("@/b.h5");
        expect_tags(&b, 3, keys, (int64_t[]){0, 3, 4, 6});
        expect_row(&b, 5, "b");
        bank_file_free(&b);
    }
    ck_assert(!there("@/b.h5.part"));
}
END_TEST

/* Both formats hold the same; info and verify know them. */
START_TEST(formats)
{
    const char *const file[] = {"@/f.h5", "@/f.safetensors"};
    char *content[2];
    for (int i = 0; i < 2; i++) {
        char *line = mem_format(EMBED "--descriptions @/some.json -o %s", file[i]);
        char *info = mem_format("info --json %s", file[i]);
        char *verify = mem_format("verify %s", file[i]), *show = mem_format("info %s", file[i]);
        mem_free(tiny_talk(0, line));
        json_t *json = tiny_json(info);
        ck_assert_str_eq(json_string_value(json_object_get(json, "kind")), "bank");
        ck_assert_str_eq(json_string_value(json_object_get(json, "encoder")), "hash");
        ck_assert_int_eq(json_integer_value(json_object_get(json, "tags")), 3);
        ck_assert_int_eq(json_integer_value(json_object_get(json, "texts")), 6);
        ck_assert_int_eq(json_integer_value(json_object_get(json, "width")), 64);
        ck_assert(json_is_true(json_object_get(json, "checksums")));
        BankFile b = bank_of(file[i]);
        ck_assert_str_eq(json_string_value(json_object_get(json, "fingerprint")),
                         b.identity.fingerprint);
        ck_assert_str_eq(json_string_value(json_object_get(json, "texts_hash")),
                         b.identity.texts);
        content[i] = mem_strdup(json_string_value(json_object_get(json, "content")));
        char *out = tiny_out(0, verify), *lines = tiny_out(0, show);
        ck_assert_ptr_nonnull(strstr(out, ": ok, bank, "));
        ck_assert_ptr_nonnull(strstr(out, content[i]));
        ck_assert_ptr_null(strstr(out, "no checksums"));
        ck_assert_ptr_nonnull(strstr(lines, "\n3 tags, 6 texts of hash "));
        ck_assert_ptr_nonnull(strstr(lines, ", width 64, encoder hash "));
        bank_file_free(&b);
        json_decref(json);
        mem_free(lines);
        mem_free(out);
        mem_free(show);
        mem_free(verify);
        mem_free(info);
        mem_free(line);
    }
    ck_assert_str_eq(content[0], content[1]);
    mem_free(content[0]);
    mem_free(content[1]);
}
END_TEST

/* Damage is found by verify, with exit code 6. */
START_TEST(verify_finds_damage)
{
    const char *const file[] = {"@/d.h5", "@/d.safetensors"};
    for (int i = 0; i < 2; i++) {
        Bytes b;
        char *line = mem_format(EMBED "--tags @/tags.txt -o %s", file[i]);
        char *verify = mem_format("verify %s", file[i]), *path = tiny_path(file[i]);
        mem_free(tiny_talk(0, line));
        ck_assert_int_eq(file_read(path, &b, NULL), 0);
        b.data[b.len - 5] ^= 1;
        ck_assert_int_eq(file_write(path, b.data, b.len, NULL), 0);
        char *talk = tiny_talk(EXIT_CHECKPOINT, verify);
        ck_assert_ptr_nonnull(strstr(talk, "does not match\n"));
        mem_free(talk);
        bytes_free(&b);
        mem_free(path);
        mem_free(verify);
        mem_free(line);
    }
}
END_TEST

/* The vectors of CLIP, as the encoder gives them for the texts one by one, up to rounding. */
START_TEST(clip)
{
    BankFile b = bank_of("@/whole.h5");
    Descriptions texts;
    TextEncoder *e;
    char *json = tiny_path("@/many.json"), *weights = tiny_path("@/clip.safetensors"),
         *vocabulary = tiny_path("@/merges.txt");
    float one[E];
    const TextEncoderConfig config = {.name = "clip",
                                      .clip = {weights, vocabulary, 0, 0, NULL}};
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
    bank_file_free(&b);
}
END_TEST

/* A bank in memory, as training without model.bank makes it, is the same to the last bit. */
START_TEST(as_in_memory)
{
    BankFile b = bank_of("@/whole.h5");
    LabelBank *bank;
    TextEncoder *e;
    char *json = tiny_path("@/many.json"), *weights = tiny_path("@/clip.safetensors"),
         *vocabulary = tiny_path("@/merges.txt");
    const TextEncoderConfig config = {.name = "clip",
                                      .clip = {weights, vocabulary, 0, 0, NULL}};
    gemm_set_threads(1); /* as MANY */
    ck_assert_int_eq(text_encoder_new(&config, &e, NULL), 0);
    ck_assert_int_eq(label_texts_bank(e, &b.tags, json, &bank, NULL), 0);
    for (int64_t i = 0; i < TEXTS * E; i++)
        ck_assert_double_eq((double)bank->rows[i], (double)b.bank->rows[i]);
    label_bank_free(bank);
    text_encoder_free(e);
    mem_free(vocabulary);
    mem_free(weights);
    mem_free(json);
    bank_file_free(&b);
}
END_TEST

/* The width is the table's; what a model must be told is said. A text that the table lacks is named. */
START_TEST(table)
{
    static const float vectors[] = {3, 0, 4, 0, 5, 0};
    char *path = tiny_path("@/table.safetensors");
    table_file_write(path, "U8", "a photo of a red.\na photo of a blue circle.\n", 2, 3,
                     vectors);
    char *talk = tiny_talk(0, "embed --encoder table text_table=@/table.safetensors "
                              "--tags @/tags.txt -o @/t.h5");
    ck_assert_ptr_nonnull(strstr(talk, "t.h5: 3 tags, 3 texts, width 3, encoder table "));
    ck_assert_ptr_nonnull(strstr(talk, "has model.text_width=3\n"));
    mem_free(talk);
    BankFile b = bank_of("@/t.h5");
    const float want[] = {0.6F, 0, 0.8F, 0, 1, 0, 0.6F, 0, 0.8F};
    ck_assert_mem_eq(b.bank->rows, want, sizeof want);
    bank_file_free(&b);
    tiny_write("@/walrus.txt", "red\nwalrus\n");
    talk = tiny_talk(EXIT_DATA, "embed --encoder table text_table=@/table.safetensors "
                                "--tags @/walrus.txt -o @/w.h5");
    ck_assert_ptr_nonnull(strstr(talk, "no vector for the text \"a photo of a walrus.\""));
    ck_assert(!there("@/w.h5") && !there("@/w.h5.part"));
    mem_free(talk);
    mem_free(path);
}
END_TEST

static const struct {
    int code;
    const char *arguments, *message;
} bad[] = {
    {EXIT_USAGE, "embed -o @/x.h5", "embed: --tags is missing"},
    {EXIT_USAGE, "embed --tags @/tags.txt", "embed: -o is missing"},
    {EXIT_USAGE, "embed --tags @/tags.txt -o @/x.h5 stray", "embed: stray: unexpected"},
    {EXIT_USAGE, "embed --tags @/tags.txt -o @/x.txt",
     "x.txt: a label bank is written as .h5 or .safetensors"},
    {EXIT_USAGE, "embed --tags @/tags.txt -o @/x.h5 --encoder tabel",
     "text_encoder: 'tabel': want hash|table|clip; did you mean 'table'?"},
    {EXIT_USAGE, "embed --tags @/tags.txt -o @/x.h5 --encoder clip", "clip.weights: not set"},
    {EXIT_USAGE, "embed --tags @/tags.txt -o @/x.h5 --encoder table",
     "text_encoder: table: needs a file"},
    {EXIT_USAGE, "embed --tags @/tags.txt -o @/x.h5 --encodre hash", "did you mean --encoder"},
    {EXIT_USAGE, "embed --tags @/tags.txt -o @/x.h5 text_encodr=hash",
     "did you mean 'text_encoder'?"},
    {EXIT_DATA, "embed --tags @/none.txt -o @/x.h5", "none.txt: cannot open"},
    {EXIT_DATA, "embed --tags @/tags.txt --descriptions @/many.json -o @/x.h5",
     "many.json: tag 1 'red': no description"},
    {EXIT_DATA, "embed --descriptions @/empty.json -o @/x.h5",
     "empty.json: no tag is described"},
    {EXIT_DATA, "embed --descriptions @/blank.json -o @/x.h5",
     "blank.json: record 2 (line 1): tag ' ': blank, or more than one line"},
    {EXIT_DATA, "embed --descriptions @/lines.json -o @/x.h5", "blank, or more than one line"},
    {EXIT_DATA,
     "embed --tags @/tags.txt -o @/x.h5 --encoder clip clip.vocab=@/merges.txt "
     "clip.weights=@/none.safetensors",
     "none.safetensors: cannot open"},
    {EXIT_RUNTIME, "embed --tags @/tags.txt -o @/none/x.h5", "none/x.h5.part: cannot write"},
};
enum { BAD = sizeof bad / sizeof *bad };

START_TEST(refuses)
{
    char *out, *talk;
    tiny_write("@/empty.json", "[]\n");
    tiny_write("@/blank.json", "[{\"a\": [\"b\"]}, {\" \": [\"c\"]}]");
    tiny_write("@/lines.json", "[{\"a\\nb\": [\"c\"]}]");
    const int code = tiny_run(bad[_i].arguments, &out, &talk);
    ck_assert_msg(code == bad[_i].code, "%s: %d: %s", bad[_i].arguments, code, talk);
    ck_assert_msg(strstr(talk, bad[_i].message), "%s: %s", bad[_i].arguments, talk);
    ck_assert_str_eq(out, "");
    ck_assert(!there("@/x.h5") && !there("@/x.h5.part"));
    mem_free(out);
    mem_free(talk);
}
END_TEST

/* ---- stopped and killed ---- */

static void sleep_for(double seconds)
{
    const int64_t ns = (int64_t)(seconds * 1e9);
    const struct timespec t = {ns / 1000000000, ns % 1000000000};
    nanosleep(&t, NULL);
}

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

static int64_t size_of(const char *path)
{
    char *full = tiny_path(path);
    const int64_t bytes = file_bytes(full);
    mem_free(full);
    return bytes;
}

/* xorshift64*: the moments of the kills are the same in every run of this test. */
static double fraction(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (double)(*state * 0x2545f4914f6cdd1d >> 40) / (1 << 24);
}

/* kill -9 at random moments; the next run goes on, and what it makes is, to the byte, what an undisturbed run
 * makes. OUT is either missing or whole at any moment. */
START_TEST(kills_lose_nothing)
{
    uint64_t random = 20240607;
    int kills = 0, resumed = 0, banks = 0;
    while (kills < KILLS) {
        const pid_t child = tiny_spawn(MANY "-o @/kill.h5");
        sleep_for(fraction(&random) * duration * 0.6);
        kill(child, SIGKILL);
        const int code = tiny_wait(child);
        ck_assert_msg(code == 0 || code == -SIGKILL, "exit code %d", code);
        kills += code != 0;
        resumed += size_of("@/kill.h5.part") > 2000;
        if (!there("@/kill.h5")) continue;
        mem_free(tiny_talk(0, MANY "-o @/kill.h5")); /* a part may have outlived it */
        expect_whole("@/kill.h5");
        banks++;
        char *remove_it = tiny_path("@/kill.h5");
        ck_assert_int_eq(remove(remove_it), 0);
        mem_free(remove_it);
    }
    mem_free(tiny_talk(0, MANY "-o @/kill.h5"));
    expect_whole("@/kill.h5");
    ck_assert_msg(resumed >= KILLS / 5, "only %d of %d kills left vectors; %d banks", resumed,
                  kills, banks);
}
END_TEST

static const int numbers[] = {SIGTERM, SIGINT};

/* The part is there and fits the message; the next run says where it goes on. */
START_TEST(a_signal_stops)
{
    sigset_t set, before;
    char *out = mem_format("@/stop%d.h5", _i), *part = mem_format("%s.part", out);
    char *line = mem_format(MANY "-o %s", out);
    sigemptyset(&set);
    sigaddset(&set, numbers[_i]);
    sigprocmask(SIG_BLOCK, &set, &before); /* pending before the program asks */
    const pid_t child = tiny_spawn(line);
    kill(child, numbers[_i]);
    sigprocmask(SIG_SETMASK, &before, NULL);
    ck_assert_int_eq(tiny_wait(child), STOPPED);
    ck_assert(!there(out) && there(part));
    char *talk = tiny_talk(0, line), *full = tiny_path(part);
    char *want = mem_format("going on with %s: 128 of 2500 texts are there\n", full);
    ck_assert_msg(strstr(talk, want), "%s", talk);
    expect_whole(out);
    mem_free(want);
    mem_free(full);
    mem_free(talk);
    mem_free(line);
    mem_free(part);
    mem_free(out);
}
END_TEST

/* A part of other texts, or of another encoder, is not gone on with. */
START_TEST(a_part_of_something_else)
{
    static const struct {
        const char *arguments, *message;
    } other[] = {
        {EMBED CLIP "--tags @/tags.txt ", "o.h5.part: of other texts: begun anew"},
        {MANY "clip.activation=gelu ", "o.h5.part: of other weights, table or options of the "
                                       "text encoder: begun anew"},
        {EMBED "model.text_width=10 --descriptions @/many.json ",
         "o.h5.part: of another text encoder: begun anew"},
        {EMBED "--descriptions @/many.json ", "o.h5.part: of another width: begun anew"},
    };
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        sigset_t set, before;
        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigprocmask(SIG_BLOCK, &set, &before);
        const pid_t child = tiny_spawn(MANY "-o @/o.h5");
        kill(child, SIGTERM);
        sigprocmask(SIG_SETMASK, &before, NULL);
        ck_assert_int_eq(tiny_wait(child), STOPPED);
        char *line = mem_format("%s-o @/o.h5", other[i].arguments);
        char *talk = tiny_talk(0, line);
        ck_assert_msg(strstr(talk, other[i].message), "%s", talk);
        mem_free(talk);
        mem_free(line);
    }
    tiny_write("@/mine.h5.part", "something of the user's");
    char *talk = tiny_talk(EXIT_DATA, EMBED "--tags @/tags.txt -o @/mine.h5");
    ck_assert_ptr_nonnull(strstr(talk, "mine.h5.part: not a bank that is being made"));
    mem_free(talk);
}
END_TEST

static void clean(void)
{
    mem_free(whole);
    tiny_free();
}

Suite *test_cmd_embed_suite(void);
Suite *test_cmd_embed_suite(void)
{
    Suite *suite = suite_create("cmd_embed");
    TCase *c = tcase_create("cmd_embed");
    tcase_add_unchecked_fixture(c, setup, clean);
    tcase_set_timeout(c, 300);
    tcase_add_test(c, sources_of_tags);
    tcase_add_test(c, formats);
    tcase_add_test(c, verify_finds_damage);
    tcase_add_test(c, clip);
    tcase_add_test(c, as_in_memory);
    tcase_add_test(c, table);
    tcase_add_loop_test(c, refuses, 0, BAD);
    tcase_add_test(c, kills_lose_nothing);
    tcase_add_loop_test(c, a_signal_stops, 0, 2);
    tcase_add_test(c, a_part_of_something_else);
    suite_add_tcase(suite, c);
    return suite;
}
