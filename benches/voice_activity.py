#!/usr/bin/env python3
"""Compares voice activity detectors: prints the tables of docs/accuracy.md.

    scripts/python benches/voice_activity.py FOLDER

FOLDER holds the test recordings. Needs `ffmpeg` (with libgsm) and cargo. The other detectors are Python packages, which are
installed into the user's cache folder at the first call; nothing of them is shipped.
"""
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import wave
import zlib
from pathlib import Path

# Installed without their requirements: silero-vad would bring PyTorch, which is not needed to run its weights.
PACKAGES = """
    numpy==2.4.6 onnxruntime==1.31.1 flatbuffers==25.12.19 protobuf==7.36.2 packaging==26.3
    silero-vad==6.2.3 webrtcvad-wheels==2.0.14.post1
""".split()


def install():
    """Installs the packages as scripts/python does, and returns their folder."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = caches / "transcribe" / f"vad-{zlib.crc32(' '.join(PACKAGES).encode())}"
    if not folder.is_dir():
        print(f"installing {' '.join(PACKAGES)} into {folder}", file=sys.stderr)
        part = folder.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        pip += ["--root-user-action=ignore", "--target", str(part), *PACKAGES]
        subprocess.run(pip, check=True, stdout=sys.stderr)
        os.rename(part, folder)
    return folder


CACHE = install()
sys.path.insert(0, str(CACHE))
import numpy as np  # noqa: E402
import onnxruntime  # noqa: E402
import webrtcvad  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
RATE, FRAME = 16_000, 256
NO, YES, SKIP = 0, 1, -1
# Frames so many dB below the loud frames of a turn (95th percentile) count as a pause, and are skipped.
BELOW = 25

SPEECH = [
    "clean", "30 dB quieter", "meetings", "8 kHz a-law", "8 kHz GSM", "real telephone", "whisper, cold",
    "koala noise 10 dB", "koala noise 5 dB", "pink noise 10 dB", "pink noise 5 dB",
]
NOTHING = ["recorded noise", "generated noise", "music", "song", "silence"]


class Clip:
    """Sound, and for each whole frame whether somebody speaks (YES, NO, or SKIP: not counted)."""

    def __init__(self, group, name, sound, truth):
        self.group, self.name = group, name
        self.sound = np.clip(np.round(sound * 32768), -32768, 32767).astype("<i2")
        frames = len(sound) // FRAME
        self.truth = np.full(frames, truth) if np.isscalar(truth) else truth[:frames]


# Sound


def ffmpeg(*arguments, sound=None):
    command = ["ffmpeg", "-hide_banner", "-loglevel", "error", *arguments]
    return subprocess.run(command, input=sound, stdout=subprocess.PIPE, check=True).stdout


RAW = ["-ar", str(RATE), "-ac", "1", "-f", "s16le"]


def read(path):
    return np.frombuffer(ffmpeg("-i", str(path), *RAW, "-"), "<i2") / 32768


def over_telephone(sound, codec):
    """Sound encoded for a telephone line and decoded again."""
    raw = (sound * 32767).astype("<i2").tobytes()
    narrow = ffmpeg(*RAW, "-i", "-", "-ar", "8000", *codec, "-", sound=raw)
    return np.frombuffer(ffmpeg("-f", codec[-1], "-ar", "8000", "-i", "-", *RAW, "-", sound=narrow), "<i2") / 32768


def coloured(seconds, power, random, lowest=20.0):
    """Noise whose power falls with frequency to `power`: 0 is white, 1 pink. Root mean square 1."""
    n = int(seconds * RATE)
    frequencies = np.fft.rfftfreq(n, 1 / RATE)
    shape = np.where(frequencies < lowest, 0.0, np.maximum(frequencies, 1.0) ** (-power / 2))
    noise = np.fft.irfft(np.fft.rfft(random.standard_normal(n)) * shape, n)
    return noise / np.sqrt(np.mean(noise**2))


def hum(seconds):
    """50 Hz of the mains with its harmonics."""
    t = np.arange(int(seconds * RATE)) / RATE
    tone = sum(np.sin(2 * np.pi * 50 * k * t + k) / k for k in range(1, 11))
    return tone / np.sqrt(np.mean(tone**2))


def mixed(sound, truth, noise, snr):
    """Sound with noise so many dB below the speech."""
    spoken = np.repeat(truth == YES, FRAME)
    level = np.sqrt(np.mean(sound[: len(spoken)][spoken] ** 2))
    noise = np.resize(noise, len(sound))
    both = sound + noise / np.sqrt(np.mean(noise**2)) * level / 10 ** (snr / 20)
    return both / max(1.0, np.abs(both).max())


# References


def without_pauses(sound, start, end):
    """YES where the sound is loud, SKIP in pauses."""
    frames = sound[start * FRAME : end * FRAME].reshape(-1, FRAME)
    level = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-10)
    quiet = level < np.percentile(level, 95) - BELOW
    return np.where(quiet, SKIP, YES)


def from_turns(path, sound, pauses):
    """Truth from the .rttm file beside a recording; `pauses`: skip pauses within turns."""
    truth = np.full(len(sound) // FRAME, NO)
    for line in path.with_suffix(".rttm").read_text().splitlines():
        fields = line.split()
        if fields and fields[0] == "SPEAKER":
            start, length = float(fields[3]), float(fields[4])
            start, end = (min(len(truth), round(t * RATE / FRAME)) for t in (start, start + length))
            turn = without_pauses(sound, start, end) if pauses else YES
            truth[start:end] = np.where(truth[start:end] == YES, YES, turn)
    return truth


def labelled(path, frames, label):
    """NO where the .TextGrid beside a recording has `label`, SKIP elsewhere."""
    truth = np.full(frames, SKIP)
    text = path.with_suffix(".TextGrid").read_text()
    for start, end, name in re.findall(r'xmin = ([\d.]+)\s+xmax = ([\d.]+)\s+text = "(.*?)"', text):
        if name == label:
            truth[round(float(start) * RATE / FRAME) : round(float(end) * RATE / FRAME)] = NO
    return truth


def clips(folder):
    random = np.random.default_rng(20)
    koala = read(folder / "noise-picovoice/koala_noise.wav")
    for path in sorted(folder.glob("composite-*/*.opus")):
        name, sound = path.stem, read(path)
        truth = from_turns(path, sound, pauses=True)
        yield Clip("clean", name, sound, truth)
        yield Clip("30 dB quieter", name, sound / 10**1.5, truth)
        yield Clip("8 kHz a-law", name, over_telephone(sound, ["-c:a", "pcm_alaw", "-f", "alaw"]), truth)
        yield Clip("8 kHz GSM", name, over_telephone(sound, ["-c:a", "libgsm", "-f", "gsm"]), truth)
        pink = coloured(len(sound) / RATE, 1, random)
        for snr in (10, 5):
            yield Clip(f"koala noise {snr} dB", name, mixed(sound, truth, koala, snr), truth)
            yield Clip(f"pink noise {snr} dB", name, mixed(sound, truth, pink, snr), truth)
    for path in [*sorted(folder.glob("multi-ami-pyannote/*.wav")), folder / "multi-picovoice/falcon_test.wav"]:
        sound = read(path)
        yield Clip("meetings", path.stem, sound, from_turns(path, sound, pauses=False))
    # One speaker without times: only loud frames count, as speech.
    for group, pattern in [
        ("real telephone", "*-telephone-*/*.wav"),
        ("whisper, cold", "de-thorsten-emotional/whisper.wav"),
        ("whisper, cold", "en-spontaneous-mfa/cold_corpus.wav"),
    ]:
        for path in sorted(folder.glob(pattern)):
            sound = read(path)
            yield Clip(group, path.stem, sound, without_pauses(sound, 0, len(sound) // FRAME))
    yield Clip("recorded noise", "koala", koala, NO)
    path = folder / "noise-musan-mix/musanmix.mp3"
    sound = read(path)
    yield Clip("recorded noise", "musan-noise", sound, labelled(path, len(sound) // FRAME, "noise"))
    yield Clip("music", "musan-music", sound, labelled(path, len(sound) // FRAME, "music"))
    noises = {"white": coloured(30, 0, random), "pink": coloured(30, 1, random)}
    noises |= {"hiss": coloured(30, 0, random, lowest=2_000), "hum": hum(30)}
    for name, noise in noises.items():
        for level in (-20, -35, -50):
            yield Clip("generated noise", f"{name}{level}", noise * 10 ** (level / 20), NO)
    for path in sorted(folder.glob("music-librosa/*.ogg")):
        song = "Lets_Go_Fishin" in path.stem
        animal = "humpback" in path.stem or "robin" in path.stem
        group = "song" if song else "recorded noise" if animal else "music"
        yield Clip(group, path.stem, read(path), NO)
    for path in sorted(folder.glob("silence/*.wav")):
        yield Clip("silence", path.stem, read(path), NO)
    yield Clip("silence", "zero", np.zeros(30 * RATE), NO)


# Detectors: scores of each frame of each clip, and CPU seconds.


def ours(folder, mode):
    """Output of the example, which reads the same samples."""
    example = ["--quiet", "--release", "--example", "voice_activity"]
    subprocess.run(["cargo", "build", *example], cwd=ROOT, check=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = ["cargo", "run", *example, "--", mode, str(folder)]
    lines = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = {}
    for line in lines.splitlines():
        path, *scores = line.split("\t")
        found[int(Path(path).stem)] = np.array(scores, dtype=float)
    return [found[i] for i in range(len(found))], after.ru_utime - before.ru_utime


def silero(all_clips):
    """Scores windows of 512 samples after 64 of context; a score counts for the two frames of its window."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(CACHE / "silero_vad/data/silero_vad.onnx"), options)
    rate, results, began = np.array(RATE), [], time.process_time()
    for clip in all_clips:
        sound = np.pad(clip.sound.astype(np.float32) / 32768, (64, -len(clip.sound) % 512))
        state, scores = np.zeros((2, 1, 128), np.float32), []
        for at in range(0, len(sound) - 64, 512):
            window = sound[None, at : at + 576]
            score, state = session.run(None, {"input": window, "state": state, "sr": rate})
            scores.append(score[0, 0])
        results.append(np.repeat(scores, 2)[: len(clip.truth)])
    return results, time.process_time() - began


