"""Titles by views and words of Open Multilingual Wordnet against plain Python counts."""
import bz2
import glob
import gzip
import json
import os
import random
import subprocess
import sys

import pytest
import zstandard

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
import omw  # noqa: E402
import pageviews  # noqa: E402

SOURCES = os.environ.get("METADATA_SOURCES", f"{ROOT}/build/release/tests/metadata_sources")
DATA = os.environ.get("METACURATE_DATA") or os.path.join(ROOT, "..", "shared", "data")
TABS = sorted(glob.glob(os.path.join(DATA, "wordnet-omw", "*.tab")))


def data(name):
    path = os.path.join(DATA, name)
    if not os.path.exists(path):
        pytest.skip(f"{name} is not in the data folder")
    return path


def sources(*arguments):
    """Totals, the ledger's lines and hash, and the candidates."""
    done = subprocess.run([SOURCES, *map(str, arguments)], capture_output=True, timeout=600)
    assert done.returncode == 0, done.stderr.decode()
    totals, ledger, *found = map(json.loads, done.stdout.decode().split("\n")[:-1])
    return totals, ledger, found


# --- Open Multilingual Wordnet -------------------------------------------------------------------


def test_there_are_tab_files():
    if not TABS:
        pytest.skip("wordnet-omw is not in the data folder")
    assert len(TABS) >= 12


@pytest.mark.parametrize("joined", [False, True])
@pytest.mark.parametrize("path", TABS, ids=os.path.basename)
def test_words_of_a_tab_file(path, joined):
    totals, _, found = sources("omw", "joined" if joined else "as-written", path)
    assert [(word, count) for word, count, _ in found] == list(omw.words(path, joined).items())
    with open(path, "rb") as file:
        assert totals["lines"] == file.read().count(b"\n")
    assert totals["damaged"] == 0
    assert totals["lines"] == totals["words"] + totals["passed"]


def test_words_of_many_files_come_once():
    if not TABS:
        pytest.skip("wordnet-omw is not in the data folder")
    expected = {}
    for path in TABS:
        for word, n in omw.words(path).items():
            expected[word] = expected.get(word, 0) + n
    found = sources("omw", "as-written", *TABS)[2]
    assert [(word, count) for word, count, _ in found] == list(expected.items())


# --- pageviews -----------------------------------------------------------------------------------


def real_lines():
    """(domain, title) of real pageviews, and titles of English articles."""
    with open(data("wiki/pageviews_blacklist_domain_title.txt"), "rb") as file:
        pairs = [line.split(b" ") for line in file.read().split(b"\n")]
    with open(data("wiki/enwiki_vital_article_links.txt"), "rb") as file:
        links = [line.removeprefix(b"/wiki/") for line in file.read().split(b"\n") if line]
    return [p for p in pairs if len(p) == 2 and p[1]], links


BAD = [
    b"", b"en", b"en ", b"en  5 0", b"en A", b"en A 5", b"en A 5 ", b"en A 5 0 0", b"en A -5 0",
    b"en A +5 0", b"en A 5.0 0", b"en A 1e3 0", b"en A 0x9 0", b"en A \xd9\xa5\xd9\xa5 0", b"en A 60 x", b"en A 60 -1",
    b"en A 18446744073709551616 0", b"en A 99999999999999999999999 0", b"en.m A\xff 60 0",
    b"en \xed\xa0\x80 60 0", b"en \xc3 60 0", b" en A 60 0", b"en\tA\t60\t0", b"garbage",
]  # fmt: skip
GOOD = [
    b"en - 5000 0", b"en.m - 60 0", b"en.zero Main_Page 60 0", b"en Main_Page 50 0", b"en Main_Page 49 0",
    b"en 0 60 0", b"en A 0060 0", b"en A 0 0", b"en File:A 60 0", b"en : 60 0", b"en __ 60 0", b"en \xc3\xa9_\xe2\x82\xac 60 0",
    b"en A%3AB 60 0", b"en.d A 60 0", b"en.m.d A 60 0", b"en.m.m A 60 0", b"ena A 60 0", b"e A 60 0", b"EN A 60 0",
    b'"" A 60 0', b"de A x", b"en A 60 0\r", b"en \"A\" 60 1234567890123456789012345",
]  # fmt: skip


