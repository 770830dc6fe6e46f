"""Questions to a run (audit --compare, --explain, --entry, --coverage) against plain Python: the
reference's match sets, draws and keys, and the divergences written out."""
import json
import math
import random

import pytest

import helpers
from helpers import reference


def ask(*arguments, code=0):
    done = helpers.run("audit", *arguments, "--json", code=code)
    return json.loads(done.stdout) if code == 0 else done.message


def curate(folder, listed, *arguments):
    helpers.run("curate", "-m", listed, "-o", folder, "--no-report", *arguments)
    return folder


# --- compare: divergences, plainly ----------------------------------------------------------------


def shares(counts):
    total = sum(counts.values())
    return {entry: count / total for entry, count in counts.items()}


def jensen_shannon(a, b):
    bits = 0.0
    for entry in set(a) | set(b):
        p, q = a.get(entry, 0.0), b.get(entry, 0.0)
        bits += sum(x * math.log2(2 * x / (p + q)) for x in (p, q) if x > 0) / 2
    return bits


def total_variation(a, b):
    return sum(abs(a.get(entry, 0.0) - b.get(entry, 0.0)) for entry in set(a) | set(b)) / 2


def mean_ranks(values):
    ranks = {}
    ordered = sorted(values)
    for i, value in enumerate(ordered):
        ranks.setdefault(value, []).append(i + 1)
    return [sum(ranks[value]) / len(ranks[value]) for value in values]


def spearman(xs, ys):
    xs, ys = mean_ranks(xs), mean_ranks(ys)
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    together = sum((a - x) * (b - y) for a, b in zip(xs, ys))
    return together / math.sqrt(sum((a - x) ** 2 for a in xs) * sum((b - y) ** 2 for b in ys))


def counts_of(folder, entries):
    """Counts by entry string, of those that matched."""
    return {e: int(c) for e, c in zip(entries, helpers.counts(folder)) if c > 0}


def counts_after(folder, entries):
    runs, counts = reference.RunMatcher(entries), {}
    for line in helpers.subset(folder):
        for i in runs.match(line["text"].encode()):
            counts[entries[i]] = counts.get(entries[i], 0) + 1
    return counts


def check_comparison(found, a, b, both=None):
    """both: the entries of both lists; all where the lists are the same."""
    p, q = shares(a), shares(b)
    assert math.isclose(found["jensen_shannon"], jensen_shannon(p, q), abs_tol=1e-12)
    assert math.isclose(found["total_variation"], total_variation(p, q), abs_tol=1e-12)
    ranked = sorted(e for e in set(a) | set(b) if both is None or e in both)
    expected = spearman([a.get(e, 0) for e in ranked], [b.get(e, 0) for e in ranked])
    assert math.isclose(found["rank_correlation"], expected, abs_tol=1e-12)
    assert found["a"]["entries"] == len(a) and found["a"]["matches"] == sum(a.values())
    assert found["b"]["entries"] == len(b) and found["b"]["matches"] == sum(b.values())
    assert found["common_entries"] == len(set(a) & set(b))
    for name, one, other in (("only_a", a, b), ("only_b", b, a)):
        only = sorted(set(one) - set(other), key=lambda e: (-one[e], e))
        assert found[name]["entries"] == len(only)
        assert [row["entry"].encode() for row in found[name]["first"]] == only[:50]
    moved = {e: abs(q.get(e, 0.0) - p.get(e, 0.0)) for e in set(a) | set(b)}
    order = sorted((e for e in moved if moved[e] > 0), key=lambda e: (-moved[e], e))
    rows = found["moved"]
    assert [row["entry"].encode() for row in rows] == order[:100]
    for row in rows:
        e = row["entry"].encode()
        assert (row["a"], row["b"]) == (a.get(e, 0), b.get(e, 0))
        assert (row["share_a"], row["share_b"]) == (p.get(e, 0.0), q.get(e, 0.0))


@pytest.fixture
def two_runs(tmp_path, entries, concepts, pool):
    """Two pools under two lists that share most of their entries."""
    rng = random.Random(5)
    others = entries[20:] + [b"lo lo lo lo", b"zz", b"yy"]
    rng.shuffle(others)
    listed = helpers.write_list(tmp_path / "other.json", others)
    more = helpers.write_jsonl(tmp_path / "more.jsonl", helpers.sample_records(2500, seed=9))
    a = curate(tmp_path / "a", concepts, "-t", "30", pool)
    b = curate(tmp_path / "b", listed, "-t", "15", "--seed", "4", more)
    return a, b, others


