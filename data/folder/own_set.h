/* SPDX-License-Identifier: Apache-2.0 */
/* Images with labels and captions as people bring them, gathered by name in any order, and the
 * complete data folder that is made of them:
 *
 *   OwnSet s;
 *   int status = own_set_begin("out", &rules, &s, err);
 *   if (status == 0) {
 *       const int64_t i = own_set_image(&s, "a/1.jpg", NULL);
 *       own_set_tag(&s, i, "cat", &why), own_set_caption(&s, i, "a cat");
 *       status = own_set_write(&s, &counts, err);
 *   }
 *   status = own_set_end(&s, status, err);
 *
 * However a set was read, equal ones give equal files: images and tags are written in the order
 * of their bytes. */
#ifndef RAMPLUS_DATA_FOLDER_OWN_SET_H
#define RAMPLUS_DATA_FOLDER_OWN_SET_H

#include "core/hash_map.h"
#include "data/folder/label_set.h"
#include "data/folder/record_out.h"

/* The role of an image: whether it is evaluated is drawn, or stated. */
enum OwnRole { OWN_ROLE_DRAWN, OWN_ROLE_TRAIN, OWN_ROLE_TEST };

typedef struct OwnRules {
    const char *images;      /* folder of the images; NULL: not known */
    const char *test_images; /* of those that are evaluated; NULL: the same */
    const char *tags;        /* a list: these tags, in this order; NULL: those of the set */
    double test;             /* share of the images without a role that is evaluated, 0..1 */
    int64_t seed;            /* of the choice, which depends on it and the names alone */
    int64_t least;           /* training images that a tag of the set needs */
    bool labeled_only;       /* evaluate only images with a tag */
} OwnRules;

typedef struct OwnSet {
    const char *out; /* the data folder; borrowed */
    OwnRules rules;
    LabelSet set;
    RecordList bad;     /* OUT/bad.txt: what is wrong, one line each */
    bool *test, *train; /* [images] after own_set_divide */
    int64_t listed;     /* private from here on: tags of rules.tags */
    HashMap tag, image; /* key -> index */
} OwnSet;

/* Makes OUT, removes what would make it look complete, and starts bad.txt. ERROR_DATA about the
 * list of tags; ERROR_RUNTIME. End the set with own_set_end in any case. */
int own_set_begin(const char *out, const OwnRules *rules, OwnSet *s, Error *err);
/* Commits bad.txt if the status is 0 or it has lines, which may tell why nothing is left, and
 * frees the set. Returns the status, or -1. */
int own_set_end(OwnSet *s, int status, Error *err);

/* The image of this name, which is added if it is new (*added; NULL: not asked). */
int64_t own_set_image(OwnSet *s, const char *name, bool *added);
/* The tag of this name, which is added if it is new; names are equal as in lists (tags_key).
 * -1 and ERROR_DATA if the name cannot be a line of a list. */
int64_t own_set_find_tag(OwnSet *s, const char *name, Error *why);
/* States that the image has the tag, or that it is not known whether it has it. ERROR_DATA as
 * above. */
int own_set_tag(OwnSet *s, int64_t image, const char *name, Error *why);
int own_set_unknown(OwnSet *s, int64_t image, const char *name, Error *why);
/* States that all tags of the image are given, none perhaps. The tags of an image of which
 * neither this nor a tag is stated are not known. */
void own_set_told(OwnSet *s, int64_t image);
/* States what lists of texts say about the image; NULL: nothing. With tags, all are told. The
 * names must fit lists (own_set_find_tag). */
void own_set_lists(OwnSet *s, int64_t image, const json_t *tags, const json_t *unknown,
                   const json_t *captions);
/* Runs of white space become one blank; a blank caption is left out. */
void own_set_caption(OwnSet *s, int64_t image, const char *text);
/* States the role. Returns false if another one was stated before, which remains. */
bool own_set_role(OwnSet *s, int64_t image, enum OwnRole role);

typedef struct OwnCounts {
    int64_t images, tags; /* of the set */
    int64_t rare;         /* tags left out for too few images, or as not in the list */
    int64_t useless;      /* training images left out: neither a tag nor a caption */
    int64_t untold;       /* test images left out: their tags are not known */
    LabelCounts train, test;
} OwnCounts;

/* Sorts the set, drops repeated captions, and divides the images: test ones are those of that
 * role, and of the others those with known tags that the seed draws by name; the name of a
 * member of a tar archive begins behind that of the archive. Indices from before are void. */
void own_set_divide(OwnSet *s);
/* own_set_divide, then writes train.json, train_tags.txt, descriptions.json (texts to begin
 * with), tag_counts.csv, the evaluation set test/, and dataset.yaml: data.root=OUT trains.
 * Without images for training or test their files are not written. ERROR_DATA if nothing would
 * be left; ERROR_RUNTIME. */
int own_set_write(OwnSet *s, OwnCounts *counts, Error *err);

/* The parts of own_set_write that other divisions use, too. train: what it has; eval [evals]:
 * folders below OUT. */
int own_set_write_settings(const OwnSet *s, const LabelCounts *train, const char *const *eval,
                           int evals, Error *err);
/* Of `image` [images], keeps those that have one of the tags, or, without `with`, none. */
void own_set_keep_having(const OwnSet *s, bool *image, const bool *tag, bool with);
bool own_set_any(const OwnSet *s, const bool *image); /* whether there is one in it */

/* Warns of those of the tags that differ in capitals, _ or - alone; returns their number. */
int64_t own_set_warn_similar(const OwnSet *s, const bool *tag);

/* A number in [0, 1) that depends on the name and the seed alone. */
double own_set_draw(const char *name, int64_t seed);

#endif
