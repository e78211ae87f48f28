/* The option table of ramplus and its translation into each layer's own configuration. */
#include "configs/config.h"

#include "core/file.h"
#include "core/log.h"
#include "core/math/bf16.h"
#include "core/mem.h"

#include <stddef.h>
#include <string.h>

#define AT(field) offsetof(Config, field)

/* name, other names, type, place, default, lo, hi, choices, unit, help */
/* clang-format off */
static const OptionRow rows[] = {
    {"seed", NULL, OPTION_INT, AT(seed), "0", 0, 9e15, NULL, NULL, "of every random stream"},
    {"threads", NULL, OPTION_INT, AT(threads), "0", 0, 1024, NULL, "threads", "for arithmetic; 0: one per processor"},
    {"precision", NULL, OPTION_CHOICE, AT(precision), "float32", 0, 0, "float32|bfloat16", NULL, "of the products of linear layers, whose sums are float32 in any case; without bfloat16 instructions: a warning, and float32"},
    {"run", "output_dir", OPTION_STRING, AT(run), "", 0, 0, NULL, NULL, "folder the run writes to"},
    {"resume", NULL, OPTION_STRING, AT(resume), "auto", 0, 0, NULL, NULL, "auto: go on if the run folder has a checkpoint; never; or a checkpoint file"},

    {"data.root", "image_path_root", OPTION_STRING, AT(data_root), "", 0, 0, NULL, NULL, "folder that image paths are relative to; a folder made by `prepare` fills the other data options"},
    {"data.train", "train_file", OPTION_STRINGS, AT(data_train), "", 0, 0, NULL, NULL, "annotation files (JSON triplets), concatenated"},
    {"data.eval", NULL, OPTION_STRINGS, AT(data_eval), "", 0, 0, NULL, NULL, "evaluation folders (tags.txt, annotations.txt, descriptions.json)"},
    {"data.mean", NULL, OPTION_FLOATS, AT(data_mean), "0.48145466,0.4578275,0.40821073", 0, 1, NULL, NULL, "pixel mean in training (CLIP's)"},
    {"data.std", NULL, OPTION_FLOATS, AT(data_std), "0.26862954,0.26130258,0.27577711", 1e-6, 10, NULL, NULL, "pixel deviation in training (CLIP's)"},
    {"data.transparent", NULL, OPTION_CHOICE, AT(transparent), "drop", 0, 0, "drop|white", NULL, "transparent pixels: drop the alpha channel like the reference, or lay over white"},
    {"loader.threads", "num_workers", OPTION_INT, AT(loader_threads), "2", 1, 256, NULL, "threads", "that decode and augment"},
    {"loader.prefetch", NULL, OPTION_INT, AT(loader_prefetch), "4", 1, 1024, NULL, "batches", "prepared ahead"},
    {"loader.cache", NULL, OPTION_INT, AT(loader_cache), "0", 0, 1e6, NULL, "MiB", "for decoded pictures kept between epochs"},

    {"augment.scale_lo", NULL, OPTION_FLOAT, AT(scale_lo), "0.2", 0.001, 1, NULL, "share of the area", "smallest random crop"},
    {"augment.scale_hi", NULL, OPTION_FLOAT, AT(scale_hi), "1", 0.001, 1, NULL, "share of the area", "largest random crop"},
    {"augment.ratio_lo", NULL, OPTION_FLOAT, AT(ratio_lo), "0.75", 0.01, 100, NULL, "width / height", "narrowest random crop"},
    {"augment.ratio_hi", NULL, OPTION_FLOAT, AT(ratio_hi), "1.3333333333333333", 0.01, 100, NULL, "width / height", "widest random crop"},
    {"augment.flip", NULL, OPTION_FLOAT, AT(flip), "0.5", 0, 1, NULL, "probability", "of a horizontal flip"},
    {"augment.operations", NULL, OPTION_INT, AT(operations), "2", 0, 20, NULL, NULL, "RandAugment operations a picture; 0: none"},
    {"augment.level", NULL, OPTION_FLOAT, AT(level), "5", 0, 10, NULL, "of 10", "strength of RandAugment"},
    {"augment.autocontrast", NULL, OPTION_CHOICE, AT(autocontrast), "reference", 0, 0, "reference|pillow", NULL, "the reference's 8-bit offset, or the intended operation"},

    {"model.encoder", "vit", OPTION_CHOICE, AT(encoder), "swin_b", 0, 0, "swin_t|swin_s|swin_b|swin_l", NULL, "sizes of the image encoder; swin.* changes single ones"},
    {"model.image_size", "image_size", OPTION_INT, AT(image_size), "224", 32, 4096, NULL, "pixels", "side of the input, a multiple of 32"},
    {"swin.width", "embed_dim", OPTION_INT, AT(swin_width), "0", 0, 4096, NULL, "channels", "of the first stage; 0: the encoder's"},
    {"swin.depths", "depths", OPTION_INTS, AT(swin_depths), "", 1, 1000, NULL, "blocks", "of the four stages; empty: the encoder's"},
    {"swin.heads", "num_heads", OPTION_INTS, AT(swin_heads), "", 1, 1000, NULL, "heads", "of the four stages; empty: the encoder's"},
    {"swin.window", "window_size", OPTION_INT, AT(swin_window), "0", 0, 64, NULL, "patches", "side of a window; 0: 12 where the image size allows it (384), else 7"},
    {"swin.drop_path", NULL, OPTION_FLOAT, AT(drop_path), "0.1", 0, 0.99, NULL, "probability", "stochastic depth of the last block"},
    {"model.text_width", NULL, OPTION_INT, AT(text_width), "512", 1, 65536, NULL, "numbers", "of a text vector"},
    {"model.hidden", NULL, OPTION_INT, AT(hidden), "768", 1, 65536, NULL, "channels", "of the decoder"},
    {"model.heads", NULL, OPTION_INT, AT(heads), "4", 1, 1024, NULL, "heads", "of the decoder"},
    {"model.ffn", NULL, OPTION_INT, AT(ffn), "3072", 1, 1e6, NULL, "channels", "of the decoder's feed-forward part"},
    {"model.layers", NULL, OPTION_INT, AT(layers), "2", 1, RAM_PLUS_MAX_LAYERS, NULL, "layers", "of the decoder"},
    {"model.dropout", NULL, OPTION_FLOAT, AT(dropout), "0.1", 0, 0.99, NULL, "probability", "in the decoder"},
    {"model.tile", NULL, OPTION_INT, AT(tile), "2048", 1, 1e9, NULL, "images x tags", "decoded at a time: bounds memory, changes no result beyond rounding"},
    {"model.tags", NULL, OPTION_STRING, AT(model_tags), "", 0, 0, NULL, NULL, "list of the training tags, one a line"},
    {"model.descriptions", NULL, OPTION_STRING, AT(descriptions), "", 0, 0, NULL, NULL, "descriptions of the training tags (JSON); empty: \"a photo of a TAG.\""},
    {"model.bank", NULL, OPTION_STRING, AT(bank), "", 0, 0, NULL, NULL, "label bank of the training tags, made by `embed`: their descriptions need not be encoded again"},
    {"model.class_num", "class_num", OPTION_INT, AT(class_num), "0", 0, 1e7, NULL, "tags", "that model.tags must hold; 0: any number"},
    {"model.init", "pretrained", OPTION_STRING, AT(init), "", 0, 0, NULL, NULL, "weights to start from: .pth, .safetensors, .h5 or a run folder"},
    {"model.start", NULL, OPTION_CHOICE, AT(start), "reference", 0, 0, "reference|balanced", NULL, "random start weights: the reference's, or scaled to keep variance, with which small models learn from nothing"},
    {"model.freeze", NULL, OPTION_STRING, AT(freeze), "", 0, 0, NULL, NULL, "name patterns of parameters that stay as they are (\"visual_encoder.*\")"},

    {"text_encoder", NULL, OPTION_CHOICE, AT(text_encoder), "hash", 0, 0, "hash|table|clip", NULL, "texts to vectors: built-in hashing, a file of vectors, or CLIP's text tower"},
    {"text_table", NULL, OPTION_STRING, AT(text_table), "", 0, 0, NULL, NULL, "file of text vectors for text_encoder=table"},
    {"clip.weights", NULL, OPTION_STRING, AT(clip_weights), "", 0, 0, NULL, NULL, "CLIP's weights (.safetensors, .pth or OpenAI's .pt, names of OpenAI or Hugging Face), or the folder of model.safetensors: the text tower for text_encoder=clip, the image tower as the teacher of distillation"},
    {"clip.vocab", NULL, OPTION_STRING, AT(clip_vocabulary), "", 0, 0, NULL, NULL, "CLIP's merges for text_encoder=clip; empty: merges.txt or bpe_simple_vocab_16e6.txt.gz beside the weights"},
    {"clip.activation", NULL, OPTION_CHOICE, AT(clip_activation), "auto", 0, 0, "auto|quick_gelu|gelu", NULL, "of both towers; auto: as config.json beside the weights says, else quick_gelu, which OpenAI's models have"},
    {"clip.text_heads", NULL, OPTION_INT, AT(clip_text_heads), "0", 0, 1024, NULL, "heads", "of the text tower; 0: as config.json says, else width / 64"},
    {"clip.image_heads", NULL, OPTION_INT, AT(clip_image_heads), "0", 0, 1024, NULL, "heads", "of the image tower; 0: as config.json says, else width / 64"},
    {"clip.cache", NULL, OPTION_INT, AT(clip_cache), "1024", 0, 1e6, NULL, "MiB", "for the vectors of captions, each encoded once while they fit"},

    {"loss.tag", NULL, OPTION_CHOICE, AT(loss_tag), "asl", 0, 0, "asl|bce|ce|hill|splc", NULL, "loss of the tags"},
    {"loss.align", NULL, OPTION_CHOICE, AT(loss_align), "asl", 0, 0, "asl|bce|ce|hill|splc", NULL, "loss of image-text alignment"},
    {"loss.weight.tag", NULL, OPTION_FLOAT, AT(weight_tag), "1", 0, 1e6, NULL, NULL, "0: no tagging"},
    {"loss.weight.distill", NULL, OPTION_FLOAT, AT(weight_distill), "1", 0, 1e6, NULL, NULL, "0: no distillation (needs clip.weights with an image tower)"},
    {"loss.weight.align", NULL, OPTION_FLOAT, AT(weight_align), "1", 0, 1e6, NULL, NULL, "0: no alignment"},
    {"loss.asl.tag.gamma_neg", NULL, OPTION_FLOAT, AT(tag_gamma_neg), "7", 0, 100, NULL, NULL, "focusing of negatives, tagging"},
    {"loss.asl.tag.gamma_pos", NULL, OPTION_FLOAT, AT(tag_gamma_pos), "0", 0, 100, NULL, NULL, "focusing of positives, tagging"},
    {"loss.asl.tag.clip", NULL, OPTION_FLOAT, AT(tag_clip), "0.05", 0, 0.99, NULL, "probability", "margin of negatives, tagging"},
    {"loss.asl.align.gamma_neg", NULL, OPTION_FLOAT, AT(align_gamma_neg), "4", 0, 100, NULL, NULL, "focusing of negatives, alignment"},
    {"loss.asl.align.gamma_pos", NULL, OPTION_FLOAT, AT(align_gamma_pos), "0", 0, 100, NULL, NULL, "focusing of positives, alignment"},
    {"loss.asl.align.clip", NULL, OPTION_FLOAT, AT(align_clip), "0.05", 0, 0.99, NULL, "probability", "margin of negatives, alignment"},
    {"loss.asl.focal_grad", NULL, OPTION_BOOL, AT(focal_grad), "false", 0, 0, NULL, NULL, "let the gradient through ASL's focusing weight"},
    {"loss.hill.lambda", NULL, OPTION_FLOAT, AT(hill_lambda), "1.5", 0, 100, NULL, NULL, "of Hill's negatives"},
    {"loss.hill.margin", NULL, OPTION_FLOAT, AT(hill_margin), "1", -100, 100, NULL, "logits", "of Hill's positives"},
    {"loss.hill.gamma", NULL, OPTION_FLOAT, AT(hill_gamma), "2", 0, 100, NULL, NULL, "focusing of Hill's positives"},
    {"loss.splc.tau", NULL, OPTION_FLOAT, AT(splc_tau), "0.6", 0, 1, NULL, "probability", "above which SPLC takes a negative for a missing positive"},
    {"loss.splc.change_epoch", NULL, OPTION_INT, AT(splc_change_epoch), "1", 0, 1e6, NULL, "epochs", "SPLC corrects from this epoch on"},
    {"loss.splc.margin", NULL, OPTION_FLOAT, AT(splc_margin), "1", -100, 100, NULL, "logits", "of SPLC's positives"},
    {"loss.splc.gamma", NULL, OPTION_FLOAT, AT(splc_gamma), "2", 0, 100, NULL, NULL, "focusing of SPLC"},

    {"optim.lr", "init_lr", OPTION_FLOAT, AT(lr), "1e-4", 0, 10, NULL, NULL, "highest learning rate"},
    {"optim.min_lr", "min_lr", OPTION_FLOAT, AT(min_lr), "0", 0, 10, NULL, NULL, "lowest learning rate of the schedule"},
    {"optim.schedule", NULL, OPTION_CHOICE, AT(schedule), "auto", 0, 0, "auto|reference|cosine_epoch|cosine|constant", NULL, "auto: reference (warm-up, then lr_decay per epoch) when lr_decay is set, else cosine_epoch, the reference's fine-tuning"},
    {"optim.lr_decay", "lr_decay_rate", OPTION_FLOAT, AT(lr_decay), "0", 0, 1, NULL, "factor per epoch", "of schedule=reference"},
    {"optim.warmup_steps", "warmup_steps", OPTION_INT, AT(warmup_steps), "0", 0, 1e9, NULL, "steps", "of linear warm-up"},
    {"optim.warmup_lr", "warmup_lr", OPTION_FLOAT, AT(warmup_lr), "0", 0, 10, NULL, NULL, "learning rate of the first step"},
    {"optim.cosine_steps", NULL, OPTION_INT, AT(cosine_steps), "0", 0, 1e12, NULL, "steps", "length of schedule=cosine; 0: as many as the epochs hold"},
    {"optim.weight_decay", "weight_decay", OPTION_FLOAT, AT(weight_decay), "0.05", 0, 10, NULL, NULL, "decoupled: p *= 1 - lr * weight_decay"},
    {"optim.no_decay", NULL, OPTION_STRING, AT(no_decay), "", 0, 0, NULL, NULL, "name patterns without weight decay (\"*.bias,*norm*\")"},
    {"optim.lr_width", NULL, OPTION_FLOAT, AT(lr_width), "0", 0, 1e6, NULL, "inputs", "a matrix of n inputs learns at lr * lr_width / n, as muP has it; 0: all at lr"},
    {"optim.lr_scale", NULL, OPTION_STRINGS, AT(lr_scale), "", 0, 0, NULL, NULL, "factors on the rate by name pattern ([visual_encoder.*=0.1])"},
    {"optim.beta1", NULL, OPTION_FLOAT, AT(beta1), "0.9", 0, 0.999999, NULL, NULL, "decay of the first moment"},
    {"optim.beta2", NULL, OPTION_FLOAT, AT(beta2), "0.999", 0, 0.9999999, NULL, NULL, "decay of the second moment"},
    {"optim.eps", NULL, OPTION_FLOAT, AT(adam_eps), "1e-8", 1e-20, 1, NULL, NULL, "added to the root of the second moment"},
    {"optim.clip_norm", NULL, OPTION_FLOAT, AT(clip_norm), "0", 0, 1e9, NULL, NULL, "largest gradient norm; 0: no clipping"},
    {"optim.ema", NULL, OPTION_FLOAT, AT(ema), "0", 0, 0.9999999, NULL, NULL, "decay of the parameters' moving average, which is then evaluated; 0: none"},
    {"optim.accumulate", NULL, OPTION_INT, AT(accumulate), "1", 1, 1e6, NULL, "batches", "whose mean gradient makes one step"},

    {"train.epochs", "max_epoch", OPTION_INT, AT(epochs), "5", 1, 1e6, NULL, "epochs", "over the training pictures"},
    {"train.max_steps", NULL, OPTION_INT, AT(max_steps), "0", 0, 1e12, NULL, "steps", "after which training ends; 0: as many as the epochs hold"},
    {"train.batch", "batch_size", OPTION_INT, AT(batch), "52", 1, 65536, NULL, "pictures", "a batch"},
    {"eval.every", NULL, OPTION_INT, AT(eval_every), "0", 0, 1e12, NULL, "steps", "between evaluations; 0: only at the end"},
    {"eval.batch", NULL, OPTION_INT, AT(eval_batch), "16", 1, 65536, NULL, "pictures", "scored at a time"},
    {"eval.images", NULL, OPTION_INT, AT(eval_images), "0", 0, 1e12, NULL, "pictures", "of a list evaluated during training; 0: all"},
    {"eval.mean", NULL, OPTION_FLOATS, AT(eval_mean), "0.485,0.456,0.406", 0, 1, NULL, NULL, "pixel mean in evaluation (ImageNet's, as in the reference)"},
    {"eval.std", NULL, OPTION_FLOATS, AT(eval_std), "0.229,0.224,0.225", 1e-6, 10, NULL, NULL, "pixel deviation in evaluation (ImageNet's)"},
    {"save.every", NULL, OPTION_INT, AT(save_every), "0", 0, 1e12, NULL, "steps", "between checkpoints; 0: at the end of every epoch"},
    {"save.keep", NULL, OPTION_INT, AT(save_keep), "3", 1, 1e6, NULL, "checkpoints", "kept beside the best one"},
    {"log.every", NULL, OPTION_INT, AT(log_every), "50", 1, 1e9, NULL, "steps", "between lines of the log"},

    {"model.grad_checkpoint", "vit_grad_ckpt", OPTION_BOOL, AT(grad_checkpoint), "false", 0, 0, NULL, NULL, "accepted from the reference's files; memory is bounded without it"},
    {"model.checkpoint_layer", "vit_ckpt_layer", OPTION_INT, AT(checkpoint_layer), "0", 0, 1000, NULL, NULL, "accepted from the reference's files; without effect"},
};
/* clang-format on */

