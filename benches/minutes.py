#!/usr/bin/env python3
"""Measures what `transcribe minutes` finds in the meetings of councils and parliaments, against the clerks' own records.

    python3 benches/minutes.py --data FOLDER [--transcribe PROGRAM] [--half a|b] [--errors 0,15,25 --confusions FILE]
                               [--no-agenda] [--no-roles] [--show votes,agenda,tasks] [NAME...]

FOLDER holds one meeting a file, as JSON lines (`seg`, `gold_item`, `gold_vote`, …), and `task_sentences_hand.jsonl`. Each meeting is
turned into a transcript and a `meeting.toml`, the program runs once, and its `findings.json` is compared. Rows:

  votes      Karlsruhe, by item of the agenda: an item counts as found if a vote on it (no vote on procedure) was found. Items begin
             where the record says, since the chair's calls are not in it
  votes      Fairfax: of the votes that the official minutes have, which were found in the time of their item; others may be right, too, so
             no precision is given: `--show votes` prints them to be read
  outcome    of items with a vote that is accepted or rejected: was that outcome found?
  agenda     Bundestag, Hessen: where items begin, within three segments before and two after the record. Items that were called
             together count one by one. What comes before the first call counts as found if the record has an item there
  tasks      sentences labelled by hand

`--half` takes every other meeting of each body. `--errors` confuses words as the program itself does: `--confusions` names a file that
benches/confusions.py wrote.
"""

import argparse
import collections
import difflib
import json
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROLES = {"chair": "chair", "staff": "staff", "member": "member"}
# Seconds of a word, where the record has no times.
WORD = 0.4
KINDS = ("substitute", "delete", "insert", "split")


