/* SPDX-License-Identifier: Apache-2.0 */
/* A fork, not a new program: the child needs no file to start from, works the same in every
 * binary and in tests, and costs a millisecond. After a fork with several threads only one goes
 * on in the child, and locks of the others stay locked. glibc renews those of malloc and stdio,
 * and the work uses no others. */
#define _GNU_SOURCE /* pipe2, close_range */
#include "core/io/confined.h"

#include "core/io/file.h"
#include "core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MEMORY = 1 << 30, SECONDS = 5 /* of computing */, WAIT = 60 /* also for the disk */ };
enum { FAILED = 99 };

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#else
#define MACHINE 0 /* not tried: limits only */
#endif

/* Address space of this process in bytes. The child starts with it, so its limit lies above. */
static uint64_t address_space(void)
{
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f) return 0;
    if (fscanf(f, "%lu", &pages) != 1) pages = 0;
    fclose(f);
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void close_others(int a, int b)
{
    const unsigned low = (unsigned)(a < b ? a : b), high = (unsigned)(a < b ? b : a);
    if (low > 0) close_range(0, low - 1, 0);
    if (high > low + 1) close_range(low + 1, high - 1, 0);
    close_range(high + 1, ~0u, 0);
}

static void set_limits(uint64_t used)
{
    const struct {
        int what;
        rlim_t most;
    } limit[] = {{RLIMIT_AS, used + MEMORY}, {RLIMIT_CPU, SECONDS}, {RLIMIT_CORE, 0},
                 {RLIMIT_FSIZE, 0},          {RLIMIT_NOFILE, 0},    {RLIMIT_NPROC, 0}};
    for (size_t i = 0; i < sizeof limit / sizeof *limit; i++) {
        struct rlimit l = {0};
        getrlimit((unsigned)limit[i].what, &l);
        if (l.rlim_max > limit[i].most) l.rlim_max = limit[i].most;
        l.rlim_cur = l.rlim_max;
        setrlimit((unsigned)limit[i].what, &l);
    }
}

static const long allowed[] = {
    SYS_pread64, SYS_write,      SYS_lseek,        SYS_brk,          SYS_munmap,
    SYS_mremap,  SYS_madvise,    SYS_futex,        SYS_getrandom,    SYS_clock_gettime,
    SYS_exit,    SYS_exit_group, SYS_gettimeofday, SYS_rt_sigreturn, SYS_rt_sigprocmask,
    SYS_sysinfo, SYS_sigaltstack /* of AddressSanitizer at _exit */};
enum { ALLOWED = sizeof allowed / sizeof *allowed };

static struct sock_filter load(size_t at)
{
    return (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)at);
}

/* Skips so many instructions if the loaded number is this one, else so many others. */
static struct sock_filter is(long number, int yes, int no)
{
    return (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number,
                                        (uint8_t)yes, (uint8_t)no);
}

/* Makes all other calls fail with EPERM. Memory never becomes executable. */
static void filter_calls(void)
{
    const struct sock_filter refuse = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
                             allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const struct sock_filter head[] = {load(offsetof(struct seccomp_data, arch)),
                                       is(MACHINE, 1, 0), refuse,
                                       load(offsetof(struct seccomp_data, nr))},
                             tail[] = {is(SYS_mmap, 1, 0),
                                       is(SYS_mprotect, 0, 2),
                                       load(offsetof(struct seccomp_data, args[2])),
                                       BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1),
                                       refuse,
                                       allow};
    enum { HEAD = sizeof head / sizeof *head, TAIL = sizeof tail / sizeof *tail };
    struct sock_filter code[HEAD + ALLOWED + TAIL];
    memcpy(code, head, sizeof head);
    memcpy(code + HEAD + ALLOWED, tail, sizeof tail);
    for (int i = 0; i < ALLOWED; i++)
        code[HEAD + i] = is(allowed[i], ALLOWED - i + TAIL - 2, 0); /* to the last one */
    const struct sock_fprog program = {HEAD + ALLOWED + TAIL, code};
    if (MACHINE == 0) return;
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

typedef struct Child {
    int fd, answer; /* its only descriptors */
    uint64_t used;
} Child;

/* Comes before the handlers of the parent if a library ends the child. */
static void leave(void) { _exit(FAILED); }

/* Comes before the answer: the child has begun. Before that, what a library does at a fork can
 * end it, as LLVM's OpenMP does when a call fails. */
static const char begun[] = "+";

static _Noreturn void be_child(const Child *c, ConfinedWork work, void *context)
{
    Text text = {0};
    atexit(leave);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    close_others(c->fd, c->answer);
    set_limits(c->used);
    filter_calls();
    if (file_write_all(c->answer, begun, 1) != 0) _exit(ERROR_RUNTIME);
    work(context, &text);
    const bool said = file_write_all(c->answer, text.data, text.len) == 0;
    _exit(said ? 0 : ERROR_RUNTIME); /* buffers and handlers are those of the parent */
}

/* Returns whether the pipe could be read. */
static bool read_answer(int fd, size_t most, Text *answer)
{
    char part[1 << 14];
    const double end = log_now() + WAIT;
    while (answer->len <= most) {
        const double left = end - log_now();
        if (poll(&(struct pollfd){fd, POLLIN, 0}, 1, left > 0 ? (int)(1000 * left) : 0) == 0)
            break;
        const ssize_t n = read(fd, part, sizeof part);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return n == 0;
        text_put_bytes(answer, part, (size_t)n);
    }
    return true;
}

/* Removes it; returns whether it was there. */
static bool has_begun(Text *answer)
{
    if (answer->len == 0) return false;
    answer->len--;
    memmove(answer->data, answer->data + 1, answer->len + 1); /* and the NUL */
    return true;
}

void confined_give_up(void) { _exit(ERROR_RUNTIME); }

/* Whether it was the machine that ended the child. For want of memory it ends like any process
 * of this program: with the same code. */
static bool gave_up(pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    return WIFEXITED(status) && WEXITSTATUS(status) == ERROR_RUNTIME;
}

int confined_run(int fd, ConfinedWork work, void *context, size_t most, Text *answer,
                 Error *err)
{
    int ends[2];
    const uint64_t used = address_space();
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set(err, ERROR_RUNTIME, "cannot create a pipe: %s", strerror(errno));
    const pid_t pid = fork();
    if (pid == 0) be_child(&(Child){fd, ends[1], used}, work, context);
    close(ends[1]);
    if (pid < 0) error_set(err, ERROR_RUNTIME, "cannot start a process: %s", strerror(errno));
    const bool heard = pid > 0 && read_answer(ends[0], most + 1, answer) && has_begun(answer);
    if (pid > 0) kill(pid, SIGKILL); /* it has said everything, or too much */
    close(ends[0]);
    if (pid < 0) return -1;
    if (!gave_up(pid) && heard) return 0;
    return error_set(err, ERROR_RUNTIME, "cannot read: out of memory, or a failing disk");
}
