/* SPDX-License-Identifier: Apache-2.0 */
/* Decoded images kept in memory within a budget. */
#include "data/image/image_cache.h"

#include "core/mem.h"

#include <pthread.h>

struct ImageCache {
    pthread_mutex_t lock;
    int64_t keys;
    size_t left; /* bytes of the budget that are left */
    Image *kept; /* [keys] */
};

ImageCache *image_cache_new(int64_t keys, size_t budget)
{
    ImageCache *c = mem_calloc(1, sizeof *c);
    pthread_mutex_init(&c->lock, NULL);
    c->keys = keys;
    c->left = budget;
    c->kept = mem_calloc((size_t)keys, sizeof *c->kept);
    return c;
}

void image_cache_free(ImageCache *c)
{
    if (!c) return;
    for (int64_t i = 0; i < c->keys; i++) image_free(&c->kept[i]);
    mem_free(c->kept);
    pthread_mutex_destroy(&c->lock);
    mem_free(c);
}

const Image *image_cache_find(ImageCache *c, int64_t key)
{
    CHECK(key >= 0 && key < c->keys, "key %ld", key);
    pthread_mutex_lock(&c->lock);
    const Image *found = c->kept[key].rgb ? &c->kept[key] : NULL;
    pthread_mutex_unlock(&c->lock);
    return found;
}

void image_cache_keep(ImageCache *c, int64_t key, Image *image)
{
    CHECK(key >= 0 && key < c->keys, "key %ld", key);
    const size_t bytes = (size_t)(image->width * image->height * 3);
    pthread_mutex_lock(&c->lock);
    if (!c->kept[key].rgb && bytes <= c->left) {
        c->left -= bytes;
        c->kept[key] = *image;
        *image = (Image){0};
    }
    pthread_mutex_unlock(&c->lock);
}
