"""Balancing match indexes again, without matching: one folder that match wrote, or several."""
import json
import pytest

import helpers

SUBSET = ("counts.npy", "subset.jsonl.zst")


@pytest.fixture
def pools(tmp_path):
    """Two pools that share pairs."""
    return [
        helpers.write_jsonl(tmp_path / f"{name}.jsonl", list(helpers.sample_records(2500, n_urls=2000))[cut])
        for name, cut in (("one", slice(0, 1600)), ("two", slice(900, 2500)))
    ]


# What depends on whether the strings of all entries are known, and on how the run was begun.
OF_THE_LIST = ("command", "metadata", "never_matched", "dead", "sources")


def report(folder):
    """report.json but for what a balance without -m cannot know."""
    figures = json.loads((folder / "report.json").read_text())
    return {name: figures[name] for name in figures if name not in OF_THE_LIST}


def same_subset(a, b):
    for name in SUBSET:
        assert (a / name).read_bytes() == (b / name).read_bytes(), name
    assert report(a) == report(b)
    assert {p.name: p.read_bytes() for p in (a / "subset").iterdir()} == {
        p.name: p.read_bytes() for p in (b / "subset").iterdir()
    }


@pytest.mark.parametrize(
    "options",
    [["-t", "9"], ["-t", "inf"], ["--size", "500"], ["--tail-share", "0.3"], ["-t", "9", "--seed", "4"],
     ["-t", "9", "--dedup", "none"]],
    ids=" ".join,
)
def test_match_and_balance_are_curate(tmp_path, pools, concepts, options):
    helpers.run("match", "-m", concepts, "-o", tmp_path / "matched", *pools)
    helpers.run("balance", *options, "-o", tmp_path / "balanced", tmp_path / "matched")
    helpers.run("curate", "-m", concepts, *options, "-o", tmp_path / "curated", *pools)
    same_subset(tmp_path / "balanced", tmp_path / "curated")
    helpers.run("balance", "-m", concepts, *options, "-o", tmp_path / "listed", tmp_path / "matched")
    listed, curated = (json.loads((tmp_path / name / "report.json").read_text()) for name in ("listed", "curated"))
    assert (listed.pop("command"), curated.pop("command")) == ("balance", "curate")
    assert listed == curated


def test_several_folders_balance_as_one_pool(tmp_path, pools, concepts, entries):
    folders = []
    for pool in pools:
        folders.append(tmp_path / f"matched-{pool.stem}")
        helpers.run("match", "-m", concepts, "-o", folders[-1], pool)
    out = tmp_path / "balanced"
    helpers.run("balance", "-t", "9", "-o", out, *folders)
    records = [helpers.records_of(pool) for pool in pools]
    expected = helpers.check_curated(out, records, entries, t=9)
    assert expected.totals["duplicates"] > 700  # counts of the two simply added would be wrong
    helpers.run("curate", "-m", concepts, "-t", "9", "-o", tmp_path / "curated", *pools)
    same_subset(out, tmp_path / "curated")


def test_a_curated_folder_can_be_balanced_again(tmp_path, pools, concepts):
    helpers.run("curate", "-m", concepts, "-t", "9", "-o", tmp_path / "first", *pools)
    helpers.run("balance", "-t", "30", "-o", tmp_path / "again", tmp_path / "first")
    helpers.run("curate", "-m", concepts, "-t", "30", "-o", tmp_path / "direct", *pools)
    same_subset(tmp_path / "again", tmp_path / "direct")


def test_only_and_exclude_apply_to_indexes(tmp_path, pools, concepts, entries):
    records = [helpers.records_of(pool) for pool in pools]
    chosen = sorted({record.uid for shard in records for record in shard})[::3]
    listed = "".join(f"{helpers.reference.uid_hex(uid)}\n" for uid in chosen).encode()
    only = helpers.write(tmp_path / "only", listed)
    helpers.run("match", "-m", concepts, "-o", tmp_path / "matched", *pools)
    helpers.run("balance", "-t", "5", "--only", only, "-o", tmp_path / "out", tmp_path / "matched")
    helpers.check_curated(tmp_path / "out", records, entries, t=5, only=set(chosen))


