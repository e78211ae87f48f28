/* SPDX-License-Identifier: Apache-2.0 */
/* What the names of splits mean. */
#ifndef RAMPLUS_DATA_FOLDER_SPLIT_ROLE_H
#define RAMPLUS_DATA_FOLDER_SPLIT_ROLE_H

#include "data/folder/own_set.h"

/* The role of the images of a split whose name has `len` bytes, in any case: train, training,
 * trn and COCO's restval train; val, valid, validation, dev, test, testing, tst, eval and
 * evaluation are evaluated. OWN_ROLE_DRAWN: it is no name of a split. */
enum OwnRole split_role(const char *name, size_t len);

#endif
