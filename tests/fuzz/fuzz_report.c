/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes the files of a run that `report` shows: metrics.jsonl, config.yaml, env.json,
 * summary.json, examples.json and changes.jsonl, with lines of two percent signs between them.
 * Nothing in them becomes an element of the page.
 *
 * Parsers: train/report/report_run.c train/report/report_changes.c
 * train/report/report_examples.c */
#include "core/io/file.h"
#include "core/mem.h"
#include "data/image/image.h"
#include "tests/fuzz/fuzz.h"
#include "train/report/report.h"

#include <string.h>
#include <unistd.h>

static const char *const name[] = {"metrics.jsonl",      "config.yaml",
                                   "env.json",           "eval/seen/summary.json",
                                   "eval/examples.json", "changes.jsonl"};
enum { FILES = sizeof name / sizeof *name };

static void put(const char *file, FuzzPart content)
{
    char *path = fuzz_path(file);
    if (content.size)
        mem_free(fuzz_file(file, content));
    else
        unlink(path);
    mem_free(path);
}

static int count(const char *text, const char *what)
{
    int n = 0;
    for (const char *p = text; (p = strstr(p, what)); p += strlen(what)) n++;
    return n;
}

/* The page has its own two scripts, and no element out of the files. */
static void check_page(const char *path)
{
    static const char *const bad[] = {"<iframe", "<zz"};
    Bytes page;
    CHECK(file_read(path, &page, NULL) == 0, "%s", path);
    const char *text = (char *)page.data;
    const int scripts = count(text, "<script");
    CHECK(scripts == 0 || scripts == 2, "%d scripts in the page", scripts);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!strstr(text, bad[i]), "%s in the page", bad[i]);
    bytes_free(&page);
}

static void write_image(void)
{
    Image image = image_new(3, 2);
    char *path = fuzz_path("i.png");
    CHECK(image_write_png(path, &image, NULL) == 0, "%s", path);
    mem_free(path);
    image_free(&image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool written;
    FuzzPart part[FILES];
    char *folder = fuzz_path(""), *seen = fuzz_path("eval/seen"), *page = fuzz_path("p.html");
    fuzz_cut(data, size, part, FILES);
    CHECK(file_mkdirs(seen, NULL) == 0, "%s", seen);
    if (!written) write_image();
    written = true;
    for (int i = 0; i < FILES; i++) put(name[i], part[i]);
    if (report_write((const char *const *)&folder, 1, NULL, page, NULL) == 0) check_page(page);
    report_write((const char *const *)&folder, 1, folder, page, NULL);
    mem_free(page);
    mem_free(seen);
    mem_free(folder);
    return 0;
}