def test_indexes_of_different_metadata_are_refused_together(tmp_path, pools, concepts, entries):
    other = helpers.write_list(tmp_path / "other.json", entries[:-1])
    helpers.run("match", "-m", concepts, "-o", tmp_path / "a", pools[0])
    helpers.run("match", "-m", other, "-o", tmp_path / "b", pools[1])
    done = helpers.run("balance", "-o", tmp_path / "out", tmp_path / "a", tmp_path / "b", code=1)
    assert "metadata" in done.message
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_kept_texts_need_no_pool(tmp_path, pools, concepts):
    helpers.run("match", "-m", concepts, "--keep-texts", "-o", tmp_path / "matched", *pools)
    helpers.run("curate", "-m", concepts, "-t", "9", "-o", tmp_path / "curated", *pools)
    for pool in pools:
        pool.unlink()
    helpers.run("balance", "-t", "9", "-o", tmp_path / "out", tmp_path / "matched")
    same_subset(tmp_path / "out", tmp_path / "curated")


def test_standard_input_keeps_its_texts(tmp_path, pools, concepts):
    helpers.run("match", "-m", concepts, "-o", tmp_path / "matched", "-", stdin=pools[0].read_bytes())
    helpers.run("balance", "-t", "9", "-o", tmp_path / "out", tmp_path / "matched")
    helpers.run("curate", "-m", concepts, "-t", "9", "-o", tmp_path / "curated", pools[0])
    texts = [[(x["uid"], x["text"], x["url"]) for x in helpers.subset(tmp_path / name)]
             for name in ("out", "curated")]
    assert texts[0] == texts[1] and texts[0]


@pytest.mark.parametrize("change", ["text", "gone", "cut"])
def test_a_pool_that_changed_is_an_error(tmp_path, pools, concepts, change):
    helpers.run("match", "-m", concepts, "-o", tmp_path / "matched", *pools)
    content = pools[1].read_bytes()
    if change == "text":
        pools[1].write_bytes(content.replace(b"ka", b"KA"))
    elif change == "cut":
        pools[1].write_bytes(content[: len(content) // 2])
    else:
        pools[1].unlink()
    done = helpers.run("balance", "-t", "9", "-o", tmp_path / "out", tmp_path / "matched", code=1)
    assert "two.jsonl" in done.message
    assert not (tmp_path / "out" / "manifest.json").exists()
    assert not (tmp_path / "out" / "subset.jsonl.zst").exists()


def test_a_subset_names_what_another_run_is_of(tmp_path, pools, concepts, entries):
    """subset.jsonl.zst of one run, or bare uids in any of their forms, as --only of another."""
    helpers.run("curate", "-m", concepts, "--size", "300", "-o", tmp_path / "first", *pools)
    helpers.run("match", "-m", concepts, "-o", tmp_path / "matched", *pools)
    chosen = helpers.uids(tmp_path / "first")
    bare = "".join(f" {uid.upper()[:8]}-{uid[8:]}\r\n\n" for uid in chosen)[:-2].encode()
    for name, listed in (
        ("lines", tmp_path / "first" / "subset.jsonl.zst"),
        ("bare", helpers.write(tmp_path / "uids.txt", bare)),
    ):
        helpers.run("balance", "-t", "3", "--only", listed, "-o", tmp_path / name, tmp_path / "matched")
        records = [helpers.records_of(pool) for pool in pools]
        helpers.check_curated(tmp_path / name, records, entries, t=3, only={int(uid, 16) for uid in chosen})


@pytest.mark.parametrize("line", [b"0123", b"g" * 32, b'{"id":"x"}', b'{"uid":17}', b"{"])
def test_a_list_of_uids_with_something_else(tmp_path, pools, concepts, line):
    listed = helpers.write(tmp_path / "uids.txt", b"0" * 32 + b"\n" + line + b"\n")
    done = helpers.run("curate", "-m", concepts, "--only", listed, "-o", tmp_path / "out", *pools, code=1)
    assert "uids.txt" in done.message and "1" in done.message


def test_a_reader_is_run_only_when_it_is_named(tmp_path, pools, concepts):
    mark, matched = tmp_path / "mark", tmp_path / "matched"
    reader = f"touch {mark}; cat {{}}"
    helpers.run("match", "-m", concepts, "--reader", reader, "-o", matched, pools[0])
    mark.unlink()
    for number, named in enumerate(([], ["--reader", "cat {}"])):
        done = helpers.run("balance", "-t", "9", *named, "-o", tmp_path / f"no{number}", matched, code=1)
        assert "--reader" in done.message and not mark.exists()
    helpers.run("balance", "-t", "9", "--reader", reader, "-o", tmp_path / "yes", matched)
    assert mark.exists() and helpers.check_books(tmp_path / "yes")["kept"] > 0
