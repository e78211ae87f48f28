#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a small SigLIP with random weights, its tokenizer, inputs and outputs:
    make_siglip.py tests/golden/siglip
Needs the packages torch, transformers (the files were made with 5.24), sentencepiece (0.2.3), protobuf
and safetensors."""
import io
import json
import os
import random
import sys

import sentencepiece
import torch
from safetensors.torch import save_file
from transformers import SiglipConfig, SiglipModel
from transformers.models.siglip.tokenization_siglip import SiglipTokenizer

CONTEXT = 16
WORDS = """a photo of the red blue green circle square star ring moon dog cat house tree river mountain person riding
bicycle on street at night small large painting drawing close up view two three standing sitting table chair window
glass bottle wine beer bread water boat ship plane train car bus truck road sky cloud rain snow summer winter flower
garden bird horse sheep cow elephant bear zebra giraffe""".split()
# A model marks the start of a text twice if it begins with white space: no text here does.
TEXTS = [
    "a photo of a red circle.", "A Photo of the BLUE stars!", "", "white   space\tand\nlines ",
    "mountain-bike, riding; (at night)", "\u03a9mega \u03a9\u03a9 \u03a9\u03a9\u03a9a 12", "caf\u00e9 \u00c9t\u00e9",
    "xyzzy and xyzzys", "zebra" * 30, "a", "...", "marked \u2581text",
    "standing sitting small large " * 12, "don't stop", "elephantgiraffe", "ta\u0301ble \u2126"]


def pieces():
    random.seed(1)
    ends = ["", "", "s", "ing", "ed"]
    lines = [" ".join(random.choice(WORDS) + random.choice(ends) for _ in range(random.randint(3, 12)))
             for _ in range(3000)]
    out = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=out, model_type="unigram", vocab_size=240, pad_id=0,
        eos_id=1, unk_id=2, bos_id=-1, normalization_rule_name="identity", user_defined_symbols=["xyzzy"])
    return out.getvalue()


def model():
    torch.manual_seed(3)
    tower = dict(hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2)
    config = SiglipConfig(
        text_config=dict(tower, vocab_size=240, max_position_embeddings=CONTEXT, projection_size=16),
        vision_config=dict(tower, image_size=16, patch_size=4))
    m = SiglipModel(config).eval()
    for name, p in m.named_parameters():
        scale = 0.3 if p.ndim > 1 else 0.2
        p.copy_(torch.randn_like(p) * scale + (1 if "norm" in name and name.endswith("weight") else 0))
    m.logit_scale.fill_(2.3)
    m.logit_bias.fill_(-3.5)
    return config, m


@torch.no_grad()
def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    spiece = os.path.join(folder, "spiece.model")
    with open(spiece, "wb") as f:
        f.write(pieces())
    tokenizer = SiglipTokenizer(spiece)
    ids = [tokenizer(t, padding="max_length", truncation=True, max_length=CONTEXT)["input_ids"] for t in TEXTS]
    with open(os.path.join(folder, "tokens.json"), "w") as f:
        json.dump({"context": CONTEXT, "texts": TEXTS, "ids": ids}, f)
    config, m = model()
    image = torch.randn(3, 3, 16, 16)
    out = m(input_ids=torch.tensor(ids), pixel_values=image)
    arrays = {k: v.contiguous().clone() for k, v in m.state_dict().items()}
    arrays.update({"in.image": image, "out.image": out.image_embeds.contiguous(),
                   "out.text": out.text_embeds.contiguous(), "out.logits": out.logits_per_image.contiguous()})
    save_file(arrays, os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})
    config.save_pretrained(folder)


main()
