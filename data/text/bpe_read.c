/* SPDX-License-Identifier: Apache-2.0 */
/* Reads merges. The texts of symbols are needed only here, so the table from text to symbol
 * is freed after reading. */
#include "core/formats/zlib.h"
#include "core/mem.h"
#include "core/strings/strings.h"
#include "core/strings/unicode.h"
#include "core/strings/utf8.h"
#include "data/text/bpe_table.h"

#include <string.h>

enum { MAX_BYTES = 64 << 20, MAX_SHOWN = 40 };
static const char end_of_word[] = "</w>";

typedef struct Names {
    uint32_t slots;  /* a power of two, at most half full */
    uint32_t *slot;  /* [slots] symbol + 1; 0: free */
    int32_t count;   /* symbols */
    char **text;     /* [count] */
    StringPool pool; /* owner of the texts */
} Names;

static Names names_new(int32_t max)
{
    Names n = {.slots = 1024};
    while (n.slots < 2 * (uint32_t)max) n.slots *= 2;
    n.slot = mem_calloc(n.slots, sizeof *n.slot);
    n.text = mem_calloc((size_t)max, sizeof *n.text);
    return n;
}

static void names_free(Names *n)
{
    strings_free(&n->pool);
    mem_free(n->text);
    mem_free(n->slot);
}

static uint32_t hash_of_text(const char *text, size_t len)
{
    uint32_t h = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < len; i++) h = (h ^ (uint8_t)text[i]) * 16777619u;
    return h ^ h >> 15;
}

/* The slot of this text, or the free slot where it belongs. */
static uint32_t *names_slot(const Names *n, const char *text, size_t len)
{
    uint32_t i = hash_of_text(text, len) & (n->slots - 1);
    for (; n->slot[i]; i = (i + 1) & (n->slots - 1)) {
        const char *have = n->text[n->slot[i] - 1];
        if (strncmp(have, text, len) == 0 && have[len] == 0) break;
    }
    return &n->slot[i];
}

/* The symbol of this text, created if it is new. */
static uint16_t names_add(Names *n, const char *text, size_t len)
{
    uint32_t *slot = names_slot(n, text, len);
    if (!*slot) {
        n->text[n->count] = strings_add(&n->pool, text, len);
        *slot = (uint32_t)++n->count;
    }
    return (uint16_t)(*slot - 1);
}

/* A byte that is printable in Latin-1 represents itself; the 68 others are written as U+0100
 * and up. */
static bool is_printable(int byte)
{
    return (byte > ' ' && byte < 0x7f) || (byte > 0xa0 && byte != 0xad);
}

/* Adds symbols 0 to 511 and their entries. In the vocabulary the printable bytes come first. */
static void add_bytes(Names *names, Bpe *b)
{
    int printable = 0, others = 0;
    for (int byte = 0; byte < 256; byte++) printable += is_printable(byte);
    for (int end = 0; end < 2; end++) {
        int entry[2] = {end * BPE_END + printable, end * BPE_END}; /* of others, of printable */
        others = 0;
        for (int byte = 0; byte < 256; byte++) {
            char text[16];
            const bool itself = is_printable(byte);
            size_t n = runes_encode(itself ? byte : 0x100 + others++, (uint8_t *)text);
            memcpy(text + n, end_of_word, end ? sizeof end_of_word - 1 : 0);
            if (end) n += sizeof end_of_word - 1;
            b->entry[names_add(names, text, n)] = entry[itself]++;
        }
    }
}

/* One merge of a file. */
typedef struct Merge {
    const char *left, *right;
    size_t left_len, right_len;
    uint32_t left_symbol, right_symbol; /* + 1; 0: unknown */
} Merge;

/* Splits a line at its single space and looks up both parts. Returns the reason for failure,
 * or NULL. */
