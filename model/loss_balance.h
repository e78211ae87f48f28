/* SPDX-License-Identifier: Apache-2.0 */
/* loss.balance=gradnorm: weights that make the terms of the loss pull equally at what they
 * share. GradNorm (Chen et al. 2018) moves the weights by gradient steps towards norms in
 * proportion to (relative inverse training rate)^alpha; for alpha = 0 the norms are to be
 * equal, and the weights follow from the norms at once: a term with norm n gets the factor
 * mean(n) / n. The norms are moving averages, since those of single steps vary. */
#ifndef RAMPLUS_MODEL_LOSS_BALANCE_H
#define RAMPLUS_MODEL_LOSS_BALANCE_H

#include "model/loss.h"

typedef struct LossBalance {
    /* by enum LossTerm: moving averages of the gradients' norms under the weights loss.weight.*
     * alone, without the factors below; 0: none yet, or the term is off */
    double norm[LOSS_TERMS];
} LossBalance;

/* The factors of the weights in the next step: mean / norm over the terms that have a norm; 1
 * for the others. */
void loss_balance_factors(const LossBalance *b, double factor[LOSS_TERMS]);

/* After a step with these factors: norm has the norms of the gradients. The first norm of a
 * term starts its average; norms that are 0 or not finite leave it as it is. */
void loss_balance_update(LossBalance *b, const double factor[LOSS_TERMS],
                         const double norm[LOSS_TERMS]);

/* Whether any term has a norm. */
bool loss_balance_begun(const LossBalance *b);

#endif
