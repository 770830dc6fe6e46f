"""The curate command against the reference: counts, keys to the last bit, kept texts, books."""
import json
import math
import random

import numpy as np
import pytest

import helpers
from helpers import reference


def test_keys_of_ten_thousand_texts(tmp_path, concepts, entries):
    records = helpers.sample_records(10500, seed=3)
    pool = helpers.write_jsonl(tmp_path / "pool.jsonl", records)
    out = tmp_path / "out"
    helpers.run("curate", "-m", concepts, "-t", "inf", "-o", out, pool)
    expected = helpers.check_curated(out, [helpers.records_of(pool)], entries)
    assert len(expected.kept) > 10_000


@pytest.mark.parametrize("t", ["0.5", "1", "20", "40.5", "1k", "inf"])
def test_thresholds(tmp_path, pool, concepts, entries, t):
    out = tmp_path / "out"
    helpers.run("curate", "-m", concepts, "-t", t, "-o", out, pool)
    value = 1000 if t == "1k" else float(t)
    helpers.check_curated(out, [helpers.records_of(pool)], entries, t=value)


def test_default_threshold_is_the_published_one(tmp_path, pool, concepts, entries):
    out = tmp_path / "out"
    helpers.run("curate", "-m", concepts, "-o", out, pool)
    assert helpers.result(out)["t"] == 20000
    helpers.check_curated(out, [helpers.records_of(pool)], entries, t=20000)


def test_subset_lines(tmp_path, pool, concepts, entries):
    out = tmp_path / "out"
    helpers.run("curate", "-m", concepts, "-t", "30", "-o", out, pool)
    records = {record.number: record for record in helpers.records_of(pool)}
    kept = helpers.subset(out)
    assert kept
    for line in kept:
        record = records[line["record"]]
        assert line["uid"] == reference.uid_hex(record.uid)
        assert line["url"] == record.url.decode()
        assert line["text"] == record.texts[line["text_number"]].decode()
    places = [(line["record"], line["text_number"]) for line in kept]
    assert places == sorted(places)


def test_texts_of_kept_records(tmp_path, pool, concepts):
    """Where records hold several texts, SHARD.texts.npy names the text of each row."""
    out = tmp_path / "out"
    helpers.run("curate", "-m", concepts, "-t", "30", "-o", out, pool)
    name = helpers.manifest(out)["shards"][0]["name"]
    texts = np.load(out / "subset" / f"{name}.texts.npy")
    assert texts.dtype == np.uint32
    kept = helpers.subset(out)
    assert texts.tolist() == [line["text_number"] for line in kept]


def test_seeds(tmp_path, pool, concepts, entries):
    subsets = []
    for seed in (0, 1, 2**63 - 1):
        out = tmp_path / str(seed)
        helpers.run("curate", "-m", concepts, "-t", "15", "--seed", seed, "-o", out, pool)
        expected = helpers.check_curated(out, [helpers.records_of(pool)], entries, t=15, seed=seed)
        subsets.append(set(expected.kept))
    assert subsets[0] != subsets[1] != subsets[2]


def test_subsets_of_growing_t_and_size_are_nested(tmp_path, pool, concepts):
    def kept(option, value):
        out = tmp_path / f"{option}{value}"
        helpers.run("curate", "-m", concepts, option, value, "-o", out, pool)
        return [(line["shard"], line["record"], line["text_number"]) for line in helpers.subset(out)]

    by_t = [set(kept("-t", t)) for t in ("1", "5", "20", "100", "1000", "inf")]
    assert all(a <= b for a, b in zip(by_t, by_t[1:])) and len(by_t[0]) < len(by_t[3])
    by_size = [kept("--size", n) for n in (1, 100, 700, 2000)]
    assert [len(subset) for subset in by_size] == [1, 100, 700, 2000]
    assert all(set(a) <= set(b) for a, b in zip(by_size, by_size[1:]))


def test_size_is_exact(tmp_path, pool, concepts, entries):
    out = tmp_path / "out"
    helpers.run("curate", "-m", concepts, "--size", "1k", "-o", out, pool)
    helpers.check_curated(out, [helpers.records_of(pool)], entries, size=1000)


def test_size_beyond_what_matches_keeps_all_and_warns(tmp_path, pool, concepts, entries):
    out = tmp_path / "out"
    done = helpers.run("curate", "-m", concepts, "--size", "1M", "-o", out, pool)
    helpers.check_curated(out, [helpers.records_of(pool)], entries, size=10**6)
    assert f"only {helpers.totals(out)['matched']} pairs match" in done.message
    assert helpers.result(out)["fewer_than_asked"]


