/* SPDX-License-Identifier: Apache-2.0 */
/* Writes small clip-art collections. */
#include "tests/data/collections/clipart_case.h"

#include "core/io/file.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "data/image/image.h"

#include <check.h>
#include <string.h>

char *clipart_path(const Scratch *s, const char *folder, const char *name)
{
    char *dir = file_join(s->dir, folder), *path = file_join(dir, name);
    mem_free(dir);
    return path;
}

static void make_folder(const Scratch *s, const char *name)
{
    char *path = clipart_path(s, name, "");
    ck_assert_int_eq(file_mkdirs(path, NULL), 0);
    mem_free(path);
}

void clipart_folders(Scratch *s)
{
    scratch_new(s);
    make_folder(s, "png/sub-first");
    make_folder(s, "png/sub/deep");
    make_folder(s, "svg/sub-first");
    make_folder(s, "svg/sub/deep");
}

void clipart_bytes(const Scratch *s, const char *folder, const char *name, const void *data,
                   size_t len)
{
    char *path = clipart_path(s, folder, name);
    Error err = {0};
    ck_assert_msg(file_write(path, data, len, &err) == 0, "%s", err.text);
    mem_free(path);
}

void clipart_text(const Scratch *s, const char *folder, const char *name, const char *text)
{
    clipart_bytes(s, folder, name, text, strlen(text));
}

void clipart_svg(const Scratch *s, const char *name, const char *head, const char *tags)
{
    Text t = {0};
    text_add(&t,
             "<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"><metadata>"
             "<r:RDF xmlns:r=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" "
             "xmlns:dc=\"http://purl.org/dc/elements/1.1/\" "
             "xmlns:cc=\"http://web.resource.org/cc/\"><cc:Work>%s"
             "<dc:creator><cc:Agent><dc:title>Somebody</dc:title></cc:Agent></dc:creator>"
             "<dc:subject><r:Bag>",
             head);
    for (const char *p = tags; *tags; p = strchr(p, '|') + 1) {
        text_add(&t, "<r:li>%.*s</r:li>", (int)strcspn(p, "|"), p);
        if (!strchr(p, '|')) break;
    }
    text_put(&t, "</r:Bag></dc:subject></cc:Work></r:RDF></metadata><g/></svg>\n");
    clipart_text(s, "svg", name, t.data);
    text_free(&t);
}

void clipart_png(const Scratch *s, const char *name, int64_t width, int64_t height, int red)
{
    Image image = image_new(width, height);
    for (int64_t i = 0; i < 3 * width * height; i++)
        image.rgb[i] = i % 3 == 0 ? (uint8_t)red : 255;
    char *path = clipart_path(s, "png", name);
    Error err = {0};
    ck_assert_msg(image_write_png(path, &image, &err) == 0, "%s", err.text);
    mem_free(path);
    image_free(&image);
}

void clipart_image(const Scratch *s, const char *name, int red, const char *tags)
{
    char *file = mem_format("%s.png", name), *twin = mem_format("%s.svg", name);
    clipart_png(s, file, 20, 10, red);
    clipart_svg(s, twin, "", tags);
    mem_free(file);
    mem_free(twin);
}
