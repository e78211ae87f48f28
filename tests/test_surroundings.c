/* SPDX-License-Identifier: Apache-2.0 */
/* Every command in unusual surroundings: broken, closed and missing standard streams, an empty
 * environment with a foreign locale, folders that cannot be written, limits of the process. The
 * commands are those that the program's own help lists, so that a new one must be added
 * here. */
#include "core/io/file.h"
#include "core/io/file_walk.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "tests/support/tiny.h"
#include "tests/support/uses.h"

#include <check.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char program[PATH_MAX];

/* ---- the surroundings -------------------------------------------------------------------- */

static void put(int descriptor, const char *path, int mode)
{
    dup2(open(path, mode), descriptor);
}

static void as_it_is(void) {}
static void full_stdout(void) { put(STDOUT_FILENO, "/dev/full", O_WRONLY); }
static void closed_stdout(void) { close(STDOUT_FILENO); }
static void full_stderr(void) { put(STDERR_FILENO, "/dev/full", O_WRONLY); }

static void no_reader(void)
{
    int end[2];
    if (pipe(end) != 0) _exit(127);
    close(end[0]);
    dup2(end[1], STDOUT_FILENO);
}

static void closed_stdin_and_stderr(void)
{
    close(STDIN_FILENO);
    close(STDERR_FILENO);
}

static void limit(int what, rlim_t to)
{
    setrlimit((__rlimit_resource_t)what, &(struct rlimit){to, to});
}

/* No HOME, no folder for temporary files, few descriptors, a comma as decimal point. What
 * chooses the kernels of products, and with them the last bits of scores, stays. */
static void odd_environment(void)
{
    static const char *const kept[] = {"LOCPATH", "OPENBLAS_CORETYPE", "ONEDNN_MAX_CPU_ISA"};
    enum { KEPT = sizeof kept / sizeof *kept };
    const char *value[KEPT];
    for (int i = 0; i < KEPT; i++) value[i] = getenv(kept[i]);
    clearenv();
    for (int i = 0; i < KEPT; i++)
        if (value[i]) setenv(kept[i], value[i], 1);
    setenv("LC_ALL", "de_DE.UTF-8", 1);
    setenv("TERM", "dumb", 1);
    setenv("OMP_NUM_THREADS", "1", 1);
    setenv("TMPDIR", "/nonexistent", 1);
    close(STDIN_FILENO);
    umask(0077);
    limit(RLIMIT_NOFILE, 32);
}

/* Nobody may write: root may write anywhere. */
static void read_only_folder(void)
{
    if (chmod(".", 0555) != 0) _exit(127);
    if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setgid(65534) != 0 || setuid(65534) != 0))
        _exit(127);
}

static void no_bytes_in_files(void) { limit(RLIMIT_FSIZE, 0); }

/* What a command that prints, talks or writes files must answer. */
typedef struct Scene {
    const char *name;
    void (*enter)(void);       /* in the process of the command */
    int prints, talks, writes; /* exit code of a command that does so; 0: as usual */
    const char *why;           /* part of its line on stderr; NULL: no line */
} Scene;

static const Scene scenes[] = {
    {"as it is", as_it_is, 0, 0, 0, NULL},
    {"odd environment", odd_environment, 0, 0, 0, NULL},
    {"full stdout", full_stdout, 1, 0, 0, "error: stdout: No space left on device\n"},
    {"closed stdout", closed_stdout, 1, 0, 0, "error: stdout: Bad file descriptor\n"},
    {"no reader", no_reader, 141, 0, 0, NULL},
    {"full stderr", full_stderr, 0, 1, 0, NULL},
    {"closed stdin and stderr", closed_stdin_and_stderr, 0, 0, 0, NULL},
    {"read-only folder", read_only_folder, 0, 0, 1, "Permission denied"},
    {"no bytes in files", no_bytes_in_files, 0, 0, 1, "File too large"},
};
/* LLVM's OpenMP library writes a file before main: no program without bytes in files. */
#ifdef __clang__
enum { OPENMP_WRITES = 1 };
#else
enum { OPENMP_WRITES = 0 };
#endif
enum { SCENES = sizeof scenes / sizeof *scenes - OPENMP_WRITES };

/* ---- one command ------------------------------------------------------------------------- */

typedef struct Result {
    pid_t child;
    int out, messages; /* ends of pipes */
    char *folder;
    int code;
    char *said[2]; /* stdout, stderr */
} Result;

