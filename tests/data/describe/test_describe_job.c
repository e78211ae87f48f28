/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of `describe`, the server's address, --dry-run and --check, all without a
 * server. */
#include "core/io/file.h"
#include "core/mem.h"
#include "data/commands.h"
#include "data/describe/job.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Scratch scratch;

static void setup(void)
{
    scratch_new(&scratch);
    scratch_text(&scratch, "tags.txt", "dog\nred fox\n");
    unsetenv("RAMPLUS_API_KEY");
    unsetenv("OPENAI_API_KEY");
}

static void teardown(void) { scratch_free(&scratch); }

typedef struct Address {
    const char *base, *url; /* url: NULL if the address is refused */
    const char *why;        /* part of the error then */
} Address;

static const Address addresses[] = {
    {"http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1/chat/completions", NULL},
    {"http://127.9.9.9/v1/", "http://127.9.9.9/v1/chat/completions", NULL},
    {"http://localhost:1", "http://localhost:1/chat/completions", NULL},
    {"http://[::1]:1/v1", "http://[::1]:1/v1/chat/completions", NULL},
    {"https://api.example.org/v1/chat/completions",
     "https://api.example.org/v1/chat/completions", NULL},
    {"https://api.example.org/a?api-version=2",
     "https://api.example.org/a/chat/completions?api-version=2", NULL},
    /* this machine */
    {"http://0.0.0.0:8000/v1", "http://0.0.0.0:8000/v1/chat/completions", NULL},
    {"http://LocalHost/v1", "http://LocalHost/v1/chat/completions", NULL},
    {"http://[::]:1/v1", "http://[::]:1/v1/chat/completions", NULL},
    {"http://[0:0:0:0:0:0:0:1]/v1", "http://[::1]/v1/chat/completions", NULL},
    {"http://[::ffff:127.0.0.1]/v1", "http://[::ffff:127.0.0.1]/v1/chat/completions", NULL},
    {"http://127.1/v1", "http://127.0.0.1/v1/chat/completions", NULL},
    /* without a scheme */
    {"127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1/chat/completions", NULL},
    {"localhost:11434", "http://localhost:11434/chat/completions", NULL},
    {"http:/127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1/chat/completions", NULL},
    {"[::1]:1/v1", "http://[::1]:1/v1/chat/completions", NULL},
    {"api.example.org/v1", "https://api.example.org/v1/chat/completions", NULL},
    {"localhost.example.org/v1", "https://localhost.example.org/v1/chat/completions", NULL},
    {"http://api.example.org/v1", NULL, "use https://"},
    {"http://127.0.0.1.example.org/v1", NULL, "use https://"},
    {"http://localhost.example.org/v1", NULL, "use https://"},
    {"http://128.0.0.1/v1", NULL, "use https://"},
    {"http://[::2]/v1", NULL, "use https://"},
    {"ftp://127.0.0.1/v1", NULL, "neither http:// nor https://"},
    {"file:///etc/passwd", NULL, "--endpoint"},
    {"http:127.0.0.1", NULL, "--endpoint"},
    {"http://[::ffff:10.0.0.1]/v1", NULL, "use https://"},
    {"", NULL, "--endpoint"},
    {"https://me:hunter2@example.org/v1", NULL, "no user or password"},
    {"http://127.0.0.1@example.org/v1", NULL, "no user or password"},
};

START_TEST(addresses_are_checked)
{
    const Address *a = &addresses[_i];
    HttpAddress got;
    Error err = {0};
    const int status = http_address(a->base, "/chat/completions", false, &got, &err);
    if (a->url) {
        ck_assert_msg(status == 0, "%s: %s", a->base, err.text);
        ck_assert_str_eq(got.url, a->url);
    } else {
        ck_assert_int_eq(status, -1);
        expect_error(&err, ERROR_USAGE, a->why);
        ck_assert_ptr_null(strstr(err.text, "hunter2"));
    }
    http_address_free(&got);
}
END_TEST

START_TEST(plain_http_to_another_machine_needs_permission)
{
    HttpAddress a;
    Error err = {0};
    ck_assert_int_eq(http_address("http://example.org:80/v1", "/x", true, &a, &err), 0);
    ck_assert_str_eq(a.host, "example.org");
    ck_assert(!a.encrypted);
    http_address_free(&a);
}
END_TEST

static int run(const char *options, char **out, char **messages)
{
    const char *endpoint =
        strstr(options, "--endpoint") ? "" : "--endpoint http://127.0.0.1:9/v1";
    char *line = mem_format("describe --tags %s/tags.txt --model m -o %s/out.json %s %s",
                            scratch.dir, scratch.dir, endpoint, options);
    const int status = run_program(&scratch, line, out, messages);
    mem_free(line);
    return status;
}

typedef struct Bad {
    const char *options, *why;
} Bad;

