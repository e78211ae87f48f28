/* SPDX-License-Identifier: Apache-2.0 */
/* The images that annotations name: their files, and which of them are the same. */
#ifndef RAMPLUS_DATA_STATS_STATS_IMAGES_H
#define RAMPLUS_DATA_STATS_STATS_IMAGES_H

#include "core/hash.h"
#include "core/strings/strings.h"
#include "data/image/phash.h"
#include "data/stats/distribution.h"

enum {
    STATS_TRAIN = 0, /* number of the set of training images; others are evaluation sets */
    STATS_SETS = 32, /* at most */
};

enum StatsState { STATS_GOOD, STATS_DAMAGED, STATS_UNREADABLE, STATS_MISSING };

typedef struct StatsImage {
    const char *name; /* as annotations name it; below the root if it can be said so */
    uint32_t sets;    /* bit i: named by set i */
    bool is_path;     /* name is a path, which was found below the folder of its own set */
    uint8_t state;    /* enum StatsState; the rest is set for good and damaged images */
    int32_t width, height;
    int64_t bytes;
    uint8_t file[HASH_BYTES]; /* hash of the bytes */
    Phash looks;
    int64_t exact, near; /* first image of its group of equal files, of alike images; -1 */
    int64_t leak;        /* of evaluation images: the training image; -1 */
    int leak_distance;   /* -1: the same name, 0: the same bytes, or bits that differ, plus 1 */
} StatsImage;

/* Initialize it with {0}. */
typedef struct StatsImages {
    StatsImage *at; /* [count] sorted by name */
    int64_t count, room;
    int64_t repeats; /* mentions in one set beyond the first */
    StringPool pool; /* private */

    int64_t good, damaged, unreadable, missing;
    int64_t
        incomparable; /* not compared by looks: no contrast, or hashes that too many share */
    int64_t bytes;
    Error first_bad; /* why the first missing or unreadable image is one */
    Distribution widths, heights, shortest;
    int64_t exact_groups, exact_images; /* groups of files with equal bytes, images in them */
    int64_t near_groups, near_images;   /* of images that look alike, equal files included */
    int64_t leaked;            /* images of any evaluation set that are training images */
    int64_t leaks[STATS_SETS]; /* images of an evaluation set that are training images */
} StatsImages;

/* Adds one mention. */
void stats_images_add(StatsImages *s, const char *name, int set, bool is_path);
/* Sorts and merges the mentions: each image stands once. */
void stats_images_merge(StatsImages *s);

typedef struct StatsReading {
    const char *root;
    bool absolute;
    ImageRules rules;
} StatsReading;

/* Reads and decodes every image, on all threads. ERROR_RUNTIME if the machine fails. */
int stats_images_read(StatsImages *s, const StatsReading *how, Error *err);
/* Groups equal and alike images (at most `distance` bits apart), and finds the training images
 * among those of evaluation sets: by name, by bytes, then by looks. */
void stats_images_compare(StatsImages *s, int distance);
void stats_images_free(StatsImages *s);

static inline bool stats_image_decoded(const StatsImage *i)
{
    return i->state <= STATS_DAMAGED;
}

#endif