def test_compare_two_pools(tmp_path, entries, two_runs):
    a, b, others = two_runs
    both = set(entries) & set(others)
    found = ask("--compare", a, b, "-o", tmp_path / "compared")
    assert [c["name"] for c in found["comparisons"]] == ["pools", "subsets"]
    check_comparison(found["comparisons"][0], counts_of(a, entries), counts_of(b, others), both)
    check_comparison(found["comparisons"][1], counts_after(a, entries), counts_after(b, others), both)
    for side, folder in (("a", a), ("b", b)):
        manifest = helpers.manifest(folder)
        assert found[side]["folder"] == folder.name
        for name in ("command", "parameters", "metadata", "result"):
            assert found[side][name] == manifest[name]
    assert json.loads((tmp_path / "compared" / "comparison.json").read_text()) == found
    page = (tmp_path / "compared" / "comparison.html").read_text()
    assert page.lstrip().lower().startswith("<!doctype html>")


def test_compare_before_and_after(entries, two_runs):
    a = two_runs[0]
    found = ask("--compare", a)
    assert found["b"] is None
    assert [c["name"] for c in found["comparisons"]] == ["before and after"]
    check_comparison(found["comparisons"][0], counts_of(a, entries), counts_after(a, entries))


def test_compare_a_run_with_itself(two_runs):
    a = two_runs[0]
    for c in ask("--compare", a, a)["comparisons"]:
        assert c["jensen_shannon"] == 0 and c["total_variation"] == 0
        assert c["rank_correlation"] == 1 and c["moved"] == []


def test_compare_for_people(two_runs):
    text = helpers.run("audit", "--compare", *two_runs[:2]).stdout.decode()
    assert "pools" in text and "subsets" in text and "Jensen-Shannon" in text


# --- explain --------------------------------------------------------------------------------------


def dedup_classes(records, way, exclude):
    """Class of every text, in order: empty, excluded, duplicate or None."""
    texts = [(record, number, text) for record in records for number, text in enumerate(record.texts)]
    left = [i for i, (record, _, text) in enumerate(texts) if text and record.uid not in exclude]
    pairs = [(texts[i][0].uid, reference.text_hash(texts[i][2])) for i in left]
    dropped = {left[i] for i in reference.duplicates(pairs, way)}
    for i, (record, number, text) in enumerate(texts):
        name = "empty" if not text else "excluded" if record.uid in exclude else None
        yield record, number, text, "duplicate" if i in dropped else name


def check_draws(row, entries, counts, t, seed):
    """The entries of a row, and what follows from them."""
    uid, text_hash = int(row["uid"], 16), int(row["text_hash"], 16)
    for entry in row["entries"]:
        string = entries[entry["id"]]
        u = reference.draw(uid, text_hash, reference.entry_hash(string), seed)
        assert entry["entry"] == string.decode()
        assert entry["count"] == counts[entry["id"]]
        assert entry["u"] == u
        assert entry["key"] == u * counts[entry["id"]]
        assert entry["p"] == (min(1.0, t / counts[entry["id"]]) if counts[entry["id"]] else 1.0)
    if row["entries"]:
        assert row["key"] == min(entry["key"] for entry in row["entries"])
        miss = math.prod(1.0 - entry["p"] for entry in row["entries"])
        assert math.isclose(row["chance"], 1.0 - miss, rel_tol=1e-12)
    else:
        assert row["key"] is None and row["chance"] is None


@pytest.mark.parametrize("way", ["pair", "none", "url", "text"])
def test_every_text_is_explained(tmp_path, entries, concepts, way):
    shards = [
        helpers.write_jsonl(tmp_path / f"{i}.jsonl", helpers.sample_records(120, seed=i, n_urls=90))
        for i in range(2)
    ]
    records = [record for shard in shards for record in helpers.records_of(shard)]
    exclude = {record.uid for record in records if record.uid % 11 == 0}
    helpers.write(tmp_path / "out.txt", b"".join(b"%032x\n" % uid for uid in exclude))
    out = curate(tmp_path / "out", concepts, "-t", "4", "--seed", "2", "--dedup", way,
                 "--exclude", tmp_path / "out.txt", *shards)
    counts = helpers.counts(out).tolist()
    runs = reference.RunMatcher(entries)
    kept = {(line["uid"], line["text"]): line["key"] for line in helpers.subset(out)}
    images, verdicts = {}, set()
    for record, number, text, dropped in dedup_classes(records, way, exclude):
        images.setdefault(record.uid, []).append((record, number, text, dropped))
    for uid in random.Random(3).sample(sorted(images), 60):
        found = ask(out, "--explain", reference.uid_hex(uid))
        assert found["t"] == 4 and found["uid"] == reference.uid_hex(uid)
        assert len(found["pairs"]) == len(images[uid]) == found["texts"]
        for row, (record, number, text, dropped) in zip(found["pairs"], images[uid]):
            ids = runs.match(text)
            assert (row["record"], row["text_number"]) == (record.number, number)
            assert row["text"].encode() == text and row["url"].encode() == record.url
            assert row["spaced"].encode() == reference.space(text)
            assert row["text_hash"] == f"{reference.text_hash(text):016x}"
            assert [entry["id"] for entry in row["entries"]] == ids
            check_draws(row, entries, counts, 4, 2)
            is_kept = ids and not dropped and row["key"] < 4
            verdict = dropped or ("kept" if is_kept else "not kept" if ids else "unmatched")
            assert row["verdict"] == verdict
            assert row["changes_at"] == (row["key"] if ids and not dropped else None)
            assert row["why"].endswith(".")
            if verdict == "kept":
                assert kept[row["uid"], row["text"]] == row["key"]
            verdicts.add(verdict)
    assert {"kept", "not kept", "excluded", "unmatched", "empty"} <= verdicts
    assert ("duplicate" in verdicts) == (way != "none")


