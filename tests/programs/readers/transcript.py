"""Reads talk.json as programs made for openai-whisper's and WhisperX's JSON do, and checks it against the contract."""

import csv
import json
import math
import sys
from pathlib import Path

import jsonschema

folder, contract = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))


def no_constant(name):
    raise ValueError(f"{name} is not JSON")


result = json.loads((folder / "talk.json").read_text(encoding="utf-8"), parse_constant=no_constant)

jsonschema.Draft202012Validator.check_schema(contract)
jsonschema.Draft202012Validator(contract).validate(result)

# whisper/utils.py, WriteTXT, WriteTSV and SubtitlesWriter.iterate_result.
assert result["text"] == "".join(segment["text"] for segment in result["segments"])
assert isinstance(result["language"], str)
tsv = []
for n, segment in enumerate(result["segments"]):
    assert segment["id"] == n
    tsv.append([str(round(1000 * segment["start"])), str(round(1000 * segment["end"])),
                segment["text"].strip().replace("\t", " ")])
    assert segment["text"] == "".join(word["word"] for word in segment["words"])
    for name in ["avg_logprob", "no_speech_prob", "temperature", "compression_ratio"]:
        assert math.isfinite(segment[name])
    for word in segment["words"]:
        assert word["start"] <= word["end"] and 0 <= word["probability"] <= 1
        assert round(word["start"], 3) == word["start"]
if len(result["segments"]) > 0 and "words" in result["segments"][0]:
    words = [word for segment in result["segments"] for word in segment["words"]]
else:
    words = []

# whisperx/utils.py: words without blanks, `score`, and the speaker by `.get`.
flat = result["word_segments"]
assert [word["word"].strip() for word in words] == [word["word"] for word in flat]
assert [word["score"] for word in words] == [word["score"] for word in flat]
speakers = [segment.get("speaker") for segment in result["segments"]]

# The TSV is the one that openai-whisper would have written.
with open(folder / "talk.tsv", encoding="utf-8", newline="") as file:
    rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
assert rows == [["start", "end", "text"], *tsv], rows

print(json.dumps({"segments": len(result["segments"]), "words": len(flat), "speakers": speakers}))
