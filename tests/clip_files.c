/* Towers filled at random, written by name. */
#include "tests/clip_files.h"

#include "core/mem.h"
#include "core/safetensors.h"
#include "tests/grad_check.h"

#include <check.h>
#include <string.h>

/* The projections of OpenAI's files are (in, out). */
static bool is_turned(const char *name)
{
    return strcmp(name, "text_projection") == 0 || strcmp(name, "visual.proj") == 0;
}

static StWrite entry_of(const Param *p)
{
    float *values = mem_alloc((size_t)p->len * sizeof *values);
    StWrite w = {.name = p->name, .ndim = p->tensor.ndim, .data = values};
    memcpy(w.shape, p->tensor.shape, sizeof p->tensor.shape);
    tensor_read(&p->tensor, values);
    if (!is_turned(p->name)) return w;
    const int64_t out = w.shape[0], in = w.shape[1];
    for (int64_t i = 0; i < in; i++)
        for (int64_t o = 0; o < out; o++)
            values[i * out + o] = (float)p->tensor.data[o * in + i];
    w.shape[0] = in;
    w.shape[1] = out;
    return w;
}

void clip_files_write(const char *path, const ClipTextConfig *text,
                      const ClipImageConfig *image)
{
    Error err = {0};
    ParamSet *ps = param_set_new();
    ClipText *t = text ? clip_text_new(text, ps) : NULL;
    ClipImage *v = image ? clip_image_new(image, ps) : NULL;
    param_set_build_frozen(ps);
    test_fill_params(ps, 31);
    StWrite *list = mem_calloc((size_t)ps->count, sizeof *list);
    for (int64_t i = 0; i < ps->count; i++) list[i] = entry_of(ps->param[i]);
    ck_assert_msg(st_write(path, list, ps->count, &err) == 0, "%s", err.text);
    for (int64_t i = 0; i < ps->count; i++) mem_free((void *)(uintptr_t)list[i].data);
    mem_free(list);
    clip_image_free(v);
    clip_text_free(t);
    param_set_free(ps);
}
