/* SPDX-License-Identifier: Apache-2.0 */
/* The tape: a list of nodes in order of execution, an arena for values, a pool for
 * gradients. */
#include "core/autograd/tape_parts.h"

#include "core/array.h"
#include "core/error.h"
#include "core/math/bf16.h"
#include "core/mem.h"

#include <stdio.h>
#include <string.h>

enum { CHUNK_BYTES = 32 << 20, LINE = 64 };

Tape *tape_new(void)
{
    Tape *tape = mem_calloc(1, sizeof *tape);
    tape->recording = true;
    return tape;
}

void tape_free(Tape *tape)
{
    if (!tape) return;
    tape_release(tape);
    mem_free(tape->chunk);
    mem_free(tape->block);
    mem_free(tape->node);
    onednn_free(tape->bf16);
    mem_free(tape);
}

void tape_set_limit(Tape *tape, size_t bytes, void (*over)(void *context), void *context)
{
    tape->limit = bytes;
    tape->over = over;
    tape->context = context;
}

/* Where all memory for values and gradients comes from. */
static void *grow(Tape *tape, size_t bytes)
{
    if (tape->over && (bytes > tape->limit || tape->bytes > tape->limit - bytes))
        tape->over(tape->context);
    tape->bytes += bytes;
    return mem_alloc(bytes);
}

void tape_reset(Tape *tape)
{
    tape->nodes = 0;
    tape->current = tape->used = 0;
    for (int64_t i = 0; i < tape->blocks; i++) tape->block[i].owner = NULL;
}

void tape_trim(Tape *tape)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < tape->blocks; i++) {
        const Block b = tape->block[i];
        if (b.owner) {
            tape->block[kept++] = b;
            continue;
        }
        mem_free(b.data);
        tape->bytes -= b.size;
    }
    tape->blocks = kept;
}

void tape_release(Tape *tape)
{
    tape_reset(tape);
    tape_trim(tape);
    for (size_t i = 0; i < tape->chunks; i++) mem_free(tape->chunk[i].data);
    tape->chunks = 0;
    tape->bytes = 0;
}

void tape_set_recording(Tape *tape, bool on) { tape->recording = on; }
bool tape_recording(const Tape *tape) { return tape->recording; }
void tape_set_training(Tape *tape, bool on) { tape->training = on; }
bool tape_training(const Tape *tape) { return tape->training; }

void tape_set_recompute(Tape *tape, enum Recompute recompute) { tape->recompute = recompute; }
enum Recompute tape_recompute(const Tape *tape) { return tape->recompute; }

void tape_set_bf16(Tape *tape, bool on)
{
    onednn_free(tape->bf16);
    tape->bf16 = on ? bf16_new() : NULL;
}

const Onednn *tape_bf16(const Tape *tape) { return tape->bf16; }
void tape_set_packed(Tape *tape, Packed *packed) { tape->packed = packed; }
Packed *tape_packed_numbers(const Tape *tape)
{
    return tape->recording || tape->bf16 ? NULL : tape->packed;
}
void tape_set_quantized(Tape *tape, Quantized *quantized) { tape->quantized = quantized; }
Quantized *tape_quantized(const Tape *tape) { return tape->recording ? NULL : tape->quantized; }
void tape_set_watch(Tape *tape, NanWatch *watch) { tape->watch = watch; }
void tape_set_lane(Tape *tape, ProfileLane *lane) { tape->lane = lane; }

void tape_set_step(Tape *tape, uint64_t seed, uint32_t step)
{
    tape->seed = seed;
    tape->step = step;
}

Rng tape_stream(const Tape *tape, uint32_t purpose, uint64_t site)
{
    return rng_new(tape->seed, tape->step, site, purpose);
}

void tape_set_shard(Tape *tape, TapeShard shard) { tape->shard = shard; }
const TapeShard *tape_shard(const Tape *tape) { return &tape->shard; }

/* Moves to the next chunk with room, and allocates one if the existing ones are too small. */
static void next_chunk(Tape *tape, size_t bytes)
{
    size_t i = tape->chunks ? tape->current + 1 : 0;
    if (i > 0) tape->chunk[tape->current].used = tape->used;
    for (; i < tape->chunks && tape->chunk[i].size < bytes; i++) tape->chunk[i].used = 0;
    if (i == tape->chunks) {
        tape->chunk = mem_realloc(tape->chunk, (tape->chunks + 1) * sizeof *tape->chunk);
        size_t size = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
        tape->chunk[tape->chunks] = (Chunk){.data = grow(tape, size), .size = size};
        tape->chunks++;
    }
    tape->current = i;
    tape->used = 0;
}

