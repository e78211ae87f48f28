/* SPDX-License-Identifier: Apache-2.0 */
/* Parameter names in files of other projects, as tables of rules: a pattern for the foreign
 * name, and our name.
 *
 * In a foreign pattern, # matches a number and a * at the end matches the rest of the name. In
 * our name, # and * insert what they matched; #-1 inserts the number minus one, and @K/N at the
 * end means that the foreign tensor is piece K of N along the first axis:
 *   {"swin.encoder.layers.#.blocks.#.layernorm_before.*", "layers.#.blocks.#.norm1.*"}
 *   {"vit.encoder.layer.#.attention.attention.key.*", "blocks.#.attn.qkv.*@2/3"} */
#ifndef RAMPLUS_CORE_FORMATS_NAMES_H
#define RAMPLUS_CORE_FORMATS_NAMES_H

#include <stdbool.h>

typedef struct NameRule {
    const char *foreign;
    const char *own; /* NULL: the tensor is ignored */
} NameRule;

typedef struct NameScheme {
    /* Patterns that match a name in every file of this scheme, and in no other file; the second
     * may be NULL. */
    const char *marker[2];
    const NameRule *rule; /* the first that matches applies; ended by {NULL, NULL} */
} NameScheme;

/* Whether the name matches a foreign pattern. */
bool names_match(const char *pattern, const char *name);

/* The rule for a name, or NULL when none matches. */
const NameRule *names_rule(const NameRule *rule, const char *name);

/* PREFIX + our name for a name that matches the rule; rule->own must not be NULL. The tensor is
 * piece *piece (from 0) of *pieces. Owned by the caller (mem_free). */
char *names_own(const NameRule *rule, const char *prefix, const char *name, int *piece,
                int *pieces);

#endif
