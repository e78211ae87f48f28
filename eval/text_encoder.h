/* Text to unit vectors. A new encoder is one file and one row of the table in text_encoder.c. */
#ifndef RAMPLUS_EVAL_TEXT_ENCODER_H
#define RAMPLUS_EVAL_TEXT_ENCODER_H

#include "core/error.h"

#include <stdint.h>

typedef struct TextEncoder TextEncoder;

/* name: "hash" (built in; words and character n-grams, width `dim`) or "table" (exact texts from the file
 * `source`, whose width must be dim unless dim is 0). EXIT_USAGE for an unknown name, EXIT_DATA for a bad table.
 * Owned: text_encoder_free. */
int text_encoder_new(const char *name, const char *source, int64_t dim, TextEncoder **out,
                     Error *err);
void text_encoder_free(TextEncoder *e); /* accepts NULL */
int64_t text_encoder_dim(const TextEncoder *e);
const char *text_encoder_name(const TextEncoder *e);
/* out [n, dim], unit rows. "table" fails (EXIT_DATA) on a text it does not hold, naming it. */
int text_encoder_encode(const TextEncoder *e, const char *const *text, int64_t n, float *out,
                        Error *err);

#endif
