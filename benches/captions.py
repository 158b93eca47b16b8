#!/usr/bin/env python3
"""Measures how readable captions are: ours and those of peers, for the same recording and by the same code.

    scripts/python benches/captions.py --language LANGUAGE [OPTIONS] RECORDING_OR_SRT...

An SRT file is measured as it is. A recording is transcribed by `transcribe` with each of --ours, by whisper-cli (with
--whisper-cli) with its defaults and with the options that its users choose for captions, and likewise by whisper-ctranslate2,
which is installed into the cache folder at the first call and writes SRT with openai-whisper's code. All use Whisper base and
their default beam size.

Columns, in % of the cues unless stated otherwise:

  cues       number of cues
  width      no line has more than --width characters
  lines      no more than --lines lines
  cps        no more than --cps characters per second
  short      shown for at least --shortest seconds
  long       shown for at most --longest seconds
  apart      ends before the next one begins
  all        all of these
  sentence   % of the lines that end with a sentence; the last line is left out, and lines before a change of speaker
  clause     % of the lines that end with a comma or similar punctuation
  torn       % of the lines that end with an article, a preposition, a title or a conjunction, or between two capitalised words,
             which are often names; by a small list of German and English words in this script
  balance    mean length of the shorter line divided by that of the longer one, for cues with two lines
  worst cps  characters per second of the worst cue

With --keep the files are kept in that folder. Needs ffmpeg. Exit code 1 if something failed.
"""

import argparse
import hashlib
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import srt

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "benches")]
import peers  # noqa: E402

CTRANSLATE2 = "whisper-ctranslate2==0.5.8"

SMALL = {
    "de": """der die das den dem des ein eine einen einem einer eines kein keine keinen mein meine ihr ihre ihren sein seine seinen
        unser unsere unseren dieser diese dieses diesen in im ins an am ans auf aus bei beim mit nach von vom vor zu zum zur über unter
        durch für gegen ohne um zwischen seit wegen und oder aber dass weil wenn herr herrn frau dr prof""",
    "en": """the a an my your his her its our their this these those in on at by for from with to of about into over under after before
        between through during without and or but because which who that if mr mrs ms dr prof""",
}


def words(text):
    """Each word without punctuation around it, and as it is."""
    return [(re.sub(r"^\W+|\W+$", "", word), word) for word in text.split()]


def ending(line, following, language):
    """How a line ends before the next one: `sentence`, `clause`, `torn` or `other`."""
    (last, whole), (first, _) = words(line)[-1], words(following)[0]
    bare = whole.rstrip("\"'”“’»)")
    title = last.lower() in ("dr", "mr", "mrs", "ms", "prof", "st", "nr")
    if bare.endswith((".", "!", "?", "…")) and not title and not re.fullmatch(r"\d{1,2}\.", bare):
        return "sentence"
    if bare.endswith((",", ";", ":", "–", "—")):
        return "clause"
    names = last[:1].isupper() and first[:1].isupper() and len(words(line)) > 1 and last != "I" and first != "I"
    return "torn" if names or title or last.lower() in SMALL.get(language, "").split() else "other"


def measure(path, args):
    cues = [cue for cue in srt.parse(path.read_text(encoding="utf-8")) if cue.content.strip()]
    kept = {name: 0 for name in ("width", "lines", "cps", "short", "long", "apart", "all")}
    ends = {name: 0 for name in ("sentence", "clause", "torn", "other")}
    balances, speeds = [], []
    for number, cue in enumerate(cues):
        lines = [line.strip() for line in cue.content.strip().splitlines()]
        seconds = (cue.end - cue.start).total_seconds()
        speeds.append(sum(map(len, lines)) / max(seconds, 0.001))
        following = cues[number + 1] if number + 1 < len(cues) else None
        holds = {
            "width": max(map(len, lines)) <= args.width,
            "lines": len(lines) <= args.lines,
            "cps": speeds[-1] <= args.cps,
            "short": seconds >= args.shortest,
            "long": seconds <= args.longest,
            "apart": following is None or cue.end <= following.start,
        }
        for name, held in {**holds, "all": all(holds.values())}.items():
            kept[name] += held
        if len(lines) == 2:
            balances.append(min(map(len, lines)) / max(map(len, lines)))
        after = following.content.strip().splitlines()[:1] if following else []
        for line, behind in zip(lines, lines[1:] + after):
            ends[ending(line, behind, args.language)] += 1
    count, lines = len(cues), max(1, sum(ends.values()))
    row = [count, *(100 * number / max(1, count) for number in kept.values())]
    row += [100 * ends[name] / lines for name in ("sentence", "clause", "torn")]
    return [*row, 100 * sum(balances) / len(balances) if balances else None, max(speeds, default=0)]