static const OptionTable table = {rows, sizeof rows / sizeof rows[0],
                                  "`ramplus config --options` lists them"};

const OptionTable *config_table(void) { return &table; }

static int check_three(const OptionFloats *list, const char *name, Error *err)
{
    if (list->count == 3) return 0;
    return error_set(err, EXIT_USAGE, "%s: %lld values: want 3, one a colour", name,
                     (long long)list->count);
}

int config_check(const Config *c, Error *err)
{
    if (check_three(&c->data_mean, "data.mean", err) != 0) return -1;
    if (check_three(&c->data_std, "data.std", err) != 0) return -1;
    if (check_three(&c->eval_mean, "eval.mean", err) != 0) return -1;
    if (check_three(&c->eval_std, "eval.std", err) != 0) return -1;
    if (c->scale_lo > c->scale_hi || c->ratio_lo > c->ratio_hi)
        return error_set(
            err, EXIT_USAGE,
            "augment: scale %g to %g, ratio %g to %g: the lower limit is above the "
            "upper one",
            c->scale_lo, c->scale_hi, c->ratio_lo, c->ratio_hi);
    return 0;
}

int config_load(char *const *file, int64_t files, char *const *assignment, int64_t assignments,
                Config *out, Error *err)
{
    memset(out, 0, sizeof *out);
    option_defaults(&table, out);
    int status = 0;
    for (int64_t i = 0; status == 0 && i < files; i++)
        status = option_load_yaml(&table, out, file[i], NULL, err);
    for (int64_t i = 0; status == 0 && i < assignments; i++)
        status = option_set(&table, out, assignment[i], err);
    if (status == 0) status = config_check(out, err);
    if (status != 0) config_free(out);
    return status;
}

