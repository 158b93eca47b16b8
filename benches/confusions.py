#!/usr/bin/env python3
"""Measures which errors recognition makes, for benches/minutes.py: kinds of errors, and which words became which.

    python3 benches/confusions.py [--transcribe PROGRAM] [--language de] --out FILE RECORDING...

Beside each recording lies a text of the same name that says what is said. Writes JSON: `errors` of `words`, `shares` of substituted,
dropped, added and divided words, and `pairs` of words. The file holds words of the recordings: it stays on this machine.
"""

import argparse
import collections
import difflib
import json
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def words(text):
    return re.findall(r"\w+", text.lower())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transcribe", default=str(ROOT / "target/release/transcribe"))
    parser.add_argument("--language", default="de")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("recordings", nargs="+", type=Path)
    args = parser.parse_args()
    kinds, pairs, total = collections.Counter(), collections.defaultdict(list), 0
    for recording in args.recordings:
        said = recording.with_suffix(".txt")
        if not said.is_file():
            continue
        command = [args.transcribe, "-l", args.language, "--stdout", "txt", "-q", recording]
        heard = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        reference, hypothesis = words(said.read_text(encoding="utf-8")), words(heard)
        total += len(reference)
        matcher = difflib.SequenceMatcher(a=reference, b=hypothesis, autojunk=False)
        for kind, a, b, c, d in matcher.get_opcodes():
            old, new = reference[a:b], hypothesis[c:d]
            if kind == "equal":
                continue
            if len(old) != len(new) and "".join(old) == "".join(new):
                kinds["split"] += 1
                continue
            both = min(len(old), len(new))
            kinds["substitute"] += both
            kinds["delete"] += len(old) - both
            kinds["insert"] += len(new) - both
            for one, other in zip(old, new):
                pairs[one].append(other)
    errors = sum(kinds.values())
    shares = {kind: kinds[kind] / max(1, errors) for kind in ("substitute", "delete", "insert", "split")}
    print(f"{errors} errors in {total} words:", {kind: round(share, 2) for kind, share in shares.items()})
    args.out.write_text(json.dumps({"words": total, "errors": errors, "shares": shares, "pairs": pairs}, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