void *tape_alloc(Tape *tape, size_t bytes)
{
    CHECK(bytes < SIZE_MAX - LINE, "%zu bytes", bytes);
    bytes = (bytes + LINE - 1) / LINE * LINE;
    if (!tape->chunks || bytes > tape->chunk[tape->current].size - tape->used)
        next_chunk(tape, bytes);
    Chunk *c = &tape->chunk[tape->current];
    void *p = c->data + tape->used;
    tape->used += bytes;
    if (tape->used > c->peak) c->peak = tape->used;
    return p;
}

const uint16_t *tape_half(Tape *tape, const Real *x, int64_t n)
{
    uint16_t *half = tape_alloc(tape, (size_t)n * sizeof *half);
    bf16_round(n, x, half);
    return half;
}

const uint16_t *tape_packed(Tape *tape, const Real *w, int64_t N, int64_t K, bool back)
{
    const uint16_t *known = tape->packed ? packed_of(tape->packed, w, N, K, back) : NULL;
    if (known) return known;
    uint16_t *packed = tape_alloc(tape, (size_t)bf16_weights_len(N, K, back) * sizeof *packed);
    bf16_pack_weights(N, K, w, back, packed);
    return packed;
}

static Tensor *new_tensor(Tape *tape, int ndim, const int64_t *shape)
{
    CHECK(ndim >= 0 && ndim <= TENSOR_MAX_AXES, "%d axes", ndim);
    Tensor *x = tape_alloc(tape, sizeof *x);
    *x = (Tensor){.ndim = ndim};
    int64_t room =
        INT64_MAX / (int64_t)sizeof(Real); /* elements whose size in bytes fits int64_t */
    for (int i = 0; i < ndim; i++) {
        CHECK(shape[i] > 0 && shape[i] <= room, "axis %d is %ld", i, shape[i]);
        x->shape[i] = shape[i];
        room /= shape[i];
    }
    return x;
}

Tensor *tape_tensor(Tape *tape, int ndim, const int64_t *shape)
{
    Tensor *x = new_tensor(tape, ndim, shape);
    x->data = tape_alloc(tape, (size_t)tensor_len(x) * sizeof(Real));
    return x;
}

Tensor *tape_input(Tape *tape, int ndim, const int64_t *shape, const float *values)
{
    Tensor *x = tape_tensor(tape, ndim, shape);
    tensor_write(x, values);
    return x;
}

/* y comes of these inputs. */
static Tensor *output(Tape *tape, Tensor *y, int inputs, Tensor *const *input)
{
    CHECK(inputs <= OP_INPUTS, "%d inputs, expected at most %d", inputs, OP_INPUTS);
    tape->making = (OpTrace){.y = y, .inputs = inputs};
    for (int i = 0; i < inputs; i++) tape->making.input[i] = input[i];
    if (!tape->recording) return y;
    for (int i = 0; i < inputs; i++)
        if (input[i] && input[i]->needs_grad) y->needs_grad = true;
    return y;
}

Tensor *tape_output(Tape *tape, int ndim, const int64_t *shape, int inputs,
                    Tensor *const *input)
{
    return output(tape, tape_tensor(tape, ndim, shape), inputs, input);
}

Tensor *tape_output_of(Tape *tape, Real *values, int ndim, const int64_t *shape, int inputs,
                       Tensor *const *input)
{
    Tensor *y = new_tensor(tape, ndim, shape);
    y->data = values;
    return output(tape, y, inputs, input);
}

void tape_values(Tape *tape, Tensor *y, bool half)
{
    const size_t n = (size_t)tensor_len(y);
    if (half)
        y->half = tape_alloc(tape, n * sizeof *y->half);
    else
        y->data = tape_alloc(tape, n * sizeof *y->data);
}

Tensor *tape_reshape(Tape *tape, Tensor *x, int ndim, const int64_t *shape)
{
    Tensor *y = new_tensor(tape, ndim, shape);
    CHECK(tensor_len(y) == tensor_len(x), "%ld elements, expected %ld", tensor_len(y),
          tensor_len(x));
    y->data = x->data;
    y->half = x->half;
    y->needs_grad = x->needs_grad;
    y->base = x->base ? x->base : x;
    return y;
}

