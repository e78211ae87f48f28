/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of the RAM++ paper (Huang et al. 2023, arXiv 2310.15200) for the cells of an
 * ablation: mAP in percent on OpenImages-Common and OpenImages-Uncommon, Swin-B trained on 4
 * million images. Table 3 has the supervision cases, Table 11 the losses of the alignment and
 * Table 12 those of the tagging, the other loss being ASL. */
#ifndef RAMPLUS_TRAIN_ABLATE_PAPER_H
#define RAMPLUS_TRAIN_ABLATE_PAPER_H

#include "train/ablate/tasks.h"

typedef struct PaperFigure {
    int table;
    double common, uncommon; /* mAP in percent */
} PaperFigure;

/* The figure for a cell that sets nothing but the two losses, or is a supervision case; NULL:
 * the paper has none. Static. */
const PaperFigure *paper_figure(const AblateTask *t);

#endif
