/* SPDX-License-Identifier: Apache-2.0 */
/* Parting the images of a list by their names, so that the parts depend neither on the order of
 * the list nor on the other images. */
#ifndef RAMPLUS_EVAL_METRICS_IMAGE_SPLIT_H
#define RAMPLUS_EVAL_METRICS_IMAGE_SPLIT_H

enum ImageSplit {
    SPLIT_SHARE, /* the images below F are the share F of a list */
    SPLIT_FOLD,  /* folds of a cross-validation, independent of the share */
};

/* A number in [0, 1), evenly distributed over names: three bytes of the hash of the name
 * (core/hash.h), others for each purpose. */
double image_split(const char *image, enum ImageSplit purpose);

#endif
