/* SPDX-License-Identifier: Apache-2.0 */
/* Where the images of a report are. Whoever wrote a run must not choose a file from elsewhere
 * for the page: an image is below the run, below the folder that the user names, or in an
 * evaluation set on this machine whose own list names it. */
#ifndef RAMPLUS_TRAIN_REPORT_REPORT_IMAGES_H
#define RAMPLUS_TRAIN_REPORT_REPORT_IMAGES_H

#include "eval/eval_set.h"
#include "train/report/report_section.h"

typedef struct ReportImages {
    const ReportRun *run;
    const char *images; /* the user's folder, or NULL */
    EvalSet set;        /* of a list of the run; empty if it is not on this machine */
} ReportImages;

/* list: the evaluation set whose images are wanted; NULL: of none. A fault of the machine is
 * left in r->fault. Owned: report_images_close. */
void report_images_open(ReportRuns *r, const ReportRun *run, const ReportList *list,
                        ReportImages *out);
void report_images_close(ReportImages *im);

/* The path of an image by its name, perhaps without its ending; owned. NULL with ERROR_DATA, or
 * ERROR_RUNTIME if the machine cannot tell. */
char *report_images_find(const ReportImages *im, const char *name, Error *err);

#endif
