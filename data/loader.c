/* SPDX-License-Identifier: Apache-2.0 */
/* Threaded loader. Samples are numbered consecutively: number = epoch * count + position in
 * the epoch's order (sample_order.h). Threads claim numbers in ascending order, so one order is
 * enough, and prepare each sample in slot number % slots; the trainer consumes the slots in
 * the same order. The result does not depend on thread timing. */
#include "data/loader.h"

#include "core/io/path_below.h"
#include "core/io/tar_cache.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/stop.h"
#include "data/image/image_cache.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* One prepared sample. Its thread owns it until `ready`; then the trainer owns it until
 * release. */
typedef struct Slot {
    int64_t sample;
    float *pixels, *teacher;
    bool ready;
    Error why;    /* code 0: the image was read */
    Error damage; /* why an image that was read is not complete; code 0: it is */
} Slot;

/* Work memory of one thread, separate for each view because their sizes differ. */
typedef struct Scratch {
    TransformScratch view, teacher;
} Scratch;

struct Loader {
    LoaderConfig config;
    int64_t count, slots;
    int64_t view_len, teacher_len; /* floats of one image */
    Slot *slot;                    /* [slots] */
    ImageCache *cache;             /* NULL: none */

    /* Used only by the trainer's thread. */
    LoaderPosition at;
    int64_t batches;  /* batches returned in this epoch */
    bool whole_epoch; /* the loader has processed this epoch from its start */
    Batch batch;
    ImageNotes skipped, damaged;
    double waited;

    /* Shared; protected by the lock. */
    pthread_mutex_t lock;
    pthread_cond_t room, ready;
    int64_t claimed, taken; /* next number to prepare; next number for the trainer */
    SampleOrder records;
    int64_t *order; /* [count] of order_epoch */
    int64_t order_epoch;
    bool stop;
    pthread_t *thread;
    int threads;
    int thread_error; /* errno if not even one thread could be started */
};

static int64_t sample_of(Loader *l, int64_t number)
{
    const int64_t epoch = number / l->count;
    if (l->order_epoch != epoch) {
        sample_order_epoch(&l->records, l->config.seed, (uint32_t)epoch, l->order);
        l->order_epoch = epoch;
    }
    return l->order[number % l->count];
}

static void make_views(const Loader *l, const Image *image, uint32_t epoch, Slot *slot,
                       Scratch *scratch)
{
    const LoaderConfig *k = &l->config;
    const uint64_t sample = (uint64_t)slot->sample;
    Rng rng = rng_new(k->seed, epoch, sample, RNG_AUGMENT);
    transform_train(image, &k->transform, &rng, &scratch->view, slot->pixels);
    if (!k->two_views) return;
    rng = rng_new(k->seed, epoch, sample, RNG_TEACHER);
    transform_train(image, &k->teacher, &rng, &scratch->teacher, slot->teacher);
}

static void prepare(const Loader *l, uint32_t epoch, Slot *slot, Scratch *scratch)
{
    const Image *kept = l->cache ? image_cache_find(l->cache, slot->sample) : NULL;
    slot->why.code = slot->damage.code = 0;
    if (kept) {
        make_views(l, kept, epoch, slot, scratch);
        return;
    }
    Image image = {0};
    const LoaderConfig *k = &l->config;
    char *path =
        path_below(k->root, k->annotations->image_path[slot->sample], k->absolute, &slot->why);
    if (path && image_read(path, &l->config.rules, &image, &slot->damage, &slot->why) == 0) {
        make_views(l, &image, epoch, slot, scratch);
        if (l->cache) image_cache_keep(l->cache, slot->sample, &image);
    }
    image_free(&image);
    mem_free(path);
}

static void *work(void *loader)
{
    Loader *l = loader;
    Scratch scratch = {0};
    pthread_mutex_lock(&l->lock);
    for (;;) {
        while (!l->stop && l->claimed - l->taken >= l->slots)
            pthread_cond_wait(&l->room, &l->lock);
        if (l->stop) break;
        const int64_t number = l->claimed++;
        Slot *slot = &l->slot[number % l->slots];
        slot->sample = sample_of(l, number);
        pthread_mutex_unlock(&l->lock);
        prepare(l, (uint32_t)(number / l->count), slot, &scratch);
        pthread_mutex_lock(&l->lock);
        slot->ready = true;
        pthread_cond_signal(&l->ready);
    }
    pthread_mutex_unlock(&l->lock);
    transform_scratch_free(&scratch.view);
    transform_scratch_free(&scratch.teacher);
    return NULL;
}

