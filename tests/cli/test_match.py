"""The match command: match sets, formats, several texts, several shards."""
import gzip
import json

import pytest
import zstandard

import helpers
from helpers import reference


def expected_lines(records, entries):
    runs = reference.RunMatcher(entries)
    return [
        {"record": record.number, "text": number, "matches": runs.match(text)}
        for record in records
        for number, text in enumerate(record.texts)
    ]


def lines(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_prints_a_line_a_text(pool, concepts, entries):
    done = helpers.run("match", "-m", concepts, "-o", "-", pool)
    assert done.stdout.startswith(b'{"record":0,"text":0,"matches":[')
    assert lines(done) == expected_lines(helpers.records_of(pool), entries)


def test_small_pool_by_the_substring_definition(tmp_path, entries):
    texts = [text.encode() for text in helpers.sample_texts(300)]
    listed = helpers.write_list(tmp_path / "list.json", entries)
    done = helpers.run("match", "-m", listed, "-o", "-", "--format", "text", "-",
                       stdin=helpers.text_pool(texts))
    assert helpers.match_lines(done) == [reference.match(text, entries) for text in texts]


def test_threads_do_not_show(pool, concepts):
    one, seven = (helpers.run("match", "-m", concepts, "-o", "-", "-j", j, pool).stdout for j in (1, 7))
    assert one == seven


def test_shards_are_named_and_in_order(tmp_path, concepts, entries):
    pools = [
        helpers.write_jsonl(tmp_path / f"{name}.jsonl", helpers.sample_records(50, seed=i))
        for i, name in enumerate("ba")
    ]
    found = lines(helpers.run("match", "-m", concepts, "-o", "-", *pools))
    shards = [line.pop("shard") for line in found]
    n = len(shards) // 2
    assert len(set(shards[:n])) == len(set(shards[n:])) == 1
    assert shards[0].startswith("b.jsonl-") and shards[-1].startswith("a.jsonl-")
    expected = [expected_lines(helpers.records_of(pool), entries) for pool in pools]
    assert found == expected[0] + expected[1]


@pytest.mark.parametrize("form", ["plain", "gzip", "zstd", "members"])
@pytest.mark.parametrize("by", ["file", "stdin"])
def test_compression_is_told_by_content(tmp_path, pool, concepts, form, by):
    plain = pool.read_bytes()
    half = plain.index(b"\n", len(plain) // 2) + 1
    packed = {
        "plain": lambda: plain,
        "gzip": lambda: gzip.compress(plain),
        "zstd": lambda: zstandard.compress(plain),
        "members": lambda: gzip.compress(plain[:half]) + gzip.compress(plain[half:]),
    }[form]()
    path = helpers.write(tmp_path / "packed", packed)
    expected = helpers.run("match", "-m", concepts, "-o", "-", pool).stdout
    if by == "file":
        done = helpers.run("match", "-m", concepts, "-o", "-", path)
    else:
        done = helpers.run("match", "-m", concepts, "-o", "-", "-", stdin=packed)
    assert done.stdout == expected


@pytest.mark.parametrize(
    "name, content, options, texts",
    [
        ("t.txt", b"ka lo\r\nmi\n\nka", [], [b"ka lo", b"mi", b"", b"ka"]),
        ("t.tsv", b'url\tcaption\nu\t"ka\nv\tlo\n', [], [b'"ka', b"lo"]),
        ("t.csv", b'url,caption\nu,"ka, ""lo""\nmi"\nv,lo\n', [], [b'ka, "lo"\nmi', b"lo"]),
        ("t.tsv", b"ka\tu\nlo\tv\n", ["--format", "tsv", "--columns", "text,url"], [b"ka", b"lo"]),
        ("t.jsonl", b'\xef\xbb\xbf{"alt":"ka"}\n{"caption":"lo"}', [], [b"ka", b"lo"]),
        ("t.jsonl", b'{"text":"ka","mine":"lo"}\n', ["--text-field", "mine"], [b"lo"]),
        ("t.jsonl", b'{"texts":["ka","lo"]}\n', [], [b"ka", b"lo"]),
        ("t.jsonl", b'{"texts":[["alt","ka"],["title","mi"]]}\n', [], [b"ka", b"mi"]),
        ("t.jsonl", b'{"l":["ka"],"text":"lo"}\n', ["--texts-field", "l"], [b"ka"]),
        ("t.jsonl", b'{"text":"ka\\ud800 lo"}\n', [], ["ka\ufffd lo".encode()]),
        ("t.jsonl", b'{"text":"ka\\u0000 \\ud83d\\ude00 lo"}\n', [], ["ka\0 😀 lo".encode()]),
    ],
)
def test_formats(tmp_path, concepts, entries, name, content, options, texts):
    pool = helpers.write(tmp_path / name, content)
    done = helpers.run("match", "-m", concepts, "-o", "-", *options, pool)
    runs = reference.RunMatcher(entries)
    assert helpers.match_lines(done) == [runs.match(text) for text in texts]
    # Fields may be missed without changing a match set: the texts themselves must be the same.
    helpers.run("curate", "-m", concepts, "-t", "inf", "-o", tmp_path / "out", *options, pool)
    kept = {line["text"].encode() for line in helpers.subset(tmp_path / "out")}
    assert kept == {text for text in texts if runs.match(text)}


def test_inputs_are_files_folders_and_globs(tmp_path, concepts):
    folder = tmp_path / "pool"
    (folder / "sub").mkdir(parents=True)
    for name in ("b.txt", "sub/a.txt", ".hidden", "a.txt"):
        helpers.write(folder / name, f"ka {name}\n".encode())

    def shards(*inputs):
        done = helpers.run("match", "-m", concepts, "-o", "-", "--format", "text", *inputs)
        return [line["shard"].rsplit("-", 1)[0] for line in lines(done)]

    assert shards(folder) == ["a.txt", "b.txt", "a.txt"]
    assert shards(f"{folder}/?.txt") == ["a.txt", "b.txt"]
    assert shards(folder / "b.txt", folder / "a.txt") == ["b.txt", "a.txt"]


@pytest.mark.parametrize("form", ["json", "text", "built", "mca"])
def test_concept_lists_of_every_form(tmp_path, pool, concepts, entries, form):
    expected = helpers.run("match", "-m", concepts, "-o", "-", pool).stdout
    path = tmp_path / f"other.{form}"
    if form == "json":
        helpers.write(path, zstandard.compress(concepts.read_bytes()))
    elif form == "text":
        helpers.write(path, b"\r\n".join(entries))
    elif form == "built":
        listed = [[entry.decode(), 0] for entry in entries]
        built = {"metacurate": "metadata", "version": 1, "sources": ["mine"], "entries": listed}
        helpers.write(path, json.dumps(built).encode())
    else:
        helpers.run("compile", "-m", concepts, "-o", path)
    assert helpers.run("match", "-m", path, "-o", "-", pool).stdout == expected


def test_a_command_as_reader(tmp_path, pool, concepts):
    expected = helpers.run("match", "-m", concepts, "-o", "-", pool).stdout
    odd = tmp_path / "it's a $name; {}.jsonl"
    odd.write_bytes(pool.read_bytes())
    done = helpers.run("match", "-m", concepts, "-o", "-", "--reader", "cat {}", odd)
    assert done.stdout == expected