int config_load_text(const char *name, const char *text, Config *out, Error *err)
{
    memset(out, 0, sizeof *out);
    option_defaults(&table, out);
    int status = option_load_yaml_text(&table, out, name, text, NULL, err);
    if (status == 0) status = config_check(out, err);
    if (status != 0) config_free(out);
    return status;
}

void config_free(Config *c) { option_free(&table, c); }

/* Sets *field to ROOT/NAME when it is empty and that file exists. */
static void fill_path(const char *root, const char *name, char **field)
{
    char *path = file_join(root, name);
    if (!**field && file_exists(path)) {
        mem_free(*field);
        *field = path;
    } else {
        mem_free(path);
    }
}

static void append_path(const char *root, const char *name, OptionStrings *list)
{
    char *path = file_join(root, name);
    if (file_exists(path)) {
        list->value = mem_realloc(list->value, (size_t)(list->count + 1) * sizeof *list->value);
        list->value[list->count++] = path;
    } else {
        mem_free(path);
    }
}

void config_complete(Config *c)
{
    if (!*c->data_root) return;
    fill_path(c->data_root, "train_tags.txt", &c->model_tags);
    if (!*c->bank) fill_path(c->data_root, "seen/descriptions.json", &c->descriptions);
    if (c->data_train.count == 0) append_path(c->data_root, "train.json", &c->data_train);
    if (c->data_eval.count > 0) return;
    append_path(c->data_root, "seen", &c->data_eval);
    append_path(c->data_root, "unseen", &c->data_eval);
}

