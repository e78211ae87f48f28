/* SPDX-License-Identifier: Apache-2.0 */
/* Starts the program with the library that fails on demand. */
#include "tests/torture/run.h"

#include "core/mem.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FOLDER "@/torture"

TorturePlan *torture_plan(void)
{
    char *path = tiny_path(FOLDER ".plan");
    const int file = open(path, O_RDWR | O_CREAT, 0600);
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(ftruncate(file, sizeof(TorturePlan)), 0);
    TorturePlan *plan = mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    ck_assert_ptr_ne(plan, MAP_FAILED);
    close(file);
    mem_free(path);
    return plan;
}

static void shell(const char *text)
{
    char *line = tiny_path(text);
    ck_assert_msg(system(line) == 0, "%s", line);
    mem_free(line);
}

static void use_environment(void)
{
    const char *named = getenv("TORTURE");
    char *plan = tiny_path(FOLDER ".plan");
    char *library = realpath(named ? named : "build/fast/torture.so", NULL);
    if (!library) _exit(127);
    setenv(TORTURE_PLAN, plan, 1);
    setenv("LD_PRELOAD", library, 1);
}

static void into(int descriptor, const char *name)
{
    char *path = tiny_path(name);
    dup2(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600), descriptor);
}

static void become(char *line)
{
    const char *named = getenv("RAMPLUS");
    char *program = realpath(named ? named : "build/fast/ramplus", NULL), *argv[32] = {program};
    char *folder = tiny_path(FOLDER);
    for (int n = 1; n < 31 && (argv[n] = strtok_r(line, " ", &line)); n++) {
    }
    into(STDOUT_FILENO, FOLDER ".out");
    into(STDERR_FILENO, FOLDER ".err");
    use_environment();
    if (chdir(folder) != 0) _exit(127);
    alarm(TORTURE_SECONDS);
    execv(program, argv);
    _exit(127);
}

static void read_folder(TortureRun *run)
{
    Error err = {0};
    char *folder = tiny_path(FOLDER);
    ck_assert_msg(file_walk(folder, &run->name, &err) == 0, "%s", err.text);
    run->file = mem_calloc(run->name.count + 1, sizeof *run->file);
    for (size_t i = 0; i < run->name.count; i++) {
        char *path = file_join(folder, run->name.line[i]);
        ck_assert_msg(file_read(path, &run->file[i], &err) == 0, "%s", err.text);
        mem_free(path);
    }
    mem_free(folder);
}

TortureRun torture_run(const char *arguments, const char *copied)
{
    TortureRun run = {.arguments = arguments};
    char *line = tiny_path(arguments);
    shell("rm -rf " FOLDER " && mkdir " FOLDER);
    if (copied) {
        char *copy = mem_format("cp -a @/%s " FOLDER "/out", copied);
        shell(copy);
        mem_free(copy);
    }
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) become(line);
    run.code = tiny_wait(child);
    run.said[0] = tiny_read(FOLDER ".out");
    run.said[1] = tiny_read(FOLDER ".err");
    read_folder(&run);
    mem_free(line);
    return run;
}

void torture_free(TortureRun *run)
{
    for (size_t i = 0; i < run->name.count; i++) bytes_free(&run->file[i]);
    mem_free(run->file);
    lines_free(&run->name);
    mem_free(run->said[0]);
    mem_free(run->said[1]);
}
