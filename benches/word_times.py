#!/usr/bin/env python3
"""Measures the accuracy of word times in transcripts, against a forced alignment of the reference text.

    scripts/python benches/word_times.py --transcribe target/release/transcribe \\
        --options "-m base-q8_0 -l en" recordings/*.flac
    scripts/python benches/word_times.py --transcribe … --from 20 talk.opus    # are times the same with --from 20?
    scripts/python benches/word_times.py --transcribe … --silence 20 talk.opus # and if silence is removed?
    scripts/python benches/word_times.py --check recordings/*.flac              # how accurate is the alignment itself?

Each RECORDING needs its reference beside it: the same stem with .stm (timed turns, preferred) or .txt (words only).

The aligner is PocketSphinx with the English model that its package ships; g2p2 pronounces words that its dictionary lacks.
German is aligned with English sounds, so its measure is coarser; other languages are not measured. With an .stm each turn is
aligned by itself, unless somebody else speaks at the same time. An edge of a word is left out if the alignment puts a pause
next to it although the sound is loud.

For words next to pauses, "level" compares with the time at which the sound gets loud or quiet: few words, but a second
measure, with which --check compares the alignment. It finds weak sounds (f, th, h) too late and takes breath for speech. The
edges of turns in the .stm are not compared, because many are those of files that begin and end with silence.

Errors are transcript minus alignment, so a positive bias means too late. Only words that transcript and reference share are
compared. "≤100" is the share of words that are wrong by at most 100 ms. Needs ffmpeg. The packages are installed into the
user's cache folder at the first run, where alignments are cached, too.
"""
import argparse
import hashlib
import json
import lzma
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import wave

import jiwer
import numpy
from whisper_normalizer.basic import BasicTextNormalizer
from whisper_normalizer.english import EnglishTextNormalizer

PACKAGES = ["pocketsphinx==5.1.1", "g2p2==0.2.3", "g2p2-group-germanic==0.2.3"]
ALIGNER = "1"  # Raise it when a change below changes alignments: the kept ones are then not used.
RATE = 16000
FRAME = 0.01
# A frame covers 25.6 ms from its nominal time on. Halfway between the centres of two frames lies the boundary between them.
OFFSET = 0.0256 / 2 - FRAME / 2
MARGIN = 0.3  # Sound taken along before and after a turn, where nobody else speaks
PAUSE = 0.25  # From here on, a gap between aligned words counts as a pause
LOUD = 15  # dB below the loud parts of words, for 40 ms: not a pause
KINDS = ("start", "end", "level_start", "level_end")
WITHIN = (50, 100, 150, 200)

# IPA to the sounds of the English model; the longest match counts. The German ones are the nearest that English has.
SOUNDS = {
    "aɪ̯": "AY", "aɪ": "AY", "aʊ̯": "AW", "aʊ": "AW", "ɔɪ̯": "OY", "ɔʏ̯": "OY", "ɔɪ": "OY", "eɪ": "EY", "oʊ": "OW", "əʊ": "OW",
    "t͡ʃ": "CH", "tʃ": "CH", "d͡ʒ": "JH", "dʒ": "JH", "t͡s": "T S", "p͡f": "P F", "n̩": "AH N", "l̩": "AH L", "m̩": "AH M",
    "a": "AA", "ɑ": "AA", "ɒ": "AA", "æ": "AE", "ɐ": "AH", "ʌ": "AH", "ə": "AH", "ɛ": "EH", "e": "EY", "ɜ": "ER", "ɝ": "ER",
    "ɚ": "ER", "i": "IY", "ɪ": "IH", "ᵻ": "IH", "y": "IY", "ʏ": "IH", "ø": "ER", "œ": "ER", "o": "OW", "ɔ": "AO", "u": "UW",
    "ʊ": "UH", "b": "B", "d": "D", "f": "F", "ɡ": "G", "g": "G", "h": "HH", "ç": "SH", "x": "HH", "j": "Y", "k": "K", "l": "L",
    "ɫ": "L", "m": "M", "n": "N", "ŋ": "NG", "p": "P", "r": "R", "ɹ": "R", "ʁ": "R", "ʀ": "R", "s": "S", "ʃ": "SH", "t": "T",
    "ɾ": "D", "θ": "TH", "ð": "DH", "v": "V", "w": "W", "z": "Z", "ʒ": "ZH",
}  # fmt: skip
SOUND = re.compile("|".join(sorted(SOUNDS, key=len, reverse=True)))

