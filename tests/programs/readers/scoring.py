"""Reads the files for programs that count errors with meeteval, and prints what it sees as JSON."""

import json
import sys
from pathlib import Path

import meeteval

folder = Path(sys.argv[1])


def seen(name):
    lines = meeteval.io.load(folder / name).to_seglst()
    return [[line["session_id"], float(line["start_time"]), float(line["end_time"]), line["speaker"], line["words"]] for line in lines]


words = [[str(word.filename), float(word.begin_time), float(word.duration), word.word, float(word.confidence)] for word in meeteval.io.CTM.load(folder / "talk.ctm")]
errors = meeteval.wer.cpwer(reference=str(folder / "talk.stm"), hypothesis=str(folder / "talk.seglst.json"))
print(json.dumps({
    "seglst": seen("talk.seglst.json"), "stm": seen("talk.stm"), "ctm": words,
    "errors": {session: [error.errors, error.length] for session, error in errors.items()},
}))
