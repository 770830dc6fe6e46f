"""Runs the program and reads what it wrote, with readers of others (json, numpy, zstandard)."""
import io
import json
import os
import random
import subprocess
import sys

import numpy as np
import pytest
import zstandard

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "reference"))
import reference  # noqa: E402

PROGRAM = os.path.abspath(os.environ.get("METACURATE", f"{ROOT}/build/release/metacurate"))
SUBSTRINGS = os.environ.get("SUBSTRINGS", f"{ROOT}/build/release/tests/reference_substrings")
DATA = os.environ.get("METACURATE_DATA") or os.path.join(ROOT, "..", "shared", "data")
WORDNET = "/usr/share/wordnet"


# --- running -------------------------------------------------------------------------------------


def command(*arguments):
    return [PROGRAM, *map(str, arguments)]


def run(*arguments, code=0, stdin=b"", **options):
    """Runs the program and checks its exit code; stdout and stderr come back as bytes."""
    done = subprocess.run(command(*arguments), input=stdin, capture_output=True, timeout=600, **options)
    said = done.stderr.decode("utf-8", "replace")
    assert done.returncode == code, f"exit code {done.returncode}, not {code}:\n{said[-4000:]}"
    done.message = said
    return done


def data(name):
    """Path of a file of the shared data; skips the test where it is absent."""
    path = os.path.join(DATA, name)
    if not os.path.exists(path):
        pytest.skip(f"{name} is not in the data folder")
    return path


def unpacked(name):
    with open(data(name), "rb") as packed:
        return zstandard.ZstdDecompressor().stream_reader(packed).read()


# --- inputs --------------------------------------------------------------------------------------


def write(path, content):
    path.write_bytes(content)
    return path


def write_list(path, entries):
    """A concept list as a JSON array."""
    return write(path, json.dumps([entry.decode() for entry in entries]).encode())


def write_jsonl(path, records):
    lines = (json.dumps(record, ensure_ascii=i % 2 == 0) + "\n" for i, record in enumerate(records))
    return write(path, "".join(lines).encode())


WORDS = [f"{a}{b}" for a in ("ka", "lo", "mi", "nu", "pe", "ri", "so", "tu") for b in ("", "ra", "n", "sta", "é")]


def sample_entries(n=300, seed=7):
    """Concepts of one to three words, some with marks that can match, each once."""
    rng = random.Random(seed)
    entries = {}
    while len(entries) < n:
        words = rng.choices(WORDS, k=rng.choice((1, 1, 1, 2, 2, 3)))
        entries[rng.choice((" ", " ", " ", " , ")).join(words).encode()] = True
    return list(entries)


def sample_texts(n, seed=1):
    """Texts in which some concepts are much more frequent than others; a few match none."""
    rng = random.Random(seed)
    weights = [1 / (i + 1) for i in range(len(WORDS))]
    for _ in range(n):
        words = rng.choices(WORDS, weights, k=rng.randrange(1, 12))
        if rng.random() < 0.05:
            words = ["zz", "yy"][: rng.randrange(3)]
        yield rng.choice((" ", " ", ", ", ". ", "  ", "\t")).join(words)


def sample_records(n, seed=1, n_urls=None):
    """Dictionaries for JSONL: urls that repeat (duplicates arise), one or several texts."""
    rng = random.Random(seed + 1000)
    for i, text in enumerate(sample_texts(n, seed)):
        record = {"url": f"http://host/{rng.randrange(n_urls or n)}.jpg", "text": text}
        if i % 10 == 3:
            record = {"url": record["url"], "texts": [["alt", text], ["title", "lo, ka"], ["alt", ""]]}
        yield record


def records_of(path):
    return list(reference.read_jsonl(path.read_bytes()))


# --- outputs -------------------------------------------------------------------------------------


def manifest(folder):
    return json.loads((folder / "manifest.json").read_text())


def totals(folder):
    return manifest(folder)["totals"]


