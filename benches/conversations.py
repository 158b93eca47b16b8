#!/usr/bin/env python3
"""Stitches recordings of single sentences into conversations, and checks that nothing in their transcripts is shuffled, said
twice or lost.

    scripts/python benches/conversations.py make --out FOLDER --language de --kind short --count 20 SENTENCES...
    scripts/python benches/conversations.py check --transcribe target/release/transcribe --language de FOLDER...

SENTENCES are folders of recordings with their words beside them, as `.txt`. Kinds of conversations, of about a minute each:

  short     turns of up to 4 s by two to ten voices, with pauses of 0.1 to 3 s
  long      turns of up to 12 s
  repeated  as short, but each sentence is said one to four times, by the same or by other voices, as in votes and drills
  roll      turns of up to 2 s
  crosstalk as short, but every third turn begins before the turn before it ends, and is up to 10 dB quieter

`--half 1` and `--half 2` use one half of the recordings each: choose on one, report on the other. The same arguments make
the same conversations.

`check` prints for each contestant and folder: word errors as scripts/word_errors.py counts them; `lost`: turns of more than a
second of which no word was recognised, `unnamed`: those that neither a gap nor a removal names, and `gaps` in all; `doubled`:
conversations in which four words in a row stand more often than they were said, and `shuffled`: turns whose words stand in another
order; CPU seconds in total, and the largest share of its length that a conversation took. --peers compares with the contestants of
benches/peers.py of that name. --list also prints what was found. Needs ffmpeg, and Linux for CPU seconds.
"""

import argparse
import collections
import hashlib
import json
import os
import random
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import jiwer
import numpy

import peers
import word_errors

RATE = 16000
TURN = {"short": 4.0, "long": 12.0, "repeated": 4.0, "roll": 2.0, "crosstalk": 4.0}
LENGTH = 60  # seconds from which on a conversation ends
LOST = 1.0  # seconds from which on a turn must have text or a name


# --- Making


