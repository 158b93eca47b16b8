#!/usr/bin/env python3
"""Measures how many words go to the wrong speaker: cpWER against WER, scored by meeteval.

    scripts/python benches/speaker_words.py [--transcribe target/release/transcribe] [--speakers] RECORDING...

A recording has its words by speaker beside it, as `.stm`. It is transcribed with voices told apart; with --speakers their number is given.
Columns, in percent of the words of the reference, normalised as scripts/word_errors.py does:

  WER     errors in the whole text in order of time, whoever says a word
  cpWER   errors, if each word must be in the text of its speaker, with the best matching of speakers
  more    the difference: what telling apart costs

The language is that of the name, `-de` or `-en`. The last rows are the languages together.
"""

import argparse
import collections
import subprocess
import sys
import tempfile
from pathlib import Path

import meeteval

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
from word_errors import BASIC, ENGLISH, count  # noqa: E402


def normalised(path, language):
    """The segments of a file, one session whatever it is called there."""
    normal = ENGLISH if language == "en" else BASIC
    lines = meeteval.io.load(path).to_seglst()
    return meeteval.io.SegLST([{**line, "session_id": "recording", "words": normal(line["words"])} for line in lines])


def text(segments):
    return " ".join(segment["words"] for segment in sorted(segments, key=lambda segment: float(segment["start_time"])))


def row(name, speakers, plain, own):
    print(f"{name:28} {speakers:>8} {100 * plain[0] / plain[1]:6.1f} {100 * own[0] / own[1]:6.1f} "
          f"{100 * (own[0] / own[1] - plain[0] / plain[1]):6.1f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transcribe", type=Path, default=ROOT / "target/release/transcribe")
    parser.add_argument("--speakers", action="store_true")
    parser.add_argument("recordings", type=Path, nargs="+", metavar="RECORDING")
    args = parser.parse_args()
    totals = collections.defaultdict(lambda: [[0, 0], [0, 0]])
    print(f"{'recording':28} {'speakers':>8} {'WER':>6} {'cpWER':>6} {'more':>6}")
    for path in args.recordings:
        language = "de" if "-de" in path.stem else "en"
        reference = normalised(path.with_suffix(".stm"), language)
        voices = len({line["speaker"] for line in reference})
        with tempfile.TemporaryDirectory() as folder:
            how = ["-q", "-l", language, "-f", "seglst", "-o", folder, "--speakers", str(voices) if args.speakers else "auto"]
            subprocess.run([args.transcribe, *how, path], check=True)
            heard = normalised(Path(folder) / f"{path.stem}.seglst.json", language)
        found = len({line["speaker"] for line in heard} - {"unknown"})
        plain = count(text(reference), text(heard), language)
        own = meeteval.wer.cpwer(reference, heard)["recording"]
        counts = [[plain["substitutions"] + plain["deletions"] + plain["insertions"], plain["words"]], [own.errors, own.length]]
        row(path.stem, f"{voices}/{found}", *counts)
        for total, (errors, length) in zip(totals[language], counts):
            total[0] += errors
            total[1] += length
    print()
    for language, total in totals.items():
        row(f"all, {language}", "", *total)


if __name__ == "__main__":
    main()
