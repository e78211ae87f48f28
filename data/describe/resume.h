/* SPDX-License-Identifier: Apache-2.0 */
/* Where earlier runs on a journal stopped. A journal is made of sections: a line with the settings, then the
 * answers to them. Sections with other settings than today's are passed over. */
#ifndef RAMPLUS_DATA_DESCRIBE_RESUME_H
#define RAMPLUS_DATA_DESCRIBE_RESUME_H

#include "data/describe/job.h"
#include "data/describe/journal.h"
#include "data/describe/plan.h"
#include "data/describe/reply.h"

typedef struct Resumed {
    ServerTraits traits; /* of today's server, as far as the journal knows it */
    int64_t lines;
    int64_t unused;    /* answer lines to other settings */
    int64_t misplaced; /* answer lines that do not follow on each other */
    bool current;      /* is the last section today's: same settings, same server? */
    Text changed;      /* names of the settings that the last section has otherwise */
} Resumed;

/* Reads the journal into a new plan. ERROR_DATA, ERROR_RUNTIME. Owned: text_free(&out->changed). */
int describe_resume(const DescribeJob *job, Journal *journal, Plan *plan, Resumed *out,
                    Error *err);

/* The first line of a section, and what is known of its server. */
void describe_section_line(const DescribeJob *job, Text *line);
void describe_traits_line(const DescribeJob *job, const ServerTraits *traits, Text *line);

#endif