# --- Contestants


def ctranslate2():
    """Path of whisper-ctranslate2, installed in an environment of its own."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "transcribe" / f"captions-{hashlib.sha256(CTRANSLATE2.encode()).hexdigest()[:10]}"
    if not (folder / "ready").exists():
        peers.note(f"installing {CTRANSLATE2} into {folder}")
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [folder / "bin/python", "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, CTRANSLATE2], check=True)
        (folder / "ready").touch()
    return folder / "bin/whisper-ctranslate2"


def commands(args, wav, folder):
    """Name, command and the SRT file that the command writes, for each contestant."""
    ours = [args.transcribe, "--config", os.devnull, "-q", "--overwrite", "-m", args.model, "-l", args.language, "-f", "srt"]
    for number, options in enumerate(args.ours):
        out = folder / f"ours-{number}"
        yield f"transcribe {options}", [*ours, "-o", out, *shlex.split(options), wav], out / f"{wav.stem}.srt"
    if args.whisper_cli:
        theirs = [args.whisper_cli, "-m", args.model, "-l", args.language, "-np", "-osrt"]
        for options in "", "-ml 42 -sow":
            out = folder / f"whisper-cli{options.replace(' ', '')}"
            yield f"whisper-cli {options}", [*theirs, *options.split(), "-of", out, wav], Path(f"{out}.srt")
    if not args.no_ctranslate2:
        _, model = peers.python_peers()
        theirs = [ctranslate2(), "--model_directory", model, "--language", args.language, "--compute_type", "int8"]
        theirs += ["--device", "cpu", "--verbose", "False", "--output_format", "srt"]
        for number, options in enumerate(["", "--word_timestamps True --max_line_width 42 --max_line_count 2"]):
            out = folder / f"ctranslate2-{number}"
            command = [*theirs, "--output_dir", out, *options.split(), wav]
            yield f"whisper-ctranslate2 {options}", command, out / f"{wav.stem}.srt"


def captions(recording, args, folder):
    """Name and SRT file of each contestant."""
    folder = folder / recording.stem
    folder.mkdir(parents=True, exist_ok=True)
    wav = peers.ffmpeg("-i", recording, folder / f"{recording.stem}.wav")
    for name, command, made in commands(args, wav, folder):
        done = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode or not made.is_file():
            peers.failures.append(name)
            peers.note(f"{name} failed: {done.stderr[-500:]}")
        else:
            yield name.strip(), made


def table(title, files, args):
    print(f"\n{title}\n")
    print("| | cues | width | lines | cps | short | long | apart | all | sentence | clause | torn | balance | worst cps |")
    print("|---|" + "--:|" * 13, flush=True)
    for name, path in files:
        row = ["–" if value is None else f"{value:.0f}" for value in measure(path, args)]
        print(f"| `{name}` | {' | '.join(row)} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("given", nargs="+", type=Path, metavar="RECORDING_OR_SRT")
    parser.add_argument("--language", required=True, choices=sorted(SMALL))
    parser.add_argument("--transcribe", default=ROOT / "target/release/transcribe", type=Path)
    parser.add_argument("--ours", action="append", metavar="OPTIONS", help="default: --captions=web and --captions=ard")
    parser.add_argument("--model", help="ggml file of Whisper base [default: the installed base-q8_0]")
    parser.add_argument("--whisper-cli", type=Path)
    parser.add_argument("--no-ctranslate2", action="store_true", help="leave whisper-ctranslate2 out")
    parser.add_argument("--width", type=int, default=42)
    parser.add_argument("--lines", type=int, default=2)
    parser.add_argument("--cps", type=float, default=17)
    parser.add_argument("--shortest", type=float, default=1)
    parser.add_argument("--longest", type=float, default=7)
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    args = parser.parse_args()
    args.ours = args.ours or ["--captions=web", "--captions=ard"]
    if not args.model and any(given.suffix != ".srt" for given in args.given):
        command = [args.transcribe, "models", "path", "base-q8_0"]
        args.model = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    files = [(str(given), given) for given in args.given if given.suffix == ".srt"]
    if files:
        table("Files", files, args)
    with tempfile.TemporaryDirectory() as temporary:
        for given in args.given:
            if given.suffix != ".srt":
                table(given.stem, captions(given, args, args.keep or Path(temporary)), args)
    sys.exit(1 if peers.failures else 0)


main()