def webrtc(all_clips, mode):
    """Decides on frames of 30 ms; each of our frames gets the decision for its middle."""
    results, began, length = [], time.process_time(), RATE * 30 // 1000
    for clip in all_clips:
        detector = webrtcvad.Vad(mode)
        sound = np.pad(clip.sound, (0, -len(clip.sound) % length))
        marks = [detector.is_speech(sound[at : at + length].tobytes(), RATE) for at in range(0, len(sound), length)]
        middles = (np.arange(len(clip.truth)) * FRAME + FRAME // 2) // length
        results.append(np.array(marks)[middles])
    return results, time.process_time() - began


def regions(scores, onset=0.5, offset=0.3, min_speech=6, min_silence=32, padding=25):
    """Marks frames as src/speech/detector.rs does, with times in frames; `main` checks that the two agree."""
    marked = np.zeros(len(scores), bool)
    candidate, count, speaking, speech_end = None, 0, False, 0
    for now, score in enumerate(scores, 1):
        if speaking:
            if score >= offset:
                marked[max(0, speech_end - padding) : now + padding] = True
                speech_end = now
            elif now - speech_end >= min_silence:
                speaking = False
        elif score >= onset or (score >= offset and candidate is not None):
            candidate, count = (now - 1, 1) if candidate is None else (candidate, count + 1)
            if count >= min_speech:
                marked[max(0, candidate - padding) : now + padding] = True
                candidate, speaking, speech_end = None, True, now
        else:
            candidate = None
    if candidate is not None:
        marked[max(0, candidate - padding) :] = True
    return marked


def confirmed(marks, scores, threshold=0.3, seconds=5):
    """Marks within reach of which, before or after, the scores of another detector reach the threshold."""
    length = min(len(marks), len(scores))
    reach = np.ones(2 * round(seconds * RATE / FRAME) + 1)
    near = np.convolve(np.asarray(scores[:length]) >= threshold, reach)[len(reach) // 2 :][:length] > 0.5
    return np.asarray(marks[:length]).astype(bool) & near


# Counting


def rates(all_clips, group, marks):
    """Misses and false alarms in per cent; NaN without speech or without silence."""
    chosen = [i for i, clip in enumerate(all_clips) if clip.group == group]
    truth = np.concatenate([all_clips[i].truth for i in chosen])
    marked = np.concatenate([marks[i][: len(all_clips[i].truth)] for i in chosen]).astype(bool)
    percent = lambda part, whole: 100 * np.sum(part & whole) / np.sum(whole) if np.any(whole) else np.nan  # noqa: E731
    return percent(~marked, truth == YES), percent(marked, truth == NO)


def mean_miss(all_clips, marks):
    return np.mean([rates(all_clips, group, marks)[0] for group in SPEECH])


def at_least(scores, threshold):
    return [s >= threshold for s in scores]


def threshold_for(all_clips, scores, miss):
    """The highest threshold, in steps of 0.0005, whose mean miss rate over all groups with speech is at most `miss`."""
    low, high = 0, 2000
    while high - low > 1:
        middle = (low + high) // 2
        enough = mean_miss(all_clips, at_least(scores, middle / 2000)) <= miss
        low, high = (middle, high) if enough else (low, middle)
    return low / 2000


def show(value):
    return "–" if np.isnan(value) else f"{value:.0f}" if value >= 9.95 else f"{value:.1f}"


def table(all_clips, columns):
    print("| group | s | " + " | ".join(name for name, _ in columns) + " |")
    print("|---|--:|" + "--:|" * len(columns))
    for group in SPEECH + NOTHING:
        counted = sum(np.sum(clip.truth != SKIP) for clip in all_clips if clip.group == group) * FRAME / RATE
        cells = [rates(all_clips, group, marks) for _, marks in columns]
        cells = [f"{show(miss)} / {show(alarm)}" if group in SPEECH else show(alarm) for miss, alarm in cells]
        print(f"| {group} | {counted:.0f} | " + " | ".join(cells) + " |")
    print("| *mean of misses* | | " + " | ".join(show(mean_miss(all_clips, marks)) for _, marks in columns) + " |\n")


def main():
    all_clips = list(clips(Path(sys.argv[1])))
    hours = sum(len(clip.sound) for clip in all_clips) / RATE / 3600
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for i, clip in enumerate(all_clips):
            with wave.open(str(folder / f"{i}.wav"), "wb") as file:
                file.setparams((1, 2, RATE, 0, "NONE", ""))
                file.writeframes(clip.sound.tobytes())
        earshot, cost_earshot = ours(folder, "--scores")
        written_out, cost_written_out = ours(folder, "--silero")
        machine, _ = ours(folder, "--found")
        judged, cost_judged = ours(folder, "--marks")
    for i, clip in enumerate(all_clips):
        same = np.mean(regions(earshot[i]) == machine[i][: len(earshot[i])].astype(bool))
        assert same > 0.999, f"{clip.name}: `stretches` is not what the example does ({same})"
    other, cost_silero = silero(all_clips)
    farthest = max(np.max(np.abs(a[: len(b)] - b[: len(a)])) for a, b in zip(written_out, other))
    both = [confirmed(m, s) for m, s in zip(machine, other)]
    same = np.mean(np.concatenate([a[: len(b)] == b[: len(a)] for a, b in zip(both, judged)]))
    assert farthest < 1e-4 and same > 0.999, f"Silero written out is not Silero ({farthest}), or judged otherwise ({same})"
    webrtcs = [webrtc(all_clips, mode) for mode in range(4)]

    print(f"Silero written out differs by {farthest:.6f} at most; of frames confirmed by it {same:.5%} are the same.\n")
    print(f"Per frame, miss / false alarm in %; {hours:.2f} hours of sound in all.\n")
    columns = [(f"earshot {t}", at_least(earshot, t)) for t in (0.3, 0.5, 0.7, 0.9)]
    columns += [(f"Silero {t}", at_least(other, t)) for t in (0.1, 0.3, 0.5, 0.7)]
    columns += [(f"WebRTC {mode}", webrtcs[mode][0]) for mode in range(4)]
    table(all_clips, columns)

    print("At equal misses.\n")
    columns = []
    for miss in (5, 10, 20):
        for name, scores in (("earshot", earshot), ("Silero", other)):
            threshold = threshold_for(all_clips, scores, miss)
            columns.append((f"{name} {threshold:.4g}", at_least(scores, threshold)))
    table(all_clips, columns)

    print("With the state machine.\n")
    columns = [("ours, `VadOptions::default()`", judged), ("not confirmed (`confirm` 0)", machine)]
    for onset, offset in ((0.5, 0.4), (0.7, 0.5)):
        columns.append((f"earshot {onset}, {offset}", [regions(s, onset, offset) for s in earshot]))
    for onset, offset in ((0.5, 0.3), (0.2, 0.1), (0.1, 0.05), (0.05, 0.03)):
        columns.append((f"Silero {onset}, {offset}", [regions(s, onset, offset) for s in other]))
    table(all_clips, columns)

    print("| detector | CPU seconds for an hour of sound |\n|---|--:|")
    print(f"| earshot, reading the file and printing included | {cost_earshot / hours:.1f} |")
    print(f"| Silero written out, likewise | {cost_written_out / hours:.1f} |")
    print(f"| both with the state machine (`VoiceActivityDetector`), likewise | {cost_judged / hours:.1f} |")
    print(f"| Silero in onnxruntime, Python's loop included | {cost_silero / hours:.1f} |")
    print(f"| WebRTC, Python's loop included | {webrtcs[3][1] / hours:.1f} |")


if __name__ == "__main__":
    main()
