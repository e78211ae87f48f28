#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes data/text/html_entities.c from Python's html.entities.html5, the table of the HTML
standard: make_entities.py > data/text/html_entities.c"""
import string
from html.entities import html5


def entries(letter):
    for name in sorted(html5):
        if name[0] != letter or not name.endswith(";"):
            continue
        mark = "!" if name[:-1] in html5 else ";"
        yield name[:-1] + mark + "+".join("%x" % ord(c) for c in html5[name]) + " "


def lines(letter, width):
    line = ""
    for entry in entries(letter):
        if len(line) + len(entry) > width:
            yield line
            line = ""
        line += entry
    yield line


def main():
    bare = [n for n in html5 if not n.endswith(";")]
    assert all(n + ";" in html5 and html5[n] == html5[n + ";"] for n in bare)
    print("/* SPDX-License-Identifier: Apache-2.0 */")
    print("/* The named characters of HTML (%d names), made by tests/tools/make_entities.py from"
          " Python's\n * html.entities. */" % len(html5))
    print('#include "data/text/html_entities.h"\n\n/* clang-format off */')
    print("const char *const html_entities[52] = {")
    for letter in string.ascii_uppercase + string.ascii_lowercase:
        print("    " + "\n    ".join('"%s"' % s for s in lines(letter, 89)) + ",")
    print("};")


main()
