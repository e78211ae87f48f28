/* SPDX-License-Identifier: Apache-2.0 */
/* Emoji from a small font (tests/tools/make_emoji_font.py says what it holds) and made-up
 * annotations; the real packages, where they are installed. */
#include "core/io/file.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "data/annotations.h"
#include "data/collections/cldr.h"
#include "data/collections/emoji.h"
#include "data/collections/emoji_font.h"
#include "data/folder/xml.h"
#include "data/tags.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char FONT[] = "tests/data/collections/emoji.ttf";
static const char DERIVED[] = "cldr/common/annotationsDerived/en.xml";
static const char PLAIN[] = "cldr/common/annotations/en.xml";

static Scratch scratch;

static void setup(void)
{
    scratch_new(&scratch);
    xml_start();
}

static void teardown(void) { scratch_free(&scratch); }

/* ---- annotations ------------------------------------------------------------------------- */

static void write_xml(const char *name, const char *elements)
{
    Text t = {0};
    text_add(&t,
             "<?xml version=\"1.0\"?>\n<!DOCTYPE ldml SYSTEM \"../../common/dtd/ldml.dtd\">\n"
             "<ldml><identity><language type=\"en\"/></identity>"
             "<annotations>%s</annotations></ldml>\n",
             elements);
    scratch_text(&scratch, name, t.data);
    text_free(&t);
}

static CldrNotes read_notes(const char *elements)
{
    CldrNotes notes = {0};
    Error err = {0};
    write_xml("a.xml", elements);
    ck_assert_msg(cldr_read(scratch_path(&scratch, "a.xml"), &notes, &err) == 0, "%s",
                  err.text);
    cldr_sort(&notes);
    return notes;
}

static void check_note(const CldrNote *note, int32_t rune, bool is_name, const char *text)
{
    ck_assert_int_eq(note->rune, rune);
    ck_assert_int_eq(note->is_name, is_name);
    ck_assert_str_eq(note->text, text);
}

START_TEST(reads_annotations_of_single_characters)
{
    CldrNotes n = read_notes("<annotation cp=\"&#x1f431;\">cat |\n\tpet</annotation>"
                             "<!-- <annotation cp=\"x\">no</annotation> -->"
                             "<annotation cp=\"b\" type=\"tts\"> a  name </annotation>"
                             "<annotation cp=\"&#x1f431;\" type=\"tts\">cat face</annotation>"
                             "<annotation cp=\"b\" type=\"other\">left out</annotation>"
                             "<annotation cp=\"b\"> </annotation>"
                             "<annotation cp=\"ab\" type=\"tts\">a sequence</annotation>"
                             "<annotation cp=\"ab\">its keywords</annotation>"
                             "<annotation cp=\"\" type=\"tts\">nothing</annotation>"
                             "<annotation type=\"tts\">nothing</annotation>"
                             "<annotation cp=\"c\">&#x202e;backward</annotation>"
                             "<other cp=\"d\">left out</other>");
    ck_assert_int_eq(n.count, 3);
    ck_assert_int_eq(n.sequences, 1);
    check_note(&n.note[0], 'b', true, "a name");
    check_note(&n.note[1], 0x1f431, false, "cat | pet");
    check_note(&n.note[2], 0x1f431, true, "cat face");
    cldr_free(&n);
}
END_TEST

/* Nor does a document tell what is in other files of this machine. */
START_TEST(reads_no_other_file)
{
    CldrNotes notes = {0};
    Text t = {0};
    Error err = {0};
    char *secret = mem_strdup(scratch_text(&scratch, "secret", "secret"));
    text_add(&t,
             "<!DOCTYPE ldml [<!ENTITY a SYSTEM \"%s\">]>"
             "<ldml><annotations><annotation cp=\"a\">&a;</annotation>"
             "<annotation cp=\"b\">b&a;</annotation></annotations></ldml>",
             secret);
    const char *path = scratch_text(&scratch, "a.xml", t.data);
    ck_assert_msg(cldr_read(path, &notes, &err) == 0, "%s", err.text);
    ck_assert_int_eq(notes.count, 1);
    ck_assert_str_eq(notes.note[0].text, "b");
    cldr_free(&notes);
    text_free(&t);
    mem_free(secret);
}
END_TEST

static const char *const bad_xml[][2] = {
    {"<ldml><annotations>", "a.xml: line 1: not well-formed XML"},
    {"<ldml/>", "a.xml: no annotations of CLDR"},
    {"<annotations/>", "a.xml: no annotations of CLDR"},
    {"<x:ldml xmlns:x=\"y\"><annotations/></x:ldml>", "a.xml: no annotations of CLDR"},
    {"", "a.xml: line "},
};

