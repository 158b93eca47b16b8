"""Reads the tables among the formats with pandas, and prints what it sees as JSON."""

import json
import sys
from pathlib import Path

import pandas

folder = Path(sys.argv[1])


def rows(name, **how):
    # Nothing is guessed: a cell that says NA is text.
    table = pandas.read_csv(folder / name, dtype=str, keep_default_na=False, encoding="utf-8", **how)
    return [list(table.columns), *table.values.tolist()]


def seconds(timespan):
    def of(stamp):
        hours, minutes, rest = stamp.split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(rest)

    start, end = timespan.split("-")
    return [round(of(start), 1), round(of(end), 1)]


def nvivo(**how):
    header, *table = rows("talk.nvivo.tsv", sep="\t", **how)
    assert header == ["Timespan", "Speaker", "Content"]
    return [[*seconds(span), name, content] for span, name, content in table]


# Whether or not a program takes quotation marks for quoting.
assert nvivo() == nvivo(quoting=3)

# RFC 4180: each line ends so.
table = (folder / "talk.csv").read_bytes()
assert table.count(b"\n") == table.count(b"\r\n") and table.endswith(b"\r\n")


def rttm():
    # NIST, RT-09 evaluation plan, appendix A.
    names = ["type", "file", "channel", "start", "duration", "ortho", "stype", "name", "conf", "slat"]
    text = (folder / "talk.rttm").read_text(encoding="utf-8")
    assert all(len(line.split(" ")) == len(names) for line in text.splitlines())
    if not text:
        return []
    table = pandas.read_csv(
        folder / "talk.rttm", sep=" ", names=names, keep_default_na=False, quoting=3,
        dtype={name: float if name in ("start", "duration") else str for name in names},
    )
    assert (table.type == "SPEAKER").all() and (table.channel == "1").all()
    assert (table[["ortho", "stype", "conf", "slat"]] == "<NA>").all(axis=None)
    return table[["file", "start", "duration", "name"]].values.tolist()


def labels():
    if not (folder / "talk.labels.txt").stat().st_size:
        return []
    names = ["start", "end", "label"]
    table = pandas.read_csv(folder / "talk.labels.txt", sep="\t", names=names, quoting=3, keep_default_na=False)
    assert table.start.dtype == float and table.end.dtype == float
    return table.values.tolist()


print(json.dumps({"csv": rows("talk.csv"), "nvivo": nvivo(), "rttm": rttm(), "labels": labels()}))
