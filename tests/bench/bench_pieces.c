/* SPDX-License-Identifier: Apache-2.0 */
/* Into how many pieces, which threads compute independently, each operation of a training step
 * can be divided, and what of a step does not keep 64 threads busy: Swin-B at 224 pixels.
 *   bench_pieces [batch...]
 *
 * The pieces are counted where loops run: the linker puts functions of this file before those
 * of OpenMP's library (--wrap). A dynamic loop tells them its bounds. A static one is run by 64
 * threads that exist in name only, one after the other on the main thread, of which those that
 * have done something count, so that 64 means 64 or more. Nothing runs side by side: seconds
 * are those of one thread, and `on 64` is what is left of them if all pieces of a loop took
 * equally long and no thread waited for memory or for another. `pieces` is the harmonic mean
 * over an operation's loops, weighted by their seconds, `least` the fewest of a loop of 1 ms or
 * more. */
#include "core/log.h"
#include "core/math/gemm.h"
#include "core/mem.h"
#include "model/backbone/swin_options.h"
#include "optim/clip_norm.h"
#include "optim/update.h"
#include "tests/bench/full_size.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { THREADS = 64, OPS = 128, SWIN_B = 2 };
static const double SMALL = 1e-3; /* seconds of loops whose pieces do not matter */

/* What one call of an operation has done, or all of them. */
typedef struct Work {
    const char *name;
    bool backward;
    double seconds, serial, ideal, few, each; /* few: in fewer pieces than threads, or in none;
                                                * each: of one piece of each loop */
    int64_t least;                            /* pieces, of loops that matter; 0: no loop */
} Work;

typedef void Body(void *data);

/* What a body believes to be. */
typedef struct Team {
    int level, threads, thread; /* level: 1 within a loop that is divided */
    int64_t pieces;             /* of a dynamic loop within the body; 0: none */
} Team;

static struct {
    Work op[OPS], call;
    int ops;
    double last; /* processor time at the end of the last call or loop */
    Team team;
    int64_t call_pieces; /* those of the last team */
} at = {.team = {.threads = 1}};

static double busy_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- loops ------------------------------------------------------------------------------- */

static void add_serial(void)
{
    const double now = busy_now(), seconds = now - at.last;
    at.call.seconds += seconds;
    at.call.serial += seconds;
    at.call.ideal += seconds;
    at.call.few += seconds;
    at.last = now;
}

static void add_loop(int64_t n, double seconds)
{
    const int64_t rounds = (n + THREADS - 1) / THREADS;
    at.call.seconds += seconds;
    at.call.ideal += seconds * (double)rounds / (double)n;
    at.call.each += seconds / (double)n;
    if (n < THREADS) at.call.few += seconds;
    if (seconds > SMALL && (at.call.least == 0 || n < at.call.least)) at.call.least = n;
    at.last = busy_now();
}

/* A thread without a piece of a static loop only looks at its bounds. */
static int64_t count_pieces(const double *busy, double sum)
{
    int64_t n = 0;
    for (int i = 0; i < THREADS; i++) n += busy[i] > sum / THREADS / 8;
    return n;
}

/* Runs the body of a loop as `threads` threads would. A dynamic loop within it is run by the
 * first one. */
static void run_body(Body *body, void *data, int threads, double *busy)
{
    const Team outer = at.team;
    for (int i = 0; i < threads; i++) {
        const double start = busy_now();
        at.team = (Team){.level = outer.level + (threads > 1), .threads = threads, .thread = i};
        body(data);
        busy[i] = busy_now() - start;
        if (at.team.pieces) break;
    }
    at.call_pieces = at.team.pieces;
    at.team = outer;
}

/* The names and types are those of GCC's libgomp. */
void __wrap_GOMP_parallel(Body *body, void *data, unsigned threads, unsigned flags);
void __wrap_GOMP_parallel(Body *body, void *data, unsigned threads, unsigned flags)
{
    double busy[THREADS] = {0}, sum = 0;
    (void)flags;
    if (threads == 1 || at.team.level > 0) {
        run_body(body, data, 1, busy);
        return;
    }
    add_serial();
    run_body(body, data, THREADS, busy);
    for (int i = 0; i < THREADS; i++) sum += busy[i];
    add_loop(at.call_pieces ? at.call_pieces : count_pieces(busy, sum), sum);
}

static int64_t chunks(long first, long last, long chunk)
{
    return (last - first + chunk - 1) / chunk;
}

typedef void DynamicLoop(Body *body, void *data, unsigned threads, long first, long last,
                         long step, long chunk, unsigned flags);
DynamicLoop __real_GOMP_parallel_loop_nonmonotonic_dynamic;
DynamicLoop __wrap_GOMP_parallel_loop_nonmonotonic_dynamic;
void __wrap_GOMP_parallel_loop_nonmonotonic_dynamic(Body *body, void *data, unsigned threads,
                                                    long first, long last, long step,
                                                    long chunk, unsigned flags)
{
    const Team outer = at.team;
    const bool top = threads != 1 && outer.level == 0;
    if (top) add_serial();
    const double start = busy_now();
    at.team = (Team){.level = outer.level + top, .threads = 1};
    __real_GOMP_parallel_loop_nonmonotonic_dynamic(body, data, 1, first, last, step, chunk,
                                                   flags);
    at.team = outer;
    if (top) add_loop(chunks(first, last, chunk), busy_now() - start);
}