static const char *parse(const Names *names, const char *line, size_t len, Merge *m)
{
    const char *space = memchr(line, ' ', len);
    if (len > BPE_MAX_LINE) return "too long for a merge";
    if (memchr(line, 0, len)) return "contains a NUL byte";
    if (!space || space == line || space == line + len - 1 ||
        memchr(space + 1, ' ', (size_t)(line + len - space - 1)))
        return "expected two parts separated by one space";
    *m = (Merge){.left = line, .left_len = (size_t)(space - line), .right = space + 1};
    m->right_len = len - m->left_len - 1;
    m->left_symbol = *names_slot(names, m->left, m->left_len);
    m->right_symbol = *names_slot(names, m->right, m->right_len);
    return NULL;
}

static const char *add_merge(Names *names, Bpe *b, const Merge *m)
{
    char joined[BPE_MAX_LINE];
    memcpy(joined, m->left, m->left_len);
    memcpy(joined + m->left_len, m->right, m->right_len);
    const uint16_t symbol = names_add(names, joined, m->left_len + m->right_len);
    if (!bpe_add(b, (uint16_t)(m->left_symbol - 1), (uint16_t)(m->right_symbol - 1), symbol))
        return "repeated pair";
    b->entry[symbol] = bpe_size(b) - 1; /* the last merge to a text counts */
    return NULL;
}

typedef struct Reader {
    const char *path, *at, *end;
    size_t line; /* number of the line before `at` */
} Reader;

/* Returns the next line without its line end (\n or \r\n); false past the last line. */
static bool next_line(Reader *r, const char **line, size_t *len)
{
    if (r->at == r->end) return false;
    const char *stop = memchr(r->at, '\n', (size_t)(r->end - r->at));
    *line = r->at;
    *len = (size_t)((stop ? stop : r->end) - r->at);
    r->at = stop ? stop + 1 : r->end;
    r->line++;
    if (*len > 0 && (*line)[*len - 1] == '\r') --*len;
    return true;
}

static int fail(const Reader *r, const char *line, size_t len, const char *why, Error *err)
{
    const size_t shown = utf8_cut(line, len, MAX_SHOWN);
    return error_set(err, ERROR_DATA, "%s: line %zu: %s: '%.*s%s'", r->path, r->line, why,
                     (int)shown, line, shown < len ? "..." : "");
}

/* The first line is a header; if it were a merge, every entry would be off by one. */
static int read_header(Reader *r, const Names *names, Error *err)
{
    const char *line;
    size_t len;
    Merge m;
    if (!next_line(r, &line, &len))
        return error_set(err, ERROR_DATA, "%s: no merges: empty file", r->path);
    if (parse(names, line, len, &m) == NULL && m.left_symbol && m.right_symbol)
        return fail(r, line, len, "expected the header '#version: ...', got a merge", err);
    return 0;
}

static int read_merges(Reader *r, Names *names, Bpe *b, Error *err)
{
    const char *line;
    size_t len;
    while (b->merges < BPE_MAX_MERGES && next_line(r, &line, &len)) {
        Merge m;
        if (len == 0 && r->at == r->end) break; /* an empty last line */
        const char *why = parse(names, line, len, &m);
        if (!why && (!m.left_symbol || !m.right_symbol))
            why = m.left_symbol ? "second part is neither a byte nor an earlier merge"
                                : "first part is neither a byte nor an earlier merge";
        if (!why) why = add_merge(names, b, &m);
        if (why) return fail(r, line, len, why, err);
    }
    return b->merges > 0 ? 0 : error_set(err, ERROR_DATA, "%s: no merges", r->path);
}

int bpe_parse(const char *name, const char *text, size_t len, Bpe **out, Error *err)
{
    Reader r = {name, text, text + len, 0};
    Names names = names_new(BPE_BYTES + BPE_MAX_MERGES);
    Bpe *b = bpe_new(BPE_MAX_MERGES);
    add_bytes(&names, b);
    int status = read_header(&r, &names, err);
    if (status == 0) status = read_merges(&r, &names, b, err);
    names_free(&names);
    if (status != 0) bpe_free(b);
    *out = status == 0 ? b : NULL;
    return status;
}

int bpe_read(const char *path, Bpe **out, Error *err)
{
    Bytes file;
    *out = NULL;
    if (zlib_read_gzip(path, MAX_BYTES, &file, err) != 0) return -1;
    const int status = bpe_parse(path, (const char *)file.data, file.len, out, err);
    bytes_free(&file);
    return status;
}
