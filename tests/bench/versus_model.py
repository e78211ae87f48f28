# SPDX-License-Identifier: Apache-2.0
"""RAM++ in PyTorch as a careful user would write it, to be timed against ramplus (versus.sh).

Parameter names are the reference's, so that ramplus reads the weights. Batches stay whole: windows
are one product per block, the descriptions of all tags one bmm, tags and captions one pass through
the decoder."""
import torch
import torch.nn.functional as F
from torch import nn

SWIN_B = dict(width=128, depths=(2, 2, 18, 2), swin_heads=(4, 8, 16, 32))
SWIN_L = dict(width=192, depths=(2, 2, 18, 2), swin_heads=(6, 12, 24, 48))
SMALL = dict(width=32, depths=(2, 2, 4, 2), swin_heads=(2, 4, 8, 16), image=64, window=4)
MODELS = {
    "swin_b_224": dict(SWIN_B, image=224, window=7),
    "swin_b_384": dict(SWIN_B, image=384, window=12),
    "swin_l_384": dict(SWIN_L, image=384, window=12),
    "synth": dict(SMALL, C=128, ffn=512, dropout=0, rate=0),
    "openclipart": dict(SMALL, E=384, C=256, ffn=1024),
}


def part(**modules):
    return nn.ModuleDict(modules)


def split_heads(x, heads):  # [B, N, C] -> [B, heads, N, C / heads]
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


def drop_path(x, rate, training):
    if not training or rate == 0:
        return x
    keep = torch.rand(x.shape[0], 1, 1, device=x.device) >= rate
    return x * (keep / (1 - rate)).to(x.dtype)


def position_index(w):  # [w^2, w^2] rows of the table of relative positions
    at = torch.stack(torch.meshgrid(torch.arange(w), torch.arange(w), indexing="ij")).flatten(1)
    row, column = at[:, :, None] - at[:, None, :] + w - 1
    return row * (2 * w - 1) + column