START_TEST(refuses_other_files)
{
    CldrNotes notes = {0};
    Error err = {0};
    scratch_text(&scratch, "a.xml", bad_xml[_i][0]);
    ck_assert_int_eq(cldr_read(scratch_path(&scratch, "a.xml"), &notes, &err), -1);
    expect_error(&err, ERROR_DATA, bad_xml[_i][1]);
    cldr_free(&notes);
}
END_TEST

/* ---- the font ---------------------------------------------------------------------------- */

START_TEST(blends_a_bitmap_over_white)
{
    static const uint8_t want[] = {255, 0,   0,   0,  255, 0,  0,   0,   255,
                                   255, 255, 255, 10, 20,  30, 255, 255, 255};
    EmojiFont *font;
    Image image;
    bool found;
    Error err = {0};
    ck_assert_msg(emoji_font_open(FONT, &font, &err) == 0, "%s", err.text);
    ck_assert_int_eq(emoji_font_image(font, 0x1f433, &found, &image, &err), 0);
    ck_assert(found && image.width == 2 && image.height == 3);
    ck_assert_mem_eq(image.rgb, want, sizeof want);
    image_free(&image);
    /* (20, 235, 100), in the right half with alpha 128 */
    ck_assert_int_eq(emoji_font_image(font, 0x1f601, &found, &image, &err), 0);
    ck_assert(found && image.width == 6 && image.height == 4);
    for (int i = 0; i < 24; i++) {
        const uint8_t *p = image.rgb + 3 * i;
        const bool half = i % 6 > 2;
        ck_assert_int_eq(p[0], half ? 137 : 20); /* 20 * 128 / 255 + 127, rounded */
        ck_assert_int_eq(p[1], half ? 245 : 235);
        ck_assert_int_eq(p[2], half ? 177 : 100);
    }
    image_free(&image);
    emoji_font_free(font);
}
END_TEST

START_TEST(tells_missing_bitmaps_from_damaged_ones)
{
    EmojiFont *font;
    Image image = {0};
    bool found = true;
    Error err = {0};
    ck_assert_int_eq(emoji_font_open(FONT, &font, &err), 0);
    ck_assert_int_eq(emoji_font_image(font, 'x', &found, &image, &err), 0);
    ck_assert(!found);
    ck_assert_int_eq(emoji_font_image(font, 0x1f41f, &found, &image, &err), 0);
    ck_assert(!found && !image.rgb);
    ck_assert_int_eq(emoji_font_image(font, 0x1f40d, &found, &image, &err), -1);
    expect_error(&err, ERROR_DATA, "emoji.ttf: U+1F40D: FreeType error 0x");
    emoji_font_free(font);
    emoji_font_free(NULL);
}
END_TEST

/* Cut anywhere, or with any byte changed, the font is refused or gives images of 6 x 4 or 2 x 3
 * pixels, or smaller ones. */
START_TEST(survives_damaged_fonts)
{
    Bytes file;
    ck_assert_int_eq(file_read(FONT, &file, NULL), 0);
    for (size_t i = 0; i < file.len; i += 3) {
        EmojiFont *font;
        const char *path;
        if (_i == 0) {
            path = scratch_write(&scratch, "bad.ttf", file.data, i);
        } else {
            file.data[i] ^= (uint8_t)_i;
            path = scratch_write(&scratch, "bad.ttf", file.data, file.len);
            file.data[i] ^= (uint8_t)_i;
        }
        if (emoji_font_open(path, &font, NULL) != 0) continue;
        for (int32_t rune = 0x1f600; rune < 0x1f60c; rune++) {
            Image image = {0};
            bool found;
            if (emoji_font_image(font, rune, &found, &image, NULL) == 0 && found)
                ck_assert(image.width <= 255 && image.height <= 255);
            image_free(&image);
        }
        emoji_font_free(font);
    }
    bytes_free(&file);
}
END_TEST

START_TEST(refuses_other_fonts)
{
    EmojiFont *font;
    Error err = {0};
    ck_assert_int_eq(emoji_font_open("/nowhere.ttf", &font, &err), -1);
    expect_error(&err, ERROR_DATA, "/nowhere.ttf: cannot open");
    ck_assert_ptr_null(font);
    err = (Error){0};
    ck_assert_int_eq(emoji_font_open(scratch_text(&scratch, "a", "text"), &font, &err), -1);
    expect_error(&err, ERROR_DATA, "a: not a font that FreeType reads");
    err = (Error){0};
    ck_assert_int_eq(emoji_font_open("tests/data/collections/outlines.ttf", &font, &err), -1);
    expect_error(&err, ERROR_DATA, "outlines.ttf: no color bitmaps (table CBDT)");
}
END_TEST

