#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares `ramplus eval --scores` with scikit-learn, with torchmetrics if it is installed, and with
plain transcriptions of the definitions, on made-up scores.

    python3 -m venv venv
    venv/bin/pip install numpy scikit-learn            # and torchmetrics
    venv/bin/python tests/tools/check_scores.py ramplus [IMAGES TAGS | --write DIR]

--write stores a small case and the values of the other side, for tests/eval/measure/test_measure.c:
scores.csv, truth.csv, values.json of each case; the folder is tests/golden/scores. Without a size: several moderate ones. 57224 4585 is that of the largest published benchmark; it
takes a few minutes, most of them here, and 8 GB. The scores are made with and without ties, the
labels with and without ones that nobody knows. Every number has to agree within 1e-9.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import warnings

import numpy as np
from sklearn import metrics

TOLERANCE = 1e-9
worst = 0.0
values = {}  # of the other side, by name


def same(name, got, want):
    """One comparison."""
    global worst
    if np.ndim(want) == 0:
        values[name] = float(want)
    difference = float(np.max(np.abs(np.asarray(got, float) - np.asarray(want, float))))
    worst = max(worst, difference)
    if not difference < TOLERANCE:
        sys.exit(f"{name}: ramplus {got}, expected {want}: differ by {difference:g}")


# ---- transcriptions ------------------------------------------------------------------------------

def reference_ap(score, truth):
    """The evaluation code of the reference (average_precision of the ML-Decoder family), with a
    stable sort, so that equal scores keep the order of the images."""
    indices = np.argsort(-score, kind="stable")
    total_count = np.cumsum(np.ones(len(score)))
    target = truth[indices]
    ind = target == 1
    pos_count = np.cumsum(ind).astype(float)
    total = pos_count[-1]
    pos_count[np.logical_not(ind)] = 0
    return np.sum(pos_count / total_count) / (total + 1e-8)


def expected_ap(score, truth):
    """The mean of AP over all orders of equal scores: precision expected at every place of a
    group, times the probability that a positive is there."""
    score, truth = score[truth >= 0], truth[truth >= 0]
    positives = truth.sum()
    if positives == 0:
        return 0.0
    value, inverse, size = np.unique(-score, return_inverse=True, return_counts=True)
    right = np.bincount(inverse, weights=truth, minlength=len(value))
    rank, before = np.cumsum(size) - size, np.cumsum(right) - right
    total = 0.0
    for g in np.nonzero(right)[0]:
        t, r = int(size[g]), right[g]
        j = np.arange(1, t + 1)
        others = (j - 1) * ((r - 1) / (t - 1) if t > 1 else 0.0)
        total += np.sum(r / t * (before[g] + 1 + others) / (rank[g] + j))
    return total / positives


def micro_expected(score, truth):
    """The same of all pairs, without sorting positions: only scores."""
    every = np.sort(score[truth >= 0].ravel())
    right, count = np.unique(score[truth == 1], return_counts=True)
    above = len(every) - np.searchsorted(every, right, side="right")
    tied = np.searchsorted(every, right, side="right") - np.searchsorted(every, right, side="left")
    total, before = 0.0, 0
    for g in range(len(right) - 1, -1, -1):
        t, r = int(tied[g]), int(count[g])
        j = np.arange(1, t + 1)
        others = (j - 1) * ((r - 1) / (t - 1) if t > 1 else 0.0)
        total += np.sum(r / t * (before + 1 + others) / (above[g] + j))
        before += r
    return total / before


