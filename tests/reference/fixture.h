/* SPDX-License-Identifier: Apache-2.0 */
/* A stored fixture: NAME.json and, beside it, NAME.safetensors. Reading is strict: what is missing or
 * has another type or shape is an error. The first error is kept in `err`; after it readers return
 * zeros, so that a comparer can read everything and check once. */
#ifndef RAMPLUS_TESTS_REFERENCE_FIXTURE_H
#define RAMPLUS_TESTS_REFERENCE_FIXTURE_H

#include "core/error.h"
#include "core/formats/safetensors.h"

#include <jansson.h>
#include <stdint.h>

typedef struct Fixture {
    json_t *json;    /* the root; NULL for a lone .safetensors */
    StFile *tensors; /* NULL when there is no such file */
    Error err;
} Fixture;

/* path: the .json or .safetensors file. Check f.err.code. Owned: fixture_close. */
Fixture fixture_open(const char *path);
void fixture_close(Fixture *f);

/* Fields of an object: f->json or one inside it. Keys may contain dots. */
const json_t *fixture_object(Fixture *f, const json_t *object, const char *key);
int64_t fixture_int(Fixture *f, const json_t *object, const char *key);
double fixture_number(Fixture *f, const json_t *object, const char *key);
const char *fixture_text(Fixture *f, const json_t *object, const char *key);
void fixture_ints(Fixture *f, const json_t *object, const char *key, int64_t n, int64_t *out);
void fixture_numbers(Fixture *f, const json_t *object, const char *key, int64_t n, double *out);

/* The values of a tensor of exactly this shape as float32. Owned by the caller (mem_free); never NULL. */
float *fixture_tensor(Fixture *f, const char *name, int ndim, const int64_t *shape);

#endif
