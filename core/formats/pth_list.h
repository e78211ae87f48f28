/* SPDX-License-Identifier: Apache-2.0 */
/* The weights among the values of a pickle; private to pth.c. */
#ifndef RAMPLUS_CORE_FORMATS_PTH_LIST_H
#define RAMPLUS_CORE_FORMATS_PTH_LIST_H

#include "core/formats/pickle.h"

typedef struct PthItem {
    char *name;               /* as in a state_dict */
    const PickleValue *value; /* a tensor, or an opaque value; borrowed from the pickle */
} PthItem;

typedef struct PthList {
    const char *path; /* for messages */
    int64_t count, room;
    PthItem *item;
    size_t bytes; /* memory of the list; bounded, as is the number of elements */
    char *where;  /* "weights under 'model'; left out: 'model_ema'"; NULL: nothing to say */
} PthList;

/* Lists the weights of pickle p. file_bytes is the size of the whole file. path and p must
 * outlive the list. ERROR_DATA on a defect. The caller frees the list with pth_list_free, also
 * after an error. */
int pth_list_weights(const char *path, const Pickle *p, uint64_t file_bytes, PthList *out,
                     Error *err);
void pth_list_free(PthList *l); /* frees and empties */

#endif