ENGLISH, BASIC = EnglishTextNormalizer(), BasicTextNormalizer(remove_diacritics=False)


def key(word, language):
    """A word as it is compared: letters and digits only, with unified numbers and spellings."""
    return "".join((ENGLISH if language == "en" else BASIC)(word).split())


def install():
    """Makes the aligner's packages importable and returns their folder; installs them at the first call."""
    name = hashlib.sha256(" ".join([*PACKAGES, sys.version]).encode()).hexdigest()[:12]
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    folder = cache / "transcribe" / f"times-{name}"
    if not folder.is_dir():
        print(f"installing {', '.join(PACKAGES)} into {folder}", file=sys.stderr)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as part:
            packages = f"{part}/packages"
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--root-user-action=ignore"]
            subprocess.run([*pip, "--no-deps", "--target", packages, *PACKAGES], check=True)
            os.rename(packages, folder)
    sys.path.append(str(folder))
    return folder


def sound_of(recording):
    """The recording's samples, mono and 16 kHz, as bytes of 16-bit numbers."""
    command = ["ffmpeg", "-v", "error", "-nostdin", "-i", recording, "-ac", "1", "-ar", str(RATE), "-f", "s16le", "-"]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def turns_of(recording):
    """The reference as turns {start, end, words}; without an .stm, one turn of unknown start and end."""
    stm, txt = recording.with_suffix(".stm"), recording.with_suffix(".txt")
    if stm.exists():
        lines = [line.split(None, 5) for line in stm.read_text().splitlines() if line.strip() and line[0] != ";"]
        turns = [dict(start=float(line[3]), end=float(line[4]), words=line[5]) for line in lines if len(line) == 6]
    elif txt.exists():
        turns = [dict(start=None, end=None, words=txt.read_text())]
    else:
        sys.exit(f"{recording} has neither .stm nor .txt beside it")
    for turn in turns:
        turn["words"] = [w for w in re.split(r"\s+|--+|[–—…]+", turn["words"]) if any(c.isalnum() for c in w)]
    return [turn for turn in turns if turn["words"]]


class Aligner:
    def __init__(self, language, folder):
        import g2p2
        import pocketsphinx

        # With wider beams than the default, words extend into silence.
        self.decoder = pocketsphinx.Decoder(samprate=RATE, lm=None, loglevel="FATAL")
        model = folder / "g2p2_group_germanic" / f"{language}.g2p.xz"
        self.g2p = g2p2.Model.from_bytes(lzma.decompress(model.read_bytes()))
        self.language = language
        self.names = {}

    def name(self, piece):
        """The key of a word in the aligner's dictionary, to which it is added if new; None if it has no pronunciation."""
        if piece not in self.names:
            name = piece if self.language == "en" else f"{piece}_{self.language}"
            if self.decoder.lookup_word(name) is None:
                sounds = " ".join(SOUNDS[s] for s in SOUND.findall(self.g2p.phonemize(piece)))
                if sounds:
                    self.decoder.add_word(name, sounds, True)
                else:
                    name = None
            self.names[piece] = name
        return self.names[piece]

    def align(self, sound, words):
        """Start and end of each word in seconds, or None if the alignment fails."""
        names, owners = [], []
        for i, word in enumerate(words):
            for piece in re.findall(r"[^\W_]+(?:'[^\W_]+)*", word.lower().replace("’", "'")):
                if (name := self.name(piece)) is None:
                    return None
                names.append(name)
                owners.append(i)
        try:
            self.decoder.set_align_text(" ".join(names))
            self.decoder.start_utt()
            self.decoder.process_raw(sound, full_utt=True)
            self.decoder.end_utt()
            found = [s for s in self.decoder.seg() or [] if s.word[0] not in "<[+("]
        except RuntimeError:
            return None
        if [re.sub(r"\(\d+\)$", "", s.word) for s in found] != names:
            return None
        times = [None] * len(words)
        for owner, s in zip(owners, found):
            start = times[owner][0] if times[owner] else s.start_frame * FRAME + OFFSET
            times[owner] = start, (s.end_frame + 1) * FRAME + OFFSET
        return times


