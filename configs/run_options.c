/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the run, of train.*, eval.*, save.*, log.*, debug.* and of what the reference
 * alone has. */
#include "configs/run_options.h"

#define AT(field) offsetof(RunOptions, field)

static const OptionRow run_rows[] = {
    {"seed", NULL, OPTION_INT, AT(seed), "0", 0, 9e15, .help = "seed of every random stream"},
    {"threads", NULL, OPTION_INT, AT(threads), "0", 0, 1024, .unit = "threads",
     .help = "threads for computation; 0: one per processor that affinity, cgroup quota and "
             "OMP_NUM_THREADS grant"},
    {"precision", NULL, OPTION_CHOICE, AT(precision), "float32",
     .choices = "float32|bfloat16|int8",
     .help =
         "precision of the products in linear layers: bfloat16 with float32 sums; int8, for "
         "tag, eval and retrieve, with exact sums of rounded numbers; without such "
         "instructions: a warning, and the next better precision"},
    {"run", "output_dir", OPTION_STRING, AT(folder), "", .help = "folder the run writes to"},
    {"resume", NULL, OPTION_STRING, AT(resume), "auto",
     .help =
         "auto: resume if the run folder has a checkpoint; whole: the same, from the newest "
         "checkpoint that is not damaged; never; or a checkpoint file"},
    {"resume.allow", NULL, OPTION_STRINGS, AT(allow), "",
     .help = "options of data, tags, text encoder or loss that may differ from those of the "
             "checkpoint (loss.tag,data.train), which are otherwise refused; not kept in "
             "config.yaml"},
};

const OptionTable run_options = {.row = run_rows, .rows = sizeof run_rows / sizeof *run_rows};

#undef AT
#define AT(field) offsetof(TrainOptions, field)

static const OptionRow train_rows[] = {
    {"train.epochs", "max_epoch", OPTION_INT, AT(epochs), "5", 1, 1e6, .unit = "epochs",
     .help = "epochs over the training images"},
    {"train.max_steps", NULL, OPTION_INT, AT(max_steps), "0", 0, 1e12, .unit = "steps",
     .help = "steps after which training ends; 0: all steps of the epochs"},
    {"train.batch", "batch_size", OPTION_INT, AT(batch), "52", 1, 65536, .unit = "images",
     .help = "images per batch"},
};

const OptionTable train_options = {.row = train_rows,
                                   .rows = sizeof train_rows / sizeof *train_rows};

#undef AT
#define AT(field) offsetof(EvalOptions, field)

