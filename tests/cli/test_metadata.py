"""Concept lists: built, shown, compiled, inspected."""
import json
import os
import subprocess
import sys

import pytest

import helpers
from helpers import reference

needs_wordnet = pytest.mark.skipif(
    not os.path.exists(f"{helpers.WORDNET}/data.noun"), reason="wordnet-base is not installed"
)


@needs_wordnet
def test_wordnet_list_is_the_published_one(tmp_path):
    path = tmp_path / "list.json"
    done = helpers.run("metadata", "build", "--wordnet", helpers.WORDNET, "-o", path)
    built = json.loads(path.read_text())
    names, n_synsets = reference.wordnet(helpers.WORDNET)
    entries = [entry.encode() for entry, *_ in built["entries"]]
    assert entries == reference.numbers() + names
    assert len(entries) == 86_654 and n_synsets == 117_659
    assert [built["sources"][source] for _, source, *_ in built["entries"][98:102]] == [
        "number", "number", "wordnet", "wordnet",
    ]
    assert "86654" in (done.stdout + done.stderr).decode().replace(",", "")
    again = tmp_path / "again.json"
    helpers.run("metadata", "build", "--wordnet", helpers.WORDNET, "-o", again)
    assert again.read_bytes() == path.read_bytes()


@needs_wordnet
def test_show_tells_sources_and_dead_entries(tmp_path):
    path = tmp_path / "list.json"
    helpers.run("metadata", "build", "--wordnet", helpers.WORDNET, "-o", path)
    shown = helpers.run("metadata", "show", "-m", path).stdout.decode().replace(",", "")
    assert "86654" in shown and "86554" in shown and "wordnet" in shown and "number" in shown


@needs_wordnet
def test_a_file_is_replaced_only_when_asked(tmp_path, concepts):
    path = tmp_path / "list"
    for command in (["metadata", "build", "--wordnet", helpers.WORDNET], ["compile", "-m", concepts]):
        path.write_bytes(b"mine")
        done = helpers.run(*command, "-o", path, code=1)
        assert "--overwrite" in done.message and path.read_bytes() == b"mine"
        helpers.run(*command, "-o", path, "--overwrite")
        assert path.read_bytes() != b"mine"


@needs_wordnet
def test_glosses_as_a_pool(tmp_path):
    pool = tmp_path / "pool.jsonl"
    script = f"{helpers.ROOT}/tools/glosses.py"
    subprocess.run([sys.executable, "-B", script, helpers.WORDNET, pool], check=True, capture_output=True)
    glosses = [json.loads(line) for line in pool.read_bytes().splitlines()]
    assert len(glosses) == len({gloss["id"] for gloss in glosses}) == 117_659
    assert glosses[0]["id"] == "n00001740"
    assert all(gloss["text"] == gloss["text"].rstrip() != "" for gloss in glosses)


def test_show_lists_the_dead(tmp_path):
    entries = [b"ka", b"St. Louis", b"U.S.", b"", b"a , b", b"x\ty", b", ,"]
    listed = helpers.write_list(tmp_path / "list.json", entries)
    shown = helpers.run("metadata", "show", "-m", listed).stdout.decode()
    for entry in (b"St. Louis", b"U.S."):
        assert reference.is_dead(entry) and entry.decode() in shown
    assert sum(map(reference.is_dead, entries)) == 5 and "5" in shown
    assert "ka" not in shown.split("St. Louis")[1].split()


def test_build_needs_wordnets_files(tmp_path):
    done = helpers.run("metadata", "build", "--wordnet", tmp_path, "-o", tmp_path / "out.json", code=1)
    assert "data.noun" in done.message and not (tmp_path / "out.json").exists()
    for part in ("noun", "verb", "adj", "adv"):
        helpers.write(tmp_path / f"data.{part}", b"  1 licence\nno synset at all\n")
    done = helpers.run("metadata", "build", "--wordnet", tmp_path, "-o", tmp_path / "out.json", code=1)
    assert "data.noun" in done.message and not (tmp_path / "out.json").exists()


def test_inspect_reads_every_file_written(tmp_path, pool, concepts, entries):
    helpers.run("compile", "-m", concepts, "-o", tmp_path / "list.mca")
    out = tmp_path / "out"
    helpers.run("curate", "-m", concepts, "-t", "9", "-o", out, pool)

    def inspect(path):
        return json.loads(helpers.run("inspect", path).stdout)

    (index,) = (out / "matches").glob("*.mcm")
    (rows,) = [p for p in (out / "subset").glob("*.npy") if not p.name.endswith(".texts.npy")]
    compiled = inspect(tmp_path / "list.mca")
    assert len(entries) in compiled.values() and "metaclip1" in compiled.values()
    totals = helpers.totals(out)
    assert str(totals["texts"]) in json.dumps(inspect(index))
    assert str(len(helpers.counts(out))) in json.dumps(inspect(out / "counts.npy"))
    for path in (rows, out / "subset.jsonl.zst", out / "manifest.json", out / "report.json", out / "run.json"):
        assert inspect(path)
    other = helpers.write(tmp_path / "other", b"\x89PNG nothing of ours")
    done = helpers.run("inspect", other, code=1)
    assert "other" in done.message


def test_a_compiled_list_is_no_larger_than_needed(tmp_path, entries):
    listed = helpers.write_list(tmp_path / "list.json", entries)
    helpers.run("compile", "-m", listed, "-o", tmp_path / "list.mca")
    assert (tmp_path / "list.mca").stat().st_size < 200_000


@pytest.mark.parametrize("keep", [[], ["--keep-texts"]], ids=["identities", "texts"])
def test_inspect_prints_the_texts_of_an_index(tmp_path, pool, concepts, entries, keep):
    helpers.run("match", "-m", concepts, *keep, "-o", tmp_path / "out", pool)
    (index,) = (tmp_path / "out" / "matches").glob("*.mcm")
    lines = map(json.loads, helpers.run("inspect", "--lines", index).stdout.splitlines())
    runs = reference.RunMatcher(entries)
    expected = []
    for record in helpers.records_of(pool):
        for number, text in enumerate(record.texts):
            line = {
                "record": record.number,
                "text_number": number,
                "uid": reference.uid_hex(record.uid),
                "text_hash": f"{reference.text_hash(text):016x}",
                "matches": runs.match(text),
            }
            if keep:
                line |= {"url": record.url.decode(), "text": text.decode()}
            expected.append(line)
    assert list(lines) == expected


def test_inspect_prints_the_entries_of_a_compiled_list(tmp_path):
    entries = [b"ka", b"U.S.", b"a , b", "naïve".encode(), b"ka"]
    listed = helpers.write_list(tmp_path / "list.json", entries)
    helpers.run("compile", "-m", listed, "-o", tmp_path / "list.mca")
    lines = helpers.run("inspect", "--lines", tmp_path / "list.mca").stdout.splitlines()
    assert [json.loads(line) for line in lines] == [
        {"id": i, "entry": entry.decode(), "dead": reference.is_dead(entry)} for i, entry in enumerate(entries)
    ]
