#!/usr/bin/env python3
"""Writes the weights of src/speech/silero.rs, and their licence beside them.

    pip download --no-deps silero-vad==6.2.3
    silero_weights.py silero_vad-6.2.3-py3-none-any.whl src/speech/silero

The package (MIT licence) has several models that differ; the weights are those of the ONNX model for 16 kHz. Needs only Python,
so it parses the few fields of ONNX's protocol buffers that it needs itself.
"""

import hashlib
import math
import struct
import sys
import zipfile

SHA256 = "521e1202fbd9ecd471c30043a4d58461911fa17542f0e40545540f289bf7e8df"


def fields(data):
    """Yields number and content of each field of a message, except fields that are plain integers, which are not needed."""

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte, at = data[at], at + 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    at = 0
    while at < len(data):
        tag = number()
        kind = tag & 7
        if kind == 0:
            number()
            continue
        length = {1: lambda: 8, 2: number, 5: lambda: 4}[kind]()
        yield tag >> 3, data[at : at + length]
        at += length


def parts(data, *path):
    """Yields all messages at a path of field numbers."""
    for field, content in fields(data):
        if field == path[0]:
            yield from parts(content, *path[1:]) if path[1:] else [content]


def tensors(model):
    """Yields name and floats of each initializer and each constant; a constant is named after the output of its node."""
    for graph in parts(model, 7):
        for tensor in parts(graph, 5):
            yield next(parts(tensor, 8)), tensor
        for node in parts(graph, 1):
            for tensor in parts(node, 5, 5):
                yield next(parts(node, 2)), tensor


def floats(tensor):
    raw = b"".join(parts(tensor, 9))
    return struct.unpack(f"<{len(raw) // 4}f", raw)


def turned(weights, outs, taps=1):
    """Transposes [output][input][tap] to [tap][input][output]."""
    inputs = len(weights) // outs // taps
    return [weights[(o * inputs + i) * taps + t] for t in range(taps) for i in range(inputs) for o in range(outs)]


package, folder = zipfile.ZipFile(sys.argv[1]), sys.argv[2]
found = {name.decode(): tensor for name, tensor in tensors(package.read("silero_vad/data/silero_vad_16k_op15.onnx"))}
take = lambda name: floats(found[f"model.{name}"])  # noqa: E731

# The first layer is a Fourier transform with a Hann window, which needs no weights.
basis = take("stft.forward_basis_buffer")
for k in range(129):
    for n in range(256):
        hann, angle = 0.5 - 0.5 * math.cos(math.tau * n / 256), math.tau * k * n / 256
        assert abs(basis[k * 256 + n] - hann * math.cos(angle)) < 1e-6
        assert abs(basis[(k + 129) * 256 + n] + hann * math.sin(angle)) < 1e-6

result = []
for layer, outs in enumerate([128, 64, 64, 128]):
    result += turned(take(f"encoder.{layer}.reparam_conv.weight"), outs, taps=3)
    result += take(f"encoder.{layer}.reparam_conv.bias")
result += turned(take("decoder.rnn.weight_ih"), 512)
result += [a + b for a, b in zip(take("decoder.rnn.bias_ih"), take("decoder.rnn.bias_hh"))]
result += turned(take("decoder.rnn.weight_hh"), 512)
result += take("decoder.decoder.2.weight")
result += take("decoder.decoder.2.bias")

weights = struct.pack(f"<{len(result)}f", *result)
with open(f"{folder}/weights.bin", "wb") as file:
    file.write(weights)
licence = package.read("silero_vad-6.2.3.dist-info/licenses/LICENSE").decode().strip()
with open(f"{folder}/LICENSE", "w", encoding="utf-8", newline="\n") as file:
    file.write("weights.bin is made from the package silero-vad 6.2.3 by scripts/silero_weights.py. Its licence:\n\n")
    file.write(licence + "\n")
digest = hashlib.sha256(weights).hexdigest()
print(len(weights), digest)
assert digest == SHA256, "these are other weights"