/* Starts the threads with all signals blocked: the main thread handles signals. */
static void start_threads(Loader *l)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (; l->threads < l->config.threads; l->threads++) {
        int failed = pthread_create(&l->thread[l->threads], NULL, work, l);
        if (failed && l->threads == 0) l->thread_error = failed;
        if (failed) break;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void check_config(const LoaderConfig *k, LoaderPosition start)
{
    CHECK(k->batch >= 1 && k->threads >= 1 && k->prefetch >= 1,
          "batch %ld, threads %d, prefetch %ld", k->batch, k->threads, k->prefetch);
    CHECK(start.epoch >= 0 && start.next >= 0 && start.next <= k->annotations->count,
          "epoch %ld, position %ld of %ld", start.epoch, start.next, k->annotations->count);
}

static void allocate(Loader *l)
{
    const LoaderConfig *k = &l->config;
    const size_t view = sizeof(float) * (size_t)l->view_len;
    const size_t teacher = sizeof(float) * (size_t)l->teacher_len;
    l->slot = mem_calloc((size_t)l->slots, sizeof *l->slot);
    for (int64_t i = 0; i < l->slots; i++) {
        l->slot[i].pixels = mem_alloc(view);
        if (teacher) l->slot[i].teacher = mem_alloc(teacher);
    }
    l->batch = batch_new(k->annotations, k->batch, l->view_len, l->teacher_len);
    l->order = mem_alloc((size_t)l->count * sizeof *l->order);
    l->order_epoch = -1;
    l->records = sample_order_new(k->annotations, k->root, k->window);
    l->skipped = image_notes_new(l->count, k->bad_list);
    l->damaged = image_notes_new(l->count, k->damaged_list);
    l->thread = mem_calloc((size_t)k->threads, sizeof *l->thread);
    l->config.rules.tars = tar_cache_new();
    if (k->cache_bytes) l->cache = image_cache_new(l->count, k->cache_bytes);
}

static void init_lock(Loader *l)
{
    pthread_condattr_t steady;
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->room, NULL);
    pthread_cond_init(&l->ready, &steady);
    pthread_condattr_destroy(&steady);
}

Loader *loader_new(const LoaderConfig *config, LoaderPosition start)
{
    check_config(config, start);
    Loader *l = mem_calloc(1, sizeof *l);
    l->config = *config;
    l->count = config->annotations->count;
    l->slots = config->prefetch * config->batch;
    l->view_len = 3 * config->transform.size * config->transform.size;
    l->teacher_len = config->two_views ? 3 * config->teacher.size * config->teacher.size : 0;
    l->at = start;
    l->whole_epoch = start.next == 0;
    l->claimed = l->taken = start.epoch * l->count + start.next;
    init_lock(l);
    allocate(l);
    if (l->count > 0) start_threads(l);
    return l;
}

static void stop_threads(Loader *l)
{
    pthread_mutex_lock(&l->lock);
    l->stop = true;
    pthread_cond_broadcast(&l->room);
    pthread_mutex_unlock(&l->lock);
    for (int i = 0; i < l->threads; i++) pthread_join(l->thread[i], NULL);
}

void loader_free(Loader *l)
{
    if (!l) return;
    stop_threads(l);
    image_cache_free(l->cache);
    tar_cache_free(l->config.rules.tars);
    mem_free(l->thread);
    image_notes_free(&l->skipped);
    image_notes_free(&l->damaged);
    mem_free(l->order);
    sample_order_free(&l->records);
    batch_free(&l->batch);
    for (int64_t i = 0; i < l->slots; i++) {
        mem_free(l->slot[i].pixels);
        mem_free(l->slot[i].teacher);
    }
    mem_free(l->slot);
    pthread_cond_destroy(&l->ready);
    pthread_cond_destroy(&l->room);
    pthread_mutex_destroy(&l->lock);
    mem_free(l);
}