static void become(const Scene *scene, char *line)
{
    char *argv[32] = {program};
    for (int n = 1; n < 31 && (argv[n] = strtok_r(line, " ", &line)); n++) {
    }
    scene->enter();
    execv(program, argv);
    _exit(127);
}

static Result start(const Scene *scene, int use)
{
    int out[2], messages[2];
    char *name = mem_format("@/scene/%d/%d", use, (int)(scene - scenes));
    char *line = tiny_path(uses[use]);
    Result r = {.folder = tiny_path(name)};
    ck_assert_int_eq(file_mkdirs(r.folder, NULL), 0);
    ck_assert(pipe(out) == 0 && pipe(messages) == 0);
    r.child = fork();
    ck_assert_int_ge(r.child, 0);
    if (r.child == 0) {
        put(STDIN_FILENO, "/dev/null", O_RDONLY);
        dup2(out[1], STDOUT_FILENO);
        dup2(messages[1], STDERR_FILENO);
        if (chdir(r.folder) == 0) become(scene, line);
        _exit(127);
    }
    close(out[1]);
    close(messages[1]);
    r.out = out[0], r.messages = messages[0];
    mem_free(line);
    mem_free(name);
    return r;
}

static char *read_all(int descriptor)
{
    Text t = {0};
    char part[4096];
    text_put(&t, "");
    for (ssize_t n; (n = read(descriptor, part, sizeof part - 1)) > 0;) {
        part[n] = 0;
        text_put(&t, part);
    }
    close(descriptor);
    return t.data;
}

static void finish(Result *r)
{
    r->said[0] = read_all(r->out);
    r->said[1] = read_all(r->messages);
    r->code = tiny_wait(r->child);
}

static void result_free(Result *r)
{
    mem_free(r->folder);
    mem_free(r->said[0]);
    mem_free(r->said[1]);
}

/* The names of the files below a folder. Owned. */
static char *names(const char *folder)
{
    Lines files;
    Text t = {0};
    ck_assert_int_eq(file_walk(folder, &files, NULL), 0);
    text_put(&t, "");
    for (size_t i = 0; i < files.count; i++) text_add(&t, "%s\n", files.line[i]);
    lines_free(&files);
    return t.data;
}

static int errors_in(const char *text)
{
    int n = strncmp(text, "error: ", 7) == 0;
    for (const char *p = text; (p = strstr(p, "\nerror: ")); p++) n++;
    return n;
}

/* The exit code that is expected, given what the command does as it is. */
static int expected(const Scene *scene, const Result *plain, bool writes)
{
    if (writes && scene->writes) return scene->writes;
    if (*plain->said[0] && scene->prints) return scene->prints;
    return *plain->said[1] && scene->talks ? scene->talks : 0;
}

static void check_scene(const Scene *scene, const char *use, const Result *plain,
                        const Result *r)
{
    char *usual = names(plain->folder), *files = names(r->folder);
    const int code = expected(scene, plain, *usual != 0);
    ck_assert_msg(r->code == code, "%s, %s: exit code %d, expected %d: %s", use, scene->name,
                  r->code, code, r->said[1]);
    const bool told = code != 0 && scene->why;
    ck_assert_msg(errors_in(r->said[1]) == told && (!told || strstr(r->said[1], scene->why)),
                  "%s, %s: %s", use, scene->name, r->said[1]);
    if (code == 0 && !scene->prints)
        ck_assert_msg(strcmp(r->said[0], plain->said[0]) == 0, "%s, %s: other output: %s", use,
                      scene->name, r->said[0]);
    if (!scene->writes)
        ck_assert_msg(strcmp(files, usual) == 0, "%s, %s: other files: %s", use, scene->name,
                      files);
    mem_free(files);
    mem_free(usual);
}

START_TEST(one_command)
{
    Result r[SCENES];
    for (int i = 0; i < SCENES; i++) r[i] = start(&scenes[i], _i);
    for (int i = 0; i < SCENES; i++) finish(&r[i]);
    ck_assert_msg(r[0].code == 0, "%s: %s", uses[_i], r[0].said[1]);
    for (int i = 0; i < SCENES; i++) check_scene(&scenes[i], uses[_i], &r[0], &r[i]);
    for (int i = 0; i < SCENES; i++) result_free(&r[i]);
}
END_TEST

/* ---- all commands ------------------------------------------------------------------------ */

static bool is_used(const char *name)
{
    const size_t n = strlen(name);
    for (int i = 0; i < USES; i++)
        if (strncmp(uses[i], name, n) == 0 && uses[i][n] == ' ') return true;
    return false;
}

