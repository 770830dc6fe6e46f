"""--dedup url and text: one text an image, one image a text, exactly, in any order, on any number of
threads, within little memory; and the same of extract."""
import random

import pytest

import helpers
from helpers import reference

WAYS = ["pair", "none", "url", "text"]


def crowded_records(n, seed):
    """Few images and few texts, so that both repeat in all ways; some texts are empty."""
    rng = random.Random(seed)
    texts = list(helpers.sample_texts(n // 8, seed)) + [""]
    for _ in range(n):
        record = {"url": f"http://host/{int(rng.paretovariate(0.7)) % (n // 4)}.jpg"}
        if rng.random() < 0.3:
            record["texts"] = [rng.choice(texts) for _ in range(rng.randrange(4))]
        else:
            record["text"] = rng.choice(texts)
        yield record


def made_pool(folder, n, shards=3):
    return [
        helpers.write_jsonl(folder / f"{i}.jsonl", crowded_records(n // shards, seed=i))
        for i in range(shards)
    ]


@pytest.mark.parametrize("way", WAYS)
def test_as_the_reference_says(tmp_path, way):
    entries = helpers.sample_entries()
    listed = helpers.write_list(tmp_path / "list.json", entries)
    pool = made_pool(tmp_path, 9000)
    exclude = {reference.uid_of([b""], url=f"http://host/{i}.jpg".encode()) for i in range(2, 12)}
    helpers.write(tmp_path / "out.txt", b"".join(b"%032x\n" % uid for uid in exclude))
    out = tmp_path / "out"
    helpers.run("curate", "-m", listed, "-o", out, "-t", "30", "--dedup", way,
                "--exclude", tmp_path / "out.txt", *pool)
    shards = [helpers.records_of(shard) for shard in pool]
    helpers.check_curated(out, shards, entries, t=30, dedup=way, exclude=exclude)
    assert helpers.manifest(out)["parameters"]["dedup"] == way


@pytest.mark.parametrize("way", ["url", "text"])
def test_sorted_script(tmp_path, way):
    """100,000 pairs against the plainest script: sort, keep the first of each."""
    pool = made_pool(tmp_path, 100_000, shards=2)
    listed = helpers.write_list(tmp_path / "list.json", helpers.sample_entries())
    out = tmp_path / "out"
    helpers.run("curate", "-m", listed, "-o", out, "-t", "inf", "--dedup", way, "--memory", "1M", *pool)
    pairs = {
        (record.uid, reference.text_hash(text))
        for shard in pool for record in helpers.records_of(shard) for text in record.texts if text
    }
    first = {}
    for pair in sorted(pairs, key=lambda p: p if way == "url" else p[::-1]):
        first.setdefault(pair[0] if way == "url" else pair[1], pair)
    books = helpers.check_books(out)
    assert books["texts"] - books["empty"] - books["duplicates"] == len(first)
    kept = {
        (int(line["uid"], 16), reference.text_hash(line["text"].encode()))
        for line in helpers.subset(out)
    }
    assert kept <= set(first.values())
    assert len(kept) == books["matched"] == books["kept"]


@pytest.mark.parametrize("way", ["url", "text"])
def test_order_threads_and_memory_change_nothing(tmp_path, way):
    pool = made_pool(tmp_path, 6000)
    listed = helpers.write_list(tmp_path / "list.json", helpers.sample_entries())
    found = []
    for i, (order, options) in enumerate([
        (pool, ["-j", "1"]), (pool[::-1], ["-j", "3"]), (pool, ["-j", "2", "--memory", "1M"]),
    ]):
        out = tmp_path / f"out{i}"
        helpers.run("curate", "-m", listed, "-o", out, "-t", "25", "--dedup", way, *options, *order)
        found.append((helpers.counts(out).tolist(),
                      sorted((line["uid"], line["text"], line["key"]) for line in helpers.subset(out))))
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("way", WAYS)
def test_balance_of_match_indexes_is_the_same(tmp_path, way):
    pool = made_pool(tmp_path, 3000)
    listed = helpers.write_list(tmp_path / "list.json", helpers.sample_entries())
    helpers.run("curate", "-m", listed, "-o", tmp_path / "all", "-t", "25", "--dedup", way, *pool)
    helpers.run("match", "-m", listed, "-o", tmp_path / "matched", *pool)
    helpers.run("balance", "-o", tmp_path / "balanced", "-t", "25", "--dedup", way, tmp_path / "matched")
    assert helpers.subset(tmp_path / "all") == helpers.subset(tmp_path / "balanced")
    assert helpers.totals(tmp_path / "all") == helpers.totals(tmp_path / "balanced")


def test_unknown_way(tmp_path):
    done = helpers.run("match", "-m", "x", "-o", tmp_path, "--dedup", "image", "y", code=2)
    assert "pair, none, url, text" in done.message


# --- extract -------------------------------------------------------------------------------------


def texts_of(folder):
    """(uid, text) of all lines in pairs/, in order, and the lines."""
    lines = [line for path in sorted((folder / "pairs").iterdir()) for line in helpers.lines(path)]
    return [(line["uid"], text[1]) for line in lines for text in line["texts"]], lines


@pytest.mark.parametrize("way", ["pair", "url", "text"])
def test_extract(tmp_path, way):
    pool = made_pool(tmp_path, 6000)
    out = tmp_path / "out"
    helpers.run("extract", "-o", out, "--dedup", way, *pool)
    everything = [
        ((record.uid, reference.text_hash(text)), text)
        for shard in pool for record in helpers.records_of(shard) for text in record.texts
    ]
    full = [pair for pair, text in everything if text]
    dropped = reference.duplicates(full, way)
    expected, i = [], 0
    for pair, text in everything:
        if not text or i not in dropped:
            expected.append((f"{pair[0]:032x}", text.decode()))
        i += bool(text)
    found, lines = texts_of(out)
    assert found == expected
    assert all(line["texts"] for line in lines)
    books = helpers.check_books(out)
    assert books["duplicates"] == len(dropped)
    assert helpers.manifest(out)["lines"] == len(lines)


def test_extract_with_other_threads_order_and_memory(tmp_path):
    pool = made_pool(tmp_path, 3000)
    found = []
    for i, options in enumerate([["-j", "1"], ["-j", "3"], ["-j", "2", "--memory", "1M"]]):
        helpers.run("extract", "-o", tmp_path / f"{i}", "--dedup", "url", *options, *pool)
        found.append(helpers.files(tmp_path / f"{i}"))
    assert found[0] == found[1] == found[2]
    helpers.run("extract", "-o", tmp_path / "turned", "--dedup", "url", *pool[::-1])
    full = [sorted(pair for pair in texts_of(tmp_path / name)[0] if pair[1]) for name in ("0", "turned")]
    assert full[0] == full[1]


def test_extract_again_in_another_way(tmp_path):
    """Duplicates are looked for anew: the list grows, or the way changes."""
    pool = made_pool(tmp_path, 3000)
    out = tmp_path / "out"
    helpers.run("extract", "-o", out, "--dedup", "text", *pool[:2])
    helpers.run("extract", "-o", out, "--dedup", "url", "--resume", *pool)
    helpers.run("extract", "-o", tmp_path / "anew", "--dedup", "url", *pool)
    assert helpers.files(out) == helpers.files(tmp_path / "anew")
    helpers.run("extract", "-o", out, "--resume", *pool)  # none: all of it
    assert len(texts_of(out)[0]) == helpers.totals(out)["texts"]


def test_extract_needs_a_folder(tmp_path):
    done = helpers.run("extract", "-o", "-", "--dedup", "url", made_pool(tmp_path, 30)[0], code=2)
    assert "folder" in done.message
