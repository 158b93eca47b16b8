"""Reads talk.srt and talk.vtt with packages that know nothing of us, and prints what each of them sees as JSON."""

import html
import json
import re
import sys
from pathlib import Path

import pysubs2
import srt
import webvtt

folder = Path(sys.argv[1])


def milliseconds(delta):
    return round(delta.total_seconds() * 1000)


def with_srt():
    text = (folder / "talk.srt").read_text(encoding="utf-8")
    # Strict: raises on anything that it cannot read.
    cues = list(srt.parse(text, ignore_errors=False))
    assert [cue.index for cue in cues] == list(range(1, len(cues) + 1)), "the counter"
    return [[milliseconds(c.start), milliseconds(c.end), c.content] for c in cues]


def with_pysubs2(name):
    # It can't tell what an empty file is.
    subs = pysubs2.load(str(folder / name), encoding="utf-8", format_=name[-3:])
    # Nor does it know the entities of WebVTT.
    text = html.unescape if name.endswith("vtt") else str
    return [[line.start, line.end, text(line.plaintext)] for line in subs]


def with_webvtt():
    def time(stamp):
        hours, minutes, seconds, thousandths = map(int, re.split("[:.]", stamp))
        return ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths

    # It takes tags out but leaves entities.
    captions = webvtt.read(str(folder / "talk.vtt"))
    return [[time(c.start), time(c.end), html.unescape(c.text), c.voice] for c in captions]


print(json.dumps({
    "srt": with_srt(),
    "pysubs2 srt": with_pysubs2("talk.srt"),
    "pysubs2 vtt": with_pysubs2("talk.vtt"),
    "webvtt": with_webvtt(),
}))
