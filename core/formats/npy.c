/* SPDX-License-Identifier: Apache-2.0 */
/* Parses the header of .npy files and converts their elements. */
#include "core/formats/npy.h"

#include "core/io/file.h"
#include "core/io/file_open.h"
#include "core/math/dtype.h"
#include "core/mem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 4096 }; /* elements that are converted at a time */

static const char magic[6] = {'\x93', 'N', 'U', 'M', 'P', 'Y'};

/* Names as NumPy writes them, without the first character, which is the order of bytes, and as
 * core/math/dtype.h has them. */
static const struct {
    const char *name, *dtype;
    int64_t bytes;
} types[] = {
    [NPY_F16] = {"f2", "F16", 2}, [NPY_F32] = {"f4", "F32", 4}, [NPY_F64] = {"f8", NULL, 8},
    [NPY_BOOL] = {"b1", "U8", 1}, [NPY_U8] = {"u1", "U8", 1},   [NPY_I8] = {"i1", "I8", 1},
    [NPY_I16] = {"i2", "I16", 2}, [NPY_I32] = {"i4", NULL, 4},  [NPY_I64] = {"i8", NULL, 8},
};

bool npy_marks(const void *head) { return memcmp(head, magic, sizeof magic) == 0; }

/* A header that is being parsed. */
typedef struct Header {
    const char *path, *at;
    Npy *out;
    bool descr, order, shape; /* which keys were there */
} Header;

static int fail(const Header *h, const char *why, Error *err)
{
    return error_set(err, ERROR_DATA, "%s: header of a .npy file: %s, at '%.24s'", h->path, why,
                     h->at);
}

static void skip_blanks(Header *h) { h->at += strspn(h->at, " "); }

static bool take(Header *h, const char *word)
{
    skip_blanks(h);
    const size_t n = strlen(word);
    if (strncmp(h->at, word, n) != 0) return false;
    h->at += n;
    return true;
}

/* A string in quotes without escapes, at most 15 characters. */
static bool take_string(Header *h, char out[static 16])
{
    skip_blanks(h);
    const char quote = *h->at;
    if (quote != '\'' && quote != '"') return false;
    const char *end = strchr(h->at + 1, quote);
    const size_t n = end ? (size_t)(end - h->at - 1) : 16;
    if (n >= 16) return false;
    memcpy(out, h->at + 1, n);
    out[n] = 0;
    h->at = end + 1;
    return strchr(out, '\\') == NULL;
}

static int parse_type(Header *h, Error *err)
{
    char text[16];
    if (!take_string(h, text)) return fail(h, "expected the type of a plain array", err);
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        if (strcmp(text + (*text != 0), types[t].name) != 0) continue;
        if (*text == '>') break;
        if (*text != '<' && *text != '|') break;
        h->out->type = (enum NpyType)t;
        h->out->bytes = types[t].bytes;
        return 0;
    }
    return error_set(err, ERROR_DATA,
                     "%s: elements of type '%s': expected little-endian numbers: save "
                     "x.astype('<f4')",
                     h->path, text);
}

static int parse_order(Header *h, Error *err)
{
    if (take(h, "False")) return 0;
    if (take(h, "True"))
        return error_set(err, ERROR_DATA,
                         "%s: stored column by column (fortran_order): save "
                         "numpy.ascontiguousarray(x)",
                         h->path);
    return fail(h, "expected True or False", err);
}

static bool take_size(Header *h, int64_t *out)
{
    skip_blanks(h);
    const size_t digits = strspn(h->at, "0123456789");
    if (digits == 0 || digits > 18) return false;
    *out = strtoll(h->at, NULL, 10);
    h->at += digits;
    return true;
}

/* (), (3,), (3, 4) or (3, 4,). */
static int parse_shape(Header *h, Error *err)
{
    Npy *a = h->out;
    a->len = 1;
    if (!take(h, "(")) return fail(h, "expected a shape", err);
    bool comma = true;
    for (; !take(h, ")"); comma = take(h, ",")) {
        int64_t n;
        if (!comma || a->ndim == NPY_AXES || !take_size(h, &n))
            return fail(h, "not a shape", err);
        if (__builtin_mul_overflow(a->len, n, &a->len))
            return fail(h, "too many elements", err);
        a->shape[a->ndim++] = n;
    }
    return a->ndim == 1 && !comma ? fail(h, "a number, not a shape", err) : 0;
}

static int parse_pair(Header *h, Error *err)
{
    char key[16];
    if (!take_string(h, key) || !take(h, ":")) return fail(h, "expected a key", err);
    bool *seen = strcmp(key, "descr") == 0           ? &h->descr
                 : strcmp(key, "fortran_order") == 0 ? &h->order
                 : strcmp(key, "shape") == 0         ? &h->shape
                                                     : NULL;
    if (!seen || *seen) return fail(h, "an unknown or repeated key", err);
    *seen = true;
    if (seen == &h->descr) return parse_type(h, err);
    return seen == &h->order ? parse_order(h, err) : parse_shape(h, err);
}