typedef bool DynamicStart(long first, long last, long step, long chunk, long *from, long *to);
DynamicStart __real_GOMP_loop_nonmonotonic_dynamic_start;
DynamicStart __wrap_GOMP_loop_nonmonotonic_dynamic_start;
bool __wrap_GOMP_loop_nonmonotonic_dynamic_start(long first, long last, long step, long chunk,
                                                 long *from, long *to)
{
    at.team.pieces = chunks(first, last, chunk);
    return __real_GOMP_loop_nonmonotonic_dynamic_start(first, last, step, chunk, from, to);
}

int __wrap_omp_get_max_threads(void);
int __wrap_omp_get_max_threads(void) { return at.team.level ? 1 : THREADS; }
int __wrap_omp_get_num_threads(void);
int __wrap_omp_get_num_threads(void) { return at.team.threads; }
int __wrap_omp_get_thread_num(void);
int __wrap_omp_get_thread_num(void) { return at.team.thread; }
int __wrap_omp_in_parallel(void);
int __wrap_omp_in_parallel(void) { return at.team.level > 0; }
void __wrap_omp_set_num_threads(int threads);
void __wrap_omp_set_num_threads(int threads) { (void)threads; } /* of a team */

/* ---- operations -------------------------------------------------------------------------- */

static Work *find(const char *name, bool backward)
{
    for (int i = 0; i < at.ops; i++)
        if (at.op[i].backward == backward && strcmp(at.op[i].name, name) == 0) return &at.op[i];
    if (at.ops == OPS) abort();
    at.op[at.ops] = (Work){.name = name, .backward = backward};
    return &at.op[at.ops++];
}

/* Gives what has been done since the last time to this operation. */
static void take(const char *name, bool backward)
{
    add_serial();
    Work *sum = find(name, backward);
    const Work *c = &at.call;
    sum->seconds += c->seconds, sum->serial += c->serial;
    sum->ideal += c->ideal, sum->few += c->few;
    sum->each += c->each;
    if (c->least && (sum->least == 0 || c->least < sum->least)) sum->least = c->least;
    at.call = (Work){0};
}

void __wrap_profile_operation(ProfileLane *lane, const OpTrace *trace, bool backward);
void __wrap_profile_operation(ProfileLane *lane, const OpTrace *trace, bool backward)
{
    (void)lane;
    take(trace->op, backward);
}

static void step(const FullSize *f, Shards *shards, AdamW *adamw, int i)
{
    LossOptions losses;
    option_defaults(&loss_options, &losses);
    const StepConfig config = {.loss = &losses, .tile = 2048};
    shards_set_step(shards, 1, (uint32_t)i);
    at.last = busy_now();
    step_run(shards, f->model, f->bank, &config, &f->input, 1);
    take("rest", false);
    clip_norm(f->params, 1);
    take("gradient norm and clipping", false);
    update_run((Update){.adamw = adamw, .params = f->params, .lr = 1e-4});
    take("optimizer step", false);
}

static int by_time(const void *a, const void *b)
{
    const double x = ((const Work *)a)->seconds, y = ((const Work *)b)->seconds;
    return (x < y) - (x > y);
}

static void print(int64_t B)
{
    double all = 0, few = 0, ideal = 0;
    qsort(at.op, (size_t)at.ops, sizeof *at.op, by_time);
    for (int i = 0; i < at.ops; i++) all += at.op[i].seconds;
    printf("%-32s %8s %6s %8s %6s %7s %9s\n", "operation", "pieces", "least", "seconds",
           "share", "serial", "on 64");
    for (int i = 0; i < at.ops; i++) {
        const Work *w = &at.op[i];
        char name[64];
        snprintf(name, sizeof name, "%s%s", w->name, w->backward ? " backward" : "");
        printf("%-32s %8.1f %6ld %8.3f %5.1f%% %6.1f%% %9.4f\n", name,
               w->each > 0 ? (w->seconds - w->serial) / w->each : 0, w->least, w->seconds,
               100 * w->seconds / all, 100 * w->serial / w->seconds, w->ideal);
        few += w->few, ideal += w->ideal;
    }
    printf("bench_pieces: swin_b, batch %ld: %.2f s of one thread; %.1f%% of it in fewer than "
           "%d pieces; on %d threads at most %.1f times as fast\n",
           B, all, 100 * few / all, THREADS, THREADS, all / ideal);
    fflush(stdout);
}

/* One step: the first one also allocates. */
static void measure(int64_t B)
{
    FullSize f = full_size_new(SWIN_B, B, 224);
    AdamW *adamw = adamw_new(
        (AdamWConfig){.beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .weight_decay = 0.05},
        f.params);
    Shards *shards = shards_new(shards_wanted(f.params->len), f.params);
    Profile *profile = profile_new(0);
    param_set_init(f.params, 1);
    shards_set_training(shards, true);
    shards_set_recompute(shards, B > 16 ? RECOMPUTE_STAGES : RECOMPUTE_NONE);
    shards_set_profile(shards, profile);
    at.ops = 0;
    step(&f, shards, adamw, 0);
    print(B);
    profile_free(profile);
    shards_free(shards);
    adamw_free(adamw);
    full_size_free(&f);
}

int main(int argc, char **argv)
{
    gemm_set_threads(1);
    for (int i = 1; i < argc; i++) measure(atoll(argv[i]));
    if (argc == 1) measure(4);
    return 0;
}
