/* SPDX-License-Identifier: Apache-2.0 */
/* A library for LD_PRELOAD that lets one allocation or system call of the program fail, or all
 * from there on, as the file named by TORTURE_PLAN says. core/mem_libraries.c allocates by the
 * names that are defined here. System calls are caught by a seccomp filter, so that those
 * inside libraries and the C library are, too. */
#define _GNU_SOURCE
#include "tests/torture/plan.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static TorturePlan *plan; /* NULL: not yet */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- which call this is ------------------------------------------------------------------ */

enum { DEPTH = 24, SAME = 12 /* of them tell places apart */ };

static uint64_t hash_of(void *const *address, int n)
{
    uint64_t h = 14695981039346656037u;
    for (int i = 0; i < n; i++) h = (h ^ (uint64_t)(uintptr_t)address[i]) * 1099511628211u;
    return h;
}

/* Lists the place of a call, if it is new. */
static void list(int64_t call, int64_t number, int64_t file)
{
    void *address[DEPTH];
    const uint64_t stack = hash_of(address, backtrace(address, SAME));
    pthread_mutex_lock(&lock);
    int64_t i = 0;
    while (i < plan->places && plan->place[i].stack != stack) i++;
    if (i == plan->places && i < TORTURE_PLACES)
        plan->place[plan->places++] = (TorturePlace){stack, call, number, file};
    pthread_mutex_unlock(&lock);
}

static void report(void)
{
    void *address[DEPTH];
    const int n = backtrace(address, DEPTH);
    char *to = plan->report, *end = to + sizeof plan->report;
    for (int i = 0; i < n && to < end; i++) {
        Dl_info info = {0};
        if (!dladdr(address[i], &info)) continue;
        const char *file = strrchr(info.dli_fname, '/');
        const long at = (char *)address[i] - (char *)info.dli_fbase;
        to +=
            snprintf(to, (size_t)(end - to), "  %s+%#lx %s\n", file ? file + 1 : info.dli_fname,
                     at, info.dli_sname ? info.dli_sname : "");
    }
}

static bool is_message(int64_t number, int64_t file)
{
    return number == SYS_write && file <= STDERR_FILENO;
}

/* Counts a call. Returns whether it fails. */
static bool fails(int64_t number, int64_t file)
{
    const int64_t call = atomic_fetch_add(&plan->calls, 1) + 1;
    if (plan->at == 0) list(call, number, file);
    if (plan->at == 0 || call < plan->at) return false;
    if (call > plan->at)
        return plan->ever && number == plan->number && !is_message(number, file);
    plan->number = number;
    plan->file = file;
    report();
    return true;
}

/* ---- allocations ------------------------------------------------------------------------- */

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

static bool allocation_fails(void)
{
    if (!plan || !plan->allocations || !fails(TORTURE_ALLOCATION, 0)) return false;
    errno = ENOMEM;
    return true;
}

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);

void *__libc_malloc(size_t bytes)
{
    static void *(*real)(size_t);
    if (!real) *(void **)&real = next("__libc_malloc");
    return allocation_fails() ? NULL : real(bytes);
}

void *__libc_calloc(size_t count, size_t size)
{
    static void *(*real)(size_t, size_t);
    if (!real) *(void **)&real = next("__libc_calloc");
    return allocation_fails() ? NULL : real(count, size);
}

void *__libc_realloc(void *old, size_t bytes)
{
    static void *(*real)(void *, size_t);
    if (!real) *(void **)&real = next("__libc_realloc");
    return bytes && allocation_fails() ? NULL : real(old, bytes);
}

void *__libc_memalign(size_t alignment, size_t bytes)
{
    static void *(*real)(size_t, size_t);
    if (!real) *(void **)&real = next("__libc_memalign");
    return allocation_fails() ? NULL : real(alignment, bytes);
}

/* ---- system calls ------------------------------------------------------------------------ */

static const int caught[] = {
#include "tests/torture/calls.h"
};
enum { CAUGHT = sizeof caught / sizeof *caught };

