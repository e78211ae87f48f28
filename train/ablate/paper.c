/* SPDX-License-Identifier: Apache-2.0 */
/* The tables, as printed. */
#include "train/ablate/paper.h"

#include <string.h>

static const struct {
    const char *cell; /* tagging+alignment, or a supervision case */
    PaperFigure figure;
} FIGURES[] = {
    {"asl+bce", {11, 81.1, 65.4}},    {"asl+ce", {11, 83.1, 67.7}},
    {"asl+hill", {11, 82.7, 69.2}},   {"asl+asl", {11, 83.2, 70.2}},
    {"hill+asl", {12, 79.6, 67.7}},   {"splc+asl", {12, 82.0, 66.3}},
    {"a-text", {3, 77.4, 69.6}},      {"b-tags", {3, 86.0, 66.7}},
    {"c-both", {3, 86.5, 70.5}},      {"d-described-at-inference", {3, 83.1, 71.6}},
    {"e-described", {3, 86.5, 73.4}}, {"f-reweighted", {3, 86.6, 73.9}},
};

static bool sets_losses_alone(const Cell *c)
{
    for (int64_t i = 0; i < c->setting.count; i++)
        if (strncmp(c->setting.value[i], "loss.tag=", 9) != 0 &&
            strncmp(c->setting.value[i], "loss.align=", 11) != 0)
            return false;
    return c->setting.count > 0;
}

const PaperFigure *paper_figure(const AblateTask *t)
{
    const LossOptions *loss = &t->config.loss;
    char losses[2 * OPTION_CHOICE_NAME];
    snprintf(losses, sizeof losses, "%s+%s", loss_tag_name(loss->tag),
             loss_align_name(loss->align));
    const bool both = sets_losses_alone(t->cell);
    for (size_t i = 0; i < sizeof FIGURES / sizeof *FIGURES; i++)
        if (strcmp(FIGURES[i].cell, both ? losses : t->cell->name) == 0)
            return &FIGURES[i].figure;
    return NULL;
}
