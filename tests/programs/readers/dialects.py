"""Reads the JSON of other programs (talk.whisper.json, .whisperx.json, .whispercpp.json) as what is made for it does."""

import json
import sys
from pathlib import Path

import pysubs2

folder = Path(sys.argv[1])


def no_constant(name):
    raise ValueError(f"{name} is not JSON")


def load(name):
    return json.loads((folder / name).read_text(encoding="utf-8"), parse_constant=no_constant)


def with_pysubs2(result):
    """It reads what openai-whisper's `transcribe` returns, and what else has `segments`."""
    return [[line.start, line.end, line.text.strip()] for line in pysubs2.load_from_whisper(result)]


def whisper():
    result = load("talk.whisper.json")
    assert list(result) == ["text", "segments", "language"]
    fields = ["id", "seek", "start", "end", "text", "tokens", "temperature", "avg_logprob", "compression_ratio",
              "no_speech_prob", "words"]
    for n, segment in enumerate(result["segments"]):
        assert list(segment) == fields and segment["id"] == n
        assert all(list(word) == ["word", "start", "end", "probability"] for word in segment["words"])
        # whisper/utils.py joins them.
        assert segment["text"] == "".join(word["word"] for word in segment["words"])
    assert result["text"] == "".join(segment["text"] for segment in result["segments"])
    return with_pysubs2(result)


def whisperx():
    result = load("talk.whisperx.json")
    assert list(result) == ["segments", "word_segments", "language"]
    words = []
    for segment in result["segments"]:
        # whisperx/utils.py, WriteTXT and SubtitlesWriter: words are joined with blanks, speakers by `.get`.
        assert " ".join(word["word"] for word in segment["words"]) == segment["text"].strip()
        assert all(word["speaker"] == segment.get("speaker") for word in segment["words"])
        words += segment["words"]
    assert words == result["word_segments"]
    return [[*cue, segment.get("speaker")] for cue, segment in zip(with_pysubs2(result), result["segments"])]


def whispercpp():
    result = load("talk.whispercpp.json")
    # examples/cli/cli.cpp, output_json.
    assert list(result) == ["systeminfo", "model", "params", "result", "transcription"]
    assert list(result["model"]) == ["type", "multilingual", "vocab", "audio", "text", "mels", "ftype"]
    assert list(result["params"]) == ["model", "language", "translate"]

    def times(thing):
        for end in ["from", "to"]:
            whole, thousandths = thing["timestamps"][end].split(",")
            hours, minutes, seconds = map(int, whole.split(":"))
            assert ((hours * 60 + minutes) * 60 + seconds) * 1000 + int(thousandths) == thing["offsets"][end]
        return [thing["offsets"]["from"], thing["offsets"]["to"]]

    seen = []
    for segment in result["transcription"]:
        assert "".join(token["text"] for token in segment["tokens"]) == segment["text"]
        for token in segment["tokens"]:
            assert list(token) == ["text", "timestamps", "offsets", "id", "p", "t_dtw"]
            times(token)
        seen.append([*times(segment), segment["text"].strip()])
    return seen


print(json.dumps({"whisper": whisper(), "whisperx": whisperx(), "whispercpp": whispercpp()}))