/* ---- the folder -------------------------------------------------------------------------- */

/* Twelve smileys, of which every third is `Red`, and five special characters. */
static void write_annotations(void)
{
    Text t = {0};
    for (int i = 0; i < 12; i++)
        text_add(&t,
                 "<annotation cp=\"&#%d;\">smiley | %s | smiley</annotation>"
                 "<annotation cp=\"&#%d;\" type=\"tts\">%s smiley %d</annotation>",
                 0x1f600 + i, i % 3 == 0 ? "Red" : "green", 0x1f600 + i,
                 i % 3 == 0 ? "red" : "a", i);
    static const int special[] = {0x1f98a, 0x1f40d, 0x1f41f, 0x1f433, 'x'};
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        text_add(&t,
                 "<annotation cp=\"&#%d;\">animal</annotation>"
                 "<annotation cp=\"&#%d;\" type=\"tts\">an animal</annotation>",
                 special[i], special[i]);
    text_put(&t, "<annotation cp=\"n\" type=\"tts\">only a name</annotation>"
                 "<annotation cp=\"k\">only | keywords</annotation>");
    write_xml(PLAIN, t.data);
    text_free(&t);
    /* What is known already stays, what was missing is added. */
    write_xml(DERIVED, "<annotation cp=\"&#x1f600;\" type=\"tts\">another name</annotation>"
                       "<annotation cp=\"&#x1f600;\">another</annotation>"
                       "<annotation cp=\"k\" type=\"tts\">a name</annotation>"
                       "<annotation cp=\"xy\" type=\"tts\">a sequence</annotation>");
}

static int prepare(const char *seen, EmojiReport *r, Error *err)
{
    char *cldr = file_join(scratch.dir, "cldr"), *out = file_join(scratch.dir, "out"),
         *list = seen ? mem_strdup(scratch_text(&scratch, "seen.txt", seen)) : NULL;
    const EmojiConfig config = {
        .font = FONT, .cldr = cldr, .size = 4, .min_images = 2, .seen = list};
    const int status = emoji_prepare(out, &config, r, err);
    mem_free(list);
    mem_free(out);
    mem_free(cldr);
    return status;
}

START_TEST(counts_what_is_dropped)
{
    EmojiReport r;
    Error err = {0};
    write_annotations();
    ck_assert_msg(prepare("red\n", &r, &err) == 0, "%s", err.text);
    ck_assert_int_eq(r.characters, 18); /* `n` lacks keywords */
    ck_assert_int_eq(r.sequences, 1);
    ck_assert_int_eq(r.no_bitmap, 3); /* k, x and the fish */
    ck_assert_int_eq(r.bad_bitmap, 1);
    ck_assert_int_eq(r.duplicates, 1);
    ck_assert_int_eq(r.kept, 13);
    ck_assert(r.set.tags == 3 && r.set.seen == 1 && r.set.unseen == 2 && r.set.test == 13);
    ck_assert(file_exists(scratch_path(&scratch, "out/images/1f433.png")));
    ck_assert(!file_exists(scratch_path(&scratch, "out/images/1f98a.png")));
}
END_TEST

static void check_text(const char *name, const char *want)
{
    Bytes text;
    ck_assert_int_eq(file_read(scratch_path(&scratch, name), &text, NULL), 0);
    ck_assert_str_eq((const char *)text.data, want);
    bytes_free(&text);
}

START_TEST(writes_seen_and_unseen_tags)
{
    EmojiReport r;
    write_annotations();
    ck_assert_int_eq(prepare("red\nblue\n", &r, NULL), 0);
    check_text("out/seen/tags.txt", "red\n");
    check_text("out/unseen/tags.txt", "green\nsmiley\n");
    check_text("out/train.json", "[]\n");
    check_text("out/train_tags.txt", "red\n");
    check_text("out/seen/descriptions.json",
               "[{\"red\": [\"a photo of a red.\", \"a drawing of red.\", "
               "\"clip art of red.\"]}]\n");
    Bytes text;
    ck_assert_int_eq(
        file_read(scratch_path(&scratch, "out/unseen/annotations.txt"), &text, NULL), 0);
    ck_assert_ptr_nonnull(strstr((char *)text.data, "images/1f600.png,smiley\n"));
    ck_assert_ptr_nonnull(strstr((char *)text.data, "images/1f601.png,smiley,green\n"));
    ck_assert_ptr_nonnull(strstr((char *)text.data, "images/1f433.png\n"));
    bytes_free(&text);
    Image image;
    ck_assert_int_eq(
        image_read(scratch_path(&scratch, "out/images/1f601.png"), NULL, &image, NULL, NULL),
        0);
    ck_assert(image.width == 4 && image.height == 3); /* 6 x 4, reduced */
    image_free(&image);
}
END_TEST

