/* SPDX-License-Identifier: Apache-2.0 */
/* Malformed inputs given to the real binary: each row of tests/bad/cases.txt has a command and
 * its expected exit code and error line. */
#include "core/io/file.h"
#include "core/mem.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static const char *const CASES = "tests/bad/cases.txt";

/* A row `CODE | WORDS | COMMAND`: the exit code, words of the error line, and the shell
 * command. */
typedef struct Case {
    int code;
    char *words, *command; /* point into the line */
} Case;

static bool is_case(const char *line) { return *line && *line != '#'; }

static Case parse(char *line)
{
    Case c = {0};
    char *words = strstr(line, " | "), *command = words ? strstr(words + 3, " | ") : NULL;
    ck_assert_msg(command, "%s: not `CODE | WORDS | COMMAND`: %s", CASES, line);
    *words = *command = '\0';
    c.code = atoi(line);
    c.words = words + 3;
    c.command = command + 3;
    return c;
}

static int count_cases(void)
{
    Lines lines;
    int n = 0;
    if (lines_read(CASES, &lines, NULL) != 0) return 0;
    for (size_t i = 0; i < lines.count; i++) n += is_case(lines.line[i]);
    lines_free(&lines);
    return n;
}

static int exit_code(const char *command)
{
    const int status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Creates the folder in which every command runs, with valid inputs and with files damaged on
 * purpose. */
static void make_scratch(void)
{
    char folder[] = "/tmp/ramplus-bad-XXXXXX";
    char *binary = realpath(getenv("RAMPLUS") ? getenv("RAMPLUS") : "build/fast/ramplus", NULL);
    char *bad = realpath("tests/bad", NULL);
    ck_assert_msg(binary && bad, "the binary or tests/bad is missing");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    setenv("SCRATCH", folder, 1);
    setenv("R", binary, 1);
    setenv("BAD", bad, 1);
    free(binary);
    free(bad);
    const int code = exit_code("cd \"$SCRATCH\" && sh -e \"$BAD/prepare.sh\" > log 2>&1");
    if (code != 0) exit_code("cat \"$SCRATCH/log\" >&2");
    ck_assert_msg(code == 0, "tests/bad/prepare.sh: exit code %d", code);
}

static void remove_scratch(void) { ck_assert_int_eq(exit_code("rm -rf \"$SCRATCH\""), 0); }

static char *read_stderr(void)
{
    Bytes text;
    char *path = mem_format("%s/stderr", getenv("SCRATCH"));
    ck_assert_int_eq(file_read(path, &text, NULL), 0);
    ck_assert_msg(strlen((char *)text.data) == text.len, "a NUL byte on stderr");
    mem_free(path);
    return (char *)text.data;
}

/* Finds output of libraries, sanitizers and failed CHECKs. */
static void check_silence(const Case *c, const char *text)
{
    static const char *const noise[] = {"HDF5-DIAG", "runtime error:", "Sanitizer",
                                        "libpng ",   "Corrupt JPEG",   ": bug: "};
    for (size_t i = 0; i < sizeof noise / sizeof *noise; i++)
        ck_assert_msg(!strstr(text, noise[i]), "%s\nmust not say %s:\n%.2000s", c->command,
                      noise[i], text);
}

/* Checks for exactly one line `error: ...` that contains the words. */
static void check_error_line(const Case *c, char *text)
{
    char *found = NULL, *rest = text;
    for (char *line; (line = strtok_r(rest, "\n", &rest));) {
        if (strncmp(line, "error: ", 7) != 0) continue;
        ck_assert_msg(!found, "%s\ntwo errors:\n%s\n%s", c->command, found, line);
        found = line;
    }
    ck_assert_msg(found, "%s\nno line on stderr begins with `error: `", c->command);
    ck_assert_msg(strstr(found, c->words), "%s\nwant `%s` in\n%s", c->command, c->words, found);
}

START_TEST(bad_input)
{
    Lines lines;
    size_t at = 0;
    ck_assert_int_eq(lines_read(CASES, &lines, NULL), 0);
    for (int n = 0;; at++)
        if (is_case(lines.line[at]) && n++ == _i) break;
    const Case c = parse(lines.line[at]);
    char *command = mem_format(
        "cd \"$SCRATCH\" && . \"$BAD/commands.sh\" && { %s; } > stdout 2> stderr < /dev/null",
        c.command);
    const int code = exit_code(command);
    char *text = read_stderr();
    ck_assert_msg(code == c.code, "%s\nexit code %d, want %d:\n%.2000s", c.command, code,
                  c.code, text);
    check_silence(&c, text);
    check_error_line(&c, text);
    mem_free(text);
    mem_free(command);
    lines_free(&lines);
}
END_TEST

START_TEST(enough_cases) { ck_assert_int_ge(count_cases(), 40); }
END_TEST

Suite *test_bad_inputs_suite(void);
Suite *test_bad_inputs_suite(void)
{
    Suite *suite = suite_create("bad_inputs");
    TCase *tc = tcase_create("cases");
    /* unchecked fixture: the folder is made once, by other processes; no thread exists before
     * the fork */
    tcase_add_unchecked_fixture(tc, make_scratch, remove_scratch);
    tcase_add_test(tc, enough_cases);
    tcase_add_loop_test(tc, bad_input, 0, count_cases());
    suite_add_tcase(suite, tc);
    return suite;
}