void tape_record(Tape *tape, const char *op, Tensor *y, TapeBackward *backward, void *saved)
{
    OpTrace trace = tape->making.y == y ? tape->making : (OpTrace){.y = y};
    trace.op = op;
    if (tape->lane) profile_operation(tape->lane, &trace, false);
    if (tape->watch) nan_watch_forward(tape->watch, &trace);
    if (!y->needs_grad) return;
    tape->node = array_grow(tape->node, sizeof *tape->node, tape->nodes, &tape->room);
    tape->node[tape->nodes++] = (Node){trace, backward, saved};
}

/* The smallest free block that fits and of which at least half is used; otherwise a new
 * block. */
static Block *take_block(Tape *tape, size_t bytes)
{
    Block *best = NULL;
    for (int64_t i = 0; i < tape->blocks; i++) {
        Block *b = &tape->block[i];
        if (b->owner || b->size < bytes || b->size / 2 > bytes) continue;
        if (!best || b->size < best->size) best = b;
    }
    if (best) return best;
    tape->block = mem_realloc(tape->block, (size_t)(tape->blocks + 1) * sizeof(Block));
    best = &tape->block[tape->blocks];
    *best = (Block){.data = grow(tape, bytes), .size = bytes};
    tape->blocks++;
    return best;
}

/* The gradient that exists for x, where this tape adds to it; NULL if there is none. */
static Real *grad_of(const Tape *tape, const Tensor *x)
{
    const TapeShard *s = &tape->shard;
    if (x && x->base) x = x->base;
    if (!x || !x->grad || !s->own) return x ? x->grad : NULL;
    const uintptr_t at = (uintptr_t)x->grad - (uintptr_t)s->grads;
    return at < (size_t)s->len * sizeof(Real) ? s->own + at / sizeof(Real) : x->grad;
}

/* The marks of a gradient in the shard's own memory; NULL for any other. */
static unsigned char *marks_of(const TapeShard *s, const Real *grad)
{
    const uintptr_t at = (uintptr_t)grad - (uintptr_t)s->own;
    if (!grad || !s->own || at >= (size_t)s->len * sizeof(Real)) return NULL;
    return s->begun + at / sizeof(Real) / TAPE_LINE;
}

Deferred *tape_deferred(const Tape *tape, const Tensor *w)
{
    const bool shared = marks_of(&tape->shard, grad_of(tape, w)) != NULL;
    return tape->keeping && shared ? tape->shard.deferred : NULL;
}

bool tape_lends(const Tape *tape, const Tensor *x)
{
    for (int64_t i = 0; i < tape->blocks; i++)
        if (tape->block[i].owner == x) return true;
    return false;
}

Real *tape_grad_new(Tape *tape, Tensor *x, bool *is_new)
{
    Real *grad = grad_of(tape, x);
    unsigned char *begun = marks_of(&tape->shard, grad);
    if (x && x->base) x = x->base;
    *is_new = false;
    if (grad && tape->probing && !tape_lends(tape, x)) return NULL;
    *is_new = begun && !*begun;
    if (*is_new) memset(begun, 1, (size_t)((tensor_len(x) + TAPE_LINE - 1) / TAPE_LINE));
    if (!x || !x->needs_grad || grad) return grad;
    Block *b = take_block(tape, (size_t)tensor_len(x) * sizeof(Real));
    b->owner = x;
    *is_new = true;
    return x->grad = b->data;
}

Real *tape_grad(Tape *tape, Tensor *x)
{
    bool is_new;
    Real *grad = tape_grad_new(tape, x, &is_new);
    if (is_new) memset(grad, 0, (size_t)tensor_len(x) * sizeof(Real));
    return grad;
}

bool tape_grad_pass(Tape *tape, Tensor *y, Tensor *x)
{
    if (x && x->base) x = x->base;
    if (!x || !x->needs_grad || x->grad || tensor_len(x) != tensor_len(y)) return false;
    for (int64_t i = 0; i < tape->blocks; i++) {
        if (tape->block[i].owner != y) continue;
        tape->block[i].owner = x;
        x->grad = y->grad;
        y->grad = NULL;
        return true;
    }
    return false;
}

void tape_release_grad(Tape *tape, Tensor *x)
{
    for (int64_t i = 0; i < tape->blocks; i++)
        if (tape->block[i].owner == x) tape->block[i].owner = NULL;
    x->grad = NULL;
}

TapeMark tape_mark(const Tape *tape)
{
    return (TapeMark){tape->current, tape->used, tape->nodes};
}

