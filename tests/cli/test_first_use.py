"""What the program says to somebody who uses it for the first time: wrong files, wrong folders, wrong
options. Each mistake is named, with what to do about it, and none passes for a result."""
import json
import os
import random
import subprocess

import pytest

import helpers


def says(done, *words):
    for word in words:
        assert word in done.message, done.message
    return done


@pytest.fixture
def compiled(tmp_path, concepts):
    helpers.run("compile", "-m", concepts, "-o", tmp_path / "list.mca")
    return tmp_path / "list.mca"


NOISE = random.Random(3).randbytes(5000)


# --- wrong files ---------------------------------------------------------------------------------


def test_compiled_lists_are_no_lists_to_look_at(tmp_path, concepts, compiled):
    for arguments in (("show", compiled), ("show", "--json", compiled), ("diff", concepts, compiled),
                      ("export", compiled, "-o", tmp_path / "x.json")):
        done = helpers.run("metadata", *arguments, code=1)
        says(done, f"{compiled}: is a compiled list, not a concept list: name the list that it was made from")
        assert not done.stdout and not (tmp_path / "x.json").exists()


@pytest.mark.parametrize(
    "content, words",
    [
        (NOISE, "no UTF-8"),
        (b"PAR1\x15\x04\x15", "is a Parquet table, not a concept list"),
        (b"PK\x03\x04", "is a zip archive, not a concept list"),
        (b"\x93NUMPY", "is an array (.npy), not a concept list"),
        (b'{"text":"a cat"}\n{"text":"a dog"}\n', "is JSON lines, not a concept list"),
    ],
    ids=lambda value: repr(value[:8]),
)
def test_files_that_are_no_lists(tmp_path, pool, content, words):
    path = helpers.write(tmp_path / "list", content)
    says(helpers.run("compile", "-m", path, "-o", tmp_path / "x.mca", code=1), f"{path}: ", words)
    says(helpers.run("match", "-m", path, "-o", tmp_path / "out", pool, code=1), f"{path}: ", words)
    assert not (tmp_path / "x.mca").exists() and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "content, words",
    [
        (NOISE, "is no text"),
        (b"PAR1\x15\x04\x15", "is a Parquet table: read it with --reader 'tools/read-parquet {}'"),
        (b"PK\x03\x04 \n", "is a zip archive: unpack it"),
        (b"ARROW1\0\0", "is an Arrow file"),
        (b"\xff\xd8\xff\xe0 \n", "is a JPEG image"),
        (b"\x89PNG\r\n\x1a\n", "is a PNG image"),
        (b"\x93NUMPY\1\0", "is an array"),
        ("a\ncat\n".encode("utf-16"), "is UTF-16 text"),
        (b"\x01\xfe\0\t\xff\n", "is no text"),  # not a table with such columns
    ],
    ids=lambda value: repr(value[:8]),
)
def test_files_that_are_no_pools(tmp_path, concepts, content, words):
    path = helpers.write(tmp_path / "strange", content)
    says(helpers.run("match", "-m", concepts, "-o", tmp_path / "out", path, code=1), f"{path}: {words}")
    helpers.run("match", "-m", concepts, "-o", tmp_path / "as text", "--format", "text", path)
    assert helpers.totals(tmp_path / "as text")["read"] == content.count(b"\n") + (content[-1:] != b"\n")


def test_own_files_are_no_pools(tmp_path, concepts, compiled, pool):
    helpers.run("match", "-m", concepts, "-o", tmp_path / "matched", pool)
    (index,) = (tmp_path / "matched" / "matches").iterdir()
    says(helpers.run("match", "-m", concepts, "-o", tmp_path / "1", index, code=1),
         f"{index}: is a match index: give its folder to balance")
    says(helpers.run("match", "-m", concepts, "-o", tmp_path / "2", compiled, code=1),
         f"{compiled}: is a compiled list: -m takes it")


def test_text_with_some_of_it(tmp_path, concepts):
    """NUL bytes alone, or ill-formed bytes alone, are a text's; so is what has both further inside."""
    for content in (b"ka\0lo\n", b"ka \xff lo\n", b"ka\n" * 2000 + NOISE):
        path = helpers.write(tmp_path / "text", content)
        helpers.run("match", "-m", concepts, "-o", tmp_path / "out", "--overwrite", path)
        assert helpers.totals(tmp_path / "out")["rejected"] == 0
