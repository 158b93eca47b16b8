"""Reads talk.eaf and talk.TextGrid with packages that know nothing of us (one of them is Praat itself), and prints what
each of them sees as JSON: tiers with the start and end, in milliseconds, and text of what is not silence."""

import json
import sys
import warnings
from pathlib import Path

import parselmouth
import pympi
from parselmouth.praat import call
from praatio import textgrid

folder = Path(sys.argv[1])
eaf, grid = str(folder / "talk.eaf"), str(folder / "talk.TextGrid")


def milliseconds(seconds):
    return round(seconds * 1000)


def with_pympi():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        document = pympi.Eaf(eaf)
    slots = list(document.timeslots.values())
    assert slots == sorted(slots), "ELAN wants the slots in order"
    assert all(start < end for tier in document.get_tier_names()
               for start, end, *_ in document.get_annotation_data_for_tier(tier))
    tiers = [[name, sorted(list(data[:3]) for data in document.get_annotation_data_for_tier(name))]
             for name in document.get_tier_names()]
    media = [file["RELATIVE_MEDIA_URL"] for file in document.get_linked_files()]
    return {"tiers": tiers, "media": media, "participants": [document.get_parameters_for_tier(name)["PARTICIPANT"]
                                                             for name in document.get_tier_names()]}


def with_praatio():
    # Strict: what overlaps, or lies outside, is an error.
    read = textgrid.openTextgrid(grid, includeEmptyIntervals=True, reportingMode="error", duplicateNamesMode="error")
    tiers = []
    for tier in read.tiers:
        assert tier.entries[0].start == 0 and tier.entries[-1].end == read.maxTimestamp
        assert all(a.end == b.start for a, b in zip(tier.entries, tier.entries[1:])), "intervals tile"
        tiers.append([tier.name, [[milliseconds(i.start), milliseconds(i.end), i.label] for i in tier.entries if i.label]])
    return {"tiers": tiers, "end": milliseconds(read.maxTimestamp)}


def with_praat():
    read = parselmouth.read(grid)
    tiers = []
    for tier in range(1, call(read, "Get number of tiers") + 1):
        intervals = []
        for n in range(1, int(call(read, "Get number of intervals", tier)) + 1):
            if text := call(read, "Get label of interval", tier, n):
                start = call(read, "Get start time of interval", tier, n)
                intervals.append([milliseconds(start), milliseconds(call(read, "Get end time of interval", tier, n)), text])
        tiers.append([call(read, "Get tier name", tier), intervals])
    return {"tiers": tiers, "end": milliseconds(read.xmax)}


print(json.dumps({"pympi": with_pympi(), "praatio": with_praatio(), "praat": with_praat()}))
