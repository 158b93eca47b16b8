#!/usr/bin/env python3
"""Measures who spoke when: the diarisation error rate of crates/speakers, scored by pyannote.metrics.

    benches/speakers.py [--more GROUP=FOLDER]... [--speakers] FOLDER

FOLDER holds the test recordings: excerpts of AMI meetings, other real recordings, composites of recordings of single voices. --more
adds a folder of recordings of one's own with labels beside them, `.rttm` or `.stm`, for example conversations of
benches/conversations.py. With --speakers the number of speakers is given. Columns, in percent of the labelled speech, without
a collar and with overlapped speech; AMI by the labels that count words only:

  speakers    in the labels / found
  DER         miss (speech that is not found) + false alarm (what is no speech) + confusion (another speaker)
  floor       DER of the windows of the segmentation alone, if each of their speakers is given the best name
  × real      length / time on all cores, without reading the file

The last rows are the groups: DER over all recordings, and in how many the number of speakers is exact, or within one.
Labels of composites count pauses as speech, so only their confusion means something. Needs ffmpeg, cargo and the networks
(`make model`). pyannote.metrics is installed into the cache folder at the first call.
"""

import argparse
import collections
import os
import re
import subprocess
import sys
import tempfile
import venv
import warnings
import zlib
from pathlib import Path

PACKAGES = ["numpy==2.4.6", "pyannote.core==6.1.0", "pyannote.database==6.1.1", "pyannote.metrics==4.2.0"]
ROOT = Path(__file__).resolve().parent.parent
RATE = 16000
STEP, LENGTH, WINDOW_STEP = 270, 991, 60  # of frames in samples, of windows in frames
FRAMES = 589  # of a window
VOICES = 3  # of a window
ERRORS = ["missed detection", "false alarm", "confusion"]


def with_packages():
    """Runs this script again in an environment that has the packages, which is made at the first call."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = caches / "transcribe" / f"speakers-{zlib.crc32(' '.join(PACKAGES).encode())}"
    python = folder / "bin" / "python"
    if Path(sys.prefix) == folder:
        return
    if not (folder / "complete").exists():
        print(f"installing {' '.join(PACKAGES)} into {folder}", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES]
        subprocess.run(pip, check=True, stdout=sys.stderr)
        (folder / "complete").touch()
    os.execv(python, [python, *sys.argv])


def turns(path):
    """Labels as (start, end, speaker), in seconds, from RTTM or STM."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = line.split()
        if path.suffix == ".stm":
            found.append((float(fields[3]), float(fields[4]), fields[2]))
        elif fields[:1] == ["SPEAKER"]:
            found.append((float(fields[3]), float(fields[3]) + float(fields[4]), fields[7]))
    return found


def recordings(folder, more):
    """Recordings as (group, file, labels)."""
    words = folder / "speakers" / "words-labels"
    for place in ["multi-ami-pyannote", "multi-ami-EN2002a", "speakers/ami-more"]:
        for path in sorted((folder / place).glob("*.wav")):
            yield "AMI", path, words / f"{path.stem}.words.rttm"
    for place in ["multi-picovoice", "speakers/pyannote-sample"]:
        for path in sorted((folder / place).glob("*.wav")):
            yield "other real", path, path.with_suffix(".rttm")
    for path in sorted(folder.glob("composite-*/*.opus")):
        language = "German" if "-de" in path.stem else "English"
        yield f"composites, {language}", path, path.with_suffix(".rttm")
    for group, place in more:
        for labels in sorted([*Path(place).glob("*.rttm"), *Path(place).glob("*.stm")]):
            sound = [path for path in labels.parent.glob(f"{labels.stem}.*") if path.suffix in (".wav", ".flac", ".opus")]
            yield from ((group, path, labels) for path in sound[:1])


def diarize(path, count, into):
    """What is found, what the windows hear, the length in seconds, and how many times as fast it was."""
    wav = into / f"{path.stem}.wav"
    decode = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", path, "-ac", "1", "-ar", str(RATE), "-c:a", "pcm_s16le", wav]
    subprocess.run(decode, check=True)
    command = ["cargo", "run", "--quiet", "--release", "--locked", "-p", "transcribe-speakers", "--example", "diarize", "--"]
    command += ["--windows", into] + (["--speakers", str(count)] if count else []) + [wav]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    (into / "found.rttm").write_text(done.stdout, encoding="utf-8")
    heard = (into / f"{path.stem}.windows").read_bytes()
    windows = [heard[at : at + FRAMES] for at in range(0, len(heard), FRAMES)]
    length, speed = map(float, re.search(r": ([\d.]+) s, ([\d.]+) x real time", done.stderr).groups())
    return turns(into / "found.rttm"), windows, length, speed


