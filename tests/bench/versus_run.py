# SPDX-License-Identifier: Apache-2.0
"""Times of the PyTorch model of versus_model.py, and of ONNX Runtime with it: versus_run.py WHAT
[ARGUMENT...]; versus.sh calls it. Prints one line: seconds of a step or an image, and the number
of parameters."""
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

from versus_inputs import bank_of, model_of, normalized
from versus_model import MODELS, asl, bce

THREADS = 2
torch.set_num_threads(THREADS)


def autocast(precision):
    return torch.autocast("cpu", torch.bfloat16, enabled=precision != "float32")


def result(seconds, model):
    print(seconds, sum(p.numel() for p in model.parameters()))


# ---- training: one batch in memory, a share of its tags positive ----


def batch_of(name, B, bank, share):
    torch.manual_seed(2)
    S = MODELS[name]["image"]
    image, captions = torch.randn(B, 3, S, S), F.normalize(torch.randn(B, bank.shape[2]), dim=1)
    return image, captions, (torch.rand(B, len(bank)) < share).float()


def step_of(model, bank, batch, loss, precision):
    adamw = torch.optim.AdamW(model.parameters(), 1e-7, weight_decay=0.05, fused=True)
    image, captions, y = batch

    def step():
        with autocast(precision):
            logits = model(image, bank, captions)
        loss(logits.float(), y).backward()
        adamw.step()
        adamw.zero_grad()

    return step


def seconds_of(steps, step):
    start = time.perf_counter()
    for _ in range(steps):
        step()
    return (time.perf_counter() - start) / steps


def train(name, weights, bank, precision, B):
    """The mean of the second and the third step."""
    model = model_of(name, weights).train()
    bank = bank_of(bank, precision == "bfloat16")
    step = step_of(model, bank, batch_of(name, int(B), bank, 1 / 20), asl, precision)
    step()
    result(seconds_of(2, step), model)


def small(name, B, tags, texts, steps):
    """With a moving average of the parameters."""
    model = model_of(name).train()
    parameters = [p.detach() for p in model.parameters()]
    average = [p.clone() for p in parameters]
    bank = F.normalize(torch.randn(int(tags), int(texts), model.image_proj.out_features), dim=2)
    step = step_of(model, bank, batch_of(name, int(B), bank, 1 / 20), bce, "float32")

    def both():
        step()
        torch._foreach_lerp_(average, parameters, 0.01)

    seconds_of(int(steps) // 4, both)
    result(seconds_of(int(steps), both), model)


# ---- tagging ----


def time_tagging(name, images, scores_of, out):
    """Seconds per image, without the first, whose scores are stored."""
    image = [normalized(name, i) for i in range(int(images))]
    np.savetxt(out, scores_of(image[0]).ravel(), "%.9g")
    start = time.perf_counter()
    for i in image[1:]:
        scores_of(i)
    return (time.perf_counter() - start) / (len(image) - 1)


def tag(name, weights, bank, precision, images, out):
    model = model_of(name, weights).eval()
    bank = bank_of(bank, precision != "float32")
    with torch.no_grad(), autocast(precision):
        seconds = time_tagging(
            name, images, lambda image: model(image, bank).float().sigmoid().numpy(), out)
    result(seconds, model)


def onnx(name, path, images, out):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    result(time_tagging(
        name, images, lambda image: session.run(None, {"image": image.numpy()})[0], out),
        model_of(name))


def logits(csv, scores, image, tolerance):
    """Fails if the logits of an image in `ramplus tag --csv` are others than the rival's."""
    ours = {}
    for line in open(csv):
        path, tag, score = line.split(",")
        if path == image:
            ours[tag] = float(score)
    theirs = np.loadtxt(scores)
    ours = np.array([ours[f"tag{i}"] for i in range(len(theirs))])
    x, y = (np.log(p / (1 - p)) for p in (ours, theirs))
    apart = np.abs(x - y).max()
    print(f"logits of {y.min():.3f} to {y.max():.3f}, at most {apart:.1g} apart")
    sys.exit(not apart <= float(tolerance))


def versions():
    try:
        import onnxruntime
        runtime = "ONNX Runtime " + onnxruntime.__version__
    except ImportError:
        runtime = "no ONNX Runtime"
    print(f"PyTorch {torch.__version__}, {runtime}")


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
