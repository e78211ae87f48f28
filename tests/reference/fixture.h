/* SPDX-License-Identifier: Apache-2.0 */
/* A stored fixture: NAME.json and NAME.safetensors in the same folder. Reading is strict: a
 * missing member, another type or another shape is an error. The first error is kept in `err`;
 * later reads return zeros, so that a comparer can read everything and check once. */
#ifndef RAMPLUS_TESTS_REFERENCE_FIXTURE_H
#define RAMPLUS_TESTS_REFERENCE_FIXTURE_H

#include "core/error.h"
#include "core/formats/safetensors.h"

#include <jansson.h>
#include <stdint.h>

typedef struct Fixture {
    json_t *json;    /* the root; NULL if only a .safetensors exists */
    StFile *tensors; /* NULL if the file does not exist */
    Error err;
} Fixture;

/* Opens the fixture of a .json or .safetensors file. The caller checks f.err.code and calls
 * fixture_close. */
Fixture fixture_open(const char *path);
void fixture_close(Fixture *f);

/* Read the members of an object: f->json or one inside it. Keys may contain dots. */
const json_t *fixture_object(Fixture *f, const json_t *object, const char *key);
int64_t fixture_int(Fixture *f, const json_t *object, const char *key);
double fixture_number(Fixture *f, const json_t *object, const char *key);
const char *fixture_text(Fixture *f, const json_t *object, const char *key);
void fixture_ints(Fixture *f, const json_t *object, const char *key, int64_t n, int64_t *out);
void fixture_numbers(Fixture *f, const json_t *object, const char *key, int64_t n, double *out);

/* The values of a tensor of exactly this shape as float32; never NULL. The caller frees them
 * with mem_free. */
float *fixture_tensor(Fixture *f, const char *name, int ndim, const int64_t *shape);

#endif