def shift_mask(side, w, shift):  # [windows, 1, w^2, w^2]: -100 between regions of a rolled map
    line = torch.zeros(side, dtype=torch.long)
    line[-w:] += 1
    line[-shift:] += 1
    region = (3 * line[:, None] + line).view(side // w, w, side // w, w).transpose(1, 2)
    region = region.reshape(-1, 1, w * w)
    return (region[..., None] != region[..., None, :]) * -100.0


class WindowAttention(nn.Module):
    def __init__(self, C, side, heads, window, odd):
        super().__init__()
        self.side, self.heads, self.w = side, heads, min(window, side)
        self.shift = self.w // 2 if odd and side > window else 0
        self.qkv, self.proj = nn.Linear(C, 3 * C), nn.Linear(C, C)
        table = torch.empty((2 * self.w - 1) ** 2, heads)
        self.relative_position_bias_table = nn.Parameter(nn.init.trunc_normal_(table, std=0.02))
        self.register_buffer("index", position_index(self.w), persistent=False)
        mask = shift_mask(side, self.w, self.shift) if self.shift else None
        self.register_buffer("mask", mask, persistent=False)

    def windows(self, x):  # [B, H*W, C] -> [B * windows, w^2, C]
        S, w, C = self.side, self.w, x.shape[-1]
        x = x.view(-1, S, S, C)
        if self.shift:
            x = x.roll((-self.shift, -self.shift), (1, 2))
        return x.view(-1, S // w, w, S // w, w, C).transpose(2, 3).reshape(-1, w * w, C)

    def undo(self, x):
        S, w, C = self.side, self.w, x.shape[-1]
        x = x.view(-1, S // w, S // w, w, w, C).transpose(2, 3).reshape(-1, S, S, C)
        if self.shift:
            x = x.roll((self.shift, self.shift), (1, 2))
        return x.reshape(-1, S * S, C)

    def bias(self, windows):  # [1 or windows, heads, w^2, w^2]
        table = self.relative_position_bias_table[self.index.flatten()]
        bias = table.view(*self.index.shape, -1).permute(2, 0, 1)[None]
        if self.mask is None:
            return bias
        return (bias + self.mask).repeat(windows // len(self.mask), 1, 1, 1)

    def forward(self, x):
        x = self.windows(x)
        q, k, v = (split_heads(t, self.heads) for t in self.qkv(x).chunk(3, -1))
        bias = self.bias(len(x)).to(q.dtype)
        x = F.scaled_dot_product_attention(q, k, v, attn_mask=bias.expand(len(x), -1, -1, -1))
        return self.undo(self.proj(x.transpose(1, 2).flatten(2)))


class Block(nn.Module):
    def __init__(self, C, side, heads, window, odd, rate):
        super().__init__()
        self.norm1, self.norm2, self.rate = nn.LayerNorm(C), nn.LayerNorm(C), rate
        self.attn = WindowAttention(C, side, heads, window, odd)
        self.mlp = part(fc1=nn.Linear(C, 4 * C), fc2=nn.Linear(4 * C, C))

    def forward(self, x):
        x = x + drop_path(self.attn(self.norm1(x)), self.rate, self.training)
        h = self.mlp["fc2"](F.gelu(self.mlp["fc1"](self.norm2(x))))
        return x + drop_path(h, self.rate, self.training)


class Stage(nn.Module):
    def __init__(self, C, side, depth, heads, window, rates, merges):
        super().__init__()
        self.side = side
        self.blocks = nn.ModuleList(
            Block(C, side, heads, window, i % 2, rates[i]) for i in range(depth))
        self.downsample = merges and part(
            norm=nn.LayerNorm(4 * C), reduction=nn.Linear(4 * C, 2 * C, bias=False))

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        if not self.downsample:
            return x
        x = x.view(len(x), self.side // 2, 2, self.side // 2, 2, -1)
        x = x.permute(0, 1, 3, 4, 2, 5).reshape(len(x), self.side ** 2 // 4, -1)
        return self.downsample["reduction"](self.downsample["norm"](x))


class Swin(nn.Module):
    def __init__(self, image, window, width, depths, heads, rate):
        super().__init__()
        self.patch_embed = part(proj=nn.Conv2d(3, width, 4, 4), norm=nn.LayerNorm(width))
        rates = torch.linspace(0, rate, sum(depths)).tolist()
        self.layers = nn.ModuleList()
        for i, depth in enumerate(depths):
            self.layers.append(Stage(width << i, image // 4 >> i, depth, heads[i], window,
                                     rates[sum(depths[:i]):], i < 3))
        self.norm = nn.LayerNorm(width << 3)

    def forward(self, image):  # [B, 3, S, S] -> [B, 1 + (S/32)^2, 8 width]
        x = self.patch_embed["proj"](image).flatten(2).transpose(1, 2)
        x = self.patch_embed["norm"](x)
        for layer in self.layers:
            x = layer(x)
        x = self.norm(x)
        return torch.cat([x.mean(1, keepdim=True), x], 1)


class DecoderLayer(nn.Module):
    def __init__(self, E, C, heads, ffn, dropout):
        super().__init__()
        self.heads, self.dropout = heads, dropout
        kqv = part(query=nn.Linear(C, C), key=nn.Linear(E, C), value=nn.Linear(E, C))
        self.crossattention = nn.ModuleDict(
            {"self": kqv, "output": part(dense=nn.Linear(C, C), LayerNorm=nn.LayerNorm(C, 1e-12))})
        self.intermediate = part(dense=nn.Linear(C, ffn))
        self.output = part(dense=nn.Linear(ffn, C), LayerNorm=nn.LayerNorm(C, 1e-12))

    def add(self, out, h, x):
        return out["LayerNorm"](x + F.dropout(out["dense"](h), self.dropout, self.training))

    def forward(self, x, embeds):  # x [B, Q, C], embeds [B, N, E]
        at = self.crossattention["self"]
        q, k, v = at["query"](x), at["key"](embeds), at["value"](embeds)
        h = F.scaled_dot_product_attention(*(split_heads(t, self.heads) for t in (q, k, v)),
                                           dropout_p=self.dropout if self.training else 0.0)
        x = self.add(self.crossattention["output"], h.transpose(1, 2).flatten(2), x)
        return self.add(self.output, F.gelu(self.intermediate["dense"](x)), x)


class RamPlus(nn.Module):
    def __init__(self, image, window, width, depths, swin_heads, E=512, C=768, heads=4, ffn=3072,
                 dropout=0.1, rate=0.1):
        super().__init__()
        self.visual_encoder = Swin(image, window, width, depths, swin_heads, rate)
        self.image_proj = nn.Linear(8 * width, E)
        self.reweight_scale = nn.Parameter(torch.tensor(1 / 0.07).log())
        self.wordvec_proj = nn.Linear(E, C)
        layers = nn.ModuleList(DecoderLayer(E, C, heads, ffn, dropout) for _ in range(2))
        self.tagging_head = part(encoder=part(layer=layers))
        self.fc = nn.Linear(C, 1)

    def reweight(self, cls, labels):  # cls [B, E], labels [T, D, E] -> [B, T, E]
        scores = F.normalize(cls) @ labels.flatten(0, 1).T * self.reweight_scale.exp()
        weights = scores.view(len(cls), *labels.shape[:2]).softmax(-1).to(labels.dtype)
        return torch.bmm(weights.transpose(0, 1), labels).transpose(0, 1)

    def forward(self, image, labels, captions=None):  # -> [B, T], or [B, T + captions]
        embeds = self.image_proj(self.visual_encoder(image))
        x = self.reweight(embeds[:, 0], labels)
        if captions is not None:
            x = torch.cat([x, captions.expand(len(x), -1, -1).to(x.dtype)], 1)
        x = F.relu(self.wordvec_proj(x))
        for layer in self.tagging_head["encoder"]["layer"]:
            x = layer(x, embeds)
        return self.fc(x)[..., 0]


# Losses of logits [B, T + B] of tags and captions, and targets y [B, T] of the tags. Caption i
# belongs to image i.


def focused(x, y, gamma_neg, clip=0.05):  # ASL; no gradient through the focusing weight
    p = x.sigmoid()
    negative = (1 - p + clip).clamp(max=1)
    with torch.no_grad():
        weight = torch.where(y > 0, 1.0, (1 - negative) ** gamma_neg)
    return -(torch.where(y > 0, p, negative).clamp(min=1e-8).log() * weight).sum()


def asl(logits, y):
    tags, captions = logits.split([y.shape[1], len(y)], 1)
    return focused(tags, y, 7) + focused(captions, torch.eye(len(y)), 4)


def bce(logits, y):
    y = torch.cat([y, torch.eye(len(y))], 1)
    return F.binary_cross_entropy_with_logits(logits, y, reduction="sum")
