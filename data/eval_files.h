/* SPDX-License-Identifier: Apache-2.0 */
/* The files of an evaluation folder, by their own names or by those of the reference
 * implementation's benchmarks. */
#ifndef RAMPLUS_DATA_EVAL_FILES_H
#define RAMPLUS_DATA_EVAL_FILES_H

#include "core/error.h"

/* *out: FOLDER/own, or the only file in the folder whose name has this ending (NULL: none), or
 * NULL if neither exists. Owned, also after an error. ERROR_DATA if several have the ending. */
int eval_files_find(const char *folder, const char *own, const char *ending, char **out,
                    Error *err);

/* The same for the list of the tags (tags.txt, *_taglist.txt) and for the labels
 * (annotations.txt, *_annots.txt). */
int eval_files_tags(const char *folder, char **out, Error *err);
int eval_files_annotations(const char *folder, char **out, Error *err);
/* For what nobody annotated (unknown.txt). */
int eval_files_unknown(const char *folder, char **out, Error *err);

#endif
