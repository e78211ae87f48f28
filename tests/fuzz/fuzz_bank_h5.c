/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes label banks in HDF5 files: the bytes behind the checksum block, which fits. Beside lie
 * two files that may be companions: one with the same bytes, and extra.h5. A bank that is
 * accepted is written so that it reads back.
 *
 * Parsers: core/hdf5/h5_file.c core/hdf5/h5_catalog.c core/hdf5/h5_companion.c
 * core/hdf5/checksum_block.c model/labels/bank_file.c model/labels/labels.c
 * model/labels/bank_fit.c */
#include "core/hdf5/h5_companion.h"
#include "core/mem.h"
#include "model/labels/bank_file.h"
#include "model/labels/bank_fit.h"
#include "tests/fuzz/sealed.h"

#include <string.h>

static void check_rows(const Labels *l)
{
    const LabelBank *b = l->bank;
    CHECK(b->tags == l->tags.count && b->dim >= 1, "%ld tags, width %ld", b->tags, b->dim);
    for (int64_t k = 0; k < b->tags; k++)
        CHECK(b->offset[k] < b->offset[k + 1], "tag %ld: no row", k);
    const int64_t bad = label_bank_not_finite(b);
    CHECK(bad == 0, "%ld numbers are not finite", bad);
}

static void check_again(const Labels *l)
{
    Labels again;
    Error err = {0};
    char *path = fuzz_path("again.h5");
    CHECK(bank_file_write(path, l, &err) == 0, "%s", err.text);
    CHECK(bank_file_read(path, &again, &err) == 0, "%s", err.text);
    CHECK(labels_same(path, &again, l, &err) == 0, "%s", err.text);
    labels_free(&again);
    mem_free(path);
}

/* Whether it fits something else is not known; it fits itself. */
static void check_fit(const char *path, const Labels *l)
{
    static const BankIdentity other = {.encoder = "hash/bf16", .fingerprint = "a"};
    static TagList others;
    Error err = {0};
    if (!others.count) tags_parse("others", "cat\ncow\n", &others, NULL);
    CHECK(bank_fit_width(path, l, l->bank->dim, &err) == 0 &&
              bank_fit_encoder(path, l, &l->identity, "it", &err) == 0 &&
              bank_fit_tags(path, l, &l->tags, "it", &err) == 0,
          "%s", err.text);
    bank_fit_tags(path, l, &others, "others", NULL);
    bank_fit_width(path, l, 1, NULL);
    bank_fit_encoder(path, l, &other, "it", NULL);
    bank_fit_encoder(path, l, &(BankIdentity){.encoder = "clip"}, "it", NULL);
    bank_fit_texts(path, l, "", NULL, NULL);
}

/* Tags and rows of another bank of the same width. */
static void check_append(const char *path, const Labels *l)
{
    static const int64_t offset[] = {0, 1};
    Labels all = {.bank = label_bank_new(1, offset, l->bank->dim)};
    tags_parse("tags", "cat", &all.tags, NULL);
    for (int64_t i = 0; i < l->bank->dim; i++) all.bank->rows[i] = 1;
    labels_same(path, &all, l, NULL);
    labels_append(&all, l, path, NULL);
    CHECK(all.tags.count == all.bank->tags && all.tags.count <= l->tags.count + 1, "%ld tags",
          all.tags.count);
    labels_free(&all);
}

/* Writes a file of one number, alone or with a companion, and returns its content hash. */
static void write_number(const char *name, const char *companion, char content[static 33])
{
    static const int64_t one = 1;
    static const float number = 3;
    char *path = fuzz_path(name), *folder = fuzz_path("");
    H5Writer *w;
    H5File *f;
    Error err = {0};
    CHECK(h5_create(path, "weights", &w, &err) == 0, "%s", err.text);
    h5_put(w, companion ? "v" : "w", H5_F32, 1, &one, &number, NULL);
    if (companion) h5_put_companion(w, companion, folder, content, NULL);
    CHECK(h5_commit(w, &err) == 0 && h5_open(path, &f, &err) == 0, "%s", err.text);
    CHECK(!companion == !h5_companion_path(f), "companion of %s", path);
    CHECK(h5_content(f, content, &err) == 0, "%s", err.text);
    h5_close(f);
    mem_free(folder);
    mem_free(path);
}

/* The files beside the first input. */
static void write_files(void)
{
    char content[33];
    write_number("extra.h5", NULL, content);
    write_number("both.h5", "extra.h5", content);
}

static void read_entries(const char *path)
{
    H5File *f;
    char content[33];
    if (h5_open(path, &f, NULL) != 0) return;
    TensorSet set = tensor_set_of_h5(f, path);
    fuzz_read_all(&set);
    tensor_set_close(&set);
    h5_content(f, content, NULL);
    h5_close(f);
}

/* The bytes as a whole file, whose checksum hardly fits. */
static void read_whole(FuzzPart content)
{
    Labels l;
    char *path = fuzz_file("whole.h5", content);
    if (bank_file_read(path, &l, NULL) == 0) labels_free(&l);
    mem_free(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char mark[] = "RAMPCAT"; /* and the version */
    static bool written;
    const size_t n = strlen(mark);
    Labels l;
    read_whole((FuzzPart){data, size});
    if (size <= n || memcmp(data + size - n - 1, mark, n) != 0) return 0; /* fuzz_h5_old.c */
    if (!written) write_files();
    written = true;
    char *beside = sealed_file("other.h5", (FuzzPart){data, size});
    char *path = sealed_file("bank.h5", (FuzzPart){data, size});
    if (bank_file_read(path, &l, NULL) == 0) {
        check_rows(&l);
        check_again(&l);
        check_fit(path, &l);
        check_append(path, &l);
        labels_free(&l);
    }
    read_entries(path);
    mem_free(path);
    mem_free(beside);
    return 0;
}
