/* SPDX-License-Identifier: Apache-2.0 */
/* Compares a run with two usual ones. */
#include "tests/torture/judge.h"

#include "core/error.h"

#include <fnmatch.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool fail(char why[static JUDGE_WHY], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool fail(char why[static JUDGE_WHY], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(why, JUDGE_WHY, format, args);
    va_end(args);
    return false;
}

static const Bytes *file_of(const TortureRun *run, const char *name)
{
    for (size_t i = 0; i < run->name.count; i++)
        if (strcmp(run->name.line[i], name) == 0) return &run->file[i];
    return NULL;
}

static bool same(const Bytes *a, const Bytes *b)
{
    return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/* The content that the file has in both usual runs, or NULL. */
static const Bytes *steady(const Usual *u, const char *name)
{
    const Bytes *a = file_of(&u->run[0], name), *b = file_of(&u->run[1], name);
    return a && b && same(a, b) ? a : NULL;
}

static bool is_one_of(const char *const *pattern, const char *name)
{
    for (; *pattern; pattern++)
        if (fnmatch(*pattern, name, 0) == 0) return true;
    return false;
}

/* What the same command, repeated, goes on with, why a run failed, and the lock of a process
 * that is no more. */
static bool may_remain(const char *name)
{
    static const char *const list[] = {"*.part", "*.journal", "*/lock", "*/ablation_failed.txt",
                                       NULL};
    return is_one_of(list, name);
}

/* Files that have several valid contents in the course of training; the tables of an ablation
 * say which runs failed; env.json names no processor that could not be asked for. */
static bool is_rewritten(const char *name)
{
    static const char *const list[] = {
        "*/best.json",          "*/config.yaml", "*/env.json", "*/checkpoints/best",
        "*/checkpoints/latest", "*/ablation.*",  NULL};
    return is_one_of(list, name);
}

/* The lines of a journal have the order in which answers came; seconds are measured. */
static bool varies(const char *name)
{
    static const char *const list[] = {"*.journal", "*/ablation_seconds.csv", NULL};
    return is_one_of(list, name);
}

static bool judge_file(const TortureRun *run, size_t i, const Usual *u,
                       char why[static JUDGE_WHY])
{
    const char *name = run->name.line[i];
    const Bytes *usual = steady(u, name);
    if (strstr(name, ".tmp.")) return fail(why, "it leaves %s", name);
    if (!file_of(&u->run[0], name) && !may_remain(name))
        return fail(why, "it leaves %s, which is usually not there", name);
    if (usual && !varies(name) && !same(usual, &run->file[i]) &&
        (run->code == 0 || !is_rewritten(name)))
        return fail(why, "%s is not as usual", name);
    return true;
}

static bool judge_files(const TortureRun *run, const Usual *u, char why[static JUDGE_WHY])
{
    for (size_t i = 0; i < run->name.count; i++)
        if (!judge_file(run, i, u, why)) return false;
    return true;
}

static bool judge_success(const TortureRun *run, const Usual *u, char why[static JUDGE_WHY])
{
    const char *usual = u->run[0].said[0];
    if (strcmp(usual, u->run[1].said[0]) == 0 && strcmp(usual, run->said[0]) != 0)
        return fail(why, "success, but stdout is not as usual");
    for (size_t i = 0; i < u->run[0].name.count; i++)
        if (!file_of(run, u->run[0].name.line[i]))
            return fail(why, "success without %s", u->run[0].name.line[i]);
    return true;
}

static int errors_in(const char *text)
{
    int n = strncmp(text, "error: ", 7) == 0;
    for (const char *p = text; (p = strstr(p, "\nerror: ")); p++) n++;
    return n;
}

/* `verify` has a line for each file. A line that could not be written is not there; and if
 * there is no thread to be had, libgomp says so in its own words. */
static bool judge_messages(const TortureRun *run, const Point *p, char why[static JUDGE_WHY])
{
    const int n = errors_in(run->said[1]);
    const bool lost = p->place.number == SYS_mmap ||
                      (p->place.number == SYS_write && p->place.file == STDERR_FILENO);
    if (n == 1 || (n == 0 && lost) || (n > 1 && strstr(run->arguments, "verify"))) return true;
    return fail(why, "%d lines that start with `error: `", n);
}

bool judge(const TortureRun *run, const Usual *usual, const Point *p,
           char why[static JUDGE_WHY])
{
    if (run->code == -SIGALRM) return fail(why, "it takes more than %d s", TORTURE_SECONDS);
    if (run->code < 0) return fail(why, "signal %d ends it", -run->code);
    if (run->code > ERROR_RUNTIME) return fail(why, "exit code %d, not 1", run->code);
    if (run->code == 0 && !judge_success(run, usual, why)) return false;
    if (run->code != 0 && !judge_messages(run, p, why)) return false;
    return judge_files(run, usual, why);
}
