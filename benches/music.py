#!/usr/bin/env python3
"""Counts the words that are hallucinated over music without words.

    scripts/python benches/music.py [OPTIONS] FOLDER

FOLDER holds the music, a minute of each piece as `PACKAGE/NAME.wav`. It is fetched from Debian's packages (apt) and cut at the
first call. To leave out a piece in which somebody sings or speaks, remove its file. --packages chooses other packages, which
need another FOLDER.

Prints a table with the pieces, minutes, hallucinated words, pieces with words, share of the time that is named as music and share that is
called inaudible speech for each package and language; below it, the times and texts of the hallucinations. Needs ffmpeg and Debian. Exit code 1 if something failed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "benches")]
import peers  # noqa: E402

PACKAGES = ["asc-music", "drascula-music", "hyperrogue-music", "planetblupi-music-ogg", "singularity-music", "wesnoth-1.16-music"]
SOUNDS = {".ogg", ".opus", ".mp3", ".flac", ".wav", ".m4a"}
MINUTE = 60
SHORTEST = 30  # seconds of a piece that counts as music; shorter ones are effects


def fetch(package, folder, most):
    """Cuts a minute from each piece in a package, beginning after the first third."""
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        peers.note(f"fetching {package}")
        command = ["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", package]
        subprocess.run(command, cwd=temporary, check=True, stdout=subprocess.DEVNULL)
        [archive] = Path(temporary).glob("*.deb")
        subprocess.run(["dpkg-deb", "-x", archive, Path(temporary, "all")], check=True)
        found = sorted(p for p in Path(temporary, "all").rglob("*") if p.suffix.lower() in SOUNDS and not p.is_symlink())
        pieces = [(piece, seconds) for piece in found if (seconds := length(piece)) >= SHORTEST]
        part = Path(temporary, "part")
        part.mkdir()
        for piece, seconds in pieces[::-(-len(pieces) // most) or 1]:
            start = max(0, min(seconds / 3, seconds - MINUTE))
            name = "-".join(piece.relative_to(Path(temporary, "all")).with_suffix("").parts[-2:])
            peers.ffmpeg("-ss", start, "-i", piece, "-t", MINUTE, part / f"{name}.wav")
        part.rename(folder / package)


def length(sound):
    command = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", sound]
    try:
        return float(subprocess.run(command, capture_output=True, text=True).stdout)
    except ValueError:
        return 0.0


def heard(path):
    """Time in seconds and text of each segment; seconds that are named as music, and that are called inaudible speech."""
    transcript = json.loads(path.read_text(encoding="utf-8"))
    gaps = transcript["transcribe"].get("gaps", [])
    named = [sum(gap["end"] - gap["start"] for gap in gaps if gap["reason"] == reason) for reason in ("music", "unrecognised")]
    return [(segment["start"], segment["text"]) for segment in transcript["segments"]], named


def run(args, language, wavs, out):
    command = [args.transcribe, "--config", os.devnull, "-q", "-m", args.model, "-l", language, "-f", "json", "-o", out, *wavs]
    if subprocess.run(command, stdin=subprocess.DEVNULL).returncode:
        peers.fail(f"it failed on {wavs[0].parent}")
    return {wav: heard(out / f"{wav.stem}.json") for wav in wavs}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share")
    models = Path(os.environ.get("TRANSCRIBE_MODELS") or data / "transcribe/models")
    add("--transcribe", type=Path, default=ROOT / "target/release/transcribe", help="our program")
    add("--model", type=Path, default=models / "ggml-base-q8_0.bin", help="ggml file")
    add("--languages", default="en,de", help="given in turn [default: en,de]")
    add("--packages", default=",".join(PACKAGES), help="of Debian [default: %(default)s]")
    add("--most", type=int, default=25, help="pieces of a package [default: 25]")
    add("folder", type=Path, metavar="FOLDER")
    args = parser.parse_args()

    args.folder.mkdir(parents=True, exist_ok=True)
    rows, invented = [], []
    for package in args.packages.split(","):
        if not (args.folder / package).is_dir():
            fetch(package, args.folder, args.most)
        wavs = sorted((args.folder / package).glob("*.wav"))
        if not wavs:
            peers.note(f"no music in {package}")
            continue
        minutes = sum(map(peers.length, wavs)) / 60
        for language in args.languages.split(","):
            with tempfile.TemporaryDirectory() as out:
                found = run(args, language, wavs, Path(out))
            counts = [sum(len(text.split()) for _, text in texts) for texts, _ in found.values()]
            music, inaudible = (sum(named[n] for _, named in found.values()) / 60 for n in range(2))
            rows.append((language, package, len(wavs), minutes, sum(counts), sum(map(bool, counts)), music, inaudible))
            invented += [(language, wav, at, text) for wav, (texts, _) in found.items() for at, text in texts]
    if not rows:
        peers.fail("no music")
    for language in args.languages.split(","):
        sums = [sum(numbers) for numbers in zip(*(row[2:] for row in rows if row[0] == language))]
        rows.append((language, "all", *sums))
    cells = [[language, package, str(pieces), f"{minutes:.1f}", str(words), str(with_words),
              f"{music / minutes:.0%}", f"{inaudible / minutes:.1%}"]
             for language, package, pieces, minutes, words, with_words, music, inaudible in rows]
    heads = ["language", "package", "pieces", "minutes", "words", "pieces with words", "named", "inaudible"]
    peers.table("invented over music", heads, cells)
    for language, wav, at, text in invented:
        print(f"{language} {wav.parent.name}/{wav.stem} {at:.1f}: {text}")


if __name__ == "__main__":
    main()
