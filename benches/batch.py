#!/usr/bin/env python3
"""Measures how well `transcribe batch` uses the machine.

    python3 benches/batch.py [--transcribe PROGRAM] [--rounds N] [--rows clips,length] [--minutes 15,60,240] RECORDING...

Rows:

  clips    200 clips of 5 to 20 s (`batch`), compared with one recording of the same sound (`transcribe`): the throughput of
           the clips as a share of that of the recording
  length   one recording for each of `--minutes`: whether time and memory grow with the length

The sound is cut from the RECORDINGs in an order that is the same each time; ffmpeg converts them to 16 kHz mono. In each round
the runs follow each other. Options after `--` are passed to `transcribe`. Needs ffmpeg, and Linux for the memory.
"""

import argparse
import array
import contextlib
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import wave
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RATE = 16_000
COUNT, SHORTEST, LONGEST = 200, 5.0, 20.0


def sound(recordings):
    """All recordings one after the other."""
    whole = array.array("h")
    for recording in recordings:
        command = ["ffmpeg", "-nostdin", "-v", "error", "-i", recording, "-ac", "1", "-ar", str(RATE), "-f", "s16le", "-"]
        whole.frombytes(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return whole


def write(path, samples):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())


def run(command):
    """Runs a command; returns seconds and peak memory in megabytes."""
    begun = time.monotonic()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    peak = 0
    # The peak that the system reports for a child includes its parent's memory, which holds hours of sound.
    while child.poll() is None:
        with contextlib.suppress(OSError, AttributeError):
            status = Path(f"/proc/{child.pid}/status").read_text()
            peak = int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) / 1024
        time.sleep(0.05)
    took = time.monotonic() - begun
    if child.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed")
    return took, peak


def clips(args, whole, folder):
    chance = random.Random(1)
    (folder / "clips").mkdir()
    joined = array.array("h")
    for number in range(COUNT):
        length = int(chance.uniform(SHORTEST, LONGEST) * RATE)
        start = chance.randrange(max(1, len(whole) - length))
        clip = whole[start:start + length]
        write(folder / "clips" / f"{number:03}.wav", clip)
        joined.extend(clip)
    write(folder / "one.wav", joined)
    seconds = len(joined) / RATE
    print(f"{COUNT} clips of {SHORTEST:.0f} to {LONGEST:.0f} s, {seconds:.0f} s together\n")
    contestants = {
        "one recording": [args.transcribe, folder / "one.wav", "-o", folder / "out"],
        f"{COUNT} clips, batch": [args.transcribe, "batch", folder / "clips", "-o", folder / "out"],
    }
    results = {name: [] for name in contestants}
    for _ in range(args.rounds):
        for name, command in contestants.items():
            shutil.rmtree(folder / "out", ignore_errors=True)
            results[name].append(run([*command, "-q", *args.options]))
    print("| | s | x real time | of one recording's | peak MB |\n|---|---|---|---|---|")
    first = None
    for name, found in results.items():
        took = statistics.median(took for took, _ in found)
        first = first or took
        peak = max(peak for _, peak in found)
        print(f"| {name} | {took:.1f} | {seconds / took:.1f} | {first / took:.0%} | {peak:.0f} |")


def length(args, whole, folder):
    print("| length | s | x real time | peak MB |\n|---|---|---|---|")
    for minutes in args.minutes:
        samples = minutes * 60 * RATE
        repeated = whole * (samples // len(whole) + 1)
        write(folder / "long.wav", repeated[:samples])
        del repeated
        found = []
        for _ in range(args.rounds):
            shutil.rmtree(folder / "out", ignore_errors=True)
            found.append(run([args.transcribe, folder / "long.wav", "-o", folder / "out", "-q", *args.options]))
        took = statistics.median(took for took, _ in found)
        print(f"| {minutes} min | {took:.0f} | {minutes * 60 / took:.1f} | {max(p for _, p in found):.0f} |", flush=True)


def main():
    own, options = sys.argv[1:], []
    if "--" in own:
        own, options = own[:own.index("--")], own[own.index("--") + 1:]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transcribe", default=ROOT / "target/release/transcribe")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--rows", default="clips,length", type=lambda text: text.split(","))
    parser.add_argument("--minutes", default="15,60,240", type=lambda text: [int(m) for m in text.split(",")])
    parser.add_argument("recordings", nargs="+")
    args = parser.parse_args(own)
    args.options = options
    whole = sound(args.recordings)
    with tempfile.TemporaryDirectory() as folder:
        for row, measure in [("clips", clips), ("length", length)]:
            if row in args.rows:
                (Path(folder) / row).mkdir()
                measure(args, whole, Path(folder) / row)
                print()


if __name__ == "__main__":
    main()