def best(score, truth, k):
    """Hits among the k best tags of each image, equal scores by tag."""
    top = np.argsort(-score, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(truth == 1, top, axis=1).sum(axis=1), top.shape[1]


def best_expected(score, truth, k):
    """Hits, and the chance of one, over all orders of equal scores; labels of -1 left out."""
    hits, chance, kept = np.zeros(len(score)), np.zeros(len(score)), np.zeros(len(score))
    for i, (x, y) in enumerate(zip(score, truth)):
        x, y = x[y >= 0], y[y >= 0]
        n = kept[i] = min(k, len(x))
        if n == 0:
            continue
        cut = np.partition(x, len(x) - n)[len(x) - n]
        above, tied = x > cut, x == cut
        t, r, m = tied.sum(), y[tied].sum(), n - above.sum()
        hits[i] = y[above].sum() + m * r / t
        wrong = np.prod([(t - r - j) / (t - j) for j in range(m)])
        chance[i] = 1 if y[above].any() else 1 - max(wrong, 0)
    return hits, chance, kept


def harmonic(a, b):
    return 2 * a * b / (a + b) if a + b > 0 else 0.0


# ---- comparisons ---------------------------------------------------------------------------------

def check_reference(got, per_tag, score, truth):
    truth = (truth == 1).astype(np.int8)
    ap = np.array([reference_ap(score[:, k], truth[:, k]) for k in range(truth.shape[1])])
    positives = truth.sum(axis=0, dtype=np.int64)
    same("AP", [t["AP"] for t in per_tag], ap)
    same("mAP", got["mAP"], ap.mean())
    same("macro AP", got["macro_AP"], ap[positives > 0].mean())
    same("weighted AP", got["weighted_AP"], np.sum(ap * positives) / positives.sum())
    kept = score >= 0.5
    hits = (kept & (truth == 1)).sum(axis=0)
    cp, cr = np.mean(hits / (kept.sum(axis=0) + 1e-9)), np.mean(hits / (positives + 1e-9))
    same("CP", got["CP"], cp)
    same("CR", got["CR"], cr)
    same("F1", got["F1"], harmonic(cp, cr))
    op, orr = hits.sum() / (kept.sum() + 1e-9), hits.sum() / (positives.sum() + 1e-9)
    same("OP", got["OP"], op)
    same("OR", got["OR"], orr)
    same("OF1", got["OF1"], harmonic(op, orr))
    for k in (3, 5):
        right, n = best(score, truth, k)
        same(f"F1@{k}", got[f"F1@{k}"], 2 * right.sum() / (n * len(score) + positives.sum()))
    for k in (1, 5):
        same(f"top-{k}", got[f"top{k}"], np.mean(best(score, truth, k)[0] > 0))
    for name, chosen in (("few", positives < 20), ("many", positives > 100),
                         ("medium", (positives >= 20) & (positives <= 100))):
        want = ap[chosen].mean() if chosen.any() else 0
        same(name, got["mAP_by_positives"][name]["mAP"], want)
    if truth.size < 1e7:
        same("micro AP", got["micro_AP"], reference_ap(score.ravel(), truth.ravel()))


def check_strict(got, per_tag, score, truth):
    ap = np.array([expected_ap(score[:, k], truth[:, k]) for k in range(truth.shape[1])])
    positives = (truth == 1).sum(axis=0, dtype=np.int64)
    with_some = positives > 0
    same("strict AP", [t["AP_strict"] for t in per_tag if t["AP_strict"] is not None],
         ap[with_some])
    same("strict mAP", got["mAP"], ap[with_some].mean())
    same("strict weighted AP", got["weighted_AP"], np.sum(ap * positives) / positives.sum())
    same("strict micro AP", got["micro_AP"], micro_expected(score, truth))
    kept = (score >= 0.5) & (truth >= 0)
    hits = (kept & (truth == 1)).sum(axis=0)
    n = np.maximum(kept.sum(axis=0), 1)
    cp = np.mean((hits / n)[with_some])
    cr = np.mean(hits[with_some] / positives[with_some])
    same("strict CP", got["CP"], cp)
    same("strict CR", got["CR"], cr)
    same("strict F1", got["F1"], harmonic(cp, cr))
    op = hits[with_some].sum() / max(kept[:, with_some].sum(), 1)
    same("strict OP", got["OP"], op)
    same("strict OF1", got["OF1"], harmonic(op, hits.sum() / positives.sum()))
    for k in (1, 3, 5):
        right, chance, predicted = best_expected(score, truth, k)
        if k > 1:
            same(f"strict F1@{k}", got[f"F1@{k}"],
                 2 * right.sum() / (predicted.sum() + positives.sum()))
        if k != 3:
            same(f"strict top-{k}", got[f"top{k}"], chance.mean())


def check_scikit_learn(got, per_tag, score, truth):
    """Labels without -1 and scores without ties, for which its AP is the same."""
    some = (truth == 1).any(axis=0)
    x, y = score[:, some], truth[:, some]
    ap = [metrics.average_precision_score(y[:, k], x[:, k]) for k in range(x.shape[1])]
    same("scikit-learn: AP", [t["AP_strict"] for t in per_tag if t["AP_strict"] is not None], ap)
    same("scikit-learn: mAP", got["mAP"], np.mean(ap))
    same("scikit-learn: weighted AP", got["weighted_AP"], np.average(ap, weights=y.sum(axis=0)))
    if truth.size < 1e7:
        same("scikit-learn: micro AP", got["micro_AP"],
             metrics.average_precision_score(truth.ravel(), score.ravel()))
    kept = (x >= 0.5).astype(np.int8)
    for average, p, r in (("macro", "CP", "CR"), ("micro", "OP", "OR")):
        want = metrics.precision_recall_fscore_support(y, kept, average=average, zero_division=0)
        same(f"scikit-learn: {p}", got[p], want[0])
        same(f"scikit-learn: {r}", got[r], want[1])
    same("scikit-learn: OF1", got["OF1"], metrics.f1_score(y, kept, average="micro"))


def check_torchmetrics(got, score, truth):
    try:
        import torch
        from torchmetrics.functional import classification as c
    except ImportError:
        return
    some = (truth == 1).any(axis=0)
    x = torch.tensor(score[:, some], dtype=torch.float64)
    y = torch.tensor(truth[:, some], dtype=torch.int64)
    n = x.shape[1]
    each = c.multilabel_average_precision(x, y, n, average=None).double()
    same("torchmetrics: mAP", got["mAP"] * 1e-3, each.mean() * 1e-3)  # float32 sums
    hits = {"macro": ("CP", "CR"), "micro": ("OP", "OR")}
    for average, (p, r) in hits.items():
        same(f"torchmetrics: {p}", got[p] * 1e-3,
             c.multilabel_precision(x, y, n, 0.4999999, average=average).double() * 1e-3)
        same(f"torchmetrics: {r}", got[r] * 1e-3,
             c.multilabel_recall(x, y, n, 0.4999999, average=average).double() * 1e-3)


# ---- made-up scores ------------------------------------------------------------------------------

def make(images, tags, ties, unknown, seed):
    r = np.random.default_rng(seed)
    rate = np.minimum(0.2, 1 / np.arange(1, tags + 1) ** 0.8)
    rate *= min(1, 3.5 / rate.sum())  # a few tags per image
    truth = np.zeros((images, tags), np.int8)
    score = np.empty((images, tags), np.float32)
    for k in range(tags):
        y = r.random(images) < rate[k] if k % 11 else np.zeros(images, bool)
        x = r.normal(np.where(y, 1.5, -1.0), 1.2)
        x = 1 / (1 + np.exp(-x))
        if ties and k % 3 == 0:
            x = np.round(x, 2)
        truth[:, k] = y
        score[:, k] = x
        if unknown:
            truth[(r.random(images) < 0.1) & ~y, k] = -1
    if ties:  # whole images with one score
        score[:: max(images // 7, 1)] = 0.5
    else:  # the same value twice within float32 is a tie, too
        score = spread(score)
    return score, truth


def spread(score):
    """Scores, all of them different: their ranks. At full size of each tag by itself."""
    if score.size > 1e8:
        for k in range(score.shape[1]):
            rank = np.argsort(np.argsort(score[:, k], kind="stable"))
            score[:, k] = rank / len(rank)
        return score
    rank = np.argsort(np.argsort(score.ravel(), kind="stable"))
    return (rank / rank.size).reshape(score.shape)


def write_list(folder, truth):
    with open(os.path.join(folder, "tags.txt"), "w") as f:
        f.writelines(f"tag {k}\n" for k in range(truth.shape[1]))
    with open(os.path.join(folder, "annotations.txt"), "w") as f:
        for i, row in enumerate(truth):
            f.write(",".join([f"i{i}.jpg"] + [f"tag {k}" for k in np.nonzero(row == 1)[0]]) + "\n")


def write_csv(path, score):
    with open(path, "w") as f:
        f.write(",".join(["image"] + [f"tag {k}" for k in range(score.shape[1])]) + "\n")
        for i, row in enumerate(score):
            f.write(f"i{i}," + ",".join(repr(float(x)) for x in row) + "\n")


def run(program, folder, arguments):
    command = ["/usr/bin/time", "-v", program, "eval", "--json"] + arguments
    p = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    if p.returncode:
        sys.exit(f"{' '.join(command)}:\n{p.stderr}")
    seconds = re.search(r"Elapsed .*: (.*)", p.stderr).group(1)
    memory = int(re.search(r"Maximum resident set size.*: (\d+)", p.stderr).group(1)) / 1024
    return json.loads(p.stdout), f"elapsed {seconds}, {memory:.0f} MiB"


def store(folder, score, truth):
    os.makedirs(folder, exist_ok=True)
    write_csv(os.path.join(folder, "scores.csv"), score)
    write_csv(os.path.join(folder, "truth.csv"), truth)
    with open(os.path.join(folder, "values.json"), "w") as f:
        json.dump(values, f, indent=1)
        f.write("\n")


def check(program, images, tags, ties, unknown, seed, kept=None):
    score, truth = make(images, tags, ties, unknown, seed)
    values.clear()
    with tempfile.TemporaryDirectory() as folder:
        np.save(os.path.join(folder, "scores.npy"), score)
        np.save(os.path.join(folder, "truth.npy"), truth)
        arguments = ["--scores", "scores.npy"]
        if unknown:
            arguments += ["--truth", "truth.npy"]
        else:
            write_list(folder, truth)
            arguments += ["--data", "."]
        got, cost = run(program, folder, arguments)
        if score.size < 1e6 and not unknown:
            write_csv(os.path.join(folder, "scores.csv"), score)
            other, _ = run(program, folder, ["--scores", "scores.csv", "--data", "."])
            for key in ("reference", "strict", "per_tag"):
                if other[key] != got[key]:
                    sys.exit(f"CSV: {key} differs from .npy")
    positives = int((truth == 1).sum())
    print(f"{images} x {tags}, {positives} positives, ties {ties}, unknown {unknown}: {cost}",
          flush=True)
    per_tag = got["per_tag"]
    check_reference(got["reference"], per_tag, score, truth)
    check_strict(got["strict"], per_tag, score, truth)
    if not ties and not unknown:
        check_scikit_learn(got["strict"], per_tag, score, truth)
        if truth.size < 1e7:
            check_torchmetrics(got["strict"], score, truth)
    if kept:
        store(kept, score, truth)


def main():
    warnings.filterwarnings("ignore")
    program = os.path.abspath(sys.argv[1])
    if sys.argv[2:3] == ["--write"]:
        check(program, 30, 8, True, True, 1, os.path.join(sys.argv[3], "ties"))
        check(program, 25, 7, False, False, 2, os.path.join(sys.argv[3], "scikit_learn"))
        return
    sizes = [tuple(map(int, sys.argv[2:4]))] if len(sys.argv) > 2 else [
        (40, 6), (300, 41), (2000, 300)]
    for images, tags in sizes:
        for ties in (False, True):
            for unknown in (False, True):
                check(program, images, tags, ties, unknown, images + 2 * ties + unknown)
    print(f"all agree; largest difference {worst:.2g}")


main()
