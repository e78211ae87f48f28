/* SPDX-License-Identifier: Apache-2.0 */
/* The text in front of all names of a model in a file: "module." of DistributedDataParallel,
 * "_orig_mod." of torch.compile, "backbone.", or several of them. No list says which prefixes
 * there are: a prefix is what stands before the names that the model is known by. */
#ifndef RAMPLUS_CORE_FORMATS_NAME_PREFIX_H
#define RAMPLUS_CORE_FORMATS_NAME_PREFIX_H

#include "core/formats/names.h"
#include "core/formats/tensor_set.h"

typedef struct NamePrefix {
    char *text;  /* "": none */
    char *other; /* another prefix with the same names; NULL: none */
} NamePrefix;

/* The first scheme, in a list that ends with NULL markers, whose markers all follow one prefix
 * in the file; NULL if there is none. No prefix wins over any other; otherwise the prefix of
 * the first such name does. Owned, unless NULL: name_prefix_free. */
const NameScheme *name_prefix_find(const TensorSet *file, const NameScheme *scheme,
                                   NamePrefix *out);
void name_prefix_free(NamePrefix *p); /* frees and empties */

/* ERROR_DATA, naming both, if there is another prefix: which of the two is meant is unknown. */
int name_prefix_check(const TensorSet *file, const NamePrefix *p, Error *err);

/* The name without the prefix; NULL if it lacks the prefix. Borrowed. */
const char *name_prefix_cut(const char *prefix, const char *name);

#endif
