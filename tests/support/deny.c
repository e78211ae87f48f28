/* SPDX-License-Identifier: Apache-2.0 */
/* Refusing system calls with a seccomp filter. */
#define _GNU_SOURCE
#include "tests/support/deny.h"

#include <check.h>
#include <errno.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* Answers calls with this number by `action`. Returns what the kernel does. */
static long install(long number, uint32_t action, unsigned flags)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, action),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof code / sizeof *code, code};
    ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

void deny_call(long number, int error)
{
    ck_assert_int_eq(install(number, SECCOMP_RET_ERRNO | (uint32_t)error, 0), 0);
}

typedef struct Denial {
    sem_t installed;
    int listener;
    int error;
    const char *path;
    int64_t good, bad; /* calls still to be answered so */
} Denial;

/* Which argument of the call is a path; -1: the first one is a descriptor. */
static int path_argument(int number)
{
    switch (number) {
    case SYS_rename: /* from */
    case SYS_unlink:
        return 0;
    case SYS_openat:
    case SYS_newfstatat:
    case SYS_symlink: /* the link */
        return 1;
    default:
        return -1;
    }
}

/* Copies a string of another process. A page may end behind it. */
static void read_string(pid_t process, uint64_t at, char out[static PATH_MAX])
{
    for (size_t n = 0; n < PATH_MAX - 1 && (n == 0 || out[n - 1]); n++) {
        const struct iovec to = {out + n, 1}, from = {(char *)(uintptr_t)(at + n), 1};
        if (process_vm_readv(process, &to, 1, &from, 1, 0) != 1) return;
    }
}

/* The path that the call is about; "" if it cannot be told. */
static void path_of(const struct seccomp_notif *call, char out[static PATH_MAX])
{
    char link[64];
    const int argument = path_argument(call->data.nr);
    memset(out, 0, PATH_MAX);
    if (argument >= 0) {
        read_string((pid_t)call->pid, call->data.args[argument], out);
        return;
    }
    snprintf(link, sizeof link, "/proc/%u/fd/%d", call->pid, (int)call->data.args[0]);
    if (readlink(link, out, PATH_MAX - 1) < 0) *out = 0;
}

static bool is_denied(Denial *d, const struct seccomp_notif *call)
{
    char path[PATH_MAX];
    path_of(call, path);
    if (!strstr(path, d->path)) return false;
    if (d->good > 0) return d->good--, false;
    return d->bad > 0 ? d->bad--, true : false;
}

static void *answer(void *context)
{
    Denial *d = context;
    while (sem_wait(&d->installed) != 0) {
    }
    for (;;) {
        struct seccomp_notif call;
        memset(&call, 0, sizeof call);
        if (ioctl(d->listener, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) continue;
        struct seccomp_notif_resp reply = {.id = call.id};
        if (is_denied(d, &call))
            reply.error = -d->error;
        else
            reply.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        ioctl(d->listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
    }
    return NULL;
}

static Denial denial; /* of this process; the thread outlives deny_some */

/* Asked by LeakSanitizer before it looks for leaks: it stops all threads, and would then wait
 * for the one that answers its own calls. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void) { return denial.path != NULL; }

void deny_some(long number, int error, const char *path, int64_t good, int64_t bad)
{
    pthread_t thread;
    denial = (Denial){.error = error, .path = path, .good = good, .bad = bad};
    sem_init(&denial.installed, 0, 0);
    /* The thread exists before the filter, which would hold its own calls, too. */
    ck_assert_int_eq(pthread_create(&thread, NULL, answer, &denial), 0);
    denial.listener =
        (int)install(number, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
    sem_post(&denial.installed); /* before libcheck writes anything, which may be held */
    ck_assert_int_ge(denial.listener, 0);
}