def test_explain_texts(tmp_path, entries, concepts, pool):
    out = curate(tmp_path / "out", concepts, "-t", "25", pool)
    counts = helpers.counts(out).tolist()
    runs = reference.RunMatcher(entries)
    line = helpers.subset(out)[17]
    found = ask(out, "--explain", line["text"], "--url", line["url"])
    kept = [row for row in found["pairs"] if row["verdict"] == "kept"]
    assert len(kept) == 1 and kept[0]["key"] == line["key"] and kept[0]["record"] == line["record"]
    for text in ("ka lora", "ka, minn lo\tpeé", "no concept at all", "<script>ka</script> ka \u202e"):
        for url in (None, "http://never.seen/1.jpg"):
            found = ask(out, "--explain", text, *(["--url", url] if url else []))
            (row,) = found["pairs"]
            uid = reference.uid_of([text.encode()], url=url and url.encode())
            assert row["uid"] == reference.uid_hex(uid) and row["url"] == url
            assert row["text"] == text and row["shard"] is None
            assert [entry["id"] for entry in row["entries"]] == runs.match(text.encode())
            check_draws(row, entries, counts, 25, 0)
            would = row["key"] is not None and row["key"] < 25
            assert row["verdict"] == f"not in the pool: would {'' if would else 'not '}be kept"


def test_explain_a_size(tmp_path, entries, concepts, pool):
    out = curate(tmp_path / "out", concepts, "--size", "500", pool)
    kept = {line["uid"] for line in helpers.subset(out)}
    for line in helpers.subset(out)[::100]:
        rows = ask(out, "--explain", line["uid"])["pairs"]
        assert [r["key"] for r in rows if r["verdict"] == "kept" and r["text"] == line["text"]] == [line["key"]]
    others = [r.uid for r in helpers.records_of(pool) if reference.uid_hex(r.uid) not in kept]
    for uid in others[:10]:
        rows = ask(out, "--explain", reference.uid_hex(uid))["pairs"]
        assert all(row["verdict"] != "kept" for row in rows)


def test_explain_what_was_only_matched(tmp_path, concepts, pool):
    out = tmp_path / "out"
    helpers.run("match", "-m", concepts, "-o", out, pool)
    record = helpers.records_of(pool)[0]
    found = ask(out, "--explain", reference.uid_hex(record.uid))
    assert found["t"] is None
    assert {row["chance"] for row in found["pairs"]} == {None}
    assert {row["verdict"] for row in found["pairs"]} <= {"not balanced", "unmatched", "duplicate", "empty"}


def test_explain_without_the_pool(tmp_path, concepts, pool):
    """Texts and URLs are lost with the pool, and nothing else."""
    out = curate(tmp_path / "out", concepts, "-t", "25", pool)
    line = helpers.subset(out)[3]
    before = ask(out, "--explain", line["uid"])
    pool.unlink()
    after = ask(out, "--explain", line["uid"])
    for row, old in zip(after["pairs"], before["pairs"]):
        assert row["text"] is row["url"] is row["spaced"] is None
        assert {k: v for k, v in row.items() if k not in ("text", "url", "spaced")} == {
            k: v for k, v in old.items() if k not in ("text", "url", "spaced")
        }
    assert "pool.jsonl" in helpers.run("audit", out, "--explain", line["uid"]).message


