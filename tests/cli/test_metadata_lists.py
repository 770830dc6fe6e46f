"""Lists shown, compared and written in other forms."""
import json
import random
import statistics

import pytest

import helpers
from helpers import reference


def write_v2(path, entries, sources=("number", "wordnet", "unigram")):
    """entries: [name, source index, score, rank]"""
    document = {"metacurate": "metadata", "version": 2, "sources": list(sources), "entries": entries}
    return helpers.write(path, json.dumps(document).encode())


def show(path, *options):
    return json.loads(helpers.run("metadata", "show", path, "--json", *options).stdout)


NAMES = ["cat", "Cat", "CAT", "cat", "St. Louis", "\u041c\u043e\u0441\u043a\u0432\u0430",
         "\u043c\u043e\u0441\u043a\u0432\u0430", "\u4e2d\u56fd", "\u30ab\u30ca", "caf\u00e9 \u4e2d", "7", "", "a b  c",
         "\u0395\u03bb\u03bb\u03ac\u03c2", "\ubc14\ub2e4", "\u0627\u0644"]


def test_show_says_what_a_list_is_made_of(tmp_path):
    path = helpers.write(tmp_path / "list.json", json.dumps(NAMES).encode())
    shown = show(path)
    assert shown["entries"] == len(NAMES)
    assert shown["sources"] == [{"name": None, "entries": len(NAMES)}]
    for key, measure in [
        ("bytes", lambda name: len(name.encode())),
        ("code_points", len),
        ("words", lambda name: len([word for word in name.split(" ") if word])),
    ]:
        sizes = [measure(name) for name in NAMES]
        assert shown[key]["least"] == min(sizes) and shown[key]["most"] == max(sizes)
        assert shown[key]["median"] == statistics.median_low(sizes)
        assert shown[key]["mean"] == pytest.approx(statistics.mean(sizes))
    assert {row["name"]: row["entries"] for row in shown["scripts"]} == {
        "Latin": 6, "Cyrillic": 2, "Han": 1, "Katakana": 1, "several": 1, "none": 2, "Greek": 1, "Hangul": 1,
        "Arabic": 1,
    }
    assert [(entry["id"], entry["entry"]) for entry in shown["repeated"]] == [(3, "cat")]
    assert [(pair["entry"]["id"], pair["earlier"]["id"]) for pair in shown["differ_in_case"]] == [(1, 0), (2, 0), (6, 5)]
    dead = [i for i, name in enumerate(NAMES) if reference.is_dead(name.encode())]
    assert [entry["id"] for entry in shown["dead"]] == dead == [4, 11]
    text = helpers.run("metadata", "show", path).stdout.decode()
    for words in ("Katakana", "St. Louis", "case alone: 3", "equal to an earlier entry: 1", "can never match under metaclip1: 2"):
        assert words in text


def test_case_is_folded_as_python_folds_it(tmp_path):
    """All pairs are pairs to Python, and none is missed but rare letters."""
    scripts = [(0, 0x250), (0x386, 0x3D0), (0x400, 0x530), (0x531, 0x590), (0x1E00, 0x1F00), (0xFF21, 0xFF5B)]
    points = [chr(c) for first, last in scripts for c in range(first, last) if chr(c).isalpha()]
    path = helpers.write(tmp_path / "list.json", json.dumps(points, ensure_ascii=False).encode())
    found = {pair["entry"]["entry"]: pair["earlier"]["entry"] for pair in show(path)["differ_in_case"]}
    for letter, earlier in found.items():
        assert letter.casefold() == earlier.casefold(), (letter, earlier)
    missed = [
        c for c in points
        if c not in found and any(o < c and o.casefold() == c.casefold() for o in points)
    ]
    rest = {"\u1e9b", "\u1e9e"}  # long s with dot, sharp S
    assert all("\u0180" <= c < "\u0250" or c in rest for c in missed), missed


def test_show_puts_the_papers_table_beside(tmp_path):
    entries = [["0", 0, None, 1], ["entity", 1, None, 1], ["the", 2, 1000, 1], ["of", 2, 900.5, 2], ["x", None, None, None]]
    path = write_v2(tmp_path / "list.json", entries)
    assert show(path)["sources"] == [
        {"name": "number", "entries": 1},
        {"name": "wordnet", "entries": 1, "published": 86_654},
        {"name": "unigram", "entries": 2, "published": 251_465},
        {"name": None, "entries": 1},
    ]
    text = helpers.run("metadata", "show", path).stdout.decode()
    assert "Table 1" in text and "86654" in text and "251465" in text and "(unknown)" in text