int config_tags(const Config *c, TagList *out, Error *err)
{
    *out = (TagList){0};
    if (!*c->model_tags)
        return error_set(
            err, EXIT_USAGE,
            "model.tags: not set: name the list of training tags, or set data.root to "
            "a folder made by `ramplus prepare`");
    if (tags_read(c->model_tags, out, err) != 0) return -1;
    const int status = config_check_tags(c, out, c->model_tags, err);
    if (status != 0) tags_free(out);
    return status;
}

int config_check_tags(const Config *c, const TagList *tags, const char *path, Error *err)
{
    const long long have = tags->count, want = c->class_num;
    if (!want || want == have) return 0;
    return error_set(err, EXIT_DATA, "%s: %lld tags, but class_num is %lld", path, have, want);
}

typedef struct EncoderSizes {
    const char *name;
    int64_t width, depths[SWIN_STAGES], heads[SWIN_STAGES];
} EncoderSizes;

/* Liu et al. 2021, section 3.3. */
static const EncoderSizes encoders[] = {
    {"swin_t", 96, {2, 2, 6, 2}, {3, 6, 12, 24}},
    {"swin_s", 96, {2, 2, 18, 2}, {3, 6, 12, 24}},
    {"swin_b", 128, {2, 2, 18, 2}, {4, 8, 16, 32}},
    {"swin_l", 192, {2, 2, 18, 2}, {6, 12, 24, 48}},
};