/* The registers of a caught call. */
#if defined(__x86_64__)
static greg_t *registers(void *context) { return ((ucontext_t *)context)->uc_mcontext.gregs; }
static const int argument[6] = {REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8, REG_R9};
enum { RESULT = REG_RAX };
#else
static __u64 *registers(void *context) { return ((ucontext_t *)context)->uc_mcontext.regs; }
static const int argument[6] = {0, 1, 2, 3, 4, 5};
enum { RESULT = 0 };
#endif

static bool moves_bytes(int number)
{
    return number == SYS_read || number == SYS_write || number == SYS_pread64 ||
           number == SYS_pwrite64;
}

static long call(int number, const long a[static 6])
{
    const long result = syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    return result == -1 ? -errno : result;
}

static void on_call(int signal, siginfo_t *info, void *context)
{
    const int number = info->si_syscall, before = errno;
    const bool failing = fails(number, (int64_t)registers(context)[argument[0]]);
    long a[6];
    (void)signal;
    for (int i = 0; i < 6; i++) a[i] = (long)registers(context)[argument[i]];
    if (failing && plan->error == TORTURE_SHORT && moves_bytes(number)) a[2] = (a[2] + 1) / 2;
    long result = -plan->error;
    if (!failing || plan->error == TORTURE_SHORT || number == SYS_close)
        result = call(number, a);
    if (failing && number == SYS_close && plan->error > 0) result = -plan->error;
    registers(context)[RESULT] = result;
    errno = before;
}

static struct sock_filter load(size_t at)
{
    return (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)at);
}

static struct sock_filter test(int kind, uint32_t value, int yes, int no)
{
    return (struct sock_filter)BPF_JUMP(BPF_JMP | kind | BPF_K, value, (uint8_t)yes,
                                        (uint8_t)no);
}

/* Lets the calls of the C library's function `syscall` pass, which are those of on_call. */
static void catch_calls(void)
{
    enum { HEAD = 5, LENGTH = 64 /* of the function, at most */ };
    const uintptr_t passing = (uintptr_t)&syscall;
    const size_t address = offsetof(struct seccomp_data, instruction_pointer);
    struct sock_filter code[HEAD + 1 + CAUGHT + 2] = {
        load(address + 4),
        test(BPF_JEQ, (uint32_t)(passing >> 32), 0, 3),
        load(address),
        test(BPF_JGE, (uint32_t)passing, 0, 1),
        test(BPF_JGE, (uint32_t)passing + LENGTH, 0, CAUGHT + 1),
        load(offsetof(struct seccomp_data, nr))};
    for (int i = 0; i < CAUGHT; i++)
        code[HEAD + 1 + i] = test(BPF_JEQ, (uint32_t)caught[i], CAUGHT - i, 0);
    code[HEAD + 1 + CAUGHT] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    code[HEAD + 2 + CAUGHT] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
    struct sigaction action = {.sa_sigaction = on_call, .sa_flags = SA_SIGINFO | SA_NODEFER};
    sigaction(SIGSYS, &action, NULL);
    const struct sock_fprog program = {HEAD + 3 + CAUGHT, code};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0) _exit(126);
}

/* A thread that blocked SIGSYS would end the program. */
int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
    int (*real)(int, const sigset_t *, sigset_t *);
    sigset_t mine;
    *(void **)&real = next("pthread_sigmask");
    if (set) {
        mine = *set;
        if (how != SIG_UNBLOCK) sigdelset(&mine, SIGSYS);
    }
    return real(how, set ? &mine : NULL, old);
}

/* Waiting before the next try makes no difference to a call that fails anyway. Shorter waits
 * are for other threads. */
int nanosleep(const struct timespec *time, struct timespec *rest)
{
    enum { TRY = 50000000 /* ns, the shortest wait before a try */ };
    int (*real)(const struct timespec *, struct timespec *);
    if (time->tv_sec > 0 || time->tv_nsec >= TRY) return 0;
    *(void **)&real = next("nanosleep");
    return real(time, rest);
}

/* ---- the start --------------------------------------------------------------------------- */

__attribute__((constructor)) static void start(void)
{
    const char *path = getenv(TORTURE_PLAN);
    const int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *address[DEPTH];
    backtrace(address, DEPTH); /* loads what it needs */
    if (file < 0) _exit(125);
    TorturePlan *p = mmap(NULL, sizeof *p, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (p == MAP_FAILED) _exit(125);
    plan = p;
    if (!p->allocations) catch_calls();
}