def made_hours(n_hours, n_lines, seed):
    """Contents of hourly files: sorted as published, of real titles, with bad lines among them."""
    pairs, links = real_lines()
    dice = random.Random(seed)
    for hour in range(n_hours):
        lines = []
        for _ in range(n_lines):
            domain, title = dice.choice(pairs)
            if dice.random() < 0.4:
                domain, title = dice.choice([b"en", b"en.m", b"en.m", b"en.zero", b"en.d"]), dice.choice(links)
            views = int(dice.paretovariate(0.7)) + dice.choice([0, 0, 40])
            lines.append(b"%s %s %d 0" % (domain, title, views))
        lines += dice.choices(GOOD + BAD, k=200)
        lines += [b"en Total %d 0" % 2**62] * (hour == 0)
        lines.sort(key=lambda line: line.split(b" ")[0])
        yield b"\n".join(lines) + (b"\n" if hour % 2 else b"")


def pack(content, how):
    if how == 0:
        return gzip.compress(content, 1)
    if how == 1:
        return zstandard.ZstdCompressor().compress(content)
    return bz2.compress(content) if how == 2 else content


@pytest.fixture(scope="module")
def hours(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pageviews")
    contents = list(made_hours(5, 60_000, 1))
    paths = []
    for i, content in enumerate(contents):
        paths.append(folder / f"pageviews-20230401-{i:02}0000")
        paths[-1].write_bytes(pack(content, i % 4))
    return contents, paths


@pytest.mark.parametrize("project, floor", [("en", 50), ("en", 1), ("en", 0), ("de", 5), ("en.d", 1), ("commons.m", 1)])
def test_views_of_titles(hours, project, floor):
    contents, paths = hours
    views, expected = pageviews.count(contents, project, floor)
    wanted = sorted(views.items(), key=lambda item: (-float(min(item[1], 2**64 - 1)), item[0]))
    wanted = [[title.decode(), min(n, 2**64 - 1)] for title, n in wanted]
    assert wanted
    seen = set()
    for threads, memory in (1, 0), (2, 1 << 20), (7, 1):
        totals, ledger, found = sources("titles", project, floor, threads, memory, *paths)
        assert [item[:2] for item in found] == wanted
        assert {name: n for name, n in totals.items() if n and name != "lines"} == expected
        assert totals["lines"] == sum(expected.values())
        assert ledger[0] <= min(totals["damaged"], 3000)
        seen.add(ledger[1])
    assert len(seen) == 1


def test_the_order_of_files_does_not_matter(hours):
    contents, paths = hours
    found = sources("titles", "en", 1, 2, 0, *paths)[2]
    assert found == sources("titles", "en", 1, 2, 0, *paths[::-1])[2]


def test_a_cut_file_is_read_up_to_the_cut(tmp_path):
    """What is lost is counted, too, and the other files are read."""
    content = b"".join(b"en Title_%d %d 0\n" % (i * i, 50 + i) for i in range(200_000))
    whole, cut = tmp_path / "whole.gz", tmp_path / "cut.gz"
    packed = gzip.compress(content, 6)
    whole.write_bytes(packed)
    cut.write_bytes(packed[: len(packed) // 2])
    totals, ledger, found = sources("titles", "en", 50, 2, 0, whole, cut)
    assert totals["damaged"] == 1 and ledger[0] == 1
    assert len(found) == 200_000
    twice = [title for title, count, _ in found if count == 2 * (50 + int(int(title[6:]) ** 0.5 + 0.5))]
    assert len(twice) == totals["counted"] - 200_000 > 50_000
