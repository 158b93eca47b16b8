#!/usr/bin/env python3
"""Counts word errors: reads [{name, reference, heard, names, language, seconds, took, speech, with_text, gaps, removed,
astray}] as JSON, and prints a table.

Texts are normalised by whisper-normalizer, which has Whisper's rules: English rules for English, and basic rules that keep
diacritics for all other languages.
"""
import json
import sys

import jiwer
from whisper_normalizer.basic import BasicTextNormalizer
from whisper_normalizer.english import EnglishTextNormalizer

ENGLISH, BASIC = EnglishTextNormalizer(), BasicTextNormalizer(remove_diacritics=False)


def count(reference, heard, language):
    """Number of words in the reference, and of substituted, deleted and inserted ones."""
    normal = ENGLISH if language == "en" else BASIC
    reference, heard = normal(reference).split(), normal(heard).split()
    if not reference:
        return dict(words=0, substitutions=0, deletions=0, insertions=len(heard))
    found = jiwer.process_words(" ".join(reference), " ".join(heard))
    return dict(words=len(reference), substitutions=found.substitutions, deletions=found.deletions,
                insertions=found.insertions)


def times(names, text, language):
    """How often each of the names occurs in a text."""
    normal = ENGLISH if language == "en" else BASIC
    text = f" {' '.join(normal(text).split())} ".replace(" ", "  ")
    return [text.count(f" {'  '.join(normal(name).split())} ") if normal(name).strip() else 0 for name in names]


def main():
    rows = json.load(sys.stdin)
    total = dict(words=0, substitutions=0, deletions=0, insertions=0, invented=0)
    seconds = took = 0.0
    print(f"{'words':>6} {'sub':>5} {'del':>5} {'ins':>5} {'WER %':>7}  lang  recording")
    for row in rows:
        # The language of the reference is unknown, so that of the hypothesis decides for both.
        counts = count(row["reference"], row["heard"], row["language"])
        seconds += row["seconds"]
        took += row["took"]
        if not counts["words"]:
            invented = counts["insertions"]
            total["invented"] += invented
            print(f"{0:>6} {'':>5} {'':>5} {invented:>5} {'':>7}  {row['language']:<4}  {row['name']} (no speech)")
            continue
        errors = counts["substitutions"] + counts["deletions"] + counts["insertions"]
        for kind, number in counts.items():
            total[kind] += number
        print(
            f"{counts['words']:>6} {counts['substitutions']:>5} {counts['deletions']:>5} {counts['insertions']:>5} "
            f"{100 * errors / counts['words']:>7.1f}  {row['language']:<4}  {row['name']}"
        )
    if total["words"]:
        errors = total["substitutions"] + total["deletions"] + total["insertions"]
        print(
            f"{total['words']:>6} {total['substitutions']:>5} {total['deletions']:>5} {total['insertions']:>5} "
            f"{100 * errors / total['words']:>7.1f}        in total"
        )
    named = [pair for row in rows for pair in zip(times(row["names"], row["reference"], row["language"]),
                                                  times(row["names"], row["heard"], row["language"]))]
    if named:
        said, right = sum(said for said, _ in named), sum(min(pair) for pair in named)
        astray = sum(max(0, heard - said) for said, heard in named)
        print(f"{right} of {said} names are right, {astray} where nobody said them")
    silent = sum(row["seconds"] for row in rows if not row["reference"].strip())
    rate = f", {3600 * total['invented'] / silent:.0f} an hour" if silent else ""
    print(f"{total['invented']} words hallucinated where nobody speaks{rate}")
    speech, with_text, gaps, removed, astray = (
        sum(row[key] for row in rows) for key in ("speech", "with_text", "gaps", "removed", "astray")
    )
    if speech:
        print(f"{100 * with_text / speech:.1f} % of the detected speech has text, {gaps} gaps")
    print(f"{removed} hallucinations removed, {astray} words in an unexpected language")
    print(f"{seconds:.0f} s of sound in {took:.0f} s, {seconds / took:.1f} times real time")


if __name__ == "__main__":
    main()
