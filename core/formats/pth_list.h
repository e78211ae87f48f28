/* SPDX-License-Identifier: Apache-2.0 */
/* The weights among the values of a pickle; the inside of core/formats/pth.c. */
#ifndef RAMPLUS_CORE_FORMATS_PTH_LIST_H
#define RAMPLUS_CORE_FORMATS_PTH_LIST_H

#include "core/formats/pickle.h"

typedef struct PthItem {
    char *name;                 /* as in a state_dict */
    const PickleTensor *tensor; /* the pickle's */
} PthItem;

typedef struct PthList {
    const char *path; /* for messages */
    int64_t count, room;
    PthItem *item;
    size_t bytes; /* that all this takes; bounded, as is the number of elements */
} PthList;

/* file_bytes is the size of the whole file. path and p must outlive the list. ERROR_DATA; owned, also then:
 * pth_list_free. */
int pth_list_weights(const char *path, const Pickle *p, uint64_t file_bytes, PthList *out,
                     Error *err);
void pth_list_free(PthList *l); /* frees and empties */

#endif
