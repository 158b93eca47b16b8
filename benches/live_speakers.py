#!/usr/bin/env python3
"""Measures what it would cost to tell voices apart line by line while people speak: cpWER of each line with the speaker that is known
a second after it, against that of the finished record, scored by meeteval.

    scripts/python benches/live_speakers.py [--transcribe target/release/transcribe] [--delay 1] RECORDING...

A recording has its words by speaker beside it, as `.stm`. It is transcribed once. For each segment of the text the beginning of the
recording, up to so many seconds after the segment, is told apart alone; each of its voices is the live voice with which it shares
most of the time of the lines before, or a new one; the segment keeps the voice that it got then. Columns, in percent of the words of
the reference:

  record  cpWER with the voices of the whole recording, words with a speaker each
  lines   the same, but each segment has one speaker: the one who speaks in most of it
  live    cpWER with the voices that were known when the segment became final

The last row is all recordings together. Needs ffmpeg. It hears a recording of N segments N times.
"""

import argparse
import collections
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import meeteval

from speaker_words import ROOT, normalised

NOBODY = "unknown"


def told_apart(transcribe, text, sound, folder):
    """The time of each speaker in a recording: (start, end, speaker) of all words."""
    path = folder / f"{sound.stem}.json"
    extension = {**text["transcribe"], "recording": {"name": sound.name}}
    path.write_text(json.dumps({**text, "transcribe": extension}))
    command = [transcribe, "speakers", "-q", "--speakers", "auto", path, sound]
    ended = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if ended.returncode:
        # Too little speech to tell anything.
        print(f"  {sound.name}: {ended.stderr.strip()[-120:]}", file=sys.stderr)
        return []
    segments = json.loads(path.read_text())["segments"]
    return [(word["start"], word["end"], segment["speaker"])
            for segment in segments if segment.get("speaker") for word in segment["words"]]


def speaker_of(segment, times):
    shares = collections.Counter()
    for start, end, speaker in times:
        shares[speaker] += max(0.0, min(end, segment["end"]) - max(start, segment["start"]))
    return max(shares, key=shares.get) if any(shares.values()) else None


def live_speakers(transcribe, text, recording, delay, folder):
    """The speaker of each segment when it became final."""
    lines = []
    voices = 0
    for at, segment in enumerate(text["segments"]):
        end = segment["end"] + delay
        sound = folder / f"part{at}.wav"
        command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", recording, "-t", str(end), "-ac", "1", "-ar", "16000", sound]
        subprocess.run(command, check=True)
        before = {**text, "segments": text["segments"][: at + 1]}
        times = told_apart(transcribe, before, sound, folder)
        sound.unlink()
        shared = collections.Counter()
        for line, voice in zip(text["segments"], lines):
            for start, stop, speaker in times:
                if voice:
                    shared[speaker, voice] += max(0.0, min(stop, line["end"]) - max(start, line["start"]))
        known = {}
        for (speaker, voice), seconds in shared.most_common():
            if seconds > 0 and speaker not in known and voice not in known.values():
                known[speaker] = voice
        speaker = speaker_of(segment, times)
        if speaker is not None and speaker not in known:
            voices += 1
            known[speaker] = f"L{voices}"
        lines.append(known.get(speaker))
    return lines


def scored(segments, reference, language, folder):
    """Errors and words of a text, with the speaker of each segment."""
    path = folder / "scored.seglst.json"
    lines = [{"session_id": "recording", "start_time": s["start"], "end_time": s["end"], "words": s["text"],
              "speaker": s.get("speaker") or NOBODY} for s in segments]
    path.write_text(json.dumps(lines))
    own = meeteval.wer.cpwer(reference, normalised(path, language))["recording"]
    return own.errors, own.length


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transcribe", type=Path, default=ROOT / "target/release/transcribe")
    parser.add_argument("--delay", type=float, default=1.0)
    parser.add_argument("recordings", type=Path, nargs="+", metavar="RECORDING")
    args = parser.parse_args()
    totals = [[0, 0] for _ in range(3)]
    print(f"{'recording':28} {'voices':>6} {'record':>7} {'lines':>7} {'live':>7}")
    for recording in args.recordings:
        language = "de" if "-de" in recording.stem else "en"
        reference = normalised(recording.with_suffix(".stm"), language)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            how = ["-q", "-l", language, "-f", "json", "-o", folder, "--speakers", "off"]
            subprocess.run([args.transcribe, *how, recording], check=True)
            text = json.loads((folder / f"{recording.stem}.json").read_text())
            whole = folder / "whole.wav"
            subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-i", recording, "-ac", "1", "-ar", "16000", whole], check=True)
            times = told_apart(args.transcribe, text, whole, folder)
            record = json.loads((folder / "whole.json").read_text())["segments"]
            lines = [{**s, "speaker": speaker_of(s, times)} for s in text["segments"]]
            voices = live_speakers(args.transcribe, text, recording, args.delay, folder)
            live = [{**s, "speaker": v} for s, v in zip(text["segments"], voices)]
            counts = [scored(segments, reference, language, folder) for segments in (record, lines, live)]
        found = f"{len({line['speaker'] for line in reference})}/{len(set(voices) - {None})}"
        print(f"{recording.stem:28} {found:>6} " + " ".join(f"{100 * e / n:7.1f}" for e, n in counts), flush=True)
        for total, (errors, words) in zip(totals, counts):
            total[0] += errors
            total[1] += words
    print(f"{'all':28} {'':>6} " + " ".join(f"{100 * e / n:7.1f}" for e, n in totals))


if __name__ == "__main__":
    main()
