/* SPDX-License-Identifier: Apache-2.0 */
/* Restores the state of earlier runs from the journal. A journal consists of sections: a line
 * with the settings, followed by the answers to them. Answers of sections with other settings
 * are skipped. */
#ifndef RAMPLUS_DATA_DESCRIBE_RESUME_H
#define RAMPLUS_DATA_DESCRIBE_RESUME_H

#include "data/chat/reply.h"
#include "data/describe/job.h"
#include "data/describe/journal.h"
#include "data/describe/plan.h"

typedef struct Resumed {
    ServerTraits traits; /* of the job's server, as far as the journal records them */
    int64_t unused;      /* answer lines for other settings */
    int64_t misplaced;   /* answer lines that do not continue their item */
    bool current;        /* does the last section have the job's settings and server? */
    Text changed;        /* names of the settings in which the last section differs */
} Resumed;

/* Reads the journal into a new plan. ERROR_DATA: a line is not a journal line; ERROR_RUNTIME:
 * cannot read or truncate. Owned: text_free(&out->changed). */
int describe_resume(const DescribeJob *job, Journal *journal, Plan *plan, Resumed *out,
                    Error *err);

/* Write the journal lines that start a section and that record the traits of its server. Owned:
 * text_free. */
void describe_section_line(const DescribeJob *job, Text *line);
void describe_traits_line(const DescribeJob *job, const ServerTraits *traits, Text *line);

#endif
