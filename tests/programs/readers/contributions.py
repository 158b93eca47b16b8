"""Checks contributions as the programs do that read them, after their own code, and prints how many each finds as JSON."""

import csv
import io
import json
import re
import sys
from pathlib import Path

import pandas

folder = Path(sys.argv[1])

# common/csv-security of tttc-light-js.
REFUSED = [re.compile(pattern, flags) for pattern, flags in [
    (r"^=.*$", 0), (r"^\+[a-zA-Z]+\(", re.I), (r"^-[a-zA-Z]+\(", re.I), (r"^@[a-zA-Z]+\(", re.I), (r"^\t=.*$", 0),
    (r"DDE\s*\(", re.I), (r"cmd\s*\|", re.I), (r"powershell", re.I), (r"javascript:", re.I), (r"data:", re.I),
    (r"<script", re.I), (r"vbscript:", re.I),
]]
SUSPICIOUS = [re.compile(pattern) for pattern in [r",{100,}", r'"{100,}', r"\n{1000,}", r".{100000,}"]]


def files(name):
    # By number: the tenth comes after the ninth.
    found = sorted(folder.glob(f"{name}*"), key=lambda file: (len(file.name), file.name))
    assert found, name
    return found


def rows(text, head, **how):
    table = list(csv.reader(io.StringIO(text, newline=""), **how))
    assert table[0] == head, table[0]
    assert all(len(row) == len(head) and all(cell.strip() for cell in row) for row in table), "a cell is empty"
    assert not any("\n" in cell or "\r" in cell for row in table for cell in row), "a cell has a line end"
    return table[1:]


def talk_to_the_city():
    ids = []
    for file in files("t3c"):
        content = file.read_bytes()
        assert len(content) <= 150 * 1024, len(content)
        text = content.decode("utf-8")
        assert "\ufffd" not in text
        assert len(re.split(r"\r?\n", text)) <= 10_000
        assert not any(pattern.search(text) for pattern in SUSPICIOUS)
        for row in rows(text, ["id", "interview", "timestamp", "comment"]):
            assert not any(pattern.search(cell.strip()) for pattern in REFUSED for cell in row), row
            assert len(row[3].encode("utf-16-le")) // 2 <= 10_000
            ids.append(row[0])
    assert len(set(ids)) == len(ids)
    return len(ids)


def sensemaker():
    # src/categorization_runner.py of sensemaking-tools.
    [file] = files("sensemaker")
    table = pandas.read_csv(file, dtype=str)
    assert list(table.columns) == ["participant_id", "survey_text"]
    assert not table.isna().any().any(), "pandas takes a text for an empty cell"
    assert table["participant_id"].is_unique
    return len(table)


def kouchou():
    [file] = files("kouchou")
    table = rows(file.read_text(encoding="utf-8-sig"), ["id", "comment"])
    assert len({row[0] for row in table}) == len(table)
    return len(table)


def polis():
    for file in files("polis"):
        text = file.read_text(encoding="utf-8")
        assert len(text.split("\n")) <= 30
        assert not any(line.endswith(",") for line in text.split("\n"))
        assert all(len(row[0]) <= 997 for row in rows(text, ["comment_text"]))
    return len(files("polis"))


def decidim():
    # decidim-admin/lib/decidim/admin/import/readers/csv.rb: semicolons.
    [file] = files("decidim")
    table = rows(file.read_text(encoding="utf-8"), ["title/de", "body/de"], delimiter=";")
    assert all(len(title) <= 151 for title, _ in table)
    return len(table)


def convokit():
    # convokit/model/corpus_helpers.py, with whatever encoding the system has.
    corpus = folder / "convokit"
    read = {name: (corpus / name).read_text(encoding="ascii") for name in
            ["utterances.jsonl", "speakers.json", "conversations.json", "corpus.json", "index.json"]}
    utterances = [json.loads(line) for line in read["utterances.jsonl"].splitlines()]
    speakers, conversations, index = (json.loads(read[name]) for name in
                                      ["speakers.json", "conversations.json", "index.json"])
    ids = {one["id"] for one in utterances}
    assert len(ids) == len(utterances)
    for one in utterances:
        assert one["speaker"] in speakers and one["conversation_id"] in conversations and one["text"]
        assert one["conversation_id"] in ids and (one["reply_to"] is None) == (one["id"] == one["conversation_id"])
        assert one["reply_to"] is None or one["reply_to"] in ids
        assert {name: f"<class '{type(value).__name__}'>" for name, value in one["meta"].items()} == {
            name: kind for name, [kind] in index["utterances-index"].items()}
    for name in ["utterances-index", "speakers-index", "conversations-index", "overall-index", "version"]:
        assert name in index
    return len(utterances), len(speakers)


def everything():
    [file] = files("contributions")
    table = pandas.read_csv(file, dtype=str, keep_default_na=False)
    assert set(table["filler"]) == {"true", "false"} and set(table["recording"]) == {"tisch-1", "tisch-2"}
    return len(table)


def text(name):
    assert len(files(name)) == 2
    for file in files(name):
        parts = file.read_text(encoding="utf-8").rstrip("\n").split("\n\n")
        assert all(re.fullmatch(r"[^:\n]+: [^\n]+", part) for part in parts), name


text("harmonica")
text("dembrane")
utterances, speakers = convokit()
json.dump({
    "t3c": talk_to_the_city(), "t3c files": len(files("t3c")), "sensemaker": sensemaker(), "kouchou": kouchou(),
    "polis files": polis(), "decidim": decidim(), "convokit": utterances, "speakers": speakers, "csv": everything(),
}, sys.stdout)
