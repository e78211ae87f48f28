/* The table of losses. */
#include "model/loss.h"

#include "core/error.h"

#include <string.h>

static Tensor *bce(Tape *tape, const LossConfig *c, Tensor *x, Tensor *y)
{
    (void)c;
    return op_loss_bce(tape, x, y);
}

static Tensor *asl(Tape *tape, const LossConfig *c, Tensor *x, Tensor *y)
{
    return op_loss_asl(tape, x, y, c->asl);
}

static Tensor *hill(Tape *tape, const LossConfig *c, Tensor *x, Tensor *y)
{
    return op_loss_hill(tape, x, y, c->hill);
}

static Tensor *splc(Tape *tape, const LossConfig *c, Tensor *x, Tensor *y)
{
    return op_loss_splc(tape, x, y, c->splc);
}

typedef struct Row {
    const char *name;
    Tensor *(*elementwise)(Tape *tape, const LossConfig *c, Tensor *x, Tensor *y);
} Row;

static const Row TABLE[] = {
    {"asl", asl}, {"bce", bce}, {"ce", NULL}, {"hill", hill}, {"splc", splc},
};

static const Row *find(const char *name)
{
    for (size_t i = 0; i < sizeof TABLE / sizeof *TABLE; i++)
        if (strcmp(TABLE[i].name, name) == 0) return &TABLE[i];
    CHECK(0, "no loss is called %s", name);
    return NULL;
}

const char *loss_name(int i)
{
    const int n = sizeof TABLE / sizeof *TABLE;
    return i >= 0 && i < n ? TABLE[i].name : NULL;
}

LossConfig loss_config_tag(const char *name)
{
    return (LossConfig){
        .name = find(name)->name,
        .asl = {.gamma_neg = 7, .gamma_pos = 0, .clip = 0.05, .focal_grad = false},
        .hill = {.lambda = 1.5, .margin = 1, .gamma = 2},
        .splc = {.tau = 0.6, .margin = 1, .gamma = 2, .correct = false},
    };
}

LossConfig loss_config_align(const char *name)
{
    LossConfig config = loss_config_tag(name);
    config.asl.gamma_neg = 4;
    return config;
}

Tensor *loss_elementwise(Tape *tape, const LossConfig *config, Tensor *x, Tensor *y)
{
    const Row *row = find(config->name);
    CHECK(row->elementwise, "%s is not element-wise", row->name);
    return row->elementwise(tape, config, x, y);
}

int loss_is_ce(const LossConfig *config) { return !find(config->name)->elementwise; }