def load(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


class Confuser:
    """Replaces, drops and adds words so that a given share of them is wrong, as recognition does."""

    def __init__(self, table, vocabulary, rate, seed):
        self.random = random.Random(seed)
        self.rate = rate
        self.shares = [table["shares"][kind] for kind in KINDS]
        self.pairs = table["pairs"]
        self.words = vocabulary
        self.near = collections.defaultdict(list)
        for word in vocabulary:
            self.near[word[:1], len(word) // 3].append(word)

    def similar(self, word):
        """Of some words of the meetings with the same first letter and about the same length, the most similar one."""
        words = self.near[word[:1], len(word) // 3] or self.words
        some = [other for other in self.random.choices(words, k=8) if other != word] or self.words[:1]
        return max(some, key=lambda other: difflib.SequenceMatcher(a=word, b=other).ratio())

    def word(self, token):
        core = re.sub(r"\W", "", token).lower()
        if not core or self.random.random() >= self.rate:
            return [token]
        kind = self.random.choices(KINDS, self.shares)[0]
        tail = re.search(r"\W*$", token).group()
        if kind == "delete":
            return [tail] if tail.strip() else []
        if kind == "insert":
            return [self.random.choice(self.words), token]
        if kind == "split" and len(core) > 8:
            at = self.random.randrange(4, len(token) - 3)
            return [token[:at], token[at:]]
        known = self.pairs.get(core)
        new = self.random.choice(known) if known else self.similar(core)
        return [(new.capitalize() if token[:1].isupper() else new) + tail]

    def text(self, text):
        return " ".join(part for token in text.split() for part in self.word(token)) or text


def quoted(text):
    return json.dumps(text, ensure_ascii=False)


class Meeting:
    def __init__(self, path, args):
        self.path, self.args = path, args
        self.rows = load(path)
        self.head = self.rows[0]
        self.segments = [row for row in self.rows if row["type"] == "seg"]
        self.at = {row["i"]: n for n, row in enumerate(self.segments)}
        self.kind = path.stem.split("-")[0]

    def of(self, kind):
        return [row for row in self.rows if row["type"] == kind]

    def write(self, folder, confuser):
        """The transcript and the data of the meeting."""
        clock, segments, people = 0.0, [], {}
        for row in self.segments:
            key = (row.get("speaker") or "", row.get("role") or "")
            name = people.setdefault(key, f"{key[0]} {len(people)}".strip())
            if self.args.no_roles:
                name = f"Speaker {list(people).index(key) + 1}"
            text = confuser.text(row["text"]) if confuser else row["text"]
            start = row.get("start", clock)
            clock = row.get("end", start + WORD * max(1, len(text.split())))
            segments.append({"start": start, "end": clock, "text": text, "speaker": name})
        language = self.head["lang"][:2]
        transcript = folder / f"{self.path.stem}.json"
        transcript.write_text(json.dumps({"language": language, "segments": segments}, ensure_ascii=False), encoding="utf-8")
        lines = [f"date = {quoted(self.head['date'])}"] if self.head.get("date") else []
        for (name, role), shown in people.items():
            if not self.args.no_roles:
                lines += ["[[person]]", f"name = {quoted(shown)}"] + ([f"role = {quoted(ROLES[role])}"] if role in ROLES else [])
        lines += self.agenda(segments)
        (folder / "meeting.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return transcript

    def agenda(self, segments):
        lines = []
        if self.kind == "karlsruhe":
            for item in self.of("gold_item"):
                if item["spoken"] and item["first_seg"] in self.at:
                    start = segments[self.at[item["first_seg"]]]["start"]
                    lines += ["[[agenda]]", f"number = {quoted(item['item'])}", f"title = {quoted(item['title'])}", f"start = {start:.3f}"]
        elif not self.args.no_agenda:
            for item in self.head.get("agenda", []):
                papers = item.get("paper") or []
                papers = [papers] if isinstance(papers, str) else papers
                number, title = item.get("nr") or "", item.get("title") or ""
                if item.get("label"):
                    number, _, title = item["label"].partition(". ")
                lines += ["[[agenda]]", f"number = {quoted(number)}", f"title = {quoted(title)}", f"papers = {json.dumps(papers)}"]
        return lines

    def find(self, confuser):
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            transcript = self.write(folder, confuser)
            command = [self.args.transcribe, "minutes", transcript, "--meeting", folder / "meeting.toml", "-f", "json", "-q"]
            subprocess.run(command, check=True)
            return json.loads(transcript.with_suffix(".findings.json").read_text(encoding="utf-8"))


def votes(meeting, found, count, show):
    gold = {row["item"]: row for row in meeting.of("gold_vote")}
    main = [f for f in found["findings"] if f["kind"] == "vote" and f["vote_kind"] != "procedural"]
    for item in meeting.of("gold_item"):
        first, last = meeting.at.get(item["first_seg"]), meeting.at.get(item["last_seg"])
        if not item["spoken"] or item["item"] not in gold or first is None or last is None:
            continue
        row = gold[item["item"]]
        hits = [f for f in main if first <= f["evidence"][0]["segment"] <= last]
        taken = row["vote_taken"]
        count["true" if taken and hits else "missed" if taken else "false" if hits else "none"] += 1
        if taken and hits and row["outcome"] in ("accepted", "rejected"):
            right = row["outcome"] in [f["outcome"] for f in hits]
            count["outcome right" if right else "outcome wrong"] += 1
        if show and bool(hits) != bool(taken):
            print("  ", meeting.path.stem, item["item"], "missed" if taken else "false", row["raw"][:60], [f["evidence"][0]["quote"][:200] for f in hits])


def votes_in_time(meeting, found, count, show):
    """The record has some votes, each with a title, and the times of items with titles of their own."""
    items = sorted(meeting.of("gold_item"), key=lambda item: item["start_s"])
    words = lambda text: {word for word in re.findall(r"\w{4,}", text.lower())}
    spans = {}
    for row in meeting.of("gold_vote"):
        at = max(range(len(items)), key=lambda n: len(words(items[n]["title"]) & words(row["title"])))
        end = items[at + 1]["start_s"] if at + 1 < len(items) else float("inf")
        spans[row["item"]] = (row, items[at]["start_s"] - 5, end + 5)
    all_votes = [f for f in found["findings"] if f["kind"] == "vote"]
    used = set()
    for row, start, end in spans.values():
        hits = [f for f in all_votes if start <= f["start"] < end]
        used.update(f["id"] for f in hits)
        count["true" if hits else "missed"] += 1
        if hits:
            right = {"PASSED": "accepted", "FAILED": "rejected"}[row["result"]] in [f["outcome"] for f in hits]
            count["outcome right" if right else "outcome wrong"] += 1
        elif show:
            print("  ", meeting.path.stem, "missed", row["item"], row["title"][:60])
    for f in all_votes:
        if show and f["id"] not in used:
            print("  ", meeting.path.stem, "not in the record", f["outcome"], f["evidence"][0]["quote"][:200])


def agenda(meeting, found, count, show):
    gold = [
        (meeting.at.get(row["first_seg"], 0), row)
        for row in meeting.of("gold_item")
        if row.get("level", "item") == "item" and row.get("spoken") is not False and row["first_seg"] <= row["last_seg"]
    ]
    calls = [s for s in found["stretches"] if s["items"] and not s["back"] and s["evidence"]]
    used = collections.Counter()
    opening = bool(found["stretches"]) and not found["stretches"][0]["items"]
    for at, row in gold:
        near = [
            (abs(call["evidence"]["segment"] - at), n)
            for n, call in enumerate(calls)
            if used[n] < len(call["items"]) and -3 <= call["evidence"]["segment"] - at <= 2
        ]
        if near:
            used[min(near)[1]] += 1
        count["true" if near or (at <= 3 and opening) else "missed"] += 1
        if show and not near:
            print("  ", meeting.path.stem, "missed", row["item"], row["title"][:60])
    for n, call in enumerate(calls):
        count["false"] += not used[n]
        if show and not used[n]:
            print("  ", meeting.path.stem, "false", call["evidence"]["quote"][:200])


def tasks(labels, found, count, show):
    plain = lambda text: " ".join(text.split())
    for row in labels:
        quotes = [plain(f["evidence"][0]["quote"]) for f in found.get(row["meeting"], {"findings": []})["findings"] if f["kind"] == "task"]
        text = plain(row["text"])
        hit = any(text in quote or quote in text for quote in quotes)
        is_task = row["label"] == "commitment"
        count["true" if is_task and hit else "missed" if is_task else "false" if hit else "none"] += 1
        if show and hit != is_task:
            print("  ", "missed" if is_task else "false", text[:160])


def row(name, count):
    true, false, missed = count["true"], count["false"], count["missed"]
    if "Fairfax" in name:
        text = f"| {name} | | {true / (true + missed) if true + missed else 1.0:.3f} | | {true} | | {missed} |"
        print(f"{text} {count['outcome right']} of {true} |")
        return
    precision = true / (true + false) if true + false else 1.0
    recall = true / (true + missed) if true + missed else 1.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    text = f"| {name} | {precision:.3f} | {recall:.3f} | {f1:.3f} | {true} | {false} | {missed} |"
    right, wrong = count["outcome right"], count["outcome wrong"]
    print(text + (f" {right} of {right + wrong} |" if right + wrong else " |"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--transcribe", default=str(ROOT / "target/release/transcribe"))
    parser.add_argument("--half", choices=["a", "b"])
    parser.add_argument("--errors", default="0")
    parser.add_argument("--confusions", type=Path)
    parser.add_argument("--no-agenda", action="store_true")
    parser.add_argument("--no-roles", action="store_true")
    parser.add_argument("--show", default="")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    show = set(args.show.split(","))
    files = sorted(path for path in args.data.glob("*.jsonl") if path.stem.split("-")[0] in ("karlsruhe", "bundestag", "hessen", "fairfax"))
    by_body = collections.defaultdict(list)
    for path in files:
        by_body[path.stem.split("-")[0]].append(path)
    half = {"a": slice(0, None, 2), "b": slice(1, None, 2), None: slice(None)}[args.half]
    files = [path for body in by_body.values() for path in body[half] if not args.names or path.stem in args.names]
    labels = load(args.data / "task_sentences_hand.jsonl")
    labels = [label for label in labels if label["meeting"] in {path.stem for path in files}]
    table = json.loads(args.confusions.read_text(encoding="utf-8")) if args.confusions else None
    german = [path for path in files if not path.stem.startswith("fairfax")]
    texts = (row["text"] for path in german for row in load(path) if row["type"] == "seg")
    vocabulary = sorted({word for text in texts for word in re.findall(r"\w+", text.lower())}) if table else []
    print("| what | precision | recall | F1 | true | false | missed | outcome |\n| --- | --- | --- | --- | --- | --- | --- | --- |")
    for rate in [int(part) for part in args.errors.split(",")]:
        if rate and not table:
            sys.exit("--errors needs --confusions")
        counts = collections.defaultdict(collections.Counter)
        found = {}
        # Confusions are German.
        for path in german if rate else files:
            meeting = Meeting(path, args)
            confuser = Confuser(table, vocabulary, rate / 100, path.stem) if rate else None
            found[path.stem] = meeting.find(confuser)
            if meeting.kind == "fairfax":
                votes_in_time(meeting, found[path.stem], counts["votes, Fairfax"], "votes" in show)
            elif meeting.kind == "karlsruhe":
                votes(meeting, found[path.stem], counts["votes, Karlsruhe"], "votes" in show)
            else:
                agenda(meeting, found[path.stem], counts[f"agenda, {meeting.kind.capitalize()}"], "agenda" in show)
        if not rate and labels:
            tasks(labels, found, counts["tasks, by hand"], "tasks" in show)
        for name, count in counts.items():
            row(f"{name}, {rate} % of words wrong" if rate else name, count)


if __name__ == "__main__":
    main()
