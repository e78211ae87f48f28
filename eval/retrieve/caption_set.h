/* SPDX-License-Identifier: Apache-2.0 */
/* Images with captions, in one of two forms:
 *
 * - of Karpathy and Fei-Fei 2015: dataset_flickr30k.json and dataset_coco.json are objects with
 *   the array "images", each with "filename", optionally "filepath", its folder, "split" and
 *   "sentences", of which "raw" is the caption;
 * - of ALBEF and BLIP (Li et al. 2021, 2022), flickr30k_test.json and coco_karpathy_test.json:
 *   an array of objects with "image" (or "image_name") and "caption" (or "captions"), a text or
 *   an array of texts. Where they have a "split", only those of the wanted one count. */
#ifndef RAMPLUS_EVAL_RETRIEVE_CAPTION_SET_H
#define RAMPLUS_EVAL_RETRIEVE_CAPTION_SET_H

#include "core/error.h"
#include "core/hash.h"
#include "core/strings/strings.h"

#include <stdint.h>

typedef struct CaptionSet {
    int64_t images, captions;
    const char **image;   /* [images] paths relative to the folder of the images */
    const char **caption; /* [captions] cleaned (data/caption.h) */
    int64_t *first;       /* [images + 1] captions first[i] .. first[i+1]-1 are of image i */
    char hash[HASH_HEX];  /* of all names and captions */
    int64_t room[2];      /* private */
    StringPool strings;   /* private */
} CaptionSet;

/* Reads the images of the split, the first `limit` of them (0: all). ERROR_DATA with file and
 * record for an image without a name or captions, a caption without words, and a file that is
 * not JSON to the end of its images: a number must not be about fewer than it seems; also if
 * the file has no such split. Owned: caption_set_free. */
int caption_set_read(const char *path, const char *split, int64_t limit, CaptionSet *out,
                     Error *err);
void caption_set_free(CaptionSet *s);

#endif
