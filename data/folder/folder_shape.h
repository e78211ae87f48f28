/* SPDX-License-Identifier: Apache-2.0 */
/* How a tree of images is built: where the words are, and whether its first folders are
 * splits. */
#ifndef RAMPLUS_DATA_FOLDER_FOLDER_SHAPE_H
#define RAMPLUS_DATA_FOLDER_FOLDER_SHAPE_H

#include "data/folder/folder_files.h"
#include "data/folder/folder_tree.h"

typedef struct FolderShape {
    enum FolderForm form;
    bool splits; /* the first folder of a path is no tag ... */
    bool roles;  /* ... and says what is evaluated */
} FolderShape;

/* Finds out, and logs what it has found. */
FolderShape folder_shape_find(const FolderFiles *files, const FolderTreeConfig *config);

/* The path of an image below its split. */
const char *folder_shape_below(const FolderShape *s, const char *image);
enum OwnRole folder_shape_role(const FolderShape *s, const char *image);

/* Length of the first folder of a path; 0 of a file without one. */
size_t folder_shape_part(const char *path);
/* Length of the path of an image without its ending. */
size_t folder_shape_stem(const char *image);
/* NAME of N_NAME, the first folder of the path, and its length; NULL if that is another
 * name. */
const char *folder_shape_repeated(const char *path, size_t *len);

#endif
