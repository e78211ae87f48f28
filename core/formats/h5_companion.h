/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of an HDF5 file of ours that lie in another file beside it, its companion: what many
 * files share is written once. A file names one companion and its content; h5_open shows the
 * entries of both as one file's. Copied elsewhere, the two go together. */
#ifndef RAMPLUS_CORE_FORMATS_H5_COMPANION_H
#define RAMPLUS_CORE_FORMATS_H5_COMPANION_H

#include "core/formats/h5.h"

/* Names the companion: a file name without a folder, and the h5_content of that file.
 * ERROR_RUNTIME. */
int h5_put_companion(H5Writer *w, const char *name, const char *content, Error *err);

/* For h5_open. When the file names a companion, opens it beside the file itself (not beside a
 * link to it) and adds its entries, but for those that the file has. ERROR_CHECKPOINT: missing,
 * damaged, of another content. */
int h5_add_companion(H5File *f, Error *err);

/* The path of the companion of an open file; NULL: none. */
const char *h5_companion_path(const H5File *f);

#endif