static const EncoderSizes *find_encoder(const char *name)
{
    for (size_t i = 0; i < sizeof encoders / sizeof encoders[0]; i++)
        if (strcmp(encoders[i].name, name) == 0) return &encoders[i];
    return NULL;
}

static int four(const OptionInts *list, const int64_t *fallback, int64_t out[SWIN_STAGES],
                const char *name, Error *err)
{
    if (list->count != 0 && list->count != SWIN_STAGES)
        return error_set(err, EXIT_USAGE, "%s: %lld values: want %d, one a stage", name,
                         (long long)list->count, SWIN_STAGES);
    memcpy(out, list->count ? list->value : fallback, SWIN_STAGES * sizeof *out);
    return 0;
}

int config_model(const Config *c, RamPlusConfig *out, Error *err)
{
    const EncoderSizes *e = find_encoder(c->encoder);
    CHECK(e, "encoder %s is not in the table of sizes", c->encoder);
    const int64_t window = c->image_size % (32 * 12) == 0 ? 12 : 7;
    *out = (RamPlusConfig){
        .swin = {.image_size = c->image_size,
                 .embed_dim = c->swin_width ? c->swin_width : e->width,
                 .window = c->swin_window ? c->swin_window : window,
                 .drop_path = c->drop_path},
        .text_width = c->text_width,
        .hidden = c->hidden,
        .heads = c->heads,
        .ffn = c->ffn,
        .layers = c->layers,
        .dropout = c->dropout,
        .balanced = strcmp(c->start, "balanced") == 0,
    };
    if (four(&c->swin_depths, e->depths, out->swin.depths, "swin.depths", err) != 0) return -1;
    if (four(&c->swin_heads, e->heads, out->swin.heads, "swin.heads", err) != 0) return -1;
    return ram_plus_check(out, err);
}

