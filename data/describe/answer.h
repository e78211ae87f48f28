/* SPDX-License-Identifier: Apache-2.0 */
/* What is done with the text of one answer before it is kept. Pure. */
#ifndef RAMPLUS_DATA_DESCRIBE_ANSWER_H
#define RAMPLUS_DATA_DESCRIBE_ANSWER_H

#include "data/describe/chat.h"

enum AnswerKind {
    ANSWER_GOOD,
    ANSWER_CUT,     /* the limit of tokens ended it */
    ANSWER_EMPTY,   /* nothing but white space and control characters */
    ANSWER_REFUSED, /* by the model or by a filter */
};

/* One line: white space of any kind and length becomes one blank, none at the ends; control characters leave.
 * The text is valid UTF-8 and a NUL byte follows its len bytes. Owned: mem_free. */
char *answer_clean(const char *text, size_t len);

/* Cleans a choice, in which the key (may be NULL) is masked. *text is owned. */
enum AnswerKind answer_take(const ChatChoice *choice, const char *key, char **text);

#endif
