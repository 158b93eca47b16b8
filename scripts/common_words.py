#!/usr/bin/env python3
"""Makes the lists of common words that the glossary does not replace.

    pip download --no-deps spacy-lookups-data==1.0.5
    common_words.py spacy_lookups_data-1.0.5-py2.py3-none-any.whl src/glossary/common

The package (MIT licence) has the frequencies of a million words per language. The lists contain the most frequent words in
that order, in lower case: words of at least three Latin letters and nothing else.
"""

import gzip
import json
import sys
import zipfile

WANTED = {"de": 40_000, "en": 20_000}


def words(probabilities, wanted):
    found = {}
    for word, _ in sorted(probabilities.items(), key=lambda item: (-item[1], item[0])):
        word = word.lower()
        if len(word) >= 3 and word.isalpha() and all(letter < "\u0250" for letter in word):
            found.setdefault(word)
        if len(found) == wanted:
            break
    return found


package, folder = zipfile.ZipFile(sys.argv[1]), sys.argv[2]
for language, wanted in WANTED.items():
    data = package.read(f"spacy_lookups_data/data/{language}_lexeme_prob.json.gz")
    with open(f"{folder}/{language}.txt", "w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{word}\n" for word in words(json.loads(gzip.decompress(data)), wanted))