static const Bad bad_options[] = {
    {"--count 0", "--count: '0': out of range, expected 1 to 1000"},
    {"--count 2.5", "--count: '2.5': expected a whole number"},
    {"--temperature warm", "--temperature: 'warm': expected a number"},
    {"--temperature nan", "--temperature: 'nan': expected a finite number"},
    {"--temperature -1", "--temperature: '-1': out of range, expected 0 to 100"},
    {"--parallel 0", "--parallel: '0'"},
    {"--tries=x", "--tries: 'x': expected a whole number"},
    {"--extra '{\"n\": 3}'", "--extra: n: the program sets this itself"},
    {"--extra '[1]'", "--extra: expected a JSON object"},
    {"--stop", "--stop: needs a value"},
    {"--stop=", "--stop: needs a value"},
    {"--modell x", "did you mean '--model'?"},
    {"key=value", "key=value: unexpected argument"},
    {"image.png", "image.png: unexpected argument"},
    {"--prompts /nonexistent", "cannot open"},
    {"--key-file /nonexistent", "cannot open"},
    {"--endpoint http://example.org", "use https://"},
    {"--system '\xff'", "not UTF-8"},
};

START_TEST(wrong_options_are_named)
{
    char *messages;
    const int status = run(bad_options[_i].options, NULL, &messages);
    ck_assert_msg(status == ERROR_USAGE, "%d: %s", status, messages);
    ck_assert_msg(strstr(messages, bad_options[_i].why) != NULL, "'%s' lacks '%s'", messages,
                  bad_options[_i].why);
    ck_assert(!file_exists(scratch_path(&scratch, "out.json.journal")));
    mem_free(messages);
}
END_TEST

START_TEST(missing_options_are_named)
{
    char *messages;
    ck_assert_int_eq(run_program(&scratch, "describe --model m", NULL, &messages), ERROR_USAGE);
    ck_assert_ptr_nonnull(strstr(messages, "--tags is missing"));
    mem_free(messages);
    scratch_text(&scratch, "tags.txt", "dog\n\n");
    ck_assert_int_eq(run("", NULL, &messages), ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(messages, "line 2: empty"));
    mem_free(messages);
}
END_TEST

START_TEST(prompts_need_a_place_for_the_tag)
{
    char *messages, options[200];
    snprintf(options, sizeof options, "--prompts %s",
             scratch_text(&scratch, "prompts", "What is {}?\nTell me.\n"));
    ck_assert_int_eq(run(options, NULL, &messages), ERROR_USAGE);
    ck_assert_ptr_nonnull(strstr(messages, "line 2: no {} for the tag"));
    mem_free(messages);
}
END_TEST

START_TEST(every_placeholder_takes_the_tag)
{
    char tags[160], prompts[160], out[160];
    snprintf(tags, sizeof tags, "%s", scratch_path(&scratch, "tags.txt"));
    snprintf(prompts, sizeof prompts, "%s", scratch_text(&scratch, "p", "{}: what is a(n) {}"));
    snprintf(out, sizeof out, "%s", scratch_path(&scratch, "out.json"));
    const char *argv[] = {
        "describe", "--tags",  tags, "--stop",    "A",     "-o",         out,
        "--stop=B", "--model", "m",  "--prompts", prompts, "--endpoint", "https://example.org"};
    DescribeJob job;
    Error err = {0};
    const CliProgram program = {.name = "ramplus"};
    DescribeOptions options;
    Cli cli;
    int status = cli_parse(&program, &cmd_describe, sizeof argv / sizeof *argv,
                           (char **)(uintptr_t)argv, &options, &cli, &err);
    if (status == 0) status = describe_job_open(&cli, &options, &job, &err);
    ck_assert_msg(status == 0, "%s", err.text);
    char *prompt = describe_prompt(&job, 0, "red {} fox");
    ck_assert_str_eq(prompt, "red {} fox: what is a(n) red {} fox");
    ck_assert_int_eq(job.chat.stops, 2);
    ck_assert_str_eq(job.chat.stop[0], "A");
    ck_assert_str_eq(job.chat.stop[1], "B");
    ck_assert_int_eq(job.opt->count, 10);
    mem_free(prompt);
    describe_job_free(&job);
    cli_free(&cli);
}
END_TEST

START_TEST(an_estimate_sends_and_writes_nothing)
{
    char *out;
    ck_assert_int_eq(run("--dry-run --json --price-in 1 --price-out 2", &out, NULL), 0);
    ck_assert_ptr_nonnull(strstr(out, "\"requests\": 10, \"requests_single\": 100"));
    ck_assert_ptr_nonnull(strstr(out, "\"tokens_out\": 7700"));
    mem_free(out);
    ck_assert(!file_exists(scratch_path(&scratch, "out.json.journal")));
}
END_TEST

START_TEST(a_missing_server_is_reported_after_a_few_tries)
{
    char *out, *messages;
    ck_assert_int_eq(run("--json --retry-base 0.001 --retry-max 0.01", &out, &messages),
                     ERROR_NETWORK);
    ck_assert_ptr_nonnull(strstr(out, "\"tags\": 2, \"complete\": 0"));
    ck_assert_ptr_nonnull(strstr(messages, "error: 127.0.0.1: "));
    ck_assert(!file_exists(scratch_path(&scratch, "out.json")));
    ck_assert(file_exists(scratch_path(&scratch, "out.json.report.txt")));
    mem_free(out);
    mem_free(messages);
}
END_TEST