def reference_of(recording, language, folder, aligners):
    """The words of the reference, with start and end by the alignment, and level_start and level_end by the sound, or None."""
    turns = turns_of(recording)
    content = recording.read_bytes() + json.dumps([ALIGNER, language, turns]).encode()
    kept = folder / "alignments" / f"{hashlib.sha256(content).hexdigest()}.json"
    if kept.exists():
        return json.loads(kept.read_text())
    if language not in ("en", "de"):
        sys.exit(f"{recording} is said to be in {language}: only en and de can be aligned")
    if language not in aligners:
        aligners[language] = Aligner(language, folder)
    sound, words = sound_of(recording), []
    length = len(sound) / 2 / RATE
    for turn in turns:
        start, end = turn["start"], turn["end"]
        times, first = None, 0
        if start is None:
            times = aligners[language].align(sound, turn["words"])
        else:
            others = [t for t in turns if t is not turn]
            # At most half of the gap to the neighbours; a turn during which somebody else speaks is not aligned.
            first = max([(t["end"] + start) / 2 for t in others if t["start"] < start] + [0, start - MARGIN])
            last = min([(t["start"] + end) / 2 for t in others if t["start"] >= start] + [length, end + MARGIN])
            if first <= start and last >= end:
                times = aligners[language].align(sound[2 * int(first * RATE) : 2 * int(last * RATE)], turn["words"])
        for word, time in zip(turn["words"], times or [(None, None)] * len(turn["words"])):
            start, end = (t if t is None else round(t + first, 4) for t in time)
            words.append(dict(word=word, start=start, end=end, level_start=None, level_end=None))
    add_levels(sound, [word for word in words if word["start"] is not None])
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(json.dumps(words))
    return words


