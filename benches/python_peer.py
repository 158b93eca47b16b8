#!/usr/bin/env python3
"""Runs one of the peers that are Python packages in a process of its own; started by peers.py.

    python_peer.py NAME MODEL LANGUAGE THREADS FOLDER WAV...

Writes FOLDER/STEM.txt for each recording, and the seconds that transcribing took, without the start of Python, imports and
loading, to FOLDER/work.
"""

import sys
import time
from pathlib import Path


def faster_whisper(model, language, threads, batched):
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    model = WhisperModel(model, device="cpu", compute_type="int8", cpu_threads=threads)
    if batched:
        model, options = BatchedInferencePipeline(model), dict(batch_size=8)
    else:
        options = dict(vad_filter=True)  # the pipeline's default
    return lambda wav: model.transcribe(wav, language=language, beam_size=5, **options)[0]


def pywhispercpp(model, language, threads):
    from pywhispercpp.model import Model

    model = Model(model, params_sampling_strategy=1, language=language, n_threads=threads, print_progress=False,
                  beam_search={"beam_size": 5, "patience": -1.0}, greedy={"best_of": 5})
    return model.transcribe


def main():
    name, model, language, threads, folder, *recordings = sys.argv[1:]
    if name == "pywhispercpp":
        transcribe = pywhispercpp(model, language, int(threads))
    else:
        transcribe = faster_whisper(model, language, int(threads), batched=name == "faster-whisper-batched")
    start = time.monotonic()
    for recording in recordings:
        text = "\n".join(segment.text.strip() for segment in transcribe(recording))
        Path(folder, f"{Path(recording).stem}.txt").write_text(text, encoding="utf-8")
    Path(folder, "work").write_text(str(time.monotonic() - start))


main()