def floor(windows, labels, length):
    """Turns, if each speaker of each window gets the name with which they share most frames. Names as in the labels."""
    import numpy

    names = sorted({name for *_, name in labels})
    frames = int(length * RATE / STEP) + 1
    times = (numpy.arange(frames) * STEP + LENGTH / 2) / RATE
    speak = numpy.stack([sum((times >= a) & (times < b) for a, b, who in labels if who == name) > 0 for name in names], 1)
    votes, heard, covered = numpy.zeros((frames, len(names))), numpy.zeros(frames), numpy.zeros(frames)
    for number, window in enumerate(windows):
        begin = number * WINDOW_STEP
        window = numpy.frombuffer(window, numpy.uint8)[: max(0, frames - begin)]
        part = slice(begin, begin + len(window))
        voices = numpy.stack([window >> voice & 1 for voice in range(VOICES)], 1)
        heard[part] += voices.sum(1)
        covered[part] += 1
        common = voices.T.astype(int) @ speak[part].astype(int)
        # The best pairs first; two speakers of a window are two, as long as there are enough names. Noise gets none.
        free, left = set(range(len(names))), [voice for voice in range(VOICES) if voices[:, voice].any()]
        while left:
            if not free:
                free = set(range(len(names)))
            voice, name = max(((v, n) for v in left for n in free), key=lambda pair: common[pair])
            left.remove(voice)
            free.discard(name)
            if common[voice, name]:
                votes[part, name] += voices[:, voice]
    at_once = numpy.floor(heard / numpy.maximum(covered, 1) + 0.5)
    order = numpy.argsort(-votes, axis=1, kind="stable")
    # Frames of one speaker that follow each other are one turn: the scorer takes long over many.
    found, begun = [], {}
    for frame in range(frames + 1):
        chosen = {name for name in order[frame, : int(at_once[frame])] if votes[frame, name] > 0} if frame < frames else set()
        at = (frame * STEP + (LENGTH - STEP) / 2) / RATE
        found += [(begun.pop(name), at, names[name]) for name in set(begun) - chosen]
        begun.update((name, at) for name in chosen - set(begun))
    return found


def annotation(found):
    from pyannote.core import Annotation, Segment

    out = Annotation()
    for number, (start, end, speaker) in enumerate(found):
        if end > start:
            out[Segment(start, end), number] = speaker
    return out


def row(name, speakers, errors, best, speed):
    total = errors["total"]
    parts = [100 * errors[kind] / total for kind in ERRORS]
    print(f"{name:28} {speakers:>12} {sum(parts):6.1f} {parts[0]:6.1f} {parts[1]:6.1f} {parts[2]:6.1f} "
          f"{100 * sum(best[kind] for kind in ERRORS) / total:6.1f} {speed:7.1f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--more", action="append", default=[], type=lambda text: text.split("=", 1), metavar="GROUP=FOLDER")
    parser.add_argument("--speakers", action="store_true")
    args = parser.parse_args()
    with_packages()
    warnings.filterwarnings("ignore")
    from pyannote.core import Segment, Timeline
    from pyannote.metrics.diarization import DiarizationErrorRate

    metric = DiarizationErrorRate(collar=0.0, skip_overlap=False)
    groups = collections.defaultdict(list)
    print(f"{'recording':28} {'speakers':>12} {'DER':>6} {'miss':>6} {'false':>6} {'conf.':>6} {'floor':>6} {'× real':>7}")
    with tempfile.TemporaryDirectory() as folder:
        for group, path, labels in recordings(args.folder, args.more):
            if not labels.is_file():
                continue
            wanted = turns(labels)
            count = len({name for *_, name in wanted})
            found, windows, length, speed = diarize(path, count if args.speakers else None, Path(folder))
            whole = Timeline([Segment(0, length)])
            errors, best = (metric(annotation(wanted), annotation(guess), uem=whole, detailed=True)
                            for guess in (found, floor(windows, wanted, length)))
            number = len({name for *_, name in found})
            row(path.stem, f"{count}/{number}", errors, best, speed)
            groups[group].append((errors, best, abs(count - number), length, length / speed))
    print()
    for group, all_of in groups.items():
        errors, best = ({kind: sum(one[which][kind] for one in all_of) for kind in [*ERRORS, "total"]} for which in (0, 1))
        exact, close = (sum(one[2] <= off for one in all_of) for off in (0, 1))
        row(group, f"{exact}, {close} of {len(all_of)}", errors, best, sum(o[3] for o in all_of) / sum(o[4] for o in all_of))


if __name__ == "__main__":
    main()
