"""Reads what is made for people and for programs of qualitative research (talk.docx, .md, .qda.txt, .f4.txt), and prints
what each reader sees as JSON."""

import json
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml
import zipfile
from pathlib import Path

import docx
from markdown_it import MarkdownIt

folder = Path(sys.argv[1])


def with_python_docx():
    document = docx.Document(str(folder / "talk.docx"))
    [section] = document.sections
    numbers = section._sectPr.find(docx.oxml.ns.qn("w:lnNumType"))
    # In the order of the schema, or Word refuses the file.
    order = [child.tag.split("}")[1] for child in section._sectPr]
    assert [tag for tag in order if tag != "lnNumType"] == ["pgSz", "pgMar", "cols", *order[3 + (numbers is not None):]]
    return {
        "paragraphs": [[p.style.name, p.text, "".join(r.text for r in p.runs if r.bold)] for p in document.paragraphs],
        "numbered": numbers is not None,
    }


def with_libreoffice():
    with tempfile.TemporaryDirectory() as home:
        def convert(to, name):
            subprocess.run(
                ["soffice", f"-env:UserInstallation=file://{home}/profile", "--headless", "--convert-to", to,
                 "--outdir", home, str(folder / "talk.docx")],
                check=True, stdout=subprocess.DEVNULL, timeout=300)
            return Path(home) / name

        with zipfile.ZipFile(convert("odt", "talk.odt")) as archive:
            content = xml.fromstring(archive.read("content.xml"))
            styles = xml.fromstring(archive.read("styles.xml"))
        assert convert("pdf", "talk.pdf").read_bytes().startswith(b"%PDF-")
    text = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"

    def shown(node):
        parts = [node.text or ""]
        for child in node:
            inner = {f"{text}tab": "\t", f"{text}s": " "}.get(child.tag)
            parts += [inner if inner is not None else shown(child), child.tail or ""]
        return "".join(parts)

    body = content.find(".//{urn:oasis:names:tc:opendocument:xmlns:office:1.0}text")
    numbering = styles.find(f".//{text}linenumbering-configuration")
    return {
        "paragraphs": [shown(p) for p in body if p.tag in (f"{text}p", f"{text}h")],
        "numbered": numbering is not None and numbering.get(f"{text}number-lines") != "false",
    }


def with_markdown_it():
    """Each block: its kind, its text as a reader sees it, and what of it is bold."""
    blocks = []
    # With what GitHub adds: tables, links without brackets, strikethrough.
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse((folder / "talk.md").read_text(encoding="utf-8"))
    for before, token in zip(tokens, tokens[1:]):
        if token.type != "inline":
            continue
        seen, bold, depth = "", "", 0
        for part in token.children:
            depth += {"strong_open": 1, "strong_close": -1}.get(part.type, 0)
            assert part.type in ("text", "text_special", "strong_open", "strong_close", "em_open", "em_close"), part.type
            seen += part.content
            bold += part.content if depth else ""
        blocks.append([before.tag, seen, bold])
    return blocks


# QualCoder (August 2026) finds times as [mm:ss], [hh:mm:ss], both with dots, {hh:mm:ss}, #hh:mm:ss.sss# and SRT's arrows;
# and speakers as Name:, #Name:, @Name:, [Name] and {Name} at the start of a line, of up to 63 characters, once times,
# also those without brackets, are blanks.
SRT = r"\d\d:\d\d:\d\d,\d{3}"
STAMP = re.compile(
    r"\[\d{1,3}[:.]\d\d\]|\[\d\d([:.])\d\d\1\d\d\]|\{\d\d:\d\d:\d\d\}|#\d\d:\d\d:\d\d\.\d{1,3}#|" + SRT + r"\s-->\s" + SRT)
BARE = re.compile(r"(?<![\d:.])\d?\d(:\d\d){1,2}([.,]\d{1,3})?(?![\d:.])")
SPEAKERS = [re.compile(pattern) for pattern in (
    r"\s*([^:]{1,63}):", r"\s*#([^:]{1,63}):", r"\s*@([^:]{1,63}):", r"\s*\[([^\]]{1,63})\]", r"\s*\{([^}]{1,63})\}")]


def as_qualcoder():
    """Each paragraph: its time in seconds, the speaker that is found (with any of the ways to mark one), the text."""
    seen = []
    text = (folder / "talk.qda.txt").read_text(encoding="utf-8")
    for paragraph in filter(None, text.removesuffix("\n").split("\n\n")):
        assert "\n" not in paragraph
        stamps = list(STAMP.finditer(paragraph))
        assert len(stamps) <= 1 and all(stamp.start() == 0 for stamp in stamps), paragraph
        time = None
        if stamps:
            hours, minutes, seconds = map(int, stamps[0].group()[1:-1].split(":"))
            time = (hours * 60 + minutes) * 60 + seconds
        line = paragraph[stamps[0].end():] if stamps else paragraph
        blank = BARE.sub(lambda match: " " * len(match.group()), line)
        speakers = [match for pattern in SPEAKERS if (match := pattern.match(blank))]
        name, said = None, line.strip()
        if speakers and (only := speakers[0]):
            assert len(speakers) == 1, paragraph
            name, said = only.group(1).strip(), line[only.end():].strip()
        seen.append([time, name, said])
    return seen


def as_f4():
    """Each paragraph: the time at its end in tenths of a second, the speaker, the text (as MAXQDA's help has it)."""
    seen = []
    text = (folder / "talk.f4.txt").read_text(encoding="utf-8")
    for paragraph in filter(None, text.removesuffix("\n").split("\n\n")):
        marks = re.findall(r"#\d{2,}:[0-5]\d:[0-5]\d-\d#", paragraph)
        time = None
        if marks:
            [mark] = marks
            assert paragraph.endswith(f" {mark}"), paragraph
            hours, minutes, seconds, tenths = map(int, re.split("[:-]", mark[1:-1]))
            time = ((hours * 60 + minutes) * 60 + seconds) * 10 + tenths
            paragraph = paragraph.removesuffix(f" {mark}")
        name, colon, said = paragraph.partition(": ")
        known = colon and len(name) <= 63 and not name.startswith("(")
        seen.append([time, name if known else None, said if known else paragraph])
    return seen


print(json.dumps({
    "python-docx": with_python_docx(),
    "libreoffice": with_libreoffice(),
    "markdown": with_markdown_it(),
    "qualcoder": as_qualcoder(),
    "f4": as_f4(),
}))