def test_explain_what_was_taken_down(tmp_path, concepts, pool):
    out = curate(tmp_path / "out", concepts, "-t", "25", pool)
    line = helpers.subset(out)[3]
    helpers.run("takedown", out, "--uid", line["uid"])
    rows = ask(out, "--explain", line["uid"])["pairs"]
    assert "taken down" in {row["verdict"] for row in rows}
    assert "kept" not in {row["verdict"] for row in rows}
    helpers.run("balance", "-o", tmp_path / "again", "-t", "25", "--no-report", out)
    rows = ask(tmp_path / "again", "--explain", line["uid"])["pairs"]
    assert {row["verdict"] for row in rows} <= {"excluded", "empty"}
    assert any("taken down" in row["why"] for row in rows)


def test_explain_refuses(tmp_path, concepts, pool):
    out = curate(tmp_path / "out", concepts, pool)
    assert "no text" in ask(out, "--explain", "0" * 32, code=2)
    assert "no text" in ask(out, "--explain", "f" * 24, code=2)


# --- entry ----------------------------------------------------------------------------------------


def test_entry(tmp_path, entries, concepts, pool):
    out = curate(tmp_path / "out", concepts, "-t", "25", pool)
    counts = helpers.counts(out).tolist()
    after = counts_after(out, entries)
    kept = {(line["uid"], line["text"]): line["key"] for line in helpers.subset(out)}
    by_rank = sorted(range(len(entries)), key=lambda i: (-counts[i], i))
    for rank in (1, 2, 40, 80, sum(c > 0 for c in counts)):
        i = by_rank[rank - 1]
        found = ask(out, "--entry", entries[i].decode(), "--samples", "5")
        assert (found["id"], found["rank"], found["before"]) == (i, rank, counts[i])
        assert found["after"] == after.get(entries[i], 0)
        assert found["share_before"] == counts[i] / sum(counts)
        assert found["share_after"] == found["after"] / sum(after.values())
        assert found["p"] == min(1.0, 25 / counts[i])
        assert len(found["kept"]) == min(5, found["after"])
        assert len(found["not_kept"]) == min(5, counts[i] - found["after"])
        for row in found["kept"]:
            assert kept[row["uid"], row["text"]] == row["key"]
        for row in found["not_kept"]:
            assert row["key"] >= 25 and (row["uid"], row["text"]) not in kept
        for row in found["kept"] + found["not_kept"]:
            assert i in reference.match(row["text"].encode(), entries)
            explained = ask(out, "--explain", row["uid"])["pairs"]
            assert row["key"] in [r["key"] for r in explained if r["text"] == row["text"]]


def test_entry_does_not_depend_on_order_or_threads(tmp_path, entries, concepts):
    shards = [
        helpers.write_jsonl(tmp_path / f"{i}.jsonl", helpers.sample_records(800, seed=i)) for i in range(3)
    ]
    one = curate(tmp_path / "one", concepts, "-t", "25", *shards)
    two = curate(tmp_path / "two", concepts, "-t", "25", *shards[::-1])
    entry = entries[int(helpers.counts(one).argmax())].decode()
    found = [ask(one, "--entry", entry, "-j", "1"), ask(one, "--entry", entry, "-j", "4"), ask(two, "--entry", entry)]
    assert found[0] == found[1]
    for document in found:  # of equal pairs the first in order counts, so their places differ
        assert len(document["kept"]) == len(document["not_kept"]) == 10
        for row in document["kept"] + document["not_kept"]:
            del row["shard"], row["record"], row["text_number"]
    assert found[0] == found[2]


def test_entries_that_matched_nothing_or_never_can(tmp_path, concepts, entries, pool):
    listed = helpers.write_list(tmp_path / "dead.json", entries + [b"U.S.", b"never seen"])
    out = curate(tmp_path / "out", listed, pool)
    assert ask(out, "--entry", "U.S.")["dead"] is True
    found = ask(out, "--entry", "never seen")
    assert (found["dead"], found["rank"], found["before"], found["after"]) == (False, None, 0, 0)
    assert found["kept"] == found["not_kept"] == []
    assert "no such entry" in ask(out, "--entry", "not in the list", code=2)


# --- coverage -------------------------------------------------------------------------------------


def cover(name, entries, counts):
    """(entry id, by), by the definition: the most frequent entry, then the one named first."""

    def fold(string):
        return bytes(c + 32 if 65 <= c <= 90 else c for c in string)

    parts = [part for part in name.split(b", ") if part]
    for by, strings, form in (("name", [name], bytes), ("part", parts, bytes), ("case", [name] + parts, fold)):
        ids = [i for s in strings for i, entry in enumerate(entries) if form(entry) == form(s)]
        if ids:
            return max(ids, key=lambda i: counts[i]), by
    return None, None