def test_nothing_in_a_list_moves_the_cursor(tmp_path):
    entries = [["a\u001b[2Jb", 0, None, None], ["A\u001b[2JB", 0, None, None], ["\u001b.x", 0, None, None]]
    path = write_v2(tmp_path / "list.json", entries, ["bad\u001b[2J\nname"])
    other = write_v2(tmp_path / "other.json", [["\u001b", 0, None, None], ["a\u001b[2Jb", 0, None, None]], ["w\u001b"])
    for command in (["show", path], ["diff", path, other]):
        shown = helpers.run("metadata", *command).stdout
        assert b"\x1b" not in shown and b"\\x1b" in shown
        assert all(ord(c) >= 0x20 or c == "\n" for c in shown.decode())


def test_diff(tmp_path):
    a = write_v2(tmp_path / "a.json", [["x", 0, None, 1], ["y", 1, None, 1], ["z", 2, 5, 1], ["x", 1, None, 2], ["m", None, None, None]])
    b = write_v2(tmp_path / "b.json", [["z", 1, None, 1], ["new", 2, 7.25, 3], ["y", 1, 4, 9], ["m", None, None, None], ["new", 0, None, 1]])
    shown = json.loads(helpers.run("metadata", "diff", a, b, "--json").stdout)
    assert (shown["entries_a"], shown["entries_b"], shown["in_both"]) == (5, 5, 3)
    assert shown["only_a"] == [{"id": 0, "entry": "x", "source": "number", "score": None, "rank": 1}]
    assert shown["only_b"] == [{"id": 1, "entry": "new", "source": "unigram", "score": 7.25, "rank": 3}]
    assert [(m["a"]["id"], m["a"]["source"], m["b"]["id"], m["b"]["source"]) for m in shown["moved"]] == [
        (2, "unigram", 0, "wordnet")]
    text = helpers.run("metadata", "diff", a, b).stdout.decode()
    for words in ("only in A: 1", "only in B: 1", "from another source: 1", "unigram -> wordnet"):
        assert words in text
    same = json.loads(helpers.run("metadata", "diff", a, a, "--json").stdout)
    assert not same["only_a"] and not same["only_b"] and not same["moved"] and same["in_both"] == 4
    for arguments in ([a], [a, b, a], []):
        helpers.run("metadata", "diff", *arguments, code=2)
    helpers.run("metadata", "diff", a, tmp_path / "none", code=1)


def test_long_lists_are_cut_unless_asked(tmp_path):
    a = helpers.write_list(tmp_path / "a.json", [b"w%d" % i for i in range(50)])
    b = helpers.write_list(tmp_path / "b.json", [b"v%d" % i for i in range(50)])
    short = helpers.run("metadata", "diff", a, b).stdout.decode()
    whole = helpers.run("metadata", "diff", a, b, "--all").stdout.decode()
    assert "w19" in short and "w20" not in short and "30 more (--all)" in short
    assert "w49" in whole and "v49" in whole and "more" not in whole


def test_diff_of_large_lists_is_that_of_sets(tmp_path):
    rng = random.Random(3)
    lists = [[b"e%d" % rng.randrange(3000) for _ in range(2000)] for _ in range(2)]
    paths = [helpers.write_list(tmp_path / f"{i}.json", entries) for i, entries in enumerate(lists)]
    shown = json.loads(helpers.run("metadata", "diff", *paths, "--json").stdout)
    a, b = map(set, lists)
    assert {entry["entry"].encode() for entry in shown["only_a"]} == a - b
    assert {entry["entry"].encode() for entry in shown["only_b"]} == b - a
    assert shown["in_both"] == len(a & b) and not shown["moved"]
    assert all(lists[0].index(entry["entry"].encode()) == entry["id"] for entry in shown["only_a"])


HARD = ["plain", "caf\u00e9", "\u4e2d\u56fd", "\U0001f600", 'q"\\/', "a\u0000b", "\b\f\t\u007f\u001f", "\u2028", "[x", "caf\u00e9"]