TransformConfig config_transform(const Config *c)
{
    TransformConfig t = {.size = c->image_size,
                         .scale_lo = c->scale_lo,
                         .scale_hi = c->scale_hi,
                         .ratio_lo = c->ratio_lo,
                         .ratio_hi = c->ratio_hi,
                         .flip = c->flip,
                         .operations = c->operations,
                         .level = c->level,
                         .pillow_autocontrast = strcmp(c->autocontrast, "pillow") == 0};
    memcpy(t.mean, c->data_mean.value, sizeof t.mean);
    memcpy(t.std, c->data_std.value, sizeof t.std);
    return t;
}

static bool wants_bf16(const Config *c) { return strcmp(c->precision, "bfloat16") == 0; }

bool config_bf16(const Config *c) { return wants_bf16(c) && !bf16_missing(); }

int config_arithmetic(const Config *c)
{
    if (wants_bf16(c) && bf16_missing())
        log_warn("precision=bfloat16: %s: float32 takes its place", bf16_missing());
    return gemm_set_threads((int)c->threads);
}

TextEncoderConfig config_text_encoder(const Config *c)
{
    return (TextEncoderConfig){.name = c->text_encoder,
                               .dim = c->text_width,
                               .table = c->text_table,
                               .bf16 = config_bf16(c),
                               .clip = {.weights = c->clip_weights,
                                        .vocabulary = c->clip_vocabulary,
                                        .text_heads = c->clip_text_heads,
                                        .image_heads = c->clip_image_heads,
                                        .activation = c->clip_activation}};
}

