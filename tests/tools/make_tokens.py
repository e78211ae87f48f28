#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a small file of merges and the ids that CLIP's algorithm gives for some texts with it:
    make_tokens.py tests/data/text/merges.txt tests/data/text/token_cases.h
Needs the packages ftfy (the files were made with 6.3.1) and regex, as CLIP's tokenizer does."""
import collections
import html
import sys

import ftfy
import regex

PATTERN = regex.compile(
    r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|"
    r"[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+", regex.IGNORECASE)
CORPUS = """a photo of a red circle above two blue squares . a photo of a dog and a cat on the grass
the man is riding a wave on top of a surfboard in the sea it's a small green triangle they'll say
we're done don't can't won't i'd i've i'm naïve café straße résumé señor über ... !! ??? -- ,,
日本語 日本 русский текст ελληνικά and the photos of the flowers in the park with the other colours"""
# Two merges produce the same text; the later one determines its id. Ranks 2, 3, 1 interleave.
EXTRA = ["x y", "xy z", "y z", "x yz", "xyz x", "! !", "!! !!</w>", "q q", "qq qq", "q q</w>"]
TEXTS = [
    "", " ", "a", "a photo of a dog", "A PHOTO of a DoG.",
    "  a \t photo\n\nof\u00a0a\u3000dog ", "it's the cat's, they'll say we're done; I'd've",
    "IT'S THEY'LL I'M", "'s'S ''s x's'", "'\u017f",
    "don't can\u2019t \u2018won\u2019t\u2019 \u201cquoted\u201d",
    "1234 3.14 a1b2 \u0663\u0664 \u00bd\u00b2 \u2167", "<|startoftext|>a<|endoftext|>",
    "<|STARTOFTEXT|> x <|endoftext|", "!<|endoftext|>", "<|\u017ftartoftext|>",
    "&lt;b&gt;bold&lt;/b&gt; &amp;amp; more", "<p>&amp;amp;amp;", "&amp;amp;amp;amp;",
    "a &lt b &notit; &copy2", "&EACUTE;t&eacute; &SZLIG; &FJLIG; &NBUMP;",
    "&#100;og &#x64;og &#0; &#150; &#xD800; &#x110000; &#59; &#",
    "&#x1F600; &#128512 &#8;x &#11; &bogus; &;", "AT&T R&D a&b",
    "&ClockwiseContourIntegral;&ngE;",
    "\ufb01sh \ufb02at \ufb03 \ufb05 \u0132\u0133 \u01c4\u01c5\u01c6 \u0149 \u01f1",
    "\uff21\uff22\uff23\uff11\uff0c \uff76\uff9e\uff77 \uffa1\uffa2 \uffe3",
    "caf\u00e9 cafe\u0301 CAFE\u0301", "\u1e69 s\u0323\u0307 s\u0307\u0323",
    "\u1100\u1161\u11a8 \uac01", "na\u00efve NA\u00cfVE \u00dcBER stra\u00dfe STRA\u1e9eE",
    "\u0130stanbul DI\u015eI",
    "\u039f\u0394\u039f\u03a3 \u039f\u0394\u039f\u03a3. \u03a3 \u0391\u03a3\u0391 "
    "\u0391\u03a3\u00ad \u0391\u03a3'\u0391 \u00aa\u03a3",
    "\u24b6\u03a3 \U0001f130\u03a3 \u2160\u03a3", "\u212aelvin \u212bngstr\u00f6m \u2126",
    "\u65e5\u672c\u8a9e\u306e\u30c6\u30ad\u30b9\u30c8",
    "\u0440\u0443\u0441\u0441\u043a\u0438\u0439 \u0420\u0423\u0421\u0421\u041a\u0418\u0419",
    "\u0939\u093f\u0928\u094d\u0926\u0940",
    "\U0001f436\U0001f431 \U0001f1eb\U0001f1f7 \U0001f469\u200d\U0001f52c",
    "soft\u00adhyphen zero\u200bwidth \ufeffbom", "a\u0345b \u03b1\u0345",
    "\x01a\x07b\x0bc\x1cd\x7fe\x0cf", "\x1b[31;1mred\x1b[0m \x1b[\u0663m \x1b[x\x1b[",
    "a\u2028b\u2029c\u0085d\r\ne\rf", "\u206aa\ufff9b\ufffcc\ufffdd", "caf\u00c3\u00a9",
    "it\u00e2\u20ac\u2122s", "it\u00e2\u0080\u0099s \u00e2\u0080\u009cx\u00e2\u0080\u009d",
    "caf\u00c3\u0192\u00c2\u00a9", "voil\u00c3 la photo", "\u00c3 la carte",
    "a\u00c2 photo of \u00c2 dogs", "\u00e6\u2014\u00a5\u00e6\u0153\u00ac",
    "\u00f0\u0178\u02dc\u20ac", "\u00c3\u20ac propos", "\u0092 \u0085 \u0081",
    "\u00c9\u00bf \u00dc \u00e9", "\u00c2\u00a9 2020 \u00c3\u2014 2",
    "\u00e2\u201a\u00ac5 \u00c5\u201cuvre", "\u00d8\u00b9\u00d8\u00b1\u00d8\u00a8\u00d9\u0160",
    "xyz xyzx xxyz xyzxyz xyx yzx", "!!!! !!!!!! !!", "qqqqq qqqqqqqq qqq",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "the photos of the flowers in the park with the other colours", "word " * 40, "a " * 100,
    "!" * 150,
]