def test_export(tmp_path):
    listed = write_v2(tmp_path / "list.json", [[name, i % 3, i, i + 1] for i, name in enumerate(HARD)])

    def export(form, source=listed, code=0):
        out = tmp_path / form
        helpers.run("metadata", "export", source, "--as", form, "-o", out, "--overwrite", code=code)
        return out

    assert export("metaclip").read_bytes() == json.dumps(HARD).encode()  # json.dump of Python, to the byte
    assert json.loads(export("json").read_bytes()) == HARD
    assert len(export("json").read_bytes().splitlines()) == len(HARD) + 2
    assert export("text").read_bytes() == "".join(name + "\n" for name in HARD).encode()
    for form in ("json", "text", "metaclip"):
        again = json.loads(helpers.run("metadata", "diff", listed, tmp_path / form, "--json").stdout)
        assert not again["only_a"] and not again["only_b"]
        helpers.run("compile", "-m", tmp_path / form, "-o", tmp_path / f"{form}.mca")
        helpers.run("compile", "-m", listed, "-o", tmp_path / "list.mca", "--overwrite")
        assert (tmp_path / f"{form}.mca").read_bytes() == (tmp_path / "list.mca").read_bytes()
    empty = helpers.write(tmp_path / "empty.json", b"[]")
    assert export("json", empty).read_bytes() == b"[]\n" and export("metaclip", empty).read_bytes() == b"[]"
    assert export("text", empty).read_bytes() == b""


@pytest.mark.parametrize("entry", ["", " \t", "a\nb", "a\r", "[a", " {", "\ufeffa"])
def test_text_that_would_read_differently_is_refused(tmp_path, entry):
    listed = helpers.write(tmp_path / "list.json", json.dumps([entry]).encode())
    done = helpers.run("metadata", "export", listed, "--as", "text", "-o", tmp_path / "out", code=1)
    assert "entry 0" in done.message and not (tmp_path / "out").exists()
    helpers.run("metadata", "export", listed, "--as", "metaclip", "-o", tmp_path / "out")
    assert json.loads((tmp_path / "out").read_bytes()) == [entry]


def test_export_is_asked_well(tmp_path, concepts):
    out = tmp_path / "out"
    for arguments in ([concepts], [concepts, "-o", out, "--as", "xml"], ["-o", out], [concepts, concepts, "-o", out]):
        helpers.run("metadata", "export", *arguments, code=2)
        assert not out.exists()
    helpers.run("metadata", "export", concepts, "-o", out)
    done = helpers.run("metadata", "export", concepts, "-o", out, code=1)
    assert "--overwrite" in done.message


def test_exported_500k_list_is_metaclips(tmp_path):
    packed = helpers.data("metadata_500k.json.zst")
    names = json.loads(helpers.unpacked("metadata_500k.json.zst"))
    helpers.run("metadata", "export", packed, "--as", "metaclip", "-o", tmp_path / "metadata.json")
    assert (tmp_path / "metadata.json").read_bytes() == json.dumps(names).encode()
    shown = show(packed)
    assert shown["entries"] == 500_000 and not shown["repeated"]
    folded, expected = {}, 0
    for name in names:
        expected += name.lower() in folded
        folded.setdefault(name.lower(), name)
    assert abs(len(shown["differ_in_case"]) - expected) <= 0.001 * expected
    assert [entry["id"] for entry in shown["dead"]] == [
        i for i, name in enumerate(names) if reference.is_dead(name.encode())]


@pytest.mark.parametrize(
    "entries, words",
    [
        ([["a", 0, "x", 1]], "a string for a score"),
        ([["a", 0, 1, 0]], "rank"),
        ([["a", 0, 1, 1.5]], "rank"),
        ([["a", 0, 1, 2**32]], "rank"),
        ([["a", 0, 1]], "no [string, source]"),
        ([["a", 3, 1, 1]], "names source 3 of 3"),
        ([["a", "x", 1, 1]], "no [string, source]"),
    ],
    ids=str,
)
def test_damaged_lists_are_refused(tmp_path, entries, words):
    done = helpers.run("metadata", "show", write_v2(tmp_path / "list.json", entries), code=1)
    assert words in done.message


def test_lists_of_version_1_are_read(tmp_path):
    document = {"metacurate": "metadata", "version": 1, "sources": ["mine"], "entries": [["a", 0], ["b", None]]}
    path = helpers.write(tmp_path / "list.json", json.dumps(document).encode())
    assert [row["name"] for row in show(path)["sources"]] == ["mine", None]
    document["version"] = 3
    helpers.write(path, json.dumps(document).encode())
    assert "version 3" in helpers.run("metadata", "show", path, code=1).message


@pytest.mark.parametrize("command", ["build", "show", "diff", "export"])
def test_help(command):
    text = helpers.run("metadata", command, "--help").stdout.decode()
    assert text.startswith(f"usage: metacurate metadata {command} ") and max(map(len, text.splitlines())) <= 100