static LossConfig loss(const Config *c, const char *name, AslOptions asl, int64_t epoch)
{
    return (LossConfig){
        .name = name,
        .asl = asl,
        .hill = {c->hill_lambda, c->hill_margin, c->hill_gamma},
        .splc = {c->splc_tau, c->splc_margin, c->splc_gamma, epoch >= c->splc_change_epoch},
    };
}

LossConfig config_loss_tag(const Config *c, int64_t epoch)
{
    const AslOptions asl = {c->tag_gamma_neg, c->tag_gamma_pos, c->tag_clip, c->focal_grad};
    return loss(c, c->loss_tag, asl, epoch);
}

LossConfig config_loss_align(const Config *c, int64_t epoch)
{
    const AslOptions asl = {c->align_gamma_neg, c->align_gamma_pos, c->align_clip,
                            c->focal_grad};
    return loss(c, c->loss_align, asl, epoch);
}

AdamWConfig config_adamw(const Config *c)
{
    return (AdamWConfig){c->beta1, c->beta2, c->adam_eps, c->weight_decay};
}

ScheduleConfig config_schedule(const Config *c)
{
    const char *name = c->schedule;
    if (strcmp(name, "auto") == 0) name = c->lr_decay > 0 ? "reference" : "cosine_epoch";
    return (ScheduleConfig){.name = name,
                            .lr = c->lr,
                            .min_lr = c->min_lr,
                            .warmup_lr = c->warmup_lr,
                            .rate = c->lr_decay > 0 ? c->lr_decay : 1,
                            .warmup_steps = c->warmup_steps,
                            .epochs = c->epochs,
                            .total_steps = c->cosine_steps};
}
