/* SPDX-License-Identifier: Apache-2.0 */
/* Opening CLIP and SigLIP for evaluation. */
#include "eval/two_tower.h"

#include "core/formats/file_kind.h"
#include "core/io/file.h"
#include "core/mem.h"
#include "model/clip/clip_file.h"
#include "model/clip/clip_folder.h"
#include "model/clip/siglip_file.h"
#include "model/weights/run_checkpoint.h"

#include <string.h>

static bool is_run(const char *path)
{
    char *latest = run_checkpoint_latest(path);
    const bool found = latest != NULL;
    mem_free(latest);
    return found;
}

char *two_tower_find(const char *path)
{
    char *file = NULL;
    enum FileKind kind;
    if (!file_exists(path) || (file_is_dir(path) && is_run(path))) return NULL;
    if (clip_folder_weights(path, &file, NULL) != 0) return NULL;
    if (file_kind_arrays(file, &kind, NULL) == 0 && kind != FILE_H5 &&
        (clip_file_is(file) || siglip_file_is(file)))
        return file;
    mem_free(file);
    return NULL;
}

/* How the models were trained: their views of an image. */
static const char *const clip_settings[] = {
    "text_encoder=clip", "eval.resize=shortest", "eval.interpolation=bicubic",
    "eval.mean=0.48145466,0.4578275,0.40821073", "eval.std=0.26862954,0.26130258,0.27577711"};
static const char *const siglip_settings[] = {"text_encoder=siglip", "eval.resize=squash",
                                              "eval.interpolation=bicubic",
                                              "eval.mean=0.5,0.5,0.5", "eval.std=0.5,0.5,0.5"};
enum { OWN = sizeof clip_settings / sizeof *clip_settings };
_Static_assert(sizeof clip_settings == sizeof siglip_settings, "the same options");

/* The model's own settings, then those of the user. */
static int load_config(const char *file, char *const *assignment, int64_t assignments,
                       Config *out, Error *err)
{
    const char *const *own = siglip_file_is(file) ? siglip_settings : clip_settings;
    char *all[OWN + 1];
    for (int i = 0; i < OWN; i++) all[i] = (char *)(uintptr_t)own[i];
    all[OWN] = mem_format("clip.weights=%s", file);
    int status = config_load(NULL, 0, all, OWN + 1, out, err);
    mem_free(all[OWN]);
    if (status != 0) return -1;
    for (int64_t i = 0; status == 0 && i < assignments; i++)
        status = option_set(config_table(), out, assignment[i], err);
    if (status == 0) status = config_check(out, err);
    if (status != 0) config_free(out);
    return status;
}

static int open_clip(const Config *c, TwoTower *m, Error *err)
{
    if (clip_file_image(&c->clip, 0, &m->params, &m->clip, err) != 0) return -1;
    if (!m->clip)
        return error_set(err, ERROR_CHECKPOINT, "%s: a CLIP without an image tower",
                         c->clip.weights);
    return clip_file_scale(&c->clip, &m->scale, err);
}

static int open_siglip(const Config *c, TwoTower *m, Error *err)
{
    m->sigmoid = true;
    if (siglip_file_image(&c->clip, &m->params, &m->siglip, err) != 0) return -1;
    return siglip_file_sigmoid(&c->clip, &m->scale, &m->bias, err);
}

static const ClipImageConfig *sizes_of(const TwoTower *m)
{
    return m->siglip ? siglip_image_config(m->siglip) : clip_image_config(m->clip);
}

int two_tower_open(const char *file, char *const *assignment, int64_t assignments, Config *c,
                   TwoTower **out, Error *err)
{
    *out = NULL;
    if (load_config(file, assignment, assignments, c, err) != 0) return -1;
    TwoTower *m = mem_calloc(1, sizeof *m);
    if ((siglip_file_is(file) ? open_siglip : open_clip)(c, m, err) != 0) {
        two_tower_free(m);
        config_free(c);
        return -1;
    }
    c->eval.match = MATCH_DOT;
    c->backbone.image_size = two_tower_image_size(m);
    c->model.text_width = sizes_of(m)->sizes.embed;
    *out = m;
    return 0;
}

void two_tower_free(TwoTower *m)
{
    if (!m) return;
    siglip_image_free(m->siglip);
    clip_image_free(m->clip);
    param_set_free(m->params);
    mem_free(m);
}

int64_t two_tower_image_size(const TwoTower *m) { return sizes_of(m)->image_size; }

Tensor *two_tower_features(Tape *t, const TwoTower *m, Tensor *image)
{
    return op_normalize(t, m->siglip ? siglip_image_forward(t, m->siglip, image)
                                     : clip_image_forward(t, m->clip, image));
}
