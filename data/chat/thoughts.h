/* SPDX-License-Identifier: Apache-2.0 */
/* What a reasoning model thinks before it answers is no part of the answer. Pure. */
#ifndef RAMPLUS_DATA_CHAT_THOUGHTS_H
#define RAMPLUS_DATA_CHAT_THOUGHTS_H

#include <stdbool.h>
#include <stddef.h>

/* Does a name of len bytes (of a mark, a field or a part) announce thoughts, as `think`,
 * `reasoning_content` and `redacted_thinking` do? */
bool thoughts_named(const char *name, size_t len);

/* Removes thoughts between marks such as <think> and </think> in place, and the special tokens
 * <|...|> of chat templates. The opening mark may be missing, because some templates end in it.
 * Nothing remains of a text whose last thought is unfinished. Returns whether there were
 * thoughts. */
bool thoughts_remove(char *text);

#endif