@pytest.mark.parametrize("share", [0, 0.06, 0.25, 0.5, 1])
def test_tail_share(tmp_path, pool, concepts, entries, share):
    out = tmp_path / "out"
    helpers.run("curate", "-m", concepts, "--tail-share", share, "-o", out, pool)
    counts = helpers.counts(out).tolist()
    t = reference.p_to_t(counts, share)
    assert helpers.result(out)["t"] == t
    assert helpers.result(out)["p"] == pytest.approx(reference.t_to_p(counts, t), rel=1e-12)
    helpers.check_curated(out, [helpers.records_of(pool)], entries, t=t)


def test_duplicates_are_counted_and_kept_once(tmp_path, pool, concepts, entries):
    once, twice = tmp_path / "once", tmp_path / "twice"
    copy = helpers.write(tmp_path / "copy.jsonl", pool.read_bytes())
    helpers.run("curate", "-m", concepts, "-t", "30", "-o", once, pool)
    helpers.run("curate", "-m", concepts, "-t", "30", "-o", twice, pool, copy)
    helpers.check_curated(twice, [helpers.records_of(pool)] * 2, entries, t=30)
    assert helpers.uids(once) == helpers.uids(twice)
    assert (once / "counts.npy").read_bytes() == (twice / "counts.npy").read_bytes()
    before, after = helpers.totals(once), helpers.totals(twice)
    assert before["duplicates"] > 400
    copies = before["texts"] - before["empty"]
    assert after["duplicates"] == before["duplicates"] + copies
    assert after["kept"] == before["kept"] and after["matched"] == before["matched"]


def test_dedup_none_keeps_copies(tmp_path, pool, concepts, entries):
    out = tmp_path / "out"
    helpers.run("curate", "-m", concepts, "-t", "30", "--dedup", "none", "-o", out, pool, pool)
    expected = helpers.check_curated(out, [helpers.records_of(pool)] * 2, entries, t=30, dedup="none")
    assert expected.totals["duplicates"] == 0
    kept = [{place[1:] for place in expected.kept if place[0] == shard} for shard in (0, 1)]
    assert kept[0] == kept[1]  # copies share a draw


def test_only_and_exclude(tmp_path, pool, concepts, entries):
    records = helpers.records_of(pool)
    rng = random.Random(5)
    every = sorted({record.uid for record in records})
    only, exclude = set(rng.sample(every, 1500)), set(rng.sample(every, 500))
    lists = [
        helpers.write(tmp_path / name, "".join(f"{reference.uid_hex(u)}\n" for u in chosen).encode())
        for name, chosen in (("only", only), ("exclude", exclude))
    ]
    for name, options, expected in (
        ("a", ["--only", lists[0]], {"only": only}),
        ("b", ["--exclude", lists[1]], {"exclude": exclude}),
        ("c", ["--only", lists[0], "--exclude", lists[1]], {"only": only, "exclude": exclude}),
    ):
        helpers.run("curate", "-m", concepts, "-t", "10", *options, "-o", tmp_path / name, pool)
        got = helpers.check_curated(tmp_path / name, [records], entries, t=10, **expected)
        assert got.totals["excluded"] > 100 and got.kept


def test_counts_of_another_pool(tmp_path, pool, concepts, entries):
    other = helpers.write_jsonl(tmp_path / "other.jsonl", helpers.sample_records(9000, seed=9))
    helpers.run("curate", "-m", concepts, "-o", tmp_path / "other", other)
    given = helpers.counts(tmp_path / "other").tolist()
    out = tmp_path / "out"
    helpers.run("curate", "-m", concepts, "-t", "25", "--counts", tmp_path / "other" / "counts.npy",
                "-o", out, pool)
    hashes = [reference.entry_hash(entry) for entry in entries]
    runs = reference.RunMatcher(entries)
    pairs = reference.unique(
        reference.Pair(record.uid, reference.text_hash(text), runs.match(text))
        for record in helpers.records_of(pool)
        for text in record.texts
        if text
    )
    kept = reference.keep(pairs, hashes, given, 25)
    assert helpers.uids(out) == sorted(reference.uid_hex(pair.uid) for pair in kept)
    assert helpers.result(out)["t"] == 25


