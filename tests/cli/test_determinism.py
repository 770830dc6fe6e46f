"""The subset is a function of pool, metadata, rules, t and seed alone."""
import json
import os

import pytest

import helpers


def split(content, n, folder):
    """The lines of content as n files of unequal size."""
    lines = content.splitlines(keepends=True)
    cuts = [len(lines) * i * (i + 1) // (n * (n + 1)) for i in range(n + 1)]
    folder.mkdir()
    return [
        helpers.write(folder / f"part{i:02}.jsonl", b"".join(lines[cuts[i] : cuts[i + 1]]))
        for i in range(n)
    ]


def kept(folder):
    return sorted((line["uid"], line["text"], line["key"]) for line in helpers.subset(folder))


@pytest.mark.parametrize("option", [["-t", "12"], ["--size", "900"], ["--tail-share", "0.2"]])
def test_threads_leave_every_byte_alone(tmp_path, pool, concepts, option):
    parts = split(pool.read_bytes(), 3, tmp_path / "parts")
    written = []
    for threads in (1, 2, 7):
        out = tmp_path / f"j{threads}"
        helpers.run("curate", "-m", concepts, *option, "-j", threads, "-o", out, *parts)
        written.append(helpers.files(out))
    assert len(written[0]) >= 9
    for other in written[1:]:
        assert other.keys() == written[0].keys()
        assert [name for name in other if other[name] != written[0][name]] == []


@pytest.mark.parametrize("n", [1, 3, 17])
@pytest.mark.parametrize("order", [1, -1])
def test_files_and_their_order_leave_the_subset_alone(tmp_path, pool, concepts, n, order):
    whole, out = tmp_path / "whole", tmp_path / "out"
    helpers.run("curate", "-m", concepts, "-t", "12", "-o", whole, pool)
    parts = split(pool.read_bytes(), n, tmp_path / "parts")[::order]
    helpers.run("curate", "-m", concepts, "-t", "12", "-o", out, *parts)
    assert kept(out) == kept(whole)
    assert (out / "counts.npy").read_bytes() == (whole / "counts.npy").read_bytes()
    assert helpers.check_books(out) == helpers.check_books(whole)


def test_memory_leaves_every_byte_alone(tmp_path, concepts):
    records = helpers.sample_records(60_000, n_urls=20_000)
    pool = helpers.write_jsonl(tmp_path / "pool.jsonl", records)
    written = []
    for memory in ("64M", "8G"):
        out = tmp_path / memory
        helpers.run("curate", "-m", concepts, "-t", "12", "--memory", memory, "-o", out, pool)
        written.append(helpers.files(out, without=("run.json", "manifest.json")))
    assert written[0] == written[1]


def test_a_compiled_list_gives_the_same_bytes(tmp_path, pool, concepts):
    helpers.run("compile", "-m", concepts, "-o", tmp_path / "list.mca")
    again = tmp_path / "again.mca"
    helpers.run("compile", "-m", concepts, "-o", again)
    assert (tmp_path / "list.mca").read_bytes() == again.read_bytes()
    written = []
    for name, listed in (("a", concepts), ("b", again)):
        helpers.run("curate", "-m", listed, "-t", "12", "-o", tmp_path / name, pool)
        # Which list it was, by name, is in three of the files.
        files = helpers.files(tmp_path / name, without=("run.json", "manifest.json", "report.html"))
        report = json.loads(files.pop("report.json"))
        assert report["metadata"].pop("path") == str(listed)
        written.append((files, report))
    assert written[0] == written[1]


def test_instruction_sets_leave_every_byte_alone(tmp_path, pool, concepts):
    written = []
    for isa in ("portable", "avx2", "avx512"):  # what the machine lacks falls back to its best
        env = {**os.environ, "METACURATE_ISA": isa}
        helpers.run("compile", "-m", concepts, "-o", tmp_path / f"{isa}.mca", env=env)
        helpers.run("curate", "-m", tmp_path / "portable.mca", "-t", "12", "-o", tmp_path / isa, pool, env=env)
        files = helpers.files(tmp_path / isa, without=("run.json", "manifest.json"))
        written.append((files, (tmp_path / f"{isa}.mca").read_bytes()))
    assert written[0] == written[1] == written[2]
