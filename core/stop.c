/* SPDX-License-Identifier: Apache-2.0 */
/* Polls pending signals instead of installing handlers. */
#include "core/stop.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

static sigset_t stop_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

void stop_block(void)
{
    const sigset_t set = stop_signals();
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int stop_requested(void)
{
    const sigset_t set = stop_signals();
    const struct timespec now = {0};
    const int number = sigtimedwait(&set, NULL, &now);
    if (number <= 0) return 0;
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    return number;
}

bool stop_pending(void)
{
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1;
}