static const OptionRow eval_rows[] = {
    {"eval.every", NULL, OPTION_INT, AT(every), "0", 0, 1e12, .unit = "steps",
     .help = "steps between evaluations; 0: only at the end, and by eval.epochs"},
    {"eval.epochs", NULL, OPTION_INT, AT(epochs), "0", 0, 1e6, .unit = "epochs",
     .help = "epochs between evaluations, in addition to eval.every; 0: none"},
    {"eval.batch", NULL, OPTION_INT, AT(batch), "16", 1, 65536, .unit = "images",
     .help = "images per batch in evaluation"},
    {"eval.images", NULL, OPTION_INT, AT(images), "0", 0, 1e12, .unit = "images",
     .help = "images evaluated during training per evaluation set; 0: all"},
    {"eval.root", NULL, OPTION_STRING, AT(root), "",
     .help = "folder of the images of data.eval; empty: the first one that holds any of them, "
             "of imgs/ in the evaluation folder, that of dataset.yaml above it, the folder "
             "above, the folder itself, data.root"},
    {"eval.allow_missing", NULL, OPTION_INT, AT(allow_missing), "0", 0, 1e12, .unit = "images",
     .help = "images of an evaluation set that may be missing and are left out"},
    {"eval.texts", NULL, OPTION_CHOICE, AT(texts), "model",
     .choices = "model|auto|template|descriptions",
     .help = "texts of the tags in evaluation: as model.texts in training, or other ones"},
    {"eval.match", NULL, OPTION_CHOICE, AT(match), "decoder", .choices = "decoder|dot",
     .help = "how images and texts are compared in evaluation: by the decoder; or by the dot "
             "product of the image's pooled token and the text vector, both of unit length, "
             "score (1 + cosine) / 2"},
    {"eval.bank", NULL, OPTION_CHOICE, AT(bank), "auto", .choices = "auto|float32|bfloat16",
     .help = "precision of the label bank in memory, for tag and eval: bfloat16 takes half of "
             "it and is read in half of the time; auto: bfloat16 where products are in "
             "bfloat16 or in integers and the bank is not mapped, otherwise float32"},
    {"eval.pack", NULL, OPTION_BOOL, AT(pack), "true",
     .help = "with precision=float32, tag, eval and retrieve keep the weights of linear layers "
             "a second time, in the order in which products read them: faster, for as much "
             "memory again"},
    {"eval.score", NULL, OPTION_CHOICE, AT(score), "auto", .choices = "auto|sigmoid|softmax",
     .help = "how the logits of tags become scores: sigmoid, each tag for itself; softmax over "
             "the tag list; auto: softmax if loss.tag normalizes over the tags (ce), otherwise "
             "sigmoid"},
    {"eval.resize", NULL, OPTION_CHOICE, AT(resize), "squash", .choices = "squash|shortest",
     .help = "how images become square in evaluation: squash, as in the reference; shortest: "
             "the shorter side is resized and the middle kept, as CLIP does"},
    {"eval.interpolation", NULL, OPTION_CHOICE, AT(interpolation), "bilinear",
     .choices = "bilinear|bicubic", .help = "filter with which evaluation resizes images"},
    {"eval.mean", NULL, OPTION_FLOATS, AT(mean), "0.485,0.456,0.406", 0, 1,
     .help = "pixel mean in evaluation (ImageNet's, as in the reference)"},
    {"eval.std", NULL, OPTION_FLOATS, AT(std), "0.229,0.224,0.225", 1e-6, 10,
     .help = "pixel standard deviation in evaluation (ImageNet's)"},
};

const OptionTable eval_options = {.row = eval_rows,
                                  .rows = sizeof eval_rows / sizeof *eval_rows};

#undef AT
#define AT(field) offsetof(SaveOptions, field)

static const OptionRow save_rows[] = {
    {"save.every", NULL, OPTION_INT, AT(every), "0", 0, 1e12, .unit = "steps",
     .help = "steps between checkpoints; 0: at the end of every epoch"},
    {"save.keep", NULL, OPTION_INT, AT(keep), "3", 1, 1e6, .unit = "checkpoints",
     .help = "checkpoints kept in addition to the best one"},
};

const OptionTable save_options = {.row = save_rows,
                                  .rows = sizeof save_rows / sizeof *save_rows};

#undef AT
#define AT(field) offsetof(LogOptions, field)

static const OptionRow log_rows[] = {
    {"log.every", NULL, OPTION_INT, AT(every), "50", 1, 1e9, .unit = "steps",
     .help = "steps between log lines"},
};

const OptionTable log_options = {.row = log_rows, .rows = sizeof log_rows / sizeof *log_rows};

#undef AT
#define AT(field) offsetof(DebugOptions, field)

static const OptionRow debug_rows[] = {
    {"debug.nan", NULL, OPTION_BOOL, AT(nan), "false",
     .help = "name the first operation of a step with a value or gradient that is not finite; "
             "same numbers, slower"},
};

const OptionTable debug_options = {.row = debug_rows,
                                   .rows = sizeof debug_rows / sizeof *debug_rows};

#undef AT
#define AT(field) offsetof(ReferenceOptions, field)

static const OptionRow reference_rows[] = {
    {"model.grad_checkpoint", "vit_grad_ckpt", OPTION_BOOL, AT(grad_checkpoint), "false",
     .help = "accepted from the reference's files", .ignored = "use model.recompute"},
    {"model.checkpoint_layer", "vit_ckpt_layer", OPTION_INT, AT(checkpoint_layer), "0", 0, 1000,
     .help = "accepted from the reference's files", .ignored = "use model.recompute"},
};

const OptionTable reference_options = {.row = reference_rows,
                                       .rows = sizeof reference_rows / sizeof *reference_rows};