typedef struct Checked {
    const char *json;
    int status;
    const char *out;
} Checked;

#define DOG "{\"dog\": [\"a photo of a dog.\", \"A dog barks.\", \"It has fur.\"]}"
#define FOX "{\"red fox\": [\"a photo of a red fox.\", \"It is red.\", \"It hunts.\"]}"

static const Checked checked[] = {
    {"[" DOG ", " FOX "]", EXIT_OK, "\"problems\": 0, "},
    {"[" DOG "]", ERROR_DATA, "\"missing_tag\": 1,"},
    {"[" DOG ", " FOX ", " FOX "]", ERROR_DATA, "\"repeated_tag\": 1,"},
    {"[" DOG ", {\"red fox\": [\"a photo of a red fox.\"]}, " DOG "]", ERROR_DATA,
     "\"other_count\": 1"},
    {"[" DOG ", " FOX ", {\"owl\": [\"a photo of a owl.\", \"\", \" \"]}]", ERROR_DATA,
     "\"empty\": 2,"},
    {"[" DOG ", " FOX ", {\"owl\": [\"a photo of a owl.\", 7, null]}]", ERROR_DATA,
     "\"not_a_text\": 2,"},
    {"[" DOG ", " FOX ", {\"a\": [\"x.\"], \"b\": [\"x.\"]}, {}, {\"c\": []}]", ERROR_DATA,
     "\"not_an_entry\": 3,"},
    {"[" DOG ", {\"owl\": NaN}, " FOX "]", ERROR_DATA, "\"not_an_entry\": 1,"},
    {"[]", ERROR_DATA, "\"problems\": 3"},
    {"[" DOG ", " FOX ", {\"owl\": [\"a photo of an owl.\", \"It fl\", \"A bird\\nof.\"]}]",
     EXIT_OK,
     "\"no_sentence\": 1, \"other_case\": 0, \"not_clean\": 1, \"unfinished\": 1, "
     "\"duplicate\": 0, \"refusal\": 0, \"unknown_tag\": 1"},
    {"[" DOG ", " FOX
     ", {\"owl\": [\"a photo of a owl.\", \"<think>Hm.</think>\", \"Hm </think> A.\"]}]",
     ERROR_DATA, "\"thoughts\": 2,"},
    {"[" DOG ", " FOX ", {\"Owl\": [\"A photo of a owl.\", \"Sorry, no.\", \"Sorry, no.\"]}]",
     EXIT_OK,
     "\"other_case\": 1, \"not_clean\": 0, \"unfinished\": 0, \"duplicate\": 1, "
     "\"refusal\": 2"},
};

START_TEST(files_of_descriptions_are_checked)
{
    const Checked *c = &checked[_i];
    char *out, *line;
    scratch_text(&scratch, "d.json", c->json);
    line = mem_format("describe --check %s/d.json --tags %s/tags.txt --json", scratch.dir,
                      scratch.dir);
    const int status = run_program(&scratch, line, &out, NULL);
    ck_assert_msg(status == c->status, "%d: %s", status, out);
    ck_assert_msg(strstr(out, c->out) != NULL, "'%s' lacks '%s'", out, c->out);
    mem_free(out);
    mem_free(line);
}
END_TEST

START_TEST(findings_are_shown_with_an_example)
{
    char *out, *messages, *line;
    scratch_text(&scratch, "d.json",
                 "[{\"dog\": [\"a photo of a dog.\", \"\\u001b[2J\"]}, "
                 "{\"dog\": [\"a photo of a dog.\", \"It barks.\"]}]");
    line = mem_format("describe --check %s/d.json", scratch.dir);
    ck_assert_int_eq(run_program(&scratch, line, &out, &messages), ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(out,
                                 "PROBLEM       1 tags described more than once (record 2, "
                                 "dog)"));
    ck_assert_ptr_null(strchr(out, '\x1b'));
    ck_assert_ptr_nonnull(strstr(messages, "d.json: 1 problem\n"));
    mem_free(out);
    mem_free(messages);
    mem_free(line);
}
END_TEST

Suite *test_describe_job_suite(void);

Suite *test_describe_job_suite(void)
{
    Suite *s = suite_create("describe_job");
    TCase *c = tcase_create("describe_job");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, addresses_are_checked, 0, sizeof addresses / sizeof *addresses);
    tcase_add_test(c, plain_http_to_another_machine_needs_permission);
    tcase_add_loop_test(c, wrong_options_are_named, 0,
                        sizeof bad_options / sizeof *bad_options);
    tcase_add_test(c, missing_options_are_named);
    tcase_add_test(c, prompts_need_a_place_for_the_tag);
    tcase_add_test(c, every_placeholder_takes_the_tag);
    tcase_add_test(c, an_estimate_sends_and_writes_nothing);
    tcase_add_test(c, a_missing_server_is_reported_after_a_few_tries);
    tcase_add_loop_test(c, files_of_descriptions_are_checked, 0,
                        sizeof checked / sizeof *checked);
    tcase_add_test(c, findings_are_shown_with_an_example);
    suite_add_tcase(s, c);
    return s;
}
