/* SPDX-License-Identifier: Apache-2.0 */
/* Encoders against those of timm and Hugging Face: weights from their files under their names,
 * then the stored values and gradients (tests/golden/README.md). */
#include "core/formats/safetensors.h"
#include "core/mem.h"
#include "model/backbone/options.h"
#include "model/weights/model_file.h"

#include <check.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#define FOLDER "tests/golden/backbones/"

typedef struct World {
    BackboneOptions options;
    const Backbone *kind;
    void *model;
    ParamSet *ps;
    Tape *tape;
    StFile *values;
    Tensor *y;
} World;

/* Reads options from FOLDER/sizes.json and weights from FOLDER/weights.safetensors. */
static World world_new(const char *sizes, const char *weights, const char *more)
{
    World w = {.ps = param_set_new(), .tape = tape_new()};
    Error err = {0};
    char *json = mem_format(FOLDER "%s.json", sizes);
    char *path = mem_format(FOLDER "%s.safetensors", weights);
    json_t *root = json_load_file(json, 0, NULL), *list = json_object_get(root, "options");
    ck_assert_msg(json_array_size(list) > 0, "%s: no options", json);
    option_defaults(&backbone_options, &w.options);
    for (size_t i = 0; i < json_array_size(list); i++)
        ck_assert_msg(option_set(&backbone_options, &w.options,
                                 json_string_value(json_array_get(list, i)), &err) == 0,
                      "%s", err.text);
    for (char *copy = mem_strdup(more), *at = strtok(copy, " "); at || (mem_free(copy), 0);
         at = strtok(NULL, " "))
        ck_assert_msg(option_set(&backbone_options, &w.options, at, &err) == 0, "%s", err.text);
    const BackboneConfig c = backbone_options_config(&w.options);
    ck_assert_msg(backbone_check(&c, &err) == 0, "%s", err.text);
    w.kind = c.kind;
    w.model = w.kind->new (&c, w.ps, "visual_encoder");
    param_set_build(w.ps);
    param_set_init(w.ps, 1);
    ck_assert_msg(model_file_init_params(path, w.ps, &err) == 0, "%s", err.text);
    json_decref(root);
    mem_free(path);
    mem_free(json);
    return w;
}

static void world_free(World *w)
{
    st_close(w->values);
    w->kind->free(w->model);
    param_set_free(w->ps);
    tape_free(w->tape);
    option_free(&backbone_options, &w->options);
}

static float *read(World *w, const char *name, int64_t len)
{
    const StEntry *e = st_find(w->values, name);
    ck_assert_msg(e && e->len == len, "%s: missing or of another size", name);
    float *out = mem_alloc((size_t)len * sizeof *out);
    ck_assert_int_eq(st_read_f32(w->values, e, out, NULL), 0);
    return out;
}

static void run(World *w, const char *values)
{
    char *path = mem_format(FOLDER "%s_values.safetensors", values);
    ck_assert_int_eq(st_open(path, &w->values, NULL), 0);
    const BackboneShape s = w->kind->shape(w->model);
    float *image = read(w, "image", 2 * 3 * s.image_size * s.image_size);
    Tensor *x = tape_input(w->tape, 4, (int64_t[]){2, 3, s.image_size, s.image_size}, image);
    w->y = w->kind->forward(w->tape, w->model, x);
    ck_assert_int_eq(w->y->ndim, 3);
    ck_assert_int_eq(w->y->shape[0], 2);
    ck_assert_int_eq(w->y->shape[1], 1 + s.grid * s.grid);
    ck_assert_int_eq(w->y->shape[2], s.channels);
    mem_free(image);
    mem_free(path);
}

static void expect_output(World *w)
{
    const int64_t n = tensor_len(w->y);
    float *want = read(w, "out", n);
    for (int64_t i = 0; i < n; i++)
        ck_assert_msg(fabs((double)w->y->data[i] - (double)want[i]) <=
                          1e-4 * (1 + fabs((double)want[i])),
                      "element %ld: %g, want %g", i, (double)w->y->data[i], (double)want[i]);
    mem_free(want);
}

static void expect_gradient(World *w, const Param *p)
{
    char *name = mem_format("grad.%s", p->name + strlen("visual_encoder."));
    float *want = read(w, name, p->len);
    double difference = 0, norm = 0;
    for (int64_t i = 0; i < p->len; i++) {
        const double d = (double)p->tensor.grad[i] - (double)want[i];
        difference += d * d;
        norm += (double)want[i] * (double)want[i];
    }
    ck_assert_msg(norm > 0 && sqrt(difference / norm) <= 1e-4, "%s: L2 error %g of %g", name,
                  sqrt(difference), sqrt(norm));
    mem_free(want);
    mem_free(name);
}

