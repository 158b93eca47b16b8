#!/usr/bin/env python3
"""Compares live captions: ours, whisper.cpp's stream example, and whisper_streaming (LocalAgreement-2).

    scripts/python benches/live_peers.py -l en [--to SECONDS] [--stream WHISPER-STREAM] [--whisper-streaming FOLDER] RECORDING

Each receives the recording in real time, one after the other, on the same machine. For each: the delay from the end of a word
to its final caption, the word error rate of the final captions, and how much sound was dropped.

- ours: `transcribe live` through the example `captions`, which must be built.
- stream: a `whisper-stream` executable (needs SDL2), which records from a PulseAudio server of this program, to which the
  recording is played. Its text is final when it begins a new line; redrawn text does not count. It reports dropped sound itself.
- whisper_streaming: a checkout of ufal/whisper_streaming, with faster-whisper as peers.py installs it (int8 on the processor) and
  chunks of 1 s. It reports when it outputs words, which never change.

The end of a word is that in the transcript of the whole recording. Errors are counted by jiwer, after Whisper's normaliser.
"""
import argparse
import difflib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "scripts")]
import peers  # noqa: E402
from word_errors import count  # noqa: E402

# whisper_online.py requires a graphics card.
ON_THE_PROCESSOR = """
import runpy, sys
import faster_whisper
whole = faster_whisper.WhisperModel
faster_whisper.WhisperModel = lambda path, **_: whole(path, device="cpu", compute_type="int8", cpu_threads=2)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def plain(word):
    return "".join(c for c in word.lower() if c.isalnum())


def delays(said, words):
    """Seconds from the end of each word to its final caption. `said`: captions (text, seconds); `words`: (word, end)."""
    said = [(plain(w), at) for text, at in said for w in text.split() if plain(w)]
    matcher = difflib.SequenceMatcher(None, [w for w, _ in said], [w for w, _ in words], autojunk=False)
    return [said[m.a + i][1] - words[m.b + i][1] for m in matcher.get_matching_blocks() for i in range(m.size)]


def show(name, said, words, reference, language, dropped):
    found = sorted(delays(said, words))
    errors = count(reference, " ".join(text for text, _ in said), language)
    wrong = 100 * (errors["substitutions"] + errors["deletions"] + errors["insertions"]) / errors["words"]
    ninety_five = found[int(len(found) * 0.95)] if found else float("nan")
    print(f"{name:18} delay median {statistics.median(found or [float('nan')]):5.2f} s, 95 % {ninety_five:5.2f} s; "
          f"{wrong:5.1f} % wrong ({errors['deletions']} left out, {errors['insertions']} too many); dropped: {dropped}", flush=True)


def stream(program, model, language, wav, seconds):
    """Runs `whisper-stream` with a PulseAudio server whose only device is a null sink, to which the recording is played."""
    folder = Path(tempfile.mkdtemp())
    env = dict(os.environ, HOME=str(folder), XDG_RUNTIME_DIR=str(folder), PULSE_RUNTIME_PATH=str(folder / "pulse"),
               PULSE_SERVER=f"unix:{folder}/pulse/native", SDL_AUDIODRIVER="pulseaudio", PULSE_SOURCE="table.monitor")
    quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    pulse = subprocess.Popen(["pulseaudio", "--system=false", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "-n",
                              "--load=module-native-protocol-unix", "--load=module-null-sink sink_name=table norewinds=1"],
                             env=env, **quiet)
    try:
        time.sleep(2)
        errors = open(folder / "errors", "w+")
        child = subprocess.Popen([program, "-m", model, "-l", language, "-t", "2"], env=env, stdout=subprocess.PIPE,
                                 stderr=errors, bufsize=0)
        text = b""
        while b"[Start speaking]" not in text:
            text += os.read(child.stdout.fileno(), 4096)
        player = subprocess.Popen(["paplay", "-d", "table", wav], env=env, **quiet)
        begin, said, line = time.monotonic(), [], ""
        os.set_blocking(child.stdout.fileno(), False)
        while time.monotonic() - begin < seconds + 12:
            time.sleep(0.02)
            data = child.stdout.read() or b""
            now = time.monotonic() - begin
            for piece in re.split(r"(\n)", data.decode(errors="replace")):
                if piece == "\n":
                    if line.strip():
                        said.append((line.strip(), now))
                    line = ""
                elif piece:
                    # A redrawn line begins after the last erase sequence.
                    line = (line + piece).split("\33[2K\r")[-1]
        if line.strip():
            said.append((line.strip(), now))
        player.wait()
        child.terminate()
        child.wait()
        errors.seek(0)
        return [(t, at) for t, at in said if not t.startswith("[")], f"{errors.read().count('dropping audio')} times"
    finally:
        pulse.terminate()
        pulse.wait()
        shutil.rmtree(folder, ignore_errors=True)


def whisper_streaming(folder, language, wav):
    python, model = peers.python_peers()
    needed = [python, "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "librosa", "soundfile"]
    subprocess.run(needed, check=True)
    output = subprocess.run([python, "-c", ON_THE_PROCESSOR, str(Path(folder) / "whisper_online.py"), wav, "--model", "base",
                             "--model_dir", str(model), "--lan", language, "--min-chunk-size", "1", "-l", "ERROR"],
                            capture_output=True, text=True, check=True, cwd=folder).stdout
    said = []
    for line in output.splitlines():
        at, _, _, text = line.split(" ", 3)
        said.append((text, float(at) / 1000))
    return said, "none"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recording", type=Path)
    parser.add_argument("-l", "--language", required=True)
    parser.add_argument("--to", type=int, help="seconds of the recording")
    parser.add_argument("--stream", type=Path)
    parser.add_argument("--whisper-streaming", type=Path)
    args = parser.parse_args()
    release = HERE.parent / "target/release"
    models = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "transcribe/models"
    model = models / "ggml-base-q8_0.bin"
    with tempfile.TemporaryDirectory() as folder:
        wav = f"{folder}/sound.wav"
        cut = ["-t", str(args.to)] if args.to else []
        subprocess.run(["ffmpeg", "-v", "error", "-i", args.recording, *cut, "-ar", "16000", "-ac", "1", wav], check=True)
        subprocess.run([release / "transcribe", "-q", "-l", args.language, "-m", model, "-f", "json", "-o", folder, wav], check=True)
        result = json.loads(Path(folder, "sound.json").read_text())
        words = [(plain(w["word"]), w["end"]) for w in result["word_segments"] if plain(w["word"])]
        whole = args.recording.with_suffix(".txt")
        reference = whole.read_text() if whole.exists() and not args.to else result["text"]
        ours = subprocess.run([release / "examples/captions", "--times", "-l", args.language, wav], capture_output=True,
                              text=True, check=True, cwd=HERE.parent).stdout
        said = [(text, float(at)) for at, text in re.findall(r"^@ ([\d.]+) (.*)$", ours, re.M)]
        show("transcribe live", said, words, reference, args.language, "none")
        if args.whisper_streaming:
            said, dropped = whisper_streaming(args.whisper_streaming, args.language, wav)
            show("whisper_streaming", said, words, reference, args.language, dropped)
        if args.stream:
            said, dropped = stream(args.stream, model, args.language, wav, result["duration"])
            show("whisper.cpp stream", said, words, reference, args.language, dropped)


main()