def result(folder):
    """What balancing came to: t, p, kept, expected_size, expected_deviation, ..."""
    return manifest(folder)["result"]


def counts(folder):
    return np.load(folder / "counts.npy")


def lines(path):
    """The lines of a .jsonl.zst, which is one frame."""
    with open(path, "rb") as packed:
        text = zstandard.ZstdDecompressor().stream_reader(packed).read()
    return [json.loads(line) for line in text.decode().split("\n")[:-1]]


def subset(folder):
    """The lines of subset.jsonl.zst."""
    return lines(folder / "subset.jsonl.zst")


def uids(folder):
    return sorted(line["uid"] for line in subset(folder))


def rejects(folder):
    path = folder / "rejects.jsonl"
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def files(folder, without=("run.json",)):
    """Every file below folder: name -> bytes."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in without
    }


def check_books(folder):
    """The books balance. Returns the totals."""
    t = totals(folder)
    assert t["records"] == t["read"] + t["rejected"]
    assert sum(t["rejected_for"].values()) == t["rejected"]
    parts = ("empty", "excluded", "duplicates", "unmatched", "kept", "not_kept")
    assert t["texts"] == sum(t[part] for part in parts)
    return t


def check_curated(folder, shards, entries, **options):
    """What the program wrote is what the reference computes from the same records: the counts, the
    kept texts with their keys to the last bit, the shard files and the books."""
    expected = reference.curate(shards, entries, **options)
    assert counts(folder).dtype == np.uint64
    assert counts(folder).tolist() == expected.counts
    names = [shard["name"] for shard in manifest(folder)["shards"]]
    lines = subset(folder)
    kept = {(names.index(x["shard"]), x["record"], x["text_number"]): x["key"] for x in lines}
    assert len(kept) == len(lines)
    assert kept == expected.kept
    for number, name in enumerate(names):
        rows = sorted(record for shard, record, _ in expected.kept if shard == number)
        array = np.load(folder / "subset" / f"{name}.npy")
        assert array.dtype == np.uint64 and array.tolist() == rows
    books = check_books(folder)
    assert {name: books[name] for name in expected.totals} == expected.totals
    return expected


# --- match sets ----------------------------------------------------------------------------------


def match_lines(done):
    """The match sets of `match -o -`, in order."""
    return [json.loads(line)["matches"] for line in done.stdout.splitlines()]


def substring_matches(texts, entries, folder):
    """The match sets by the substring definition, all of them, on two processors."""

    def pack(path, strings):
        with open(path, "wb") as out:
            for string in strings:
                out.write(len(string).to_bytes(4, sys.byteorder) + string)

    pack(folder / "texts", (reference.space(reference.decode(text)) for text in texts))
    parts = 2
    ids = [[i for i, entry in enumerate(entries) if entry][part::parts] for part in range(parts)]
    running = []
    for part in range(parts):
        pack(folder / f"entries{part}", (b" " + entries[i] + b" " for i in ids[part]))
        out = open(folder / f"found{part}", "wb")
        arguments = [SUBSTRINGS, folder / f"entries{part}", folder / "texts"]
        running.append(subprocess.Popen(arguments, stdout=out))
    found = []
    for part, process in enumerate(running):
        assert process.wait() == 0
        pairs = np.fromfile(folder / f"found{part}", dtype=np.uint32).reshape(-1, 2)
        found.append(np.stack([pairs[:, 0], np.array(ids[part], np.uint32)[pairs[:, 1]]], axis=1))
    found = np.concatenate(found)
    found = found[np.lexsort((found[:, 1], found[:, 0]))]
    ends = np.searchsorted(found[:, 0], np.arange(len(texts) + 1))
    return [found[ends[i] : ends[i + 1], 1] for i in range(len(texts))]


def text_pool(texts):
    """A pool of text lines."""
    buffer = io.BytesIO()
    for text in texts:
        buffer.write(text + b"\n")
    return buffer.getvalue()
