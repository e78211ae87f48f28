/* SPDX-License-Identifier: Apache-2.0 */
/* Gradient clipping (Pascanu et al. 2013, algorithm 1), with PyTorch's 1e-6 in the divisor. */
#include "optim/clip_norm.h"

#include "core/math/vec.h"
#include "optim/span.h"

#include <math.h>

double clip_norm(ParamSet *ps, double max_norm)
{
    CHECK(max_norm >= 0, "max_norm %g, expected >= 0", max_norm);
    Span s;
    double sum = 0;
    for (int64_t at = 0; span_next(ps, &at, &s);)
        sum += vec_sum_squares(s.len, ps->grad + s.begin);
    const double norm = sqrt(sum), factor = max_norm / (norm + 1e-6);
    if (max_norm > 0 && isfinite(norm) && factor < 1)
        for (int64_t at = 0; span_next(ps, &at, &s);)
            vec_scale(s.len, ps->grad + s.begin, factor);
    return norm;
}