START_TEST(divides_images_without_a_list)
{
    EmojiReport r;
    Error err = {0};
    Annotations a;
    write_annotations();
    ck_assert_msg(prepare(NULL, &r, &err) == 0, "%s", err.text);
    ck_assert(r.set.test > 0 && r.set.train > 0 && r.set.test + r.set.others == 13);
    char *path = file_join(scratch.dir, "out/train.json");
    ck_assert_int_eq(annotations_read((const char *const *)&path, 1, r.set.seen, &a, NULL), 0);
    ck_assert_int_eq(a.count, r.set.train);
    ck_assert_int_eq(a.caption_offset[a.count], a.count); /* the first name alone */
    ck_assert_ptr_nonnull(strstr(a.caption[0], " smiley "));
    annotations_free(&a);
    mem_free(path);
}
END_TEST

START_TEST(names_what_is_missing)
{
    EmojiReport r;
    Error err = {0};
    write_annotations();
    remove(scratch_path(&scratch, DERIVED));
    ck_assert_int_eq(prepare(NULL, &r, &err), -1);
    expect_error(&err, ERROR_DATA, "annotationsDerived/en.xml: cannot open");
    err = (Error){0};
    ck_assert_int_eq(prepare("", &r, &err), -1);
    expect_error(&err, ERROR_DATA, "seen.txt: no tags");
}
END_TEST

START_TEST(the_command_names_the_packages)
{
    char *messages;
    ck_assert_int_eq(run_program(&scratch, "prepare emoji x --font /none", NULL, &messages),
                     ERROR_DATA);
    ck_assert_ptr_nonnull(
        strstr(messages, "/none: no such file: apt-get install fonts-noto-color-emoji"));
    mem_free(messages);
    ck_assert_int_eq(
        run_program(&scratch, "prepare emoji x --font /dev/null --cldr /none", NULL, &messages),
        ERROR_DATA);
    ck_assert_ptr_nonnull(
        strstr(messages, "/none: no such folder: apt-get install unicode-cldr-core"));
    mem_free(messages);
}
END_TEST

/* ---- the real packages ------------------------------------------------------------------- */

START_TEST(the_real_emoji_have_their_counts)
{
    static const char font[] = "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf",
                      cldr[] = "/usr/share/unicode/cldr";
    if (!file_exists(font) || !file_is_dir(cldr)) {
        fprintf(stderr, "skipped: emoji: fonts-noto-color-emoji or unicode-cldr-core is not "
                        "installed\n");
        return;
    }
    char *out = file_join(scratch.dir, "out");
    const EmojiConfig config = {.font = font, .cldr = cldr, .size = 32, .min_images = 10};
    EmojiReport r;
    Error err = {0};
    ck_assert_msg(emoji_prepare(out, &config, &r, &err) == 0, "%s", err.text);
    const int64_t got[] = {r.characters, r.sequences, r.no_bitmap, r.bad_bitmap,
                           r.duplicates, r.kept,      r.set.tags};
    const int64_t want[] = {1735, 2267, 367, 0, 0, 1368, 51}; /* of Debian 12 */
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) ck_assert_int_eq(got[i], want[i]);
    mem_free(out);
}
END_TEST

Suite *test_emoji_suite(void);
Suite *test_emoji_suite(void)
{
    Suite *s = suite_create("emoji");
    TCase *t = tcase_create("emoji");
    tcase_set_timeout(t, 120);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, reads_annotations_of_single_characters);
    tcase_add_test(t, reads_no_other_file);
    tcase_add_loop_test(t, refuses_other_files, 0, sizeof bad_xml / sizeof *bad_xml);
    tcase_add_test(t, blends_a_bitmap_over_white);
    tcase_add_test(t, tells_missing_bitmaps_from_damaged_ones);
    tcase_add_loop_test(t, survives_damaged_fonts, 0, 3);
    tcase_add_test(t, refuses_other_fonts);
    tcase_add_test(t, counts_what_is_dropped);
    tcase_add_test(t, writes_seen_and_unseen_tags);
    tcase_add_test(t, divides_images_without_a_list);
    tcase_add_test(t, names_what_is_missing);
    tcase_add_test(t, the_command_names_the_packages);
    tcase_add_test(t, the_real_emoji_have_their_counts);
    suite_add_tcase(s, t);
    return s;
}
