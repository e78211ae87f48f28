/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the JSON files of COCO (instances_*.json, captions_*.json) and of other sets in this
 * form: an object with the arrays "images" (id, file_name), "categories" (id, name) and
 * "annotations" (image_id with category_id, or with caption). Other keys are ignored, boxes and
 * masks among them. Records are read one at a time.
 *
 * Source: https://cocodataset.org/#format-data */
#ifndef RAMPLUS_DATA_BENCHMARKS_COCO_FILE_H
#define RAMPLUS_DATA_BENCHMARKS_COCO_FILE_H

#include "data/folder/own_set.h"

typedef struct CocoReport {
    int64_t images, categories; /* good images of the instances; names of categories */
    int64_t annotations, crowd; /* good ones; of these with iscrowd, which count as others */
    int64_t captions;
    int64_t bad;    /* records that are left out and listed */
    int64_t orphan; /* annotations of images that are left out */
} CocoReport;

/* What the files are read into. */
typedef struct CocoFiles {
    OwnSet own;
    HashMap image; /* of the file read last: id -> 1 + image, 0 for one that is left out */
    CocoReport *report;
} CocoFiles;

/* Adds the images, categories and labels of a file; categories of the same name are one tag.
 * root: folder in which every image must exist; NULL: they are not looked for. Records that are
 * faulty are listed in files->own.bad and counted. ERROR_DATA if the file is not JSON of this
 * form; ERROR_RUNTIME. */
int coco_file_instances(CocoFiles *files, const char *path, const char *root, Error *err);
/* Adds the captions of the images that coco_file_instances has read last. */
int coco_file_captions(CocoFiles *files, const char *path, Error *err);

#endif