/* The caption drawn for this epoch; NULL if there is none. */
static const char *draw_caption(const Loader *l, int64_t sample)
{
    const Annotations *a = l->config.annotations;
    const int64_t first = a->caption_offset[sample], n = a->caption_offset[sample + 1] - first;
    if (n == 0) return NULL;
    Rng rng = rng_new(l->config.seed, (uint32_t)l->at.epoch, (uint64_t)sample, RNG_CAPTION);
    return a->caption[first + rng_below(&rng, n)];
}

static void add_to_batch(Loader *l, const Slot *slot, int64_t i)
{
    Batch *b = &l->batch;
    const size_t view = (size_t)l->view_len, teacher = (size_t)l->teacher_len;
    memcpy(b->pixels + (size_t)i * view, slot->pixels, view * sizeof(float));
    if (teacher)
        memcpy(b->teacher + (size_t)i * teacher, slot->teacher, teacher * sizeof(float));
    batch_put(b, i, l->config.annotations, slot->sample, draw_caption(l, slot->sample));
}

/* Waits until the slot is ready, or a signal asks to stop: a file server may not answer. */
static bool wait_for(Loader *l, const Slot *slot)
{
    bool ready;
    pthread_mutex_lock(&l->lock);
    while (!(ready = slot->ready) && !stop_pending()) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec++;
        pthread_cond_timedwait(&l->ready, &l->lock, &until);
    }
    pthread_mutex_unlock(&l->lock);
    return ready;
}

/* The next slot, or NULL after a signal. */
static Slot *wait_for_next(Loader *l)
{
    Slot *slot = &l->slot[l->taken % l->slots];
    const double start = log_now();
    const bool ready = wait_for(l, slot);
    l->waited += log_now() - start;
    return ready ? slot : NULL;
}

static void release(Loader *l, Slot *slot)
{
    pthread_mutex_lock(&l->lock);
    slot->ready = false;
    l->taken++;
    pthread_cond_signal(&l->room);
    pthread_mutex_unlock(&l->lock);
    l->at.next++;
}

static int end_epoch(Loader *l, Error *err)
{
    const bool nothing = l->whole_epoch && l->batches == 0;
    l->at = (LoaderPosition){l->at.epoch + 1, 0};
    l->batches = 0;
    l->whole_epoch = true;
    if (!nothing) return 0;
    const int64_t count = l->count, batch = l->config.batch;
    const ImageNotes *skipped = &l->skipped;
    return error_set(err, ERROR_DATA,
                     "training images: %ld of %ld unreadable: not enough for one "
                     "batch of %ld%s%s",
                     skipped->count, count, batch, skipped->first ? "; the first: " : "",
                     skipped->first ? skipped->first : "");
}

/* A machine that cannot read is not a bad image: the run ends. */
static int note_fault(Loader *l, const Slot *slot, Error *err)
{
    if (slot->why.code == ERROR_DATA)
        image_notes_add(&l->skipped, slot->sample, slot->why.text);
    else if (slot->why.code)
        return error_move(err, &slot->why);
    else if (slot->damage.code)
        image_notes_add(&l->damaged, slot->sample, slot->damage.text);
    return 0;
}

int loader_next(Loader *l, const Batch **out, Error *err)
{
    *out = NULL;
    if (l->thread_error)
        return error_set(err, ERROR_RUNTIME, "loader: cannot start a thread: %s",
                         strerror(l->thread_error));
    int status = 0;
    for (int64_t n = 0; l->at.next < l->count && status == 0;) {
        Slot *slot = wait_for_next(l);
        if (!slot) return error_set(err, ERROR_STOPPED, "stopped while waiting for images");
        if (slot->why.code == 0) add_to_batch(l, slot, n++);
        status = note_fault(l, slot, err);
        release(l, slot);
        if (n < l->config.batch) continue;
        l->batches++;
        *out = &l->batch;
        return 0;
    }
    return status == 0 ? end_epoch(l, err) : status;
}

LoaderPosition loader_position(const Loader *l) { return l->at; }

const ImageNotes *loader_skipped(const Loader *l) { return &l->skipped; }

const ImageNotes *loader_damaged(const Loader *l) { return &l->damaged; }

int loader_sync_notes(Loader *l, Error *err)
{
    if (image_notes_sync(&l->skipped, err) != 0) return -1;
    return image_notes_sync(&l->damaged, err);
}

double loader_waited(const Loader *l) { return l->waited; }
