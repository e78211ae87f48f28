#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One data set in the forms that people have, written by the programs that they use: a table by
pandas, COCO's files (which pycocotools reads), a tree with text files, JSON Lines by pandas, shards
by webdataset. `ramplus prepare` makes a data folder of each, and their files are compared.

    pip install pandas pycocotools webdataset
    tests/tools/own_forms.py SET WORK [RAMPLUS]

SET is a data folder with train.json, train_tags.txt and its images, such as `prepare openclipart`
writes; WORK is an empty folder. Exit code 1 if any file differs.
"""

import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time

import pandas
import webdataset
from pycocotools.coco import COCO

FILES = ["train.json", "train_tags.txt", "descriptions.json", "tag_counts.csv",
         "test/annotations.txt", "test/tags.txt"]
SHARD = 1000  # samples
OPTIONS = ["--test", "0.2", "--seed", "1", "--least", "20", "--strict"]


def read_set(folder):
    """Rows {image, tags, captions}; WebDataset's keys end at the first dot, so stems have none."""
    with open(f"{folder}/train_tags.txt", encoding="utf-8") as f:
        names = f.read().splitlines()
    with open(f"{folder}/train.json", encoding="utf-8") as f:
        records = json.load(f)
    rows = []
    for r in records:
        stem, ending = os.path.splitext(r["image_path"].removeprefix("images/"))
        rows.append({"from": f"{folder}/{r['image_path']}", "image": stem.replace(".", "_") + ending,
                     "tags": [names[k] for k in r["union_label_id"]], "captions": r["caption"]})
    assert len({row["image"] for row in rows}) == len(rows)
    return rows


def copy_images(rows, folder):
    for row in rows:
        path = f"{folder}/{row['image']}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copyfile(row["from"], path)


def write_csv(rows, work):
    most = max(len(row["captions"]) for row in rows)
    table = {"image": [row["image"] for row in rows], "tags": [";".join(row["tags"]) for row in rows]}
    for k in range(most):
        table[f"caption{k}"] = [(row["captions"] + [None] * most)[k] for row in rows]
    pandas.DataFrame(table).to_csv(f"{work}/set.csv", index=False)
    captions = [word for k in range(most) for word in ("--caption", f"caption{k}")]
    return ["csv", f"{work}/csv", f"{work}/set.csv", "--images", f"{work}/images", *captions]


def write_coco(rows, work):
    names = sorted({tag for row in rows for tag in row["tags"]})
    images = [{"id": i, "file_name": row["image"]} for i, row in enumerate(rows)]
    labels, captions = [], []
    for i, row in enumerate(rows):
        labels += [{"id": len(labels) + k, "image_id": i, "category_id": names.index(tag) + 1}
                   for k, tag in enumerate(row["tags"])]
        captions += [{"id": len(captions) + k, "image_id": i, "caption": text}
                     for k, text in enumerate(row["captions"])]
    categories = [{"id": k + 1, "name": name} for k, name in enumerate(names)]
    for name, annotations, more in (("instances", labels, {"categories": categories}),
                                    ("captions", captions, {})):
        with open(f"{work}/{name}.json", "w", encoding="utf-8") as f:
            json.dump({"images": images, "annotations": annotations, **more}, f)
        coco = COCO(f"{work}/{name}.json")
        assert len(coco.getImgIds()) == len(rows) and len(coco.getAnnIds()) == len(annotations)
    return ["coco", f"{work}/coco", "--instances", f"{work}/instances.json", "--captions",
            f"{work}/captions.json", "--images", f"{work}/images"]


def write_texts(rows, work):
    copy_images(rows, f"{work}/tree")
    for row in rows:
        stem = os.path.splitext(f"{work}/tree/{row['image']}")[0]
        with open(f"{stem}.txt", "w", encoding="utf-8") as f:
            f.write(", ".join(row["tags"]).replace("(", r"\(").replace(")", r"\)") + "\n")
        with open(f"{stem}.caption", "w", encoding="utf-8") as f:
            f.write("".join(text + "\n" for text in row["captions"]))
    return ["folder", f"{work}/folder", f"{work}/tree"]


def write_lines(rows, work):
    table = pandas.DataFrame({"file_name": [row["image"] for row in rows],
                              "tags": [row["tags"] for row in rows],
                              "text": [row["captions"] for row in rows]})
    table.to_json(f"{work}/images/metadata.jsonl", orient="records", lines=True)
    return ["jsonl", f"{work}/jsonl", f"{work}/images/metadata.jsonl"]


def write_shards(rows, work):
    os.makedirs(f"{work}/tars")
    with webdataset.ShardWriter(f"{work}/tars/%05d.tar", maxcount=SHARD, verbose=0) as out:
        for row in rows:
            key, ending = os.path.splitext(row["image"])
            with open(row["from"], "rb") as f:
                out.write({"__key__": key, ending[1:]: f.read(),
                           "json": {"tags": row["tags"], "caption": row["captions"]}})
    return ["shards", f"{work}/shards", f"{work}/tars"]


def path_of(record):
    return record["image_path"].encode()


def content(folder, name):
    """The file without names of shards, whose records come in the order of the shards."""
    with open(f"{folder}/{name}", encoding="utf-8") as f:
        text = f.read()
    if not folder.endswith("/shards"):
        return text
    for shard in range(1000):
        text = text.replace(f"{shard:05d}.tar/", "")
    if name == "train.json":
        lines = [line.rstrip(",") for line in text.strip()[1:-1].split("\n")]
        return "[" + ",\n".join(sorted(lines, key=lambda r: path_of(json.loads(r)))) + "]\n"
    if name == "test/annotations.txt":
        return "".join(sorted(text.splitlines(True), key=lambda r: next(csv.reader([r]))[0].encode()))
    return text


def main(source, work, ramplus="./ramplus"):
    rows = read_set(source)
    copy_images(rows, f"{work}/images")
    first, differ = None, 0
    for write in (write_csv, write_coco, write_texts, write_lines, write_shards):
        arguments = write(rows, work)
        start = time.monotonic()
        subprocess.run([ramplus, "prepare", *arguments, *OPTIONS], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        seconds = time.monotonic() - start
        found = [content(arguments[1], name) for name in FILES]
        first = first or found
        wrong = [name for name, a, b in zip(FILES, found, first) if a != b]
        differ += bool(wrong)
        digest = hashlib.sha256("".join(found).encode()).hexdigest()[:16]
        print(f"{arguments[0]:8s} {seconds:6.2f} s  {digest}  differ: {', '.join(wrong) or 'none'}")
    print(f"{len(rows)} images, {first[0].count('image_path')} for training")
    return differ > 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
