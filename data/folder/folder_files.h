/* SPDX-License-Identifier: Apache-2.0 */
/* What a tree of images and texts holds, by the names of its files. */
#ifndef RAMPLUS_DATA_FOLDER_FOLDER_FILES_H
#define RAMPLUS_DATA_FOLDER_FOLDER_FILES_H

#include "core/io/file.h"
#include "data/folder/sidecar.h"

/* A text file; paths are relative to the root. */
typedef struct FolderText {
    const char *path;
    size_t stem; /* bytes of the path without its ending */
    enum SidecarKind kind;
    bool used; /* for the caller */
} FolderText;

typedef struct FolderFiles {
    const char **image; /* [images] paths, sorted by their bytes */
    FolderText *text;   /* [texts] sorted by their stems */
    const char **other; /* [others] neither images nor texts */
    int64_t images, texts, others;
    Lines left;      /* what is left out of the tree, and why (file_walk_visible) */
    Lines all;       /* private from here on */
    int64_t room[3]; /* of image, text, other */
} FolderFiles;

/* Lists the tree without its hidden files. An image has an image's ending, a text ends in .txt
 * or .caption, in any case. txt: what .txt holds; .caption holds captions. ERROR_DATA if the
 * root cannot be listed; ERROR_RUNTIME. The caller frees *out with folder_files_free. */
int folder_files_list(const char *root, enum SidecarKind txt, FolderFiles *out, Error *err);
void folder_files_free(FolderFiles *f);

/* The texts whose stem is the first `len` bytes of the path: the number of them, which lie at
 * *first. Beside `a.jpg`, `a.txt` has the stem `a`, and `a.jpg.txt` the stem `a.jpg`. */
int64_t folder_files_texts(const FolderFiles *f, const char *path, size_t len,
                           FolderText **first);

#endif
