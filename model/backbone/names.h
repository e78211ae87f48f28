/* SPDX-License-Identifier: Apache-2.0 */
/* Names of parameters in files of other projects, as tables of rules: a pattern of the foreign name, and ours.
 *
 * In a foreign pattern, # is a number and a * at the end is the rest of the name. Ours takes both over; #-1 is a
 * number less one, and @K/N at the end says that the foreign tensor is piece K of N along the first axis:
 *   {"swin.encoder.layers.#.blocks.#.layernorm_before.*", "layers.#.blocks.#.norm1.*"}
 *   {"vit.encoder.layer.#.attention.attention.key.*", "blocks.#.attn.qkv.*@2/3"} */
#ifndef RAMPLUS_MODEL_BACKBONE_NAMES_H
#define RAMPLUS_MODEL_BACKBONE_NAMES_H

#include <stdbool.h>

typedef struct NameRule {
    const char *foreign;
    const char *own; /* NULL: the tensor is left out */
} NameRule;

typedef struct NameScheme {
    /* Patterns of names that every file of this scheme has, and no other file; the second may be NULL. */
    const char *marker[2];
    const char
        *prefix; /* that all names may have; cut off before markers and rules look; "": none */
    const NameRule *rule; /* the first that matches counts; ended by {NULL, NULL} */
} NameScheme;

bool names_match(const char *pattern, const char *name);

/* A name without the prefix of a scheme, if it has it. */
const char *names_cut(const NameScheme *scheme, const char *name);

/* The rule for a name, or NULL when none matches. */
const NameRule *names_rule(const NameRule *rule, const char *name);

/* Our name, after a prefix, for a name that matches a rule, which does not leave it out; of which it is piece
 * *piece (from 0) of *pieces. Owned by the caller (mem_free). */
char *names_own(const NameRule *rule, const char *prefix, const char *name, int *piece,
                int *pieces);

#endif
