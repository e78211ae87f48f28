# SPDX-License-Identifier: Apache-2.0
"""Makes the inputs of versus.sh: versus_inputs.py WHAT OUT [ARGUMENT...], one function per WHAT."""
import json
import struct
import sys

import numpy as np
import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from versus_model import MODELS, RamPlus


def read_arrays(path):  # of a safetensors file in float32, mapped
    data = np.memmap(path, np.uint8, "c")
    start = 8 + int(data[:8].view("<u8")[0])
    header = json.loads(data[8:start].tobytes())
    header.pop("__metadata__", None)
    return {name: torch.from_numpy(data[start:][slice(*a["data_offsets"])].view("<f4"))
            .view(a["shape"]) for name, a in header.items()}


def write_arrays(path, arrays):
    header, at = {}, 0
    for name, x in arrays.items():
        header[name] = dict(dtype="F32", shape=[*x.shape], data_offsets=[at, at + 4 * x.numel()])
        at += 4 * x.numel()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for x in arrays.values():
            f.write(x.numpy().tobytes())


def model_of(name, path=None):
    torch.manual_seed(1)
    model = RamPlus(**MODELS[name])
    if path:
        weights = read_arrays(path)
        weights.pop("label_embed", None)
        model.load_state_dict(weights)
    return model


def bank_of(path, bfloat16=False):  # [T, D, E]: every tag of the inputs has equally many texts
    data = np.memmap(path, np.uint8, "c")
    header = json.loads(data[8:8 + int(data[:8].view("<u8")[0])].tobytes())
    tags = len(json.loads(header["__metadata__"]["tags"]))
    rows = read_arrays(path)["label_embed"]
    rows = rows.view(tags, -1, rows.shape[1])
    return rows.bfloat16() if bfloat16 else rows


def picture(name, i):  # [S, S, 3] bytes: soft blobs
    torch.manual_seed(i)
    S = MODELS[name]["image"]
    blobs = F.interpolate(torch.rand(1, 3, 7, 7), (S, S), mode="bicubic")
    return (255 * blobs.clamp(0, 1))[0].permute(1, 2, 0).byte()


def normalized(name, i):  # [1, 3, S, S], as in evaluation
    mean, std = torch.tensor([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]])
    return ((picture(name, i) / 255 - mean) / std).permute(2, 0, 1)[None].contiguous()


# ---- what the script asks for ----


def tags(out, count):
    with open(out, "w") as f:
        f.writelines(f"tag{i}\n" for i in range(int(count)))


def descriptions(out, count, texts):
    with open(out, "w") as f:
        json.dump([{f"tag{i}": [f"a photo of tag{i}, way {k}" for k in range(int(texts))]}
                   for i in range(int(count))], f)


def annotations(out, count, images):
    """Every image has one tag in twenty."""
    with open(out, "w") as f:
        json.dump([{"image_path": f"images/train/{i:06}.png", "caption": [f"a photo of tag{i}"],
                    "union_label_id": [*range(i % 20, int(count), 20)]}
                   for i in range(int(images))], f)


def weights(out, name, bias):
    """Random weights; the bias of the last layer moves all logits."""
    model = model_of(name)
    torch.nn.init.constant_(model.fc.bias, float(bias))
    write_arrays(out, model.state_dict())


def labeled(out, weights, bank):
    """Weights with the vectors of the tags, as `ramplus convert` makes a checkpoint of."""
    write_arrays(out, {**read_arrays(weights), "label_embed": read_arrays(bank)["label_embed"]})


def bitmap(out, name, i):
    S = MODELS[name]["image"]
    with open(out, "wb") as f:
        f.write(struct.pack("<2sIIIIiiHHIIiiII", b"BM", 54 + 3 * S * S, 0, 54, 40, S, -S, 1, 24,
                            0, 3 * S * S, 0, 0, 0, 0))
        f.write(picture(name, int(i)).flip(2).numpy().tobytes())


class Tagger(torch.nn.Module):
    def __init__(self, model, bank):
        super().__init__()
        self.model = model
        self.register_buffer("bank", bank)

    def forward(self, image):
        return self.model(image, self.bank).sigmoid()


def onnx(out, name, weights, bank):
    tagger = Tagger(model_of(name, weights).eval(), bank_of(bank))
    with sdpa_kernel(SDPBackend.MATH):  # the others leave their strides in the graph
        torch.onnx.export(tagger, (normalized(name, 0),), out, dynamo=True, external_data=True)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
