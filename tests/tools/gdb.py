# SPDX-License-Identifier: Apache-2.0
"""Pretty-printers for gdb: `gdb -x tests/tools/gdb.py --args build/fast/check`, then `print *x`.

Shows Tensor, Error, Text and TagList in readable form. gdb can also call tensor_print(x, "x")
and tape_print(tape): `call (void)tensor_print(x, "x")`."""
import gdb
import gdb.printing

ITEMS_SHOWN = 8  # values or names per array


class TensorPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        v = self.value
        shape = [int(v["shape"][i]) for i in range(int(v["ndim"]))]
        n = 1
        for axis in shape:
            n *= axis
        text = "Tensor %s" % shape
        if v["needs_grad"]:
            text += " needs_grad"
        if int(v["data"]) == 0:
            return text + " without data"
        values = " ".join("%.6g" % float(v["data"][i]) for i in range(min(n, ITEMS_SHOWN)))
        return "%s: %s%s" % (text, values, " ..." if n > ITEMS_SHOWN else "")


class ErrorPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        code = int(self.value["code"])
        return "Error %d: %s" % (code, self.value["text"].string()) if code else "no Error"


class TextPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        v = self.value
        text = v["data"].string("utf-8", "replace", int(v["len"])) if int(v["data"]) else ""
        return "Text of %d bytes: %s" % (int(v["len"]), repr(text[:200]))


class TagListPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        n = int(self.value["count"])
        names = [self.value["name"][i].string("utf-8", "replace")
                 for i in range(min(n, ITEMS_SHOWN))]
        return "TagList of %d: %s%s" % (n, ", ".join(names), ", ..." if n > ITEMS_SHOWN else "")


def printers():
    collection = gdb.printing.RegexpCollectionPrettyPrinter("ramplus")
    for name, printer in (("Tensor", TensorPrinter), ("Error", ErrorPrinter),
                          ("Text", TextPrinter), ("TagList", TagListPrinter)):
        collection.add_printer(name, "^%s$" % name, printer)
    return collection


gdb.printing.register_pretty_printer(gdb.current_objfile(), printers(), replace=True)