def test_coverage(tmp_path, entries, concepts, pool):
    out = curate(tmp_path / "out", concepts, "-t", "25", pool)
    counts, after = helpers.counts(out).tolist(), counts_after(out, entries)
    rng = random.Random(2)
    names = []
    for _ in range(400):
        parts = [rng.choice(entries).decode() for _ in range(rng.randrange(1, 4))]
        parts = [rng.choice((p, p, p.upper(), p.title(), p + "x", "# " + p)) for p in parts]
        names.append(", ".join(parts))
    path = helpers.write(tmp_path / "classes.txt", "\r\n".join(names).encode() + b"\r\n\r\n  \n")
    found = ask(out, "--coverage", path)
    assert [row["class"] for row in found["rows"]] == names
    uncovered = []
    for row in found["rows"]:
        i, by = cover(row["class"].encode(), entries, counts)
        assert (row["by"], row["id"]) == (by, i)
        if by is None:
            uncovered.append(row["class"])
            assert row["before"] == row["after"] == 0 and row["entry"] is row["p"] is None
        else:
            assert row["entry"].encode() == entries[i]
            assert (row["before"], row["after"]) == (counts[i], after.get(entries[i], 0))
    assert found["uncovered"] == uncovered and 0 < len(uncovered) < len(names)
    assert found["classes"] == len(names) and found["covered"] == len(names) - len(uncovered)
    assert found["matched"] == sum(row["before"] > 0 for row in found["rows"])


# --- hostile texts --------------------------------------------------------------------------------

HOSTILE = [
    '<script>alert("ka")</script> ka',
    "ka \u202egnirts desrever\u202c \u2066ka\u2069 ka",
    "ka \x00 nul \x1b[31m red ka",
    "\"quotes\" & 'more' </textarea><!-- ka -->",
    "ka " * (10 << 20 >> 2) + "ka",
]


def test_hostile_texts_are_shown_as_text(tmp_path, entries, concepts):
    records = [{"url": f"http://host/{i}", "text": text} for i, text in enumerate(HOSTILE)]
    pool = helpers.write_jsonl(tmp_path / "pool.jsonl", records)
    with open(pool, "ab") as out:
        out.write(b'{"url": "http://host/bad", "text": "ka \xff\xfe ka \\ud800"}\n')
    out = curate(tmp_path / "out", concepts, "-t", "1", "--max-record", "64M", pool)
    for i, text in enumerate(HOSTILE + ["ka \ufffd\ufffd ka \ufffd"]):
        url = f"http://host/{i if i < len(HOSTILE) else 'bad'}"
        uid = reference.uid_hex(reference.uid_of([], url=url.encode()))
        (row,) = ask(out, "--explain", uid)["pairs"]
        assert row["text"] == text
        assert row["spaced"].encode() == reference.space(text.encode())
        shown = helpers.run("audit", out, "--explain", uid).stdout
        assert not any(c < 0x20 and c != 0x0A for c in shown)
        assert "\u202e".encode() not in shown and len(shown) < 20000


def test_hostile_class_names_are_shown_as_text(tmp_path, entries, concepts, pool):
    out = curate(tmp_path / "out", concepts, pool)
    names = [text.encode() for text in HOSTILE] + [b"\xff\xfe ka"]
    path = helpers.write(tmp_path / "classes.txt", b"\n".join(names))
    found = ask(out, "--coverage", path)
    assert [row["class"] for row in found["rows"]] == [reference.decode(n).decode() for n in names]
    shown = helpers.run("audit", out, "--coverage", path).stdout
    assert not any(c < 0x20 and c != 0x0A for c in shown)
    assert "\u202e".encode() not in shown


def test_hostile_entries_are_shown_as_text(tmp_path, pool):
    hostile = [b"<script>", b"\xe2\x80\xae", b"lo\"'&", b"x" * 65535, b"ka"]
    listed = helpers.write_list(tmp_path / "list.json", hostile)
    texts = [entry.decode() + " end" for entry in hostile]
    pool = helpers.write_jsonl(tmp_path / "pool.jsonl", [{"text": text} for text in texts])
    out = curate(tmp_path / "out", listed, "-t", "1", pool)
    for i, text in enumerate(texts):
        (row,) = ask(out, "--explain", reference.uid_hex(reference.uid_of([text.encode()])))["pairs"]
        assert [entry["entry"].encode() for entry in row["entries"]] == [hostile[i]]
        assert len(row["why"]) < 400
        assert ask(out, "--entry", hostile[i].decode())["before"] == 1