def load(path):
    """The samples of a recording, at the same loudness as all others, without silence at its ends."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", path, "-f", "f32le", "-ac", "1", "-ar", str(RATE), "-"]
    sound = numpy.frombuffer(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout, numpy.float32)
    frames = sound[: len(sound) // 160 * 160].reshape(-1, 160)
    energy = numpy.sqrt((frames**2).mean(axis=1))
    loud = numpy.nonzero(energy > max(0.03 * numpy.percentile(energy, 95), 1e-4))[0]
    sound = sound[max(0, loud[0] - 5) * 160 : (loud[-1] + 6) * 160]
    level = numpy.sqrt(numpy.mean(sound[numpy.abs(sound) > 0.1 * numpy.abs(sound).max()] ** 2))
    return sound * min(0.12 / level, 0.95 / numpy.abs(sound).max())


def voice(path):
    """Who speaks, as far as the name tells: what stands before the first hyphen, or else the first two characters."""
    stem = path.stem.split("_", 1)[-1]
    return f"{path.parent.name}/{stem.split('-')[0] if '-' in stem else stem[:2]}"


def sentences(folders, kind, half):
    found = []
    for path in sorted(file for folder in folders for file in Path(folder).iterdir()):
        words = path.with_suffix(".txt")
        if path.suffix in (".txt", ".stm", ".rttm", ".TextGrid", ".json", ".md") or not words.is_file():
            continue
        if half and int(hashlib.sha256(path.stem.encode()).hexdigest(), 16) % 2 != half - 1:
            continue
        sound = load(path)
        if len(sound) <= TURN[kind] * RATE:
            found.append((voice(path), sound, " ".join(words.read_text(encoding="utf-8").split())))
    return found


def conversation(chance, found, kind):
    """Turns as (start in samples, samples, speaker, words), in order."""
    voices = sorted({speaker for speaker, _, _ in found})
    here = chance.sample(voices, min(len(voices), chance.randint(2, 10)))
    mine = [one for one in found if one[0] in here]
    turns, at, order = [], RATE // 2, []
    while at < LENGTH * RATE:
        if not order:
            order = chance.sample(mine, len(mine))
        one = order.pop()
        again = [one]
        if kind == "repeated":
            same = [other for other in mine if other[2] == one[2]]
            again = [chance.choice(same) for _ in range(chance.randint(1, 4))]
        for speaker, sound, said in again:
            start = at
            if kind == "crosstalk" and len(turns) % 3 == 2:
                start = max(0, at - int(chance.uniform(0.3, 1.5) * RATE))
                sound = sound * 10 ** (-chance.uniform(0, 10) / 20)
            turns.append((start, sound, speaker, said))
            at = max(at, start + len(sound) + int(chance.choice([0.1, 0.2, 0.3, 0.5, 0.8, 1.3, 2.0, 3.0]) * RATE))
    return turns


def make(args):
    found = sentences(args.sentences, args.kind, args.half)
    if len(found) < 2:
        sys.exit("error: fewer than two sentences that are short enough")
    args.out.mkdir(parents=True, exist_ok=True)
    for number in range(args.count):
        turns = conversation(random.Random(f"{args.kind} {args.half} {args.seed} {number}"), found, args.kind)
        sound = numpy.zeros(max(start + len(piece) for start, piece, _, _ in turns) + RATE, numpy.float32)
        for start, piece, _, _ in turns:
            sound[start : start + len(piece)] += piece
        name = args.out / f"{args.kind}-{args.language}-{number:03}"
        with peers.writing(name.with_suffix(".wav")) as file:
            file.writeframes((numpy.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
        turns.sort(key=lambda turn: turn[0])
        name.with_suffix(".txt").write_text("\n".join(said for *_, said in turns) + "\n", encoding="utf-8")
        lines = [f"{name.name} 1 {speaker} {start / RATE:.3f} {(start + len(piece)) / RATE:.3f} {said}\n"
                 for start, piece, speaker, said in turns]
        name.with_suffix(".stm").write_text("".join(lines), encoding="utf-8")


# --- Checking


def normal(text, language):
    return (word_errors.ENGLISH if language == "en" else word_errors.BASIC)(text).split()


def runs(words, length=4):
    return collections.Counter(tuple(words[n : n + length]) for n in range(len(words) - length + 1))


def turn_words(turns, heard):
    """For each turn how many of its words have a counterpart in what was heard, and which of those heard."""
    reference = [word for turn in turns for word in turn]
    owner = [number for number, turn in enumerate(turns) for _ in turn]
    found = [[] for _ in turns]
    if reference and heard:
        for chunk in jiwer.process_words(" ".join(reference), " ".join(heard)).alignments[0]:
            if chunk.type in ("equal", "substitute"):
                for step in range(chunk.ref_end_idx - chunk.ref_start_idx):
                    found[owner[chunk.ref_start_idx + step]].append(chunk.hyp_start_idx + step)
    return found


def lost(turns, found, heard):
    """Numbers of the turns of which no word was heard. Which of those that say the same is missing, is told by the times: the one
    in whose time the fewest of its words were heard; `heard` is what was heard in the time of each."""
    missing = []
    for said in {tuple(turn) for turn in turns if turn}:
        same = [number for number, turn in enumerate(turns) if tuple(turn) == said]
        same.sort(key=lambda number: sum((collections.Counter(said) & collections.Counter(heard[number])).values()))
        missing += same[: sum(not found[number] for number in same)]
    return set(missing)


def shuffled(turn, heard):
    """Are words that both have just once in another order? `heard` is what was heard at the time of the turn."""
    once = [word for word in turn if turn.count(word) == 1 and heard.count(word) == 1]
    return [heard.index(word) for word in once] != sorted(heard.index(word) for word in once)


def examine(wav, language, text, document):
    """Counts for one conversation, and lines that tell what is wrong; `document` is our JSON, if it is ours."""
    said = peers.turns(wav)
    turns = [normal(words, language) for _, _, words in said]
    heard = normal(text, language)
    result = collections.Counter(word_errors.count(wav.with_suffix(".txt").read_text(encoding="utf-8"), text, language))
    lines = []
    names, words = [], []
    if document:
        extra = document.get("transcribe", {})
        result["gaps"] = len(extra.get("gaps", []))
        names = [(one["start"], one["end"]) for key in ("gaps", "removed") for one in extra.get(key, [])]
        # The middle of a word, unless it is stretched over what follows.
        words = [(min((word["start"] + word["end"]) / 2, word["start"] + 0.3), word["word"])
                 for segment in document["segments"] for word in segment.get("words", [])]
    spans = [(start, end) for start, end, _ in said]
    within = [normal(" ".join(word for at, word in words if start <= at < end), language) for start, end in spans]
    missing = lost(turns, turn_words(turns, heard), within)
    for number, ((start, end, _), turn, here) in enumerate(zip(said, turns, within)):
        if number in missing and end - start > LOST:
            result["lost"] += 1
            named = any(min(end, b) - max(start, a) > 0.3 * (end - start) for a, b in names)
            result["unnamed"] += not named
            lines.append(f"{start:6.1f} {'named' if named else 'LOST':8} {' '.join(turn)}")
        alone = all((a, b) == (start, end) or b <= start or end <= a for a, b in spans)
        if document and alone and shuffled(turn, here):
            result["shuffled"] += 1
            lines.append(f"{start:6.1f} SHUFFLED {' '.join(turn)} | {' '.join(here)}")
    once = runs([word for turn in turns for word in turn])
    extra = {run: n - once[run] for run, n in runs(heard).items() if run in once and n > once[run]}
    result["doubled"] += bool(extra)
    lines += [f"       DOUBLED  {' '.join(run)} ({n} more)" for run, n in extra.items()]
    return result, lines


def run(command):
    """CPU seconds of a command."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = child.stderr.read()
    _, status, used = os.wait4(child.pid, 0)
    if os.waitstatus_to_exitcode(status):
        sys.exit(f"error: {shlex.join(map(str, command))}: {said.decode(errors='replace')}")
    return used.ru_utime + used.ru_stime


