"""The layouts that others read hold the same subset and load with numpy and csv."""
import csv

import numpy as np
import pytest

import helpers
from helpers import reference


@pytest.fixture
def pools(tmp_path):
    texts = (list(helpers.sample_texts(900, seed=i)) for i in range(3))
    return [
        helpers.write_jsonl(
            tmp_path / f"{i}.jsonl",
            [{"url": f"http://host/{i}/{j % 800}", "text": text} for j, text in enumerate(lines)],
        )
        for i, lines in enumerate(texts)
    ]


@pytest.fixture
def out(tmp_path, concepts, pools):
    emit = ["--emit", "tsv,datacomp,metaclip"]
    helpers.run("curate", "-m", concepts, "-t", "12", *emit, "-o", tmp_path / "out", *pools)
    return tmp_path / "out"


def test_datacomp(out):
    (path,) = out.rglob("*datacomp*.npy")
    array = np.load(path)
    assert array.dtype == np.dtype([("f0", "<u8"), ("f1", "<u8")]) and array.ndim == 1
    numbers = [int(high) << 64 | int(low) for high, low in array]
    assert numbers == sorted({int(uid, 16) for uid in helpers.uids(out)})
    assert len(numbers) > 100


def test_tsv(out):
    (path,) = out.rglob("*.tsv")
    with open(path, encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table, delimiter="\t"))
    expected = [
        {"url": x["url"], "caption": x["text"].replace("\t", " "), "uid": x["uid"]} for x in helpers.subset(out)
    ]
    assert list(rows[0]) == ["url", "caption", "uid"] and rows == expected


def test_tsv_has_a_line_a_text(tmp_path, concepts):
    pool = helpers.write_jsonl(tmp_path / "p.jsonl", [{"url": "u\tv", "text": "ka\r\nlo\tmi\n"}, {"text": "lo"}])
    helpers.run("curate", "-m", concepts, "-t", "inf", "--emit", "tsv", "-o", tmp_path / "out", pool)
    (path,) = (tmp_path / "out").rglob("*.tsv")
    lines = path.read_bytes().split(b"\n")
    assert [line.split(b"\t")[:2] for line in lines[1:-1]] == [[b"u v", b"ka  lo mi "], [b"", b"lo"]]


def test_metaclip(out, pools, entries):
    (root,) = [path.parent for path in out.rglob("entry_count.npy")]
    counts = np.load(root / "entry_count.npy")
    assert counts.dtype == np.uint64 and np.array_equal(counts, helpers.counts(out))
    names = [shard["name"] for shard in helpers.manifest(out)["shards"]]
    runs = reference.RunMatcher(entries)
    seen, entry_total = set(), np.zeros(len(entries), np.uint64)
    for shard, (pool, name) in enumerate(zip(pools, names)):
        pairs = []
        for record in helpers.records_of(pool):
            identity = (record.uid, record.texts[0])
            if identity not in seen:
                pairs += [(entry, record.number) for entry in runs.match(record.texts[0])]
            seen.add(identity)
        inverted = np.load(root / str(shard % 100) / f"{shard}_inverted.npy")
        assert inverted.dtype == np.uint32 and inverted.shape == (len(pairs), 2)
        assert sorted(map(tuple, inverted.tolist())) == sorted(pairs)
        np.add.at(entry_total, inverted[:, 0], 1)
        kept = np.load(root / "subset_12" / str(shard % 100) / f"{shard}.npy")
        rows = np.load(out / "subset" / f"{name}.npy")
        assert kept.dtype == np.uint32 and kept.tolist() == rows.tolist()
    assert np.array_equal(entry_total, counts)