def add_levels(sound, words):
    """Sets the times at which the level rises after a pause and falls before it, in the words next to it; none at a loud pause."""
    samples = numpy.frombuffer(sound, numpy.int16).astype(float)
    step = 0.005
    hop = int(RATE * step)
    power = (samples[: len(samples) // hop * hop].reshape(-1, hop) ** 2).mean(1)
    level = 10 * numpy.log10(numpy.convolve(power, [0.25, 0.5, 0.25], "same") + 1e-3)

    def rise(level, at, pause):
        """The step at which the level rises; `at` is the first step of the word, after `pause` steps without words."""
        quiet, loud = level[max(0, at - pause) : at], level[at : at + 60]
        if len(quiet) < 8 or len(loud) < 8:
            return None
        floor, top = numpy.percentile(quiet, 30), numpy.percentile(loud, 90)
        if top - floor < 20:
            return None  # Too noisy to tell
        above = level > max(floor + 8, top - 35)
        begin = max(0, at - pause // 2)
        held = (i for i in range(begin, at + 60) if above[i : i + 6].sum() == 6)
        found = next(held, None)
        return None if found == begin else found

    if not words:
        return
    ends = [0] + [word["end"] for word in words]
    starts = [word["start"] for word in words] + [len(samples) / RATE]
    spoken = numpy.concatenate([level[int(w["start"] / step) : int(w["end"] / step)] for w in words])
    loud = level > numpy.percentile(spoken, 90) - LOUD
    for i, word in enumerate(words):
        before, after = word["start"] - ends[i], starts[i + 1] - word["end"]
        if before >= PAUSE:
            at = rise(level, round(word["start"] / step), int(before / step))
            word["level_start"] = at and at * step
        if after >= PAUSE:
            at = rise(level[::-1], len(level) - round(word["end"] / step), int(after / step))
            word["level_end"] = at and (len(level) - at) * step
    for i, (end, start) in enumerate(zip(ends, starts)):
        gap = loud[int(end / step) + 4 : max(0, int(start / step) - 4)]
        if any(gap[j : j + 8].all() for j in range(len(gap) - 7)):
            if i > 0:
                words[i - 1]["end"] = words[i - 1]["level_end"] = None
            if i < len(words):
                words[i]["start"] = words[i]["level_start"] = None


def transcribe(program, options, recordings):
    """Transcribes all recordings in one call, which loads the model once; returns the transcripts in their order."""
    with tempfile.TemporaryDirectory() as folder:
        links = []
        for i, recording in enumerate(recordings):
            links.append(f"{folder}/{i:04}{recording.suffix}")
            os.symlink(recording.resolve(), links[-1])
        subprocess.run([program, "-q", "-f", "json", "-o", folder, *shlex.split(options), *links], check=True)
        return [json.loads(pathlib.Path(folder, f"{i:04}.json").read_text()) for i in range(len(recordings))]


def with_silences(recording, reference, seconds, to):
    """Writes the recording with silence before it and in its longest pause; returns the reference with matching times."""
    sound = sound_of(recording)
    known = [word for word in reference if word["start"] is not None and word["end"] is not None]
    pauses = [(b["start"] - a["end"], (a["end"] + b["start"]) / 2) for a, b in zip(known, known[1:])]
    length, middle = max(pauses, default=(0, 0))
    cut = middle if length >= PAUSE else len(sound) / 2 / RATE
    still = bytes(2 * int(seconds * RATE))
    at = 2 * int(cut * RATE)
    with wave.open(str(to), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(still + sound[:at] + still + sound[at:])
    later = lambda time: None if time is None else time + seconds * (1 if time < cut else 2)  # noqa: E731
    return [{**word, **{kind: later(word[kind]) for kind in KINDS}} for word in reference]


def words_of(transcript):
    return [word for segment in transcript["segments"] for word in segment.get("words", [])]


def matches(left, right, language):
    """Pairs of words that both lists share, by the alignment with the fewest differences."""
    left = [(key(w["word"], language), w) for w in left]
    right = [(key(w["word"], language), w) for w in right]
    left, right = [p for p in left if p[0]], [p for p in right if p[0]]
    if not left or not right:
        return []
    [chunks] = jiwer.process_words(" ".join(k for k, _ in left), " ".join(k for k, _ in right)).alignments
    return [
        (left[chunk.ref_start_idx + i][1], right[chunk.hyp_start_idx + i][1])
        for chunk in chunks
        if chunk.type == "equal"
        for i in range(chunk.ref_end_idx - chunk.ref_start_idx)
    ]


def errors(pairs, reference, heard):
    """Errors in ms of the pairs that have a reference time."""
    return [1000 * (h[heard] - r[reference]) for r, h in pairs if r[reference] is not None]


HEADER = f"{'count':>6} {'median':>7} {'90 %':>6} {'bias':>6} " + " ".join(f"{f'≤{ms}':>5}" for ms in WITHIN)


def figures(values):
    if not values:
        return f"{0:>6} {'-':>7} {'-':>6} {'-':>6} " + " ".join(f"{'-':>5}" for _ in WITHIN)
    off = numpy.abs(values)
    shares = " ".join(f"{100 * numpy.mean(off <= ms + 1e-6):>4.0f}%" for ms in WITHIN)
    return f"{len(off):>6} {numpy.median(off):>7.0f} {numpy.percentile(off, 90):>6.0f} {numpy.median(values):>+6.0f} {shares}"


def missing_edges(reference):
    return sum(word[kind] is None for word in reference for kind in ("start", "end"))


def faults(words):
    """Number of words that take no time, overlap the previous one, and start before the previous one."""
    pairs = list(zip(words, words[1:]))
    return numpy.array(
        [
            len(words),
            sum(w["end"] <= w["start"] for w in words),
            sum(b["start"] < a["end"] - 1e-6 for a, b in pairs),
            sum(b["start"] < a["start"] - 1e-6 or b["end"] < a["end"] - 1e-6 for a, b in pairs),
        ]
    )


def check(recordings, language, folder):
    """Reports how accurate the alignment is at pauses, against the level of the sound."""
    aligners, found = {}, {"start": [], "end": []}
    edges = missing = 0
    for recording in recordings:
        words = reference_of(recording, language, folder, aligners)
        edges += 2 * len(words)
        missing += missing_edges(words)
        for kind, values in found.items():
            values.extend(errors([(w, w) for w in words], f"level_{kind}", kind))
    print(f"{edges} edges of words, {missing} of them not aligned; alignment minus level, ms\n{'':<14}{HEADER}")
    for kind, values in found.items():
        print(f"{kind:<14}{figures(values)}")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--transcribe", metavar="PATH", help="the program to measure")
    options.add_argument("--options", default="", metavar='"…"', help="options for it, as one argument")
    options.add_argument("--from", dest="begin", type=float, metavar="SECONDS", help="also compare with a run from here on")
    options.add_argument("--silence", type=float, metavar="SECONDS", help="also with such silences before the speech and in it")
    options.add_argument("--check", action="store_true", help="measure the alignment instead, at pauses")
    options.add_argument("--language", default="en", help="for --check [default: en]")
    options.add_argument("--brief", action="store_true", help="totals only")
    options.add_argument("recordings", nargs="+", type=pathlib.Path, metavar="RECORDING")
    args = options.parse_args()
    folder = install()
    if args.check:
        return check(args.recordings, args.language, folder)
    if not args.transcribe:
        options.error("--transcribe is missing")

    aligners, total, flaws = {}, {}, numpy.zeros(4, int)
    edges = missing = 0
    transcripts = transcribe(args.transcribe, args.options, args.recordings)
    if not args.brief:
        print(f"{'start of words, ms':^54} |{'end of words, ms':^55}\n{HEADER} | {HEADER}  recording")
    for recording, transcript in zip(args.recordings, transcripts):
        language = transcript["language"]
        reference, heard = reference_of(recording, language, folder, aligners), words_of(transcript)
        pairs = matches(reference, heard, language)
        found = {kind: errors(pairs, kind, kind.removeprefix("level_")) for kind in KINDS}
        for kind, values in found.items():
            total.setdefault(kind, []).extend(values)
        edges += 2 * len(reference)
        missing += missing_edges(reference)
        flaws += faults(heard)
        if not args.brief:
            print(f"{figures(found['start'])} | {figures(found['end'])}  {recording.stem}", flush=True)

    print(f"\n{'ms':<14}{HEADER}")
    for kind, values in total.items():
        if values:
            print(f"{kind.replace('_', ' '):<14}{figures(values)}")
    print(f"reference: {edges} edges of words, {missing} of them not aligned")
    words, empty, overlapping, backwards = flaws
    share = lambda n: f"{n} ({100 * n / max(1, words):.1f} %)"  # noqa: E731
    print(f"transcripts: {words} words; of zero length {share(empty)}, overlapping the one before {share(overlapping)}, "
          f"going backwards {share(backwards)}")  # fmt: skip

    if args.begin is not None:
        long = [i for i, transcript in enumerate(transcripts) if transcript["duration"] > args.begin + 1]
        if not long:
            sys.exit(f"--from {args.begin:g}: no recording is that long")
        again = transcribe(args.transcribe, f"{args.options} --from {args.begin}", [args.recordings[i] for i in long])
        off, most = [], 0
        for whole, part in zip([transcripts[i] for i in long], again):
            late = [w for w in words_of(whole) if w["start"] >= args.begin]
            most += len(late)
            pairs = matches(late, words_of(part), whole["language"])
            off.extend(abs(1000 * (b[kind] - a[kind])) for a, b in pairs for kind in ("start", "end"))
        if off:
            print(f"--from {args.begin:g}: {len(off) // 2} of {most} words found again; times off by {numpy.median(off):.0f} ms "
                  f"(median), {numpy.percentile(off, 90):.0f} ms (90 %), {max(off):.0f} ms (most); "
                  f"{100 * numpy.mean(numpy.array(off) <= 20.001):.0f} % within 20 ms")  # fmt: skip

    if args.silence:
        with tempfile.TemporaryDirectory() as made:
            wavs = [pathlib.Path(made, f"{i:04}.wav") for i in range(len(args.recordings))]
            references = []
            for recording, transcript, wav in zip(args.recordings, transcripts, wavs):
                reference = reference_of(recording, transcript["language"], folder, aligners)
                references.append(with_silences(recording, reference, args.silence, wav))
            again = transcribe(args.transcribe, args.options, wavs)
        pairs = [pair for reference, transcript in zip(references, again)
                 for pair in matches(reference, words_of(transcript), transcript["language"])]  # fmt: skip
        print(f"\nwith silences of {args.silence:g} s before the speech and in its longest pause\n{'ms':<14}{HEADER}")
        for kind in "start", "end":
            print(f"{kind:<14}{figures(errors(pairs, kind, kind))}")


if __name__ == "__main__":
    main()
