/* SPDX-License-Identifier: Apache-2.0 */
/* The uses of all commands, and their files. */
#include "tests/support/uses.h"

#include "core/io/text.h"
#include "core/mem.h"
#include "tests/data/collections/clipart_case.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

const char *const uses[USES] = {
    "prepare synth out --train 1 --test 1 --size 16 --json",
    "prepare openclipart out --png @/png --svg @/svg --size 16 --min-images-per-tag 1",
    "prepare emoji out --font @/emoji.ttf --cldr @/cldr --size 16 --min-images-per-tag 1 "
    "--json",
    "prepare stamps out --from @/stamps --size 16 --min-images-per-tag 1 --seen @/bird.txt",
    "prepare triplets out --tags @/data/train_tags.txt --root @/data @/data/train.json",
    "prepare csv out @/mine.csv --unchecked --json",
    "prepare coco out --instances @/coco.json --test 0",
    "prepare folder out @/tree --test 0 --json",
    "prepare jsonl out @/records.jsonl --unchecked --test 0 --json",
    "prepare shards out @/shards.tar --test 0 --json",
    "prepare pack out @/data --json",
    "prepare voc out --devkit @/voc --json",
    "prepare nuswide out --root @/nus --json",
    "prepare captions out --tags @/data/train_tags.txt --against union --json "
    "@/data/train.json",
    "prepare stats @/data --csv out --json",
    "describe --check @/data/seen/descriptions.json",
    "describe --tags @/data/train_tags.txt --endpoint http://127.0.0.1:9/v1 --model m -o "
    "out.json "
    "--dry-run",
    "train -c @/tiny.yaml run=out train.max_steps=1 data.eval=",
    "eval --checkpoint @/run --data @/data/seen -o out --json",
    "tag --checkpoint @/run --top 3 --csv @/one.png",
    "retrieve --checkpoint @/run --text red --json @/one.png",
    "embed --encoder hash model.text_width=64 --tags @/data/seen/tags.txt -o out.h5",
    ("ablate -c @/tiny.yaml run=out train.max_steps=1 eval.images=1 --grid loss.tag=bce "
     "--seeds 1"),
    "threshold --scores @/scores/scores.h5 -o out.txt --json",
    "report @/run -o out.html",
    "convert @/run out.safetensors",
    "info --json @/run/checkpoints/latest",
    "verify @/run",
    "config --options",
};

static void shell(const char *text)
{
    char *line = tiny_path(text);
    ck_assert_int_eq(system(line), 0);
    mem_free(line);
}

static void make_clipart(void)
{
    Scratch s;
    char *folder = tiny_path("@");
    snprintf(s.dir, sizeof s.dir, "%s", folder);
    tiny_write("@/png/none", "");
    tiny_write("@/svg/none", "");
    for (int i = 0; i < 10; i++) {
        char name[16], tags[16];
        snprintf(name, sizeof name, "art%d", i);
        snprintf(tags, sizeof tags, "t%d", i % 5);
        clipart_image(&s, name, 20 * i, tags);
    }
    mem_free(folder);
}

static void make_emoji(void)
{
    Text t = {0};
    text_put(&t, "<ldml><annotations>");
    for (int i = 0; i < 12; i++)
        text_add(&t,
                 "<annotation cp=\"&#%d;\">smiley</annotation>"
                 "<annotation cp=\"&#%d;\" type=\"tts\">a smiley</annotation>",
                 0x1f600 + i, 0x1f600 + i);
    text_put(&t, "</annotations></ldml>");
    tiny_write("@/cldr/common/annotations/en.xml", t.data);
    tiny_write("@/cldr/common/annotationsDerived/en.xml", t.data);
    text_free(&t);
    shell("cp tests/data/collections/emoji.ttf @/emoji.ttf");
}

/* After make_clipart, whose images it takes. */
static void make_stamps(void)
{
    tiny_write("@/bird.txt", "bird\n");
    tiny_write("@/stamps/animals/none", "");
    shell("cp -r @/png @/stamps/animals/birds");
    for (int i = 0; i < 10; i++) {
        char name[48];
        snprintf(name, sizeof name, "@/stamps/animals/birds/art%d.txt", i);
        tiny_write(name, "A bird.\nde.utf8=Ein Vogel.\n");
    }
}

static void make_table(void)
{
    tiny_write("@/mine.csv", "image,tags\na.jpg,cat\nb.jpg,dog\nc.jpg,cat;dog\n");
}

static void make_coco(void)
{
    tiny_write("@/coco.json", "{\"images\": [{\"id\": 1, \"file_name\": \"a.jpg\"}], "
                              "\"annotations\": [{\"image_id\": 1, \"category_id\": 2}], "
                              "\"categories\": [{\"id\": 2, \"name\": \"cat\"}]}");
}

static void make_tree(void)
{
    shell("mkdir -p @/tree && cp @/one.png @/tree/art1.png && cp @/one.png @/tree/art2.png");
    tiny_write("@/tree/art1.txt", "cat, dog");
    tiny_write("@/tree/art2.caption", "A bird.");
    tiny_write("@/records.jsonl", "{\"image\": \"a.jpg\", \"tags\": [\"cat\"]}\n");
}

/* After make_tree. */
static void make_shard(void)
{
    tiny_write("@/tags/art1.tags", "cat, dog");
    shell("tar cf @/shards.tar -C @/tree art1.png -C @/tags art1.tags");
}

static void make_voc(void)
{
    tiny_write("@/voc/ImageSets/Main/test.txt", "1\n2\n");
    tiny_write("@/voc/ImageSets/Main/cat_test.txt", "1 1\n2 -1\n");
}

static void make_nuswide(void)
{
    tiny_write("@/nus/ImageList/TrainImagelist.txt", "a\\1.jpg\n");
    tiny_write("@/nus/ImageList/TestImagelist.txt", "a\\2.jpg\n");
    tiny_write("@/nus/Concepts81.txt", "sky\n");
    tiny_write("@/nus/NUS_WID_Tags/TagList1k.txt", "blue\nsky\n");
    tiny_write("@/nus/NUS_WID_Tags/Train_Tags1k.dat", "1\t1\t\n");
    tiny_write("@/nus/NUS_WID_Tags/Test_Tags1k.dat", "1\t0\t\n");
    tiny_write("@/nus/Groundtruth/TrainTestLabels/Labels_sky_Test.txt", "1\n");
}

void uses_new(void)
{
    tiny_new();
    make_table();
    make_coco();
    make_voc();
    make_nuswide();
    mem_free(tiny_train(0, "run", "train.max_steps=1 data.eval="));
    mem_free(tiny_messages(0, "eval --checkpoint @/run --data @/data/seen -o @/scores"));
    shell("cp \"$(find @/data/images -type f | sort | head -1)\" @/one.png");
    make_clipart();
    make_emoji();
    make_stamps();
    make_tree();
    make_shard();
    shell("chmod -R a+rX @");
}

void uses_free(void) { tiny_free(); }
