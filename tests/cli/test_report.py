"""report.json: every figure, recomputed in plain Python from counts.npy, the match indexes and the
subset's files; its schema; and card.md."""
import json
import os
import re
import subprocess

import jsonschema
import numpy as np
import pytest

import helpers
import figures

with open(f"{helpers.ROOT}/docs/report.schema.json", encoding="utf-8") as schema_file:
    SCHEMA = json.load(schema_file)

LANGUAGES = ("en", "de", "zh-Hant", None)
HOSTILE = ["U.S.", "", "<script>alert(1)</script>", "a|b `c` \\", "never , seen", "\u202ex"]


def sample_pool(n, seed=1, languages=False):
    """Records with one text or several, some of them copies, some empty."""
    records = list(helpers.sample_records(n, seed=seed, n_urls=n // 2))
    for i, record in enumerate(records):
        if languages:
            record["lang"] = LANGUAGES[i % 7 % 4]
    records[n // 2]["text"] = " ".join(helpers.WORDS * 3)  # many entries
    return records + records[: n // 10]


@pytest.fixture
def pools(tmp_path):
    return [
        helpers.write_jsonl(tmp_path / f"{name}.jsonl", sample_pool(1500, seed, languages=seed == 1))
        for seed, name in enumerate(("one", "two"))
    ]


@pytest.fixture(scope="session")
def entries():
    """The sample's, some that nothing matches, some that nothing can match, some twice."""
    known = helpers.sample_entries()
    return known + [entry.encode() for entry in HOSTILE] + known[:5]


def report_of(folder, *options):
    helpers.run("audit", folder, "--emit", "json", *options)
    report = json.loads((folder / "report.json").read_text())
    jsonschema.Draft202012Validator(SCHEMA).validate(report)
    return report


def check_places(report):
    """Where curves are given: few places, both ends among them, the steps about even."""
    n = report["counts"]["matched_entries"]
    ranks, positions = report["ranks"]["rank"], report["cumulative"]["entries"]
    assert positions == [n + 1 - rank for rank in reversed(ranks)]
    if n == 0:
        assert ranks == []
        return
    assert ranks[0] == 1 and ranks[-1] == n and len(ranks) <= 240
    assert len(ranks) >= min(n, 100)
    assert all(1 <= b - a <= max(1, a / 10) for a, b in zip(ranks, ranks[1:]))


def check_report(folder, entries, *options, **asked):
    """All figures of the report, which must be one for any number of threads."""
    report = report_of(folder, *options)
    text = (folder / "report.json").read_bytes()
    for threads in (1, 2, 7):
        helpers.run("audit", folder, "--emit", "json", "-j", threads, *options)
        assert (folder / "report.json").read_bytes() == text
    check_places(report)
    run = figures.Run(folder, entries, **asked)
    expected = run.report(report["ranks"]["rank"], report["cumulative"]["entries"])
    assert list(figures.differences(report, expected)) == []
    return report


CHOICES = [
    ({"t": 9}, ["-t", "9"]),
    ({"t": 2.5}, ["-t", "2.5"]),
    ({"t": 100000}, ["-t", "100000"]),
    ({"t": figures.INF}, ["-t", "inf"]),
    ({"size": 500}, ["--size", "500"]),
    ({"size": 10**9}, ["--size", "1B"]),
    ({"tail_share": 0.3}, ["--tail-share", "0.3"]),
    ({"t": 9, "seed": 4}, ["-t", "9", "--seed", "4"]),
    ({"t": 9, "dedup": "none"}, ["-t", "9", "--dedup", "none"]),
    ({"t": 9, "dedup": "url"}, ["-t", "9", "--dedup", "url"]),
    ({"t": 9, "dedup": "text"}, ["-t", "9", "--dedup", "text"]),
]


@pytest.mark.parametrize("asked,options", CHOICES, ids=lambda x: " ".join(x) if isinstance(x, list) else "")
def test_every_figure_is_recomputed(tmp_path, pools, concepts, entries, asked, options):
    out = tmp_path / "out"
    helpers.run("curate", "-m", concepts, "--no-report", *options, "-o", out, *pools)
    report = check_report(out, entries, **asked)
    assert report["command"] == "curate" and report["check"]["differ"] == 0
    assert report["matches_a_text"]["most"] > 10 and report["metadata"]["repeated"] == 5
    assert report["metadata"]["dead"] == 3 and report["never_matched"]["entries"] > 50
    assert {row["lang"] for row in report["languages"]} == {*LANGUAGES}
    assert report["result"]["fewer_than_asked"] == (asked.get("size") == 10**9)


def test_a_pool_that_was_only_matched(tmp_path, pools, concepts, entries):
    helpers.run("match", "-m", concepts, "-o", tmp_path / "out", *pools)
    report = check_report(tmp_path / "out", entries)
    assert report["command"] == "match" and report["result"] is None and report["check"] is None
    assert report["entries"]["top_before"] and report["entries"]["top_after"] is None


def test_uids_that_take_part(tmp_path, pools, concepts, entries):
    known = sorted({record.uid for pool in pools for record in helpers.records_of(pool)})
    only, exclude = known[: len(known) // 2], known[::5]
    lists = {}
    for name, uids in (("only", only), ("exclude", exclude)):
        content = "".join(helpers.reference.uid_hex(uid) + "\n" for uid in uids)
        lists[name] = helpers.write(tmp_path / name, content.encode())
    out = tmp_path / "out"
    helpers.run("curate", "-m", concepts, "--no-report", "-t", "9", "--only", lists["only"],
                "--exclude", lists["exclude"], "-o", out, *pools)
    report = check_report(out, entries, t=9, only={*only}, exclude={*exclude})
    assert 0 < report["totals"]["excluded"] < report["totals"]["texts"]


def test_filters_of_the_pool(tmp_path, pools, concepts, entries):
    out = tmp_path / "out"
    helpers.run("curate", "-m", concepts, "--no-report", "-t", "9", "--lid", "none", "--lang", "en,un",
                "-o", out, *pools)
    report = check_report(out, entries, t=9)
    assert report["totals"]["excluded_for"].keys() == {"language"}
    assert [row["lang"] for row in report["languages"]] == [None, "en"]


def test_counts_of_another_pool(tmp_path, pools, concepts, entries):
    other = tmp_path / "other"
    helpers.run("match", "-m", concepts, "-o", other, pools[0])
    out = tmp_path / "out"
    helpers.run("curate", "-m", concepts, "--no-report", "-t", "9", "--counts", other / "counts.npy",
                "-o", out, pools[1])
    counts = helpers.counts(other).tolist()
    report = check_report(out, entries, t=9, other_counts=counts)
    assert counts != helpers.counts(out).tolist()
    assert report["counts"]["capped"] == sum(min(c, 9) for c in counts)


def test_match_indexes_balanced_together(tmp_path, pools, concepts, entries):
    """The same shard in two folders is in the subset under two names."""
    for name, shards in (("a", pools), ("b", pools[:1])):
        helpers.run("match", "-m", concepts, "-o", tmp_path / name, *shards)
    helpers.run("balance", "-m", concepts, "-t", "9", "--dedup", "none", "--no-report",
                "-o", tmp_path / "out", tmp_path / "a", tmp_path / "b")
    report = report_of(tmp_path / "out")
    run = figures.Run(tmp_path / "out", entries, matches=tmp_path / "a", t=9, dedup="none")
    expected = run.report(report["ranks"]["rank"], report["cumulative"]["entries"])
    assert list(figures.differences(report, expected)) == []
    assert report["inputs"]["shards"] == 3 and report["command"] == "balance"


def test_without_the_list(tmp_path, pools, concepts, entries):
    """Entries that occur are known from the indexes; of the others there are numbers."""
    out = tmp_path / "out"
    helpers.run("curate", "-m", concepts, "--no-report", "-t", "9", "-o", out, *pools)
    whole = report_of(out)
    concepts.unlink()
    report = report_of(out)
    for name in whole:
        if name not in ("never_matched", "dead", "sources"):
            assert report[name] == whole[name], name
    assert report["sources"] == whole["sources"]
    assert report["dead"] == {"entries": 3, "first": []}
    never = report["never_matched"]
    assert never["entries"] == whole["never_matched"]["entries"] and len(never["first"]) == 100
    assert all(row["entry"] is None for row in never["first"])


def write_sources(path, entries):
    """A list as `metadata build` writes it: sources by turns, those of the last entries unheard of."""
    names = ["number", "wordnet", "title"]
    sources = [(i // 7) % 3 for i in range(len(entries))]
    rows = [json.dumps([entry.decode(), source, None, i + 1]) for i, (entry, source) in
            enumerate(zip(entries, sources))]
    head = {"metacurate": "metadata", "version": 2, "sources": names}
    text = json.dumps(head)[:-1] + ', "entries": [\n' + ",\n".join(rows) + "\n]}\n"
    path.write_text(text)
    return [names[source] for source in sources]


def test_sources_of_a_built_list(tmp_path, pools, entries):
    sources = write_sources(tmp_path / "built.json", entries)
    out = tmp_path / "out"
    helpers.run("curate", "-m", tmp_path / "built.json", "--no-report", "-t", "9", "-o", out, *pools)
    report = check_report(out, entries, t=9, sources=sources)
    assert [row["source"] for row in report["sources"]] == ["number", "wordnet", "title"]
    assert {row["source"] for row in report["entries"]["top_before"]} == {*sources}


@pytest.mark.parametrize("content", [b"", b"\n", b'{"text": ""}\n', b'{"text": "zz yy"}\n', b'{"text": "ka"}\n'])
def test_pools_of_almost_nothing(tmp_path, concepts, entries, content):
    pool = helpers.write(tmp_path / "pool.jsonl", content)
    out = tmp_path / "out"
    helpers.run("curate", "-m", concepts, "--no-report", "--format", "jsonl", "-t", "1", "-o", out, pool)
    report = check_report(out, entries, t=1)
    assert report["counts"]["entropy_before"] == 0 and report["counts"]["largest"] <= 1


def test_curate_and_balance_report_at_their_end(tmp_path, pools, concepts):
    helpers.run("curate", "-m", concepts, "-t", "9", "-o", tmp_path / "curated", *pools)
    helpers.run("balance", "-t", "9", "-o", tmp_path / "balanced", "-m", concepts, tmp_path / "curated")
    for name in ("curated", "balanced"):
        folder = tmp_path / name
        left = (folder / "report.json").read_bytes()
        assert (folder / "report.html").stat().st_size > 10000
        helpers.run("audit", folder, "-m", concepts, "-o", folder / "again")
        assert (folder / "again" / "report.json").read_bytes() == left
    helpers.run("balance", "-t", "9", "--no-report", "-o", tmp_path / "silent", tmp_path / "curated")
    assert not (tmp_path / "silent" / "report.json").exists()


def test_what_was_taken_down(tmp_path, pools, concepts, entries):
    """Out of the subset, not out of the rules; and no part of what is balanced from then on."""
    out = tmp_path / "out"
    helpers.run("curate", "-m", concepts, "--no-report", "-t", "9", "-o", out, *pools)
    gone = {int(uid, 16) for uid in helpers.uids(out)[::7]}
    n_before = helpers.result(out)["kept"]
    options = [part for uid in gone for part in ("--uid", helpers.reference.uid_hex(uid))]
    helpers.run("takedown", out, *options)
    n = n_before - helpers.result(out)["kept"]
    assert n >= len(gone)
    report = check_report(out, entries, t=9, n_taken_down=n)
    assert report["check"]["differ"] == report["totals"]["taken_down"] == n
    helpers.run("audit", out, "--emit", "card")
    card = (out / "card.md").read_text()
    assert f"| {len(gone)} | {n} | {n_before - n:,} |" in card and "takedown.jsonl" in card
    helpers.run("balance", "-m", concepts, "-t", "9", "--no-report", "-o", tmp_path / "again", out)
    helpers.run("curate", "-m", concepts, "-t", "9", "--no-report", "--exclude",
                out / "matches" / "takedown.jsonl", "-o", tmp_path / "anew", *pools)
    assert helpers.subset(tmp_path / "anew") == helpers.subset(tmp_path / "again")
    report = report_of(tmp_path / "again")
    run = figures.Run(tmp_path / "again", entries, matches=out, t=9, exclude=gone)
    expected = run.report(report["ranks"]["rank"], report["cumulative"]["entries"])
    assert list(figures.differences(report, expected)) == []


def test_counts_that_do_not_belong(tmp_path, pools, concepts):
    out = tmp_path / "out"
    helpers.run("curate", "-m", concepts, "--no-report", "-o", out, *pools)
    counts = np.load(out / "counts.npy")
    for wrong in (counts[:-1], np.full_like(counts, 2**62)):
        np.save(out / "counts.npy", wrong)
        helpers.run("audit", out, "--emit", "json,card", code=1)
        assert not (out / "report.json").exists() and not (out / "card.md").exists()


# --- the data card -------------------------------------------------------------------------------


def cells(card, begin):
    """The cells of the first row of a table that begins so."""
    line = next(line for line in card.splitlines() if line.startswith(begin))
    return [cell.strip() for cell in line.strip("|").split("|")]


def digest(path):
    return helpers.reference.xxhash.xxh3_128_hexdigest(path.read_bytes())


def test_a_card_names_its_files(tmp_path, pools, concepts):
    out = tmp_path / "out"
    helpers.run("curate", "-m", concepts, "--no-report", "-t", "9", "--emit", "tsv,datacomp,metaclip",
                "-o", out, *pools)
    helpers.run("audit", out, "--emit", "card")
    card = (out / "card.md").read_text()
    for name in ("manifest.json", "counts.npy", "subset.jsonl.zst", "subset.tsv", "subset.datacomp.npy"):
        size = (out / name).stat().st_size
        assert cells(card, f"| `{name}`") == [f"`{name}`", f"{size:,}", f"`{digest(out / name)}`"]
    for name in ("subset", "metaclip"):
        paths = sorted(str(path.relative_to(out)) for path in (out / name).rglob("*") if path.is_file())
        lines = "".join(f"{digest(out / path)}  {path}\n" for path in paths)
        found = cells(card, f"| `{name}`")
        assert found[0] == f"`{name}`, {len(paths)} files"
        assert found[2] == f"`{helpers.reference.xxhash.xxh3_128_hexdigest(lines.encode())}`"
    digests = "".join(digest(pool) + "\n" for pool in pools)
    assert helpers.reference.xxhash.xxh3_128_hexdigest(digests.encode()) in card
    assert not (out / "report.json").exists() and not (out / "report.html").exists()
    helpers.run("audit", out, "--emit", "card", "-o", tmp_path / "elsewhere", "-j", "7")
    assert (tmp_path / "elsewhere" / "card.md").read_text() == card


def reproduce(folder, card):
    """Runs the card's commands."""
    commands = re.search(r"```sh\n(.*?)```", card, re.S).group(1)
    script = f"metacurate() {{ '{helpers.PROGRAM}' \"$@\"; }}\n" + commands
    done = subprocess.run(["bash", "-euc", script], cwd=folder, capture_output=True, timeout=600)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("options", [["-t", "2.5"], ["-t", "inf", "--seed", "7"], ["--size", "300", "--emit", "tsv"],
                                     ["--tail-share", "0.3", "--dedup", "url"]], ids=" ".join)
def test_the_commands_of_a_card_reproduce(tmp_path, concepts, options):
    """Even where paths and fields have names that a shell or Markdown would take for something."""
    name = "--it's `a` $(pool)\n\u202e.jsonl"
    records = [{"cap\ttion|`": record.get("text", "ka"), "url": record["url"]} for record in sample_pool(600)]
    helpers.write_jsonl(tmp_path / name, records)
    first = tmp_path / "first"
    helpers.run("curate", "-m", "list.json", "--no-report", *options, "--text-field", "cap\ttion|`",
                "-o", first, f"./{name}", cwd=tmp_path)
    helpers.run("audit", "first", "--emit", "card", cwd=tmp_path)
    reproduce(tmp_path, (first / "card.md").read_text())
    assert helpers.files(tmp_path / "out", ("run.json", "report.json", "report.html", "dropped.npy")) == {
        name: content for name, content in helpers.files(first).items()
        if name not in ("card.md", "dropped.npy")
    }


def test_a_card_of_match_indexes_balanced_together(tmp_path, pools, concepts):
    tables = [helpers.write(tmp_path / "t.csv", b"alt\nka lo\nmi\n"), *pools]
    helpers.run("match", "-m", "list.json", "-o", "m1", "one.jsonl", cwd=tmp_path)
    helpers.run("match", "-m", "list.json", "-o", "m2", "--lang-field", "x", "t.csv", "two.jsonl", cwd=tmp_path)
    helpers.run("balance", "-t", "9", "--no-report", "-m", "list.json", "-o", "first", "m1", "m2", cwd=tmp_path)
    helpers.run("audit", "first", "--emit", "card", cwd=tmp_path)
    reproduce(tmp_path, (tmp_path / "first" / "card.md").read_text())
    first, again = (helpers.files(tmp_path / name, ("run.json",)) for name in ("first", "out"))
    same = [name for name in first if name.startswith("subset") or name == "counts.npy"]
    assert len(same) == 7 and all(first[name] == again[name] for name in same)
    assert len(tables) == 3


def test_hostile_strings_are_text_in_a_card(tmp_path, concepts):
    """Entries that are markup, from the list and from the pool."""
    entries = ["<script>alert(1)</script>", "a|b", "\\x\\", "\u202egnp", "[a](b)", "*x* _y_", "e" * 60000]
    helpers.write_list(concepts, [entry.encode() for entry in entries])
    texts = "".join(f"{entry}\n" * 3 for entry in entries)
    pool = helpers.write(tmp_path / "pool.txt", texts.encode())
    out = tmp_path / "out"
    helpers.run("curate", "-m", concepts, "--no-report", "-t", "1", "-o", out, pool)
    helpers.run("audit", out, "--emit", "card")
    card = (out / "card.md").read_text()
    assert len(card) < 20000 and "e" * 200 not in card and "\u202e" not in card
    rows = [line for line in card.splitlines() if line.endswith(" 14.29 % | 14.29 % | 1 |")]
    assert len(rows) == 14 and all(len(re.findall(r"(?<!\\)\|", row)) == 8 for row in rows)
    assert "| `<script>alert(1)</script>` | -" in card  # code shows markup as it is
    assert "| a&#124;b | -" in card
    assert "| &#92;x&#92; | -" in card
    assert "| \\[U+202E\\]gnp | -" in card


def test_cards_are_of_many_shapes(tmp_path, pools, concepts):
    """Nothing matched, nothing balanced, no list, other counts."""
    helpers.run("match", "-m", concepts, "-o", tmp_path / "m", *pools)
    empty = helpers.write(tmp_path / "empty.txt", b"")
    helpers.run("curate", "-m", concepts, "--no-report", "-o", tmp_path / "none", empty)
    helpers.run("balance", "--no-report", "--counts", tmp_path / "none" / "counts.npy", "-o", tmp_path / "b",
                tmp_path / "m")
    concepts.unlink()
    for name, said in (("m", "Nothing has been chosen"), ("none", "0 pairs"), ("b", "counts of another pool")):
        helpers.run("audit", tmp_path / name, "--emit", "card")
        card = (tmp_path / name / "card.md").read_text()
        assert said in card and "nan" not in card and "(null)" not in card
        assert os.linesep + "## How to reproduce" in card