def test_identities(tmp_path, concepts):
    uid, uuid = "0123456789abcdefABCDEF0123456789", "0123456789abcdef01234567"
    lines = [
        {"text": "ka 1", "uid": uid, "url": "u1"},
        {"text": "ka 2", "uuid": uuid, "url": "u2"},
        {"text": "ka 3", "uid": "7", "uuid": "x", "url": "u3"},
        {"text": "ka 4"},
        {"text": "ka 5", "id": uid, "url": "u5"},
        {"texts": ["", "ka 6"]},
    ]
    pool = helpers.write_jsonl(tmp_path / "pool.jsonl", lines)
    helpers.run("curate", "-m", concepts, "-t", "inf", "-o", tmp_path / "a", pool)
    assert {line["text"]: line["uid"] for line in helpers.subset(tmp_path / "a")} == {
        "ka 1": uid.lower(),
        "ka 2": "00000000" + uuid,
        "ka 3": reference.uid_hex(reference.uid_of([], b"u3")),
        "ka 4": reference.uid_hex(reference.uid_of([b"ka 4"])),
        "ka 5": reference.uid_hex(reference.uid_of([], b"u5")),
        "ka 6": reference.uid_hex(reference.uid_of([b""])),
    }
    ids = [uid[:8] + "-" + uid[8:], uuid, "n17", "é", "7"]
    pool = helpers.write_jsonl(tmp_path / "b.jsonl", [{"id": i, "text": f"ka {i}"} for i in ids])
    helpers.run("curate", "-m", concepts, "-t", "inf", "--id-field", "id", "-o", tmp_path / "b", pool)
    assert [line["uid"] for line in helpers.subset(tmp_path / "b")] == [
        reference.uid_hex(reference.uid_of([], given=i.encode())) for i in ids
    ]
    lines = [{"id": 17, "text": "ka"}, {"id": "", "text": "ka"}, {"text": "ka"}, {"id": None, "text": "ka"}]
    pool = helpers.write_jsonl(tmp_path / "c.jsonl", lines)
    helpers.run("curate", "-m", concepts, "-t", "inf", "--id-field", "id", "-o", tmp_path / "c", pool)
    assert helpers.uids(tmp_path / "c") == [reference.uid_hex(reference.uid_of([], given=b"17"))]
    assert helpers.totals(tmp_path / "c")["rejected_for"] == {"bad_field": 3}


def test_repeated_entries_share_their_draws(tmp_path, pool):
    entries = helpers.sample_entries(60) * 2
    listed = helpers.write_list(tmp_path / "twice.json", entries)
    out = tmp_path / "out"
    done = helpers.run("curate", "-m", listed, "-t", "20", "-o", out, pool)
    assert "60" in done.message  # compile warns of repeated entries
    expected = helpers.check_curated(out, [helpers.records_of(pool)], entries, t=20)
    once = tmp_path / "once"
    listed = helpers.write_list(tmp_path / "once.json", entries[:60])
    helpers.run("curate", "-m", listed, "-t", "20", "-o", once, pool)
    assert helpers.uids(once) == helpers.uids(out) and expected.kept


def test_report_has_the_figures_of_the_run(tmp_path, pool, concepts, entries):
    out = tmp_path / "out"
    done = helpers.run("curate", "-m", concepts, "-t", "20", "-o", out, pool)
    report = json.loads((out / "report.json").read_text())
    expected = helpers.check_curated(out, [helpers.records_of(pool)], entries, t=20)
    counts = expected.counts
    assert report["totals"]["kept"] == len(expected.kept)
    assert report["result"]["t"] == 20
    assert report["result"]["p"] == pytest.approx(reference.t_to_p(counts, 20))
    runs = reference.RunMatcher(entries)
    hashes_seen, pairs = set(), []
    for record in helpers.records_of(pool):
        for text in filter(None, record.texts):
            pair = reference.Pair(record.uid, reference.text_hash(text), runs.match(text))
            if pair[:2] not in hashes_seen:
                hashes_seen.add(pair[:2])
                pairs.append(pair)
    size, deviation = reference.expected_size(pairs, entries, counts, 20)
    assert report["result"]["expected_size"] == pytest.approx(size, rel=1e-9)
    assert report["result"]["expected_deviation"] == pytest.approx(deviation, rel=1e-9)
    assert abs(len(expected.kept) - size) < 5 * deviation
    after = [0] * len(entries)
    texts = {(0, r.number, n): text for r in helpers.records_of(pool) for n, text in enumerate(r.texts)}
    for place in expected.kept:
        for i in runs.match(texts[place]):
            after[i] += 1
    order = sorted(range(len(counts)), key=lambda i: (-counts[i], i))[:20]
    assert [(x["id"], x["entry"], x["before"], x["after"]) for x in report["entries"]["top_before"]][:20] == [
        (i, entries[i].decode(), counts[i], after[i]) for i in order
    ]
    summary = done.stdout.decode()
    assert all(entries[i].decode() in summary for i in order)


def test_the_report_lists_dead_entries(tmp_path, pool):
    entries = [b"a", b"St. Louis", b"b c", b"U.S.", b""]
    out = tmp_path / "out"
    listed = helpers.write_list(tmp_path / "dead.json", entries)
    helpers.run("curate", "-m", listed, "-t", "20", "-o", out, pool)
    report = json.loads((out / "report.json").read_text())
    assert [(x["id"], x["entry"]) for x in report["dead"]["first"]] == [(1, "St. Louis"), (3, "U.S."), (4, "")]


def test_infinite_threshold_in_json(tmp_path, pool, concepts):
    out = tmp_path / "out"
    helpers.run("curate", "-m", concepts, "-t", "inf", "-o", out, pool)
    json.loads((out / "manifest.json").read_text(), parse_constant=pytest.fail)
    assert not math.isnan(helpers.totals(out)["kept"])
