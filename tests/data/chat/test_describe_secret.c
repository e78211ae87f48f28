/* SPDX-License-Identifier: Apache-2.0 */
/* Which key goes to which server, other headers, and the masking of both. */
#include "core/mem.h"
#include "data/chat/secret.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static Scratch scratch;
static Secrets secrets;
static Error err;

static void clear_environment(void)
{
    static const char *const name[] = {"RAMPLUS_API_KEY", "OPENAI_API_KEY",
                                       "OPENROUTER_API_KEY", "GEMINI_API_KEY",
                                       "AZURE_OPENAI_API_KEY"};
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) unsetenv(name[i]);
}

static void setup(void)
{
    scratch_new(&scratch);
    clear_environment();
    err = (Error){0};
}

static void teardown(void)
{
    secrets_free(&secrets);
    scratch_free(&scratch);
}

/* The first header line for a host; "" if no header is sent. */
static const char *line_for(const char *base, const char *file, const char *key_header)
{
    const OptionStrings none = {0};
    HttpAddress to;
    err = (Error){0};
    secrets_free(&secrets);
    ck_assert_int_eq(http_address(base, "/x", true, &to, NULL), 0);
    secrets_read(file, key_header, &none, &to, &secrets, &err);
    http_address_free(&to);
    return secrets.lines ? secrets.line[0] : "";
}

/* Writes a file that only its owner can read. */
static const char *private_file(const char *name, const char *text)
{
    const char *path = scratch_text(&scratch, name, text);
    ck_assert_int_eq(chmod(path, 0600), 0);
    return path;
}

#define OWN "http://127.0.0.1/v1"

START_TEST(a_private_file_holds_the_key)
{
    const char *file = private_file("key", "sk-file-key\nnot this\n");
    ck_assert_str_eq(line_for(OWN, NULL, NULL), "");
    ck_assert_str_eq(line_for(OWN, file, NULL), "Authorization: Bearer sk-file-key");
    ck_assert_str_eq(line_for(OWN, file, "api-key"), "api-key: sk-file-key");
    ck_assert_str_eq(line_for("https://a.openai.azure.com/openai/deployments/gpt", file, NULL),
                     "api-key: sk-file-key");
    ck_assert_int_eq(chmod(file, 0640), 0);
    ck_assert_str_eq(line_for(OWN, file, NULL), "");
    expect_error(&err, ERROR_USAGE, "mode 640");
}
END_TEST

START_TEST(a_named_file_goes_before_the_environment)
{
    const char *file = private_file("key", "sk-file-key\n");
    setenv("OPENAI_API_KEY", "sk-openai", 1);
    ck_assert_str_eq(line_for(OWN, file, NULL), "Authorization: Bearer sk-file-key");
    ck_assert_str_eq(line_for(OWN, NULL, NULL), "Authorization: Bearer sk-openai");
    setenv("RAMPLUS_API_KEY", "sk-ramplus", 1);
    ck_assert_str_eq(line_for(OWN, file, NULL), "Authorization: Bearer sk-file-key");
    ck_assert_str_eq(line_for(OWN, NULL, NULL), "Authorization: Bearer sk-ramplus");
}
END_TEST

typedef struct Owner {
    const char *variable, *base;
    bool sent;
} Owner;

static const Owner owners[] = {
    {"OPENAI_API_KEY", "https://api.openai.com/v1", true},
    {"OPENAI_API_KEY", "https://API.OpenAI.com/v1", true},
    {"OPENAI_API_KEY", "https://eu.api.openai.com/v1", true},
    {"OPENAI_API_KEY", "http://localhost:8000/v1", true},
    {"OPENAI_API_KEY", "https://api.deepseek.com", false},
    {"OPENAI_API_KEY", "https://api.openai.com.example.org/v1", false},
    {"OPENAI_API_KEY", "https://notapi.openai.com/v1", false},
    {"OPENAI_API_KEY", "http://192.168.0.7:8000/v1", false},
    {"OPENAI_API_KEY", "https://openrouter.ai/api/v1", false},
    {"OPENROUTER_API_KEY", "https://openrouter.ai/api/v1", true},
    {"OPENROUTER_API_KEY", "https://api.openai.com/v1", false},
    {"OPENROUTER_API_KEY", "http://localhost/v1", false},
    {"GEMINI_API_KEY", "https://generativelanguage.googleapis.com/v1beta/openai", true},
    {"AZURE_OPENAI_API_KEY", "https://me.openai.azure.com/openai/v1", true},
    {"AZURE_OPENAI_API_KEY", "https://me.azure.com/openai/v1", false},
    {"RAMPLUS_API_KEY", "https://api.deepseek.com", true},
};

START_TEST(a_key_goes_only_to_its_provider)
{
    const Owner *o = &owners[_i];
    setenv(o->variable, "sk-of-someone", 1);
    ck_assert_str_eq(line_for(o->base, NULL, NULL),
                     o->sent ? "Authorization: Bearer sk-of-someone" : "");
    ck_assert_int_eq(err.code, 0);
}
END_TEST

START_TEST(keys_that_would_break_the_header_are_refused_and_not_printed)
{
    setenv("OPENAI_API_KEY", "sk-bad\r\nX-Evil: 1", 1);
    ck_assert_str_eq(line_for(OWN, NULL, NULL), "");
    expect_error(&err, ERROR_USAGE, "OPENAI_API_KEY: the key holds");
    ck_assert_ptr_null(strstr(err.text, "sk-bad"));
    clear_environment();
    ck_assert_str_eq(line_for(OWN, private_file("key", "\n"), NULL), "");
    expect_error(&err, ERROR_USAGE, "no key in the first line");
    ck_assert_str_eq(line_for(OWN, "/nonexistent/key", NULL), "");
    expect_error(&err, ERROR_USAGE, "cannot open");
    ck_assert_str_eq(line_for(OWN, NULL, "api key"), "");
    expect_error(&err, ERROR_USAGE, "--key-header api key: not the name");
}
END_TEST

