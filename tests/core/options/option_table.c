/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/core/options/option_table.h"

#define AT(member) offsetof(OptionCase, member)
static const OptionRow rows[OPTION_CASE_ROWS] = {
    {"train.batch", "batch_size", OPTION_INT, AT(batch), "32", 1, 65536, .unit = "images",
     .help = "p"},
    {"train.epochs", "max_epoch", OPTION_INT, AT(epochs), "5", 0, 1e6, .help = "passes"},
    {"seed", NULL, OPTION_INT, AT(big), "0", .help = "any"},
    {"optim.lr", "init_lr|lr0", OPTION_FLOAT, AT(lr), "1e-4", 0, 1, .help = "rate"},
    {"optim.decay", "weight_decay", OPTION_FLOAT, AT(decay), "0.05", .help = "decay"},
    {"data.root", "image_path_root", OPTION_STRING, AT(root), "", .help = "folder"},
    {"loss.tag", NULL, OPTION_CHOICE, AT(loss), "asl", .choices = "asl|bce|hill",
     .help = "loss", .formerly = "loss.kind|criterion", .choices_formerly = "asymmetric||rank"},
    {"model.depths", NULL, OPTION_INTS, AT(depths), "2,2,6,2", 1, 64, .help = "blocks"},
    {"image.mean", NULL, OPTION_FLOATS, AT(mean), "0.5", -1, 1, .help = "mean"},
    {"data.train", "train_file", OPTION_STRINGS, AT(train), "", .help = "files"},
    {"model.grad", "vit_grad_ckpt", OPTION_BOOL, AT(grad), "no", .help = "flag"},
};
const OptionTable option_case_table = {
    .row = rows, .rows = OPTION_CASE_ROWS, .hint = "`ramplus config --options` lists them"};