/* Whether x lies in arena memory allocated since the mark. */
static bool made_since(const Tape *tape, TapeMark mark, const void *x)
{
    const uintptr_t at = (uintptr_t)x;
    for (size_t i = mark.chunk; i < tape->chunks && i <= tape->current; i++) {
        const uintptr_t start = (uintptr_t)tape->chunk[i].data;
        if (at < start || at - start >= tape->chunk[i].size) continue;
        return i > mark.chunk || at - start >= mark.used;
    }
    return false;
}

void tape_rewind(Tape *tape, TapeMark mark)
{
    CHECK(mark.nodes <= tape->nodes, "mark of %ld nodes on a tape of %ld", mark.nodes,
          tape->nodes);
    for (int64_t i = 0; i < tape->blocks; i++)
        if (tape->block[i].owner && made_since(tape, mark, tape->block[i].owner))
            tape->block[i].owner = NULL;
    tape->nodes = mark.nodes;
    tape->current = mark.chunk;
    tape->used = mark.used;
}

Tensor *tape_keep(Tape *tape, TapeMark mark, Tensor *y)
{
    if (tape->recording) return y;
    CHECK(!y->base, "y is a view");
    const Tensor old = *y;
    const bool stays = !made_since(tape, mark, old.data);
    tape_rewind(tape, mark);
    Tensor *kept = new_tensor(tape, old.ndim, old.shape);
    const size_t bytes = (size_t)tensor_len(&old) * sizeof(Real);
    kept->data = stays ? old.data : memmove(tape_alloc(tape, bytes), old.data, bytes);
    return kept;
}

void tape_seed(Tape *tape, Tensor *y, double seed)
{
    CHECK(tensor_len(y) == 1, "%ld elements, expected 1", tensor_len(y));
    Real *dy = tape_grad(tape, y);
    if (dy) *dy += (Real)seed;
}

static void watch_backward(const Tape *tape, const OpTrace *trace)
{
    const Real *grad[OP_INPUTS] = {0};
    for (int i = 0; i < trace->inputs; i++) {
        grad[i] = grad_of(tape, trace->input[i]);
        const unsigned char *begun = marks_of(&tape->shard, grad[i]);
        if (begun && !*begun) grad[i] = NULL;
    }
    nan_watch_backward(tape->watch, trace, grad);
}

static void run(Tape *tape, int64_t from)
{
    while (tape->nodes > from) {
        Node n = tape->node[--tape->nodes];
        if (!n.trace.y->grad) continue; /* no later node needed its gradient */
        n.backward(tape, n.saved);
        if (tape->lane) profile_operation(tape->lane, &n.trace, true);
        if (tape->watch) watch_backward(tape, &n.trace);
        tape_release_grad(tape, n.trace.y);
    }
}

void tape_run_back(Tape *tape, int64_t from, bool keeping)
{
    const bool before = tape->keeping;
    tape->keeping = keeping;
    run(tape, from);
    tape->keeping = before;
}

void tape_backward(Tape *tape) { tape_run_back(tape, 0, true); }

void tape_backward_to(Tape *tape, TapeMark mark)
{
    tape_run_back(tape, mark.nodes, false);
    tape_rewind(tape, mark);
}

size_t tape_arena_bytes(const Tape *tape) { return tape->bytes; }

TapeUse tape_use(const Tape *tape)
{
    TapeUse use = {0};
    for (size_t i = 0; i < tape->chunks; i++) {
        use.values_peak += tape->chunk[i].peak;
        if (i < tape->current) use.values += tape->chunk[i].used;
    }
    use.values += tape->used;
    for (int64_t i = 0; i < tape->blocks; i++) {
        use.pool += tape->block[i].size;
        if (tape->block[i].owner) use.grads += tape->block[i].size;
    }
    return use;
}

void tape_use_restart(Tape *tape)
{
    for (size_t i = 0; i < tape->chunks; i++)
        tape->chunk[i].peak = i < tape->current    ? tape->chunk[i].used
                              : i == tape->current ? tape->used
                                                   : 0;
}

void tape_print(const Tape *tape)
{
    char shape[96];
    fprintf(stderr, "tape: %ld operations\n", tape->nodes);
    for (int64_t i = 0; i < tape->nodes; i++) {
        const Tensor *y = tape->node[i].trace.y;
        fprintf(stderr, "%5ld %-18s %-24s %12zu bytes%s%s\n", i, tape->node[i].trace.op,
                tensor_shape_text(y, shape), (size_t)tensor_len(y) * sizeof(Real),
                y->needs_grad ? " needs_grad" : "", y->grad ? " grad" : "");
    }
}