/* Looks up the names in the lists of the program's help and of its commands with kinds. */
static void check_list(const char *above)
{
    char *line = mem_format("%s --help", above), *help = tiny_out(0, line), *rest = help;
    int found = 0;
    for (char *row; (row = strtok_r(rest, "\n", &rest));) {
        char *end = strncmp(row, "  ", 2) == 0 ? strstr(row + 2, "  ") : NULL;
        if (!end || row[2] == '-') continue;
        *end = 0;
        if (strcmp(row + 2, "prepare") == 0)
            check_list("prepare");
        else
            ck_assert_msg(is_used(row + 2), "%s: not among the uses of this test", row + 2);
        found++;
    }
    ck_assert_int_ge(found, 3);
    mem_free(help);
    mem_free(line);
}

START_TEST(no_command_is_missing) { check_list(""); }
END_TEST

/* What is printed without a command. */
START_TEST(help_and_version)
{
    static const char *const line[] = {"--help", "--version", "--man", "help train"};
    for (int i = 0; i < 4; i++) {
        char *full = mem_format("%s > /dev/full 2> @/said; echo $? > @/code; true", line[i]);
        mem_free(tiny_out(0, full));
        char *code = tiny_read("@/code"), *said = tiny_read("@/said");
        ck_assert_str_eq(code, "1\n");
        ck_assert_str_eq(said, "error: stdout: No space left on device\n");
        mem_free(said);
        mem_free(code);
        mem_free(full);
    }
}
END_TEST

START_TEST(says_what_has_no_effect)
{
    char *said = tiny_messages(0, "config vit_grad_ckpt=True vit_ckpt_layer=0");
    ck_assert_str_eq(said, "warning: vit_grad_ckpt: has no effect: use model.recompute\n");
    mem_free(said);
    said =
        tiny_messages(0, "tag --checkpoint @/run threads=1 clip.cache=1 optim.lr=1 @/one.png");
    ck_assert_ptr_nonnull(strstr(said, "warning: optim.lr=1: has no effect in tag\n"));
    ck_assert_ptr_null(strstr(said, "threads=1: has"));
    mem_free(said);
    said = tiny_messages(
        0, "tag --checkpoint @/run data.max_pixels=9 swin.window=4 vit.patch=8 @/one.png");
    ck_assert_ptr_null(strstr(said, "has no effect"));
    mem_free(said);
}
END_TEST

/* The runner of the tests, too, must not be content with nothing. */
START_TEST(tests_that_do_not_exist)
{
    static const struct {
        const char *suites;
        int code;
    } row[] = {{"base64", 0}, {"base64,text", 0}, {"base64 txet", 1}, {"txet", 1}, {",", 1}};
    char self[PATH_MAX];
    ck_assert_ptr_nonnull(realpath("/proc/self/exe", self));
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char *line = mem_format("CK_RUN_SUITE='%s' CK_VERBOSITY=silent %s > /dev/null 2>&1",
                                row[i].suites, self);
        const int status = system(line);
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == row[i].code, "%s", line);
        mem_free(line);
    }
}
END_TEST

/* ---- fixtures ---------------------------------------------------------------------------- */

/* Without this locale, the C library ignores its name. */
static void note_what_is_not_tested(void)
{
    if (OPENMP_WRITES)
        fprintf(stderr, "note: with LLVM's OpenMP library: no bytes in files is not tested\n");
    if (!setlocale(LC_ALL, "de_DE.UTF-8"))
        fprintf(stderr, "note: no locale de_DE.UTF-8: decimal commas are not tested\n");
    setlocale(LC_ALL, "C");
}

static void setup(void)
{
    const char *named = getenv("RAMPLUS");
    ck_assert_ptr_nonnull(realpath(named ? named : "build/fast/ramplus", program));
    uses_new();
    note_what_is_not_tested();
}

static void teardown(void) { uses_free(); }

Suite *test_surroundings_suite(void);
Suite *test_surroundings_suite(void)
{
    Suite *s = suite_create("surroundings");
    TCase *c = tcase_create("surroundings");
    tcase_add_unchecked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, one_command, 0, USES);
    tcase_add_test(c, no_command_is_missing);
    tcase_add_test(c, help_and_version);
    tcase_add_test(c, says_what_has_no_effect);
    tcase_add_test(c, tests_that_do_not_exist);
    suite_add_tcase(s, c);
    return s;
}