static void expect_gradients(World *w)
{
    float *seed = read(w, "seed", tensor_len(w->y));
    Real *dy = tape_grad(w->tape, w->y);
    for (int64_t i = 0; i < tensor_len(w->y); i++) dy[i] = (Real)seed[i];
    tape_backward(w->tape);
    for (int64_t i = 0; i < w->ps->count; i++) expect_gradient(w, w->ps->param[i]);
    mem_free(seed);
}

static const char *const timm[] = {"vit_class", "vit_mean", "vit_registers", "convnext"};
enum { TIMM = sizeof timm / sizeof *timm };

START_TEST(values_and_gradients_of_timm)
{
    World w = world_new(timm[_i], timm[_i], "");
    run(&w, timm[_i]);
    expect_output(&w);
    expect_gradients(&w);
    world_free(&w);
}
END_TEST

/* The same weights under other names, or an encoder that timm lacks. */
static const struct {
    const char *sizes, *weights, *values, *more;
} others[] = {
    {"vit_class", "vit_class_hf", "vit_class", ""},
    {"convnext", "convnext_hf", "convnext", ""},
    {"vit_registers", "dinov2_hf", "dinov2_hf", "vit.registers=2 vit.class_position=true"},
};
enum { OTHERS = sizeof others / sizeof *others };

START_TEST(values_under_other_names)
{
    World w = world_new(others[_i].sizes, others[_i].weights, others[_i].more);
    run(&w, others[_i].values);
    expect_output(&w);
    world_free(&w);
}
END_TEST

/* The names of the original, of timm and of Hugging Face give the same bits. */
START_TEST(swin_under_three_names)
{
    static const char *const file[] = {"swin", "swin_microsoft", "swin_hf"};
    World w[3];
    for (int i = 0; i < 3; i++) {
        w[i] = world_new("swin", file[i], "");
        run(&w[i], "swin");
        expect_output(&w[i]);
        ck_assert_int_eq(
            memcmp(w[i].y->data, w[0].y->data, (size_t)tensor_len(w[0].y) * sizeof(Real)), 0);
    }
    for (int i = 0; i < 3; i++) world_free(&w[i]);
}
END_TEST

/* Position tables are resampled for a larger image, without and with a position for the class
 * token. */
START_TEST(positions_are_resampled)
{
    World w = world_new("vit_class", "vit_class",
                        _i ? "model.image_size=64" : "model.image_size=80 vit.pool=mean");
    const Param *p = param_find(w.ps, "visual_encoder.pos_embed");
    ck_assert_int_eq(p->tensor.shape[1], _i ? 17 : 25);
    double sum = 0;
    for (int64_t i = 0; i < p->len; i++) sum += fabs((double)p->tensor.data[i]);
    ck_assert_double_gt(sum / (double)p->len, 0.1); /* initial values are near 0.02 */
    world_free(&w);
}
END_TEST

static const struct {
    const char *set, *message;
} refused[] = {
    {"model.encoder=vit_ti model.image_size=100", "vit.patch"},
    {"model.encoder=vit_ti vit.heads=5", "vit.heads"},
    {"model.encoder=convnext_t model.image_size=40", "multiple of 32"},
    {"model.encoder=convnext_t convnext.depths=1,2,3", "convnext.depths: 3 values"},
};

START_TEST(sizes_that_do_not_fit)
{
    BackboneOptions o = {0};
    Error err = {0};
    char *copy = mem_strdup(refused[_i].set);
    option_defaults(&backbone_options, &o);
    for (char *at = strtok(copy, " "); at; at = strtok(NULL, " "))
        ck_assert_int_eq(option_set(&backbone_options, &o, at, NULL), 0);
    const BackboneConfig c = backbone_options_config(&o);
    ck_assert_int_eq(backbone_check(&c, &err), -1);
    ck_assert_int_eq(err.code, ERROR_USAGE);
    ck_assert_ptr_nonnull(strstr(err.text, refused[_i].message));
    option_free(&backbone_options, &o);
    mem_free(copy);
}
END_TEST

Suite *test_backbone_values_suite(void);
Suite *test_backbone_values_suite(void)
{
    Suite *s = suite_create("backbone_values");
    TCase *t = tcase_create("values");
    tcase_add_loop_test(t, values_and_gradients_of_timm, 0, TIMM);
    tcase_add_loop_test(t, values_under_other_names, 0, OTHERS);
    tcase_add_test(t, swin_under_three_names);
    tcase_add_loop_test(t, positions_are_resampled, 0, 2);
    tcase_add_loop_test(t, sizes_that_do_not_fit, 0, sizeof refused / sizeof *refused);
    suite_add_tcase(s, t);
    return s;
}
