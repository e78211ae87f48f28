/* SPDX-License-Identifier: Apache-2.0 */
/* A table of texts, printed in aligned columns, as Markdown or as LaTeX. */
#ifndef RAMPLUS_TRAIN_ABLATE_SHEET_H
#define RAMPLUS_TRAIN_ABLATE_SHEET_H

#include "core/io/text.h"

#include <stdint.h>

typedef struct Sheet {
    char *title;          /* a line above the table; owned, NULL: none */
    char *note;           /* a line below it; owned, NULL: none */
    int64_t columns;      /* the first row is the head */
    int64_t fields, room; /* [rows, columns] */
    char **field;
} Sheet;

/* Appends the next field, row by row; the sheet owns the text, which comes from mem_alloc. */
void sheet_add(Sheet *s, char *text);
void sheet_free(Sheet *s); /* frees and empties */

void sheet_text(const Sheet *s, Text *out);
/* A pipe table; | in a field is escaped. */
void sheet_markdown(const Sheet *s, Text *out);
/* A tabular with the rules of booktabs; the special characters of LaTeX are escaped. */
void sheet_latex(const Sheet *s, Text *out);

#endif
