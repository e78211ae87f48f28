#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes tests/golden/backbones/: small image encoders of timm and Hugging Face with their values
and gradients.

    python3 -m venv venv
    venv/bin/pip install torch timm transformers safetensors
    venv/bin/python tests/tools/make_backbones.py tests/golden/backbones

NAME.safetensors holds the weights under timm's names, as files of published weights do.
NAME_hf.safetensors holds the same weights as written by the class of Hugging Face, after its
forward pass has returned the same values. swin_microsoft.safetensors holds the Swin weights under
the names of the original code. NAME_values.safetensors holds `image`, `out` (the pooled token, then
the map), `seed` (the gradient of the total with respect to `out`) and `grad.PARAMETER`, computed in
float64 from the float32 weights. vit_positions.safetensors holds position tables before (`in.A.B`)
and after (`out.A.B`) resampling from A x A to B x B. NAME.json holds the sizes as options of
ramplus.
"""
import json
import os
import re
import sys
import tempfile

import timm.layers
import timm.models.convnext
import timm.models.swin_transformer
import timm.models.vision_transformer
import torch
import transformers
from safetensors.torch import load_file, save_file

BATCH = 2


def fill(model, generator):
    """Sets weights so that every part of the network affects the output."""
    for name, p in model.named_parameters():
        lo, hi = -0.2, 0.2
        if name.endswith("gamma"):
            lo, hi = 0.3, 0.9
        elif name.endswith("pos_embed") or "token" in name or "bias_table" in name:
            lo, hi = -0.5, 0.5
        elif p.ndim > 1:
            hi = (3 / p[0].numel()) ** 0.5
            lo = -hi
        elif name.endswith("weight"):
            lo, hi = 0.9, 1.1
        with torch.no_grad():
            p.copy_(torch.rand(p.shape, generator=generator).mul(hi - lo).add(lo))


def weights(model):
    return {k: v.detach().float().clone().contiguous() for k, v in model.named_parameters()}


def write(path, tensors):
    save_file({k: v.float().contiguous() for k, v in tensors.items()}, path)


def make(folder, name, model, forward, side, options, seed):
    """Writes the files of one encoder; forward(model, image) returns [B, 1 + tokens, C]."""
    generator = torch.Generator().manual_seed(seed)
    model.eval()
    fill(model, generator)
    stored = weights(model)
    image = torch.rand(BATCH, 3, side, side, generator=generator) * 4 - 2
    model = model.double()
    out = forward(model, image.double())
    grad = torch.rand(out.shape, generator=generator, dtype=torch.float32) * 2 - 1
    (out * grad.double()).sum().backward()
    values = {"image": image, "out": out.detach(), "seed": grad}
    values |= {"grad." + k: p.grad for k, p in model.named_parameters()}
    write(f"{folder}/{name}.safetensors", stored)
    write(f"{folder}/{name}_values.safetensors", values)
    with open(f"{folder}/{name}.json", "w") as f:
        json.dump({"options": options}, f, indent=1)
        f.write("\n")
    print(name, tuple(out.shape), sum(p.numel() for p in model.parameters()))
    return stored, image, out.detach()


def hugging_face(path, model, own, forward, image, out):
    """Writes the weights under the names of `model`; own(name) returns the tensor, or None to keep
    the tensor of the model."""
    with tempfile.TemporaryDirectory() as scratch:
        model.save_pretrained(scratch)
        tensors = load_file(f"{scratch}/model.safetensors")
        for name in tensors:
            value = own(name)
            if value is not None:
                assert value.shape == tensors[name].shape, (name, value.shape)
                tensors[name] = value.contiguous()
        save_file(tensors, f"{scratch}/model.safetensors", metadata={"format": "pt"})
        other = type(model).from_pretrained(scratch, dtype=torch.float64).eval()
        with torch.no_grad():
            error = (forward(other, image.double()) - out).abs().max().item()
        assert error < 1e-5, (path, error)
        save_file(tensors, path)
        print(path, "agrees within", error)


def pieces(stored, base, which):
    """The query, key or value part of a joined tensor."""
    return stored[base].chunk(3)[("query", "key", "value").index(which)]


# ---- ViT ----


def vit_forward(prefix, pooled):
    def forward(model, image):
        x = model.forward_features(image)
        map_ = x[:, prefix:]
        first = map_.mean(1, keepdim=True) if pooled == "mean" else x[:, :1]
        return torch.cat([first, map_], 1)
    return forward


def vit_own(stored):
    def own(name):
        name = re.sub("^(vit|dinov2_with_registers)\\.", "", name)
        plain = {"embeddings.cls_token": "cls_token", "embeddings.position_embeddings": "pos_embed",
                 "embeddings.register_tokens": "reg_token"}
        if name in plain:
            return stored[plain[name]]
        for a, b in (("embeddings.patch_embeddings.projection", "patch_embed.proj"),
                     ("encoder.layer.", "blocks."), ("layernorm_before", "norm1"),
                     ("layernorm_after", "norm2"), ("attention.output.dense", "attn.proj"),
                     ("intermediate.dense", "mlp.fc1"), ("output.dense", "mlp.fc2"),
                     ("layer_scale1.lambda1", "ls1.gamma"), ("layer_scale2.lambda1", "ls2.gamma")):
            name = name.replace(a, b)
        name = re.sub("^layernorm", "norm", name)
        m = re.match("(.*)\\.attention\\.attention\\.(query|key|value)\\.(.*)", name)
        if m:
            return pieces(stored, f"{m[1]}.attn.qkv.{m[3]}", m[2])
        return stored.get(name)
    return own


def make_vit(folder):
    vit = timm.models.vision_transformer.VisionTransformer
    common = dict(embed_dim=12, depth=2, num_heads=3, num_classes=0)
    options = ["vit.width=12", "vit.depth=2", "vit.heads=3"]
    stored, image, out = make(
        folder, "vit_class", vit(img_size=48, patch_size=16, **common), vit_forward(1, "class"), 48,
        options + ["model.encoder=vit_ti", "model.image_size=48"], 1)
    config = transformers.ViTConfig(
        image_size=48, patch_size=16, hidden_size=12, num_hidden_layers=2, num_attention_heads=3,
        intermediate_size=48, layer_norm_eps=1e-6, num_labels=2)
    hugging_face(f"{folder}/vit_class_hf.safetensors",
                 transformers.ViTForImageClassification(config), vit_own(stored),
                 lambda m, x: m.vit(x).last_hidden_state, image, out)
    make(folder, "vit_mean",
         vit(img_size=42, patch_size=14, class_token=False, global_pool="avg", fc_norm=False,
             qkv_bias=False, **common),
         vit_forward(0, "mean"), 42,
         options + ["model.encoder=vit_ti", "model.image_size=42", "vit.patch=14", "vit.pool=mean",
                    "vit.qkv_bias=false"], 2)
    make(folder, "vit_registers",
         vit(img_size=42, patch_size=14, reg_tokens=3, no_embed_class=True, init_values=0.1, **common),
         vit_forward(4, "class"), 42,
         options + ["model.encoder=vit_ti", "model.image_size=42", "vit.patch=14", "vit.registers=3",
                    "vit.class_position=false", "vit.layer_scale=0.1"], 3)
    make_dinov2(folder)
    make_positions(folder)


def make_dinov2(folder):
    """As in the original, the class token has a position and registers have none; timm lacks it."""
    config = transformers.Dinov2WithRegistersConfig(
        image_size=42, patch_size=14, hidden_size=12, num_hidden_layers=2, num_attention_heads=3,
        mlp_ratio=4, num_register_tokens=2)
    model = transformers.Dinov2WithRegistersModel(config).eval()
    generator = torch.Generator().manual_seed(4)
    fill(model, generator)
    image = torch.rand(BATCH, 3, 42, 42, generator=generator) * 4 - 2
    with tempfile.TemporaryDirectory() as scratch:
        model.save_pretrained(scratch)
        write(f"{folder}/dinov2_hf.safetensors", load_file(f"{scratch}/model.safetensors"))
    with torch.no_grad():
        x = model.double()(image.double()).last_hidden_state
    out = torch.cat([x[:, :1], x[:, 3:]], 1)
    write(f"{folder}/dinov2_hf_values.safetensors", {"image": image, "out": out})


def make_positions(folder):
    generator = torch.Generator().manual_seed(5)
    tensors = {}
    for a, b in ((3, 5), (5, 3), (4, 7), (7, 2), (2, 6)):
        table = torch.rand(1, 1 + a * a, 5, generator=generator) * 2 - 1
        tensors[f"in.{a}.{b}"] = table
        tensors[f"out.{a}.{b}"] = timm.layers.resample_abs_pos_embed(
            table, new_size=[b, b], old_size=[a, a], num_prefix_tokens=1)
    write(f"{folder}/vit_positions.safetensors", tensors)


# ---- ConvNeXt ----


def convnext_forward(model, image):
    x = model.stages(model.stem(image))
    tokens = x.flatten(2).transpose(1, 2)
    both = torch.cat([tokens.mean(1, keepdim=True), tokens], 1)
    both = torch.nn.functional.layer_norm(both, both.shape[-1:], model.head.norm.weight,
                                          model.head.norm.bias, model.head.norm.eps)
    assert (both[:, 0] - model.forward_head(x, pre_logits=True)).abs().max() < 1e-6
    return both


def convnext_own(stored):
    def own(name):
        name = re.sub("^convnext\\.", "", name)
        for a, b in (("embeddings.patch_embeddings", "stem.0"), ("embeddings.layernorm", "stem.1"),
                     ("encoder.stages", "stages"), ("downsampling_layer", "downsample"),
                     (".layers.", ".blocks."), ("layer_scale_parameter", "gamma"),
                     ("dwconv", "conv_dw"), ("pwconv1", "mlp.fc1"), ("pwconv2", "mlp.fc2")):
            name = name.replace(a, b)
        name = re.sub("^layernorm", "head.norm", name).replace("layernorm", "norm")
        return stored.get(name)
    return own


def make_convnext(folder):
    model = timm.models.convnext.ConvNeXt(depths=(1, 2, 1, 1), dims=(4, 6, 8, 10), num_classes=0)
    stored, image, out = make(
        folder, "convnext", model, convnext_forward, 64,
        ["model.encoder=convnext_t", "model.image_size=64", "convnext.depths=1,2,1,1",
         "convnext.widths=4,6,8,10"], 6)
    config = transformers.ConvNextConfig(depths=[1, 2, 1, 1], hidden_sizes=[4, 6, 8, 10], num_labels=2)

    def forward(m, x):
        y = m.convnext(x)
        tokens = y.last_hidden_state.flatten(2).transpose(1, 2)
        return torch.cat([y.pooler_output[:, None], m.convnext.layernorm(tokens)], 1)
    # The final normalization of the class uses eps 1e-12 instead of 1e-6: values agree within 1e-5.
    hugging_face(f"{folder}/convnext_hf.safetensors",
                 transformers.ConvNextForImageClassification(config), convnext_own(stored), forward,
                 image, out)


# ---- Swin ----


def swin_forward(model, image):
    x = model.forward_features(image).flatten(1, 2)
    return torch.cat([x.mean(1, keepdim=True), x], 1)


def swin_own(stored):
    def own(name):
        name = re.sub("^swin\\.", "", name)
        name = re.sub("^embeddings.norm", "patch_embed.norm", name)
        name = re.sub("^layernorm", "norm", name)
        for a, b in (("embeddings.patch_embeddings.projection", "patch_embed.proj"),
                     ("encoder.layers", "layers"), ("layernorm_before", "norm1"),
                     ("layernorm_after", "norm2"), ("attention.output.dense", "attn.proj"),
                     ("intermediate.dense", "mlp.fc1"), ("output.dense", "mlp.fc2"),
                     ("attention.self.relative", "attn.relative")):
            name = name.replace(a, b)
        name = re.sub("layers.(\\d).downsample",
                      lambda m: f"layers.{int(m[1]) + 1}.downsample", name)
        m = re.match("(.*)\\.attention\\.self\\.(query|key|value)\\.(.*)", name)
        if m:
            return pieces(stored, f"{m[1]}.attn.qkv.{m[3]}", m[2])
        return stored.get(name)
    return own


def make_swin(folder):
    sizes = dict(img_size=64, window_size=2, embed_dim=4, depths=(2, 1, 1, 1), num_heads=(1, 2, 2, 4))
    stored, image, out = make(
        folder, "swin", timm.models.swin_transformer.SwinTransformer(num_classes=0, **sizes),
        swin_forward, 64,
        ["model.encoder=swin_t", "model.image_size=64", "swin.width=4", "swin.depths=2,1,1,1",
         "swin.heads=1,2,2,4", "swin.window=2"], 7)
    config = transformers.SwinConfig(image_size=64, window_size=2, embed_dim=4, depths=[2, 1, 1, 1],
                                     num_heads=[1, 2, 2, 4], num_labels=2)

    def forward(m, x):
        tokens = m.swin(x).last_hidden_state
        return torch.cat([tokens.mean(1, keepdim=True), tokens], 1)
    hugging_face(f"{folder}/swin_hf.safetensors", transformers.SwinForImageClassification(config),
                 swin_own(stored), forward, image, out)
    original = {re.sub("layers.(\\d).downsample",
                       lambda m: f"layers.{int(m[1]) - 1}.downsample", k): v for k, v in stored.items()}
    write(f"{folder}/swin_microsoft.safetensors", original)


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    torch.set_num_threads(1)
    timm.layers.set_fused_attn(False)
    make_vit(folder)
    make_convnext(folder)
    make_swin(folder)


main()