def check(args):
    contestants = [(binary, peers.ours(argparse.Namespace(transcribe=binary, model=args.model, language=args.language), ""))
                   for binary in args.transcribe]
    args.transcribe, args.ours = None, []
    found = peers.contestants(args)[1:] if args.peers else []
    contestants += [(one.name, one) for one in found]
    print(f"{'words':>6} {'WER %':>6} {'del':>5} {'ins':>5} {'lost':>5} {'unnamed':>7} {'gaps':>5} {'doubled':>7} {'shuffled':>8} "
          f"{'CPU s':>7} {'worst':>6}  contestant, folder")
    for name, contestant in contestants:
        pooled, everything, seconds = collections.Counter(), 0.0, 0.0
        for folder in args.folders:
            total, cpu, length, worst = collections.Counter(), 0.0, 0.0, 0.0
            for wav in sorted(folder.glob("*.wav"))[: args.first]:
                with tempfile.TemporaryDirectory() as out:
                    used = run(contestant.command([wav], Path(out)))
                    document = Path(out, f"{wav.stem}.json")
                    document = json.loads(document.read_text(encoding="utf-8")) if document.is_file() else None
                    text = Path(out, f"{wav.stem}.txt").read_text(encoding="utf-8")
                if document:
                    text = " ".join(segment["text"] for segment in document["segments"])
                result, lines = examine(wav, args.language, text, document)
                total += result
                cpu += used
                length += peers.length(wav)
                worst = max(worst, used / peers.length(wav))
                if args.list:
                    errors = sum(result[kind] for kind in ("substitutions", "deletions", "insertions"))
                    print(f"  {wav.stem}: {errors} of {result['words']}, {used:.1f} s", *lines, sep="\n  ")
            line(total, cpu, worst, f"{name}, {folder.name}")
            pooled += total
            everything += cpu
            seconds += length
        line(pooled, everything, everything / seconds, f"{name}, all {len(args.folders)} (mean instead of worst)")


def line(total, cpu, worst, name):
    errors = sum(total[kind] for kind in ("substitutions", "deletions", "insertions"))
    print(f"{total['words']:>6} {100 * errors / max(1, total['words']):>6.1f} {total['deletions']:>5} {total['insertions']:>5} "
          f"{total['lost']:>5} {total['unnamed']:>7} {total['gaps']:>5} {total['doubled']:>7} {total['shuffled']:>8} {cpu:>7.1f} {worst:>6.3f}  {name}",
          flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("make")
    command.set_defaults(run=make)
    command.add_argument("sentences", nargs="+", type=Path)
    command.add_argument("--out", type=Path, required=True)
    command.add_argument("--language", required=True)
    command.add_argument("--kind", choices=TURN, default="short")
    command.add_argument("--count", type=int, default=20)
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--half", type=int, choices=(1, 2))
    command = commands.add_parser("check")
    command.set_defaults(run=check)
    command.add_argument("folders", nargs="+", type=Path)
    command.add_argument("--transcribe", action="append", default=[], help="may be given several times")
    command.add_argument("--language", required=True)
    command.add_argument("--model", default="base-q8_0")
    command.add_argument("--first", type=int, metavar="N", help="only the first N conversations of each folder")
    command.add_argument("--list", action="store_true")
    command.add_argument("--peers", nargs="*", default=[], choices=peers.PEERS)
    command.add_argument("--whisper-cli")
    command.add_argument("--vad-model")
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
