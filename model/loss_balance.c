/* SPDX-License-Identifier: Apache-2.0 */
/* Equal shares of the gradient for the terms of the loss. */
#include "model/loss_balance.h"

#include <math.h>

static const double DECAY = 0.9; /* of the moving averages: about ten steps */

void loss_balance_factors(const LossBalance *b, double factor[LOSS_TERMS])
{
    double sum = 0;
    int n = 0;
    for (int i = 0; i < LOSS_TERMS; i++) {
        sum += b->norm[i];
        n += b->norm[i] > 0;
    }
    for (int i = 0; i < LOSS_TERMS; i++) factor[i] = b->norm[i] > 0 ? sum / n / b->norm[i] : 1;
}

void loss_balance_update(LossBalance *b, const double factor[LOSS_TERMS],
                         const double norm[LOSS_TERMS])
{
    for (int i = 0; i < LOSS_TERMS; i++) {
        const double plain = norm[i] / factor[i];
        if (!isfinite(plain) || plain <= 0) continue;
        b->norm[i] = b->norm[i] > 0 ? DECAY * b->norm[i] + (1 - DECAY) * plain : plain;
    }
}

bool loss_balance_begun(const LossBalance *b)
{
    bool begun = false;
    for (int i = 0; i < LOSS_TERMS; i++) begun = begun || b->norm[i] > 0;
    return begun;
}