/* {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }, blanks, and a line end. */
static int parse_header(Header *h, Error *err)
{
    if (!take(h, "{")) return fail(h, "expected a dictionary", err);
    for (bool comma = true; !take(h, "}"); comma = take(h, ",")) {
        if (!comma) return fail(h, "expected a comma", err);
        if (parse_pair(h, err) != 0) return -1;
    }
    skip_blanks(h);
    if (*h->at && strcmp(h->at, "\n") != 0) return fail(h, "text after it", err);
    if (!h->descr || !h->order || !h->shape) return fail(h, "a key is missing", err);
    return 0;
}

/* Reads the header of a file of `size` bytes. */
static int read_header(Npy *a, int64_t size, Error *err)
{
    uint8_t head[12] = {0};
    char *text = NULL;
    int status = -1;
    if (size < 12) return error_set(err, ERROR_DATA, "%s: not a .npy file", a->path);
    if (file_read_at(a->fd, a->path, 0, head, sizeof head, ERROR_DATA, err) != 0) return -1;
    if (!npy_marks(head)) return error_set(err, ERROR_DATA, "%s: not a .npy file", a->path);
    if (head[6] < 1 || head[6] > 3 || head[7] != 0)
        return error_set(err, ERROR_DATA,
                         "%s: version %d.%d of the .npy format: expected 1.0 to "
                         "3.0",
                         a->path, head[6], head[7]);
    uint32_t len = head[8] | (uint32_t)head[9] << 8;
    if (head[6] > 1) len |= (uint32_t)head[10] << 16 | (uint32_t)head[11] << 24;
    const int64_t start = head[6] > 1 ? 12 : 10;
    if (len > NPY_HEADER_MAX || start + (int64_t)len > size)
        return error_set(err, ERROR_DATA, "%s: a header of %u bytes: damaged", a->path, len);
    text = mem_calloc((size_t)len + 1, 1);
    if (file_read_at(a->fd, a->path, (uint64_t)start, text, len, ERROR_DATA, err) == 0) {
        Header h = {.path = a->path, .at = text, .out = a};
        status = strlen(text) == len ? parse_header(&h, err) : fail(&h, "a NUL byte", err);
    }
    a->at = (uint64_t)start + len;
    mem_free(text);
    return status;
}

int npy_open(const char *path, Npy *out, Error *err)
{
    int64_t size, wanted;
    *out = (Npy){.path = mem_strdup(path)};
    out->fd = file_open_regular(path, &size, err);
    int status = out->fd < 0 ? -1 : read_header(out, size, err);
    if (status == 0 && (__builtin_mul_overflow(out->len, out->bytes, &wanted) ||
                        wanted != size - (int64_t)out->at))
        status = error_set(err, ERROR_DATA,
                           "%s: %ld bytes of elements, but %ld of them with %ld bytes each: "
                           "truncated, or not one array",
                           path, size - (int64_t)out->at, out->len, out->bytes);
    if (status != 0) npy_close(out);
    return status;
}

void npy_close(Npy *n)
{
    if (n->path && n->fd >= 0) close(n->fd);
    mem_free(n->path);
    *n = (Npy){0};
}

static void convert(enum NpyType type, const uint8_t *in, int64_t n, double *out)
{
    float x[PIECE];
    int64_t i64;
    int32_t i32;
    if (type == NPY_F64) memcpy(out, in, (size_t)n * sizeof *out);
    for (int64_t i = 0; type == NPY_I64 && i < n; i++)
        out[i] = (double)*(int64_t *)memcpy(&i64, in + 8 * i, 8);
    for (int64_t i = 0; type == NPY_I32 && i < n; i++)
        out[i] = (double)*(int32_t *)memcpy(&i32, in + 4 * i, 4);
    if (!types[type].dtype) return;
    dtype_find(types[type].dtype)->convert(in, n, x);
    for (int64_t i = 0; i < n; i++) out[i] = (double)x[i];
}

int npy_read(const Npy *a, int64_t first, int64_t n, double *out, Error *err)
{
    uint8_t piece[PIECE * 8];
    CHECK(first >= 0 && n >= 0 && first + n <= a->len, "%ld + %ld of %ld", first, n, a->len);
    for (int64_t done = 0; done < n; done += PIECE) {
        const int64_t some = n - done < PIECE ? n - done : PIECE;
        const uint64_t at = a->at + (uint64_t)((first + done) * a->bytes);
        if (file_read_at(a->fd, a->path, at, piece, (uint64_t)(some * a->bytes), ERROR_DATA,
                         err) != 0)
            return -1;
        convert(a->type, piece, some, out + done);
    }
    return 0;
}