def byte_letters():
    bytes_ = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = list(bytes_)
    for b in range(256):
        if b not in bytes_:
            letters.append(256 + len(bytes_) - 188)
            bytes_.append(b)
    return dict(zip(bytes_, map(chr, letters)))


LETTER = byte_letters()


def pieces(text):
    text = html.unescape(html.unescape(ftfy.fix_text(text))).strip()
    return PATTERN.findall(" ".join(text.split()).lower())


def symbols(piece):
    word = [LETTER[b] for b in piece.encode()]
    return (*word[:-1], word[-1] + "</w>")


def join(word, pair):
    out, i = [], 0
    while i < len(word):
        both = word[i:i + 2] == pair
        out.append("".join(pair) if both else word[i])
        i += 2 if both else 1
    return tuple(out)


def learn(merges):
    words = [symbols(p) for p in pieces(CORPUS)]
    for _ in range(merges):
        count = collections.Counter(p for w in words for p in zip(w, w[1:]))
        best = max(sorted(count), key=count.get)
        yield best
        words = [join(w, best) for w in words]


def encode(text, rank, entry):
    for piece in pieces(text):
        if piece in entry and piece.startswith("<|"):
            yield entry[piece]
            continue
        word = symbols(piece)
        while True:
            known = [p for p in zip(word, word[1:]) if p in rank]
            if not known:
                break
            word = join(word, min(known, key=rank.get))
        yield from (entry[s] for s in word)


def c_text(text):
    plain = range(0x20, 0x7f)
    return '"%s"' % "".join(chr(b) if b in plain and chr(b) not in '"\\?' else "\\%03o" % b
                            for b in text.encode())


def wrapped(items, width):
    line = ""
    for item in items:
        if len(line) + len(item) > width:
            yield line.rstrip()
            line = ""
        line += item
    yield line.rstrip()


def main(merges_path, cases_path):
    merges = [*learn(120), *(tuple(e.split()) for e in EXTRA)]
    assert len(set(merges)) == len(merges)
    names = [*LETTER.values(), *(c + "</w>" for c in LETTER.values()), *map("".join, merges),
             "<|startoftext|>", "<|endoftext|>"]
    entry, rank = dict(zip(names, range(len(names)))), {m: i for i, m in enumerate(merges)}
    with open(merges_path, "w") as f:
        f.write("#version: 0.2\n" + "".join("%s %s\n" % m for m in merges))
    with open(cases_path, "w") as f:
        print("/* Texts and the ids of CLIP's algorithm with merges.txt, followed by -1; made by\n"
              " * tests/tools/make_tokens.py. */", file=f)
        print("/* clang-format off */\nenum { TOKEN_CASE_SIZE = %d };" % len(names), file=f)
        print("static const struct {\n    const char *text;\n    int32_t ids[78];\n}"
              " token_cases[] = {", file=f)
        for text in TEXTS:
            ids = [len(names) - 2, *encode(text, rank, entry), len(names) - 1]
            if len(ids) > 77:
                ids = [*ids[:76], len(names) - 1]
            literal = c_text(text)
            width = len(literal) if "\\" in literal else 84
            parts = [literal[i:i + width] for i in range(0, len(literal), width)]
            print("    {" + '"\n     "'.join(parts) + ",", file=f)
            lines = list(wrapped(("%d, " % i for i in [*ids, -1]), 84))
            print("     {" + "\n      ".join(lines).rstrip(",") + "}},", file=f)
        print("};", file=f)


main(*sys.argv[1:])
