"""Measures matching as MetaCLIP published it: Python around pyahocorasick.

usage: published.py TEXTS ENTRIES      (bench/engine/engine.h has the protocol)
"""
import json
import struct
import sys
import time

import ahocorasick
import xxhash

MARKS = [",", ".", ";", ":", "?", "!", "`"]
WHITE = ["\t", "\n", "\r"]


def space(text):
    spaced = f" {text} "
    for mark in MARKS:
        spaced = spaced.replace(mark, f" {mark} ")
    for white in WHITE:
        spaced = spaced.replace(white, " ")
    return spaced


def match(automaton, text):
    matched = set()
    for _, entry in automaton.iter(space(text)):
        matched.add(entry)
    return matched


def read_lines(path):
    with open(path, encoding="utf-8", newline="\n") as file:
        return file.read().removesuffix("\n").split("\n")


def main(texts_path, entries_path):
    texts, entries = read_lines(texts_path), read_lines(entries_path)
    start = time.perf_counter()
    automaton = ahocorasick.Automaton()
    for number, entry in enumerate(entries):
        automaton.add_word(f" {entry} ", number)
    automaton.make_automaton()
    compiled = time.perf_counter() - start
    print(json.dumps({
        "texts": len(texts),
        "bytes": sum(len(text.encode()) for text in texts),
        "compile_seconds": compiled,
        "automaton_bytes": automaton.get_stats()["total_size"],
    }), flush=True)

    for line in sys.stdin:
        matches = 0
        if line == "digest\n":
            digest = xxhash.xxh64()
            for text in texts:
                matched = sorted(match(automaton, text))
                matches += len(matched)
                digest.update(struct.pack(f"<{len(matched) + 1}I", len(matched), *matched))
            answer = {"matches": matches, "digest": digest.hexdigest()}
        elif line.startswith("round "):
            passes, seconds = 0, float(line.split()[1])
            start = time.perf_counter()
            while passes == 0 or time.perf_counter() - start < seconds:
                matches = sum(len(match(automaton, text)) for text in texts)
                passes += 1
            answer = {"passes": passes, "seconds": time.perf_counter() - start, "matches": matches}
        else:
            sys.exit(f"unknown command: {line}")
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
