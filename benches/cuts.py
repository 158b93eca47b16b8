#!/usr/bin/env python3
"""Counts words that are lost where a recording is cut into the clips that are decoded one by one.

    scripts/python benches/cuts.py [--transcribe target/release/transcribe] --language de [--longest SECONDS] RECORDING...

A recording has its words beside it, as `.stm` or `.txt`. Its reference and its transcript are aligned word by word, both normalised as
scripts/word_errors.py does. A word of the reference that has none in the transcript is missing at the place between two words of the
transcript. Counted are the places between the last word of one clip and the first word of the next, those between words of one clip
further than half a second apart, and all others; and at how many of each words are missing. Where the first is no more often than
the second, cuts cost nothing.

--longest is the length of the longest clip, 10 to 28 s: shorter clips make more cuts.
"""

import argparse
import collections
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import jiwer

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
from word_errors import BASIC, ENGLISH  # noqa: E402

PAUSE = 0.5


def reference(recording):
    """The words that are said."""
    stm = recording.with_suffix(".stm")
    if not stm.is_file():
        return recording.with_suffix(".txt").read_text(encoding="utf-8")
    turns = [line.split(None, 5) for line in stm.read_text(encoding="utf-8").splitlines() if not line.startswith(";;")]
    return " ".join(turn[5] for turn in sorted(turns, key=lambda turn: float(turn[3])) if len(turn) == 6)


def transcribed(args, recording):
    """The words with their times, and the ends of the clips."""
    with tempfile.TemporaryDirectory() as folder:
        command = [args.transcribe, "--model", args.model, "--language", args.language, "--speakers", "off", "--output-format", "json",
                   "--progress", "json", "--vad-max-speech-duration-s", str(args.longest), "--output-dir", folder, recording]
        done = subprocess.run(command, capture_output=True, text=True)
        document = Path(folder, f"{recording.stem}.json")
        if not document.is_file():
            sys.exit(f"{recording}: {done.stderr}")
        segments = json.loads(document.read_text(encoding="utf-8"))["segments"]
    events = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    ends = [event["position"] for event in events if event["event"] == "progress"]
    words = [(word["start"], word["end"], word["word"]) for segment in segments for word in segment["words"]]
    return words, sorted(set(ends))[:-1]


def kind(before, after, cuts):
    """What is between two words, given the middles of both."""
    if any(before < cut <= after for cut in cuts):
        return "cut"
    return "pause" if after - before > PAUSE else "other"


def examine(args, recording):
    """For each kind of place how many there are, at how many words are missing, and how many words."""
    normal = ENGLISH if args.language == "en" else BASIC
    wanted = normal(reference(recording)).split()
    found, cuts = transcribed(args, recording)
    # A word can be several when it is normalised, or none.
    heard = [(start, end, part) for start, end, word in found for part in normal(word).split()]
    places, missing, words = collections.Counter(), collections.Counter(), collections.Counter()
    ends = [(start + end) / 2 for start, end, _ in heard]
    kinds = ["edge"] + [kind(*pair, cuts) for pair in zip(ends, ends[1:])] + ["edge"]
    places.update(kinds)
    aligned = jiwer.process_words(" ".join(wanted), " ".join(word for _, _, word in heard)).alignments[0]
    for chunk in aligned:
        if chunk.type == "delete":
            at, count = kinds[chunk.hyp_start_idx], chunk.ref_end_idx - chunk.ref_start_idx
            missing[at] += 1
            words[at] += count
            if args.list and at == "cut":
                time = ends[min(chunk.hyp_start_idx, len(ends) - 1)]
                print(f"  {recording.stem} before {time:.1f} s: {' '.join(wanted[chunk.ref_start_idx:chunk.ref_end_idx])}")
    return places, missing, words


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", nargs="+", type=Path)
    parser.add_argument("--transcribe", default=ROOT / "target/release/transcribe")
    parser.add_argument("--language", required=True)
    parser.add_argument("--model", default="base-q8_0")
    parser.add_argument("--longest", type=int, default=28)
    parser.add_argument("--list", action="store_true", help="also what is missing at cuts")
    args = parser.parse_args()
    totals = [collections.Counter() for _ in range(3)]
    for recording in args.recordings:
        for total, counts in zip(totals, examine(args, recording)):
            total.update(counts)
    print(f"{'':8} {'places':>7} {'with words missing':>19} {'%':>6} {'words':>6}")
    for name, label in [("cut", "cuts"), ("pause", "pauses"), ("other", "others"), ("edge", "edges")]:
        places, missing, words = (total[name] for total in totals)
        print(f"{label:8} {places:>7} {missing:>19} {100 * missing / max(1, places):>6.2f} {words:>6}")


if __name__ == "__main__":
    main()