/* ---- other headers ---- */

typedef struct Header {
    const char *name, *text, *line, *why;
} Header;

static const Header headers[] = {
    {"X-Title", "tags of mine  \n", "X-Title: tags of mine", NULL},
    {"X-Title", "first\r\nX-Evil: 1\n", "X-Title: first", NULL},
    {"Authorization", "Basic abc=", "Authorization: Basic abc=", NULL},
    {"X-Title", "tab\there", NULL, "control character"},
    {"X-Title", "\n", NULL, "no key in the first line"},
    {"X Title", "x", NULL, "not the name of a header"},
    {"X-Evil: 1\r\nX", "x", NULL, "not the name of a header"},
    {"", "x", NULL, "expected the name of a header"},
    {"content-length", "0", NULL, "sets this header itself"},
};

static char *header_option(const Header *h)
{
    return mem_format("%s=%s", h->name, private_file("value", h->text));
}

START_TEST(headers_come_from_private_files)
{
    const Header *h = &headers[_i];
    char *option = header_option(h);
    const OptionStrings one = {1, &option};
    const HttpAddress to = {.url = option, .host = option, .own = true};
    setenv("OPENAI_API_KEY", "sk-openai", 1);
    const int status = secrets_read(NULL, NULL, &one, &to, &secrets, &err);
    if (h->line) {
        ck_assert_msg(status == 0, "%s", err.text);
        ck_assert_str_eq(secrets.line[secrets.lines - 1], h->line);
        /* A given Authorization replaces the key. */
        ck_assert_int_eq(secrets.lines, strcmp(h->name, "Authorization") ? 2 : 1);
    } else {
        ck_assert_int_eq(status, -1);
        expect_error(&err, ERROR_USAGE, h->why);
    }
    mem_free(option);
}
END_TEST

START_TEST(a_header_and_a_key_file_exclude_each_other)
{
    char *option = mem_format("authorization=%s", private_file("value", "Bearer x\n"));
    const OptionStrings one = {1, &option};
    const HttpAddress to = {.url = option, .host = option};
    const char *file = private_file("key", "sk-file-key\n");
    ck_assert_int_eq(secrets_read(file, NULL, &one, &to, &secrets, &err), -1);
    expect_error(&err, ERROR_USAGE, "both set Authorization");
    mem_free(option);
}
END_TEST

START_TEST(a_header_needs_a_file)
{
    static char word[] = "X-Title";
    char *option = word;
    const OptionStrings one = {1, &option};
    const HttpAddress to = {.url = word, .host = word};
    ck_assert_int_eq(secrets_read(NULL, NULL, &one, &to, &secrets, &err), -1);
    expect_error(&err, ERROR_USAGE, "--header X-Title: expected NAME=FILE");
}
END_TEST

/* ---- masking ---- */

START_TEST(secrets_are_masked_everywhere)
{
    static char key[] = "Authorization: Bearer sk-abcdef", token[] = "X-Token: Basic tok3n-abc",
                title[] = "X-Title: descriptions";
    char *lines[] = {key, token, title};
    const Secrets s = {lines, 3, true};
    char text[] = "sk-abcdef, no: sk-abcdef! sk-abcde tok3n-abc descriptions Basic";
    secrets_mask(text, &s);
    ck_assert_str_eq(text, "*********, no: *********! sk-abcde ********* descriptions Basic");
    secrets_mask(text, NULL);
    static char none[] = "Authorization: Bearer none";
    char *placeholder[] = {none}, word[] = "none of these";
    secrets_mask(word, &(Secrets){placeholder, 1, true});
    ck_assert_str_eq(word, "none of these");
}
END_TEST

/* A server may repeat one word of a header, or one part of a cookie. */
START_TEST(each_word_of_a_header_is_masked)
{
    static char cookie[] = "Cookie: session=s3cret-1; theme=dark; id=\"x9-abcdef\"",
                words[] = "X-Auth: first-1 second-2 third";
    char *lines[] = {cookie, words};
    const Secrets s = {lines, 2, false};
    char text[] = "session=s3cret-1; s3cret-1 x9-abcdef first-1, second-2; third theme dark";
    secrets_mask(text, &s);
    ck_assert_str_eq(
        text, "***************** ******** ********* *******, ********; third theme dark");
}
END_TEST

Suite *test_describe_secret_suite(void);

Suite *test_describe_secret_suite(void)
{
    Suite *s = suite_create("describe_secret");
    TCase *c = tcase_create("describe_secret");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, a_private_file_holds_the_key);
    tcase_add_test(c, a_named_file_goes_before_the_environment);
    tcase_add_loop_test(c, a_key_goes_only_to_its_provider, 0, sizeof owners / sizeof *owners);
    tcase_add_test(c, keys_that_would_break_the_header_are_refused_and_not_printed);
    tcase_add_loop_test(c, headers_come_from_private_files, 0,
                        sizeof headers / sizeof *headers);
    tcase_add_test(c, a_header_and_a_key_file_exclude_each_other);
    tcase_add_test(c, a_header_needs_a_file);
    tcase_add_test(c, secrets_are_masked_everywhere);
    tcase_add_test(c, each_word_of_a_header_is_masked);
    suite_add_tcase(s, c);
    return s;
}
