"""Writes WordNet's glosses as a JSONL pool: {"id":"n00001740","text":"..."}.

usage: glosses.py WORDNET_FOLDER OUTPUT

The id is the first letter of the part of speech (n, v, a, r) and the synset's offset. The text is
what follows "| " on a synset's line; lines of the licence begin with two spaces (wndb(5WN)).
"""
import json
import os
import sys

FILES = {"n": "data.noun", "v": "data.verb", "a": "data.adj", "r": "data.adv"}


def glosses(folder):
    for letter, name in FILES.items():
        with open(os.path.join(folder, name), encoding="ascii") as lines:
            for line in lines:
                if not line.startswith("  "):
                    yield {"id": letter + line[:8], "text": line.split("| ", 1)[1].rstrip()}


def main(folder, output):
    n = 0
    with open(output + ".tmp", "w", encoding="ascii") as out:
        for n, gloss in enumerate(glosses(folder), 1):
            out.write(json.dumps(gloss, separators=(",", ":")) + "\n")
    os.replace(output + ".tmp", output)
    print(f"{output}: {n} glosses")


main(*sys.argv[1:])
