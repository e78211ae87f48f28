#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes emoji.ttf, a font with a few color bitmaps (tables CBLC and CBDT), and outlines.ttf, one
with a single, empty outline.

    python3 -m venv venv
    venv/bin/pip install fonttools
    venv/bin/python tests/tools/make_emoji_font.py tests/data/collections

The bitmaps have 6 x 4 pixels. Those of U+1F600 to U+1F60B have one color each; the left half is
opaque, the right half is transparent to a half. U+1F40D has a damaged PNG, U+1F41F no bitmap,
U+1F98A the bitmap of U+1F600, U+1F433 one of 2 x 3 pixels that shows its own colors.
"""
import os
import struct
import sys
import zlib

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import newTable
from fontTools.ttLib.tables import C_B_D_T_, E_B_L_C_
from fontTools.ttLib.tables.BitmapGlyphMetrics import SmallGlyphMetrics
from fontTools.ttLib.tables.E_B_L_C_ import Strike, SbitLineMetrics


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(rows):
    """Rows of RGBA pixels as the bytes of a file."""
    head = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 6, 0, 0, 0)
    body = b"".join(b"\0" + b"".join(bytes(p) for p in row) for row in rows)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(body, 9))
            + chunk(b"IEND", b""))


def flat(i):
    color = (20 * i, 255 - 20 * i, 100)
    return png([[color + (255,)] * 3 + [color + (128,)] * 3] * 4)


def bitmaps():
    out = {0x1F600 + i: (flat(i), 6, 4) for i in range(12)}
    out[0x1F98A] = (flat(0), 6, 4)
    damaged = bytearray(flat(3))
    damaged[45] ^= 0xFF
    out[0x1F40D] = (bytes(damaged), 6, 4)
    own = [[(255, 0, 0, 255), (0, 255, 0, 255)], [(0, 0, 255, 255), (0, 0, 0, 0)],
           [(10, 20, 30, 255), (255, 255, 255, 255)]]
    out[0x1F433] = (png(own), 2, 3)
    return out


def glyph(data, width, height):
    g = C_B_D_T_.cbdt_bitmap_format_17(b"", None)
    g.metrics = SmallGlyphMetrics()
    g.metrics.width, g.metrics.height = width, height
    g.metrics.BearingX, g.metrics.BearingY, g.metrics.Advance = 0, height, width
    g.imageData = data
    return g


def line_metrics():
    m = SbitLineMetrics()
    for name in ("ascender", "descender", "widthMax", "caretSlopeNumerator",
                 "caretSlopeDenominator", "caretOffset", "minOriginSB", "minAdvanceSB",
                 "maxBeforeBL", "minAfterBL", "pad1", "pad2"):
        setattr(m, name, 0)
    m.ascender, m.widthMax = 4, 6
    return m


def add_bitmaps(font, names):
    index = E_B_L_C_.eblc_index_sub_table_1(b"", None)
    index.names, index.imageFormat, index.indexFormat = names, 17, 1
    index.imageDataOffset = 0
    strike = Strike()
    size = strike.bitmapSizeTable
    size.hori, size.vert = line_metrics(), line_metrics()
    size.colorRef, size.ppemX, size.ppemY, size.bitDepth, size.flags = 0, 6, 6, 32, 1
    size.startGlyphIndex, size.endGlyphIndex = 1, len(names)
    strike.indexSubTables = [index]
    font["CBLC"] = newTable("CBLC")
    font["CBLC"].version, font["CBLC"].strikes = 3.0, [strike]
    font["CBDT"] = newTable("CBDT")
    font["CBDT"].version = 3.0


def builder_of(order, characters):
    builder = FontBuilder(1024, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(characters)
    builder.setupHorizontalMetrics({name: (1024, 0) for name in order})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "ramplus test", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost(keepGlyphNames=False)
    builder.font["head"].created = builder.font["head"].modified = 0
    builder.font.recalcTimestamp = False
    return builder


def write_emoji(path):
    images = bitmaps()
    names = [f"u{rune:X}" for rune in sorted(images)]
    characters = {rune: f"u{rune:X}" for rune in [*sorted(images), 0x1F41F]}
    font = builder_of([".notdef"] + names + ["u1F41F"], characters).font
    add_bitmaps(font, names)
    font["CBDT"].strikeData = [{f"u{r:X}": glyph(*images[r]) for r in images}]
    font.save(path)


def write_outlines(path):
    builder = builder_of([".notdef"], {})
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph()})
    builder.font.save(path)


def main():
    write_emoji(os.path.join(sys.argv[1], "emoji.ttf"))
    write_outlines(os.path.join(sys.argv[1], "outlines.ttf"))


if __name__ == "__main__":
    main()
