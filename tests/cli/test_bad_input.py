"""Bad input: a clear message with its place, the right exit code, all else processed, books that
balance."""
import gzip
import json
import os
import subprocess

import pytest
import zstandard

import helpers
from helpers import reference

GOOD = [b'{"text":"ka 1"}', b'{"text":"lo 2"}']


def curate(tmp_path, concepts, content, *options, code=0, name="pool.jsonl"):
    """Curates content with good lines around it; the good ones must be kept."""
    pool = helpers.write(tmp_path / name, content)
    out = tmp_path / "out"
    done = helpers.run("curate", "-m", concepts, "-t", "inf", "-o", out, *options, pool, code=code)
    books = helpers.check_books(out)
    kept = {line["text"] for line in helpers.subset(out)}
    return done, out, books, kept


@pytest.mark.parametrize(
    "line, reason",
    [
        (b"no json", "bad_json"),
        (b'{"text":"ka"', "bad_json"),
        (b'{"text":"ka"} x', "bad_json"),
        (b'["text"]', "bad_json"),
        (b'"text"', "bad_json"),
        (b"{", "bad_json"),
        (b'{"text":"ka\x01"}', "bad_json"),
        (b'{"text":"ka \\x"}', "bad_json"),
        (b"\0\0\0", "bad_json"),
        (b"", "blank"),
        (b"  \t ", "blank"),
        (b"{}", "no_text"),
        (b'{"url":"ka"}', "no_text"),
        (b'{"text":null}', "no_text"),
        (b'{"text":17}', "bad_text"),
        (b'{"text":true}', "bad_text"),
        (b'{"text":["ka"]}', "bad_text"),
        (b'{"text":{"a":"ka"}}', "bad_text"),
        (b'{"texts":"ka"}', "bad_text"),
        (b'{"texts":[17]}', "bad_text"),
        (b'{"texts":[["alt",null]]}', "bad_text"),
        (b'{"text":"ka","url":17}', "bad_field"),
    ],
    ids=repr,
)
def test_bad_lines(tmp_path, concepts, line, reason):
    content = GOOD[0] + b"\n" + line + b"\n" + GOOD[1] + b"\n"
    done, out, books, kept = curate(tmp_path, concepts, content)
    assert kept == {"ka 1", "lo 2"}
    assert (books["records"], books["read"], books["rejected"]) == (3, 2, 1)
    assert books["rejected_for"].get(reason) == 1
    (reject,) = helpers.rejects(out)
    assert reject["record"] == 1
    assert reject["offset"] == len(GOOD[0]) + 1
    assert reject["reason"] == reason
    assert reject["file"].endswith("pool.jsonl")
    assert "1" in done.message and "reject" in done.message


def test_max_rejects(tmp_path, concepts):
    content = b"\n".join([GOOD[0], b"x", b"y", GOOD[1]])
    pool = helpers.write(tmp_path / "pool.jsonl", content)
    for limit, code in ((0, 3), (1, 3), (2, 0)):
        out = tmp_path / str(limit)
        done = helpers.run("curate", "-m", concepts, "-t", "inf", "--max-rejects", limit, "-o", out, pool,
                           code=code)
        assert helpers.check_books(out)["kept"] == 2
        assert "reject" in done.message


def test_ledger_is_bounded_but_all_are_counted(tmp_path, concepts):
    content = b"".join(b"x %d\n%s\n" % (i, GOOD[0]) for i in range(1500))
    _, out, books, _ = curate(tmp_path, concepts, content, "--format", "jsonl")
    assert books["rejected"] == 1500
    assert [line["record"] for line in helpers.rejects(out)] == list(range(0, 2000, 2))


def test_a_text_of_ten_megabytes(tmp_path, concepts):
    text = "lo x " * (2 << 20)
    content = b"\n".join([GOOD[0], json.dumps({"text": text}).encode(), GOOD[1]])
    _, _, books, kept = curate(tmp_path, concepts, content)
    assert kept == {"ka 1", "lo 2", text} and books["rejected"] == 0


def test_a_record_past_the_limit_is_passed_over(tmp_path, concepts):
    content = b"\n".join([GOOD[0], json.dumps({"text": "lo " * 10000}).encode(), GOOD[1]])
    _, out, books, kept = curate(tmp_path, concepts, content, "--max-record", "10K")
    assert kept == {"ka 1", "lo 2"} and books["rejected_for"]["too_long"] == 1
    (reject,) = helpers.rejects(out)
    assert (reject["record"], reject["offset"]) == (1, len(GOOD[0]) + 1)


def test_nul_bytes(tmp_path, concepts):
    content = b'ka \0 1\n\0\nlo\0 2\n{"a\0'
    _, _, books, kept = curate(tmp_path, concepts, content, "--format", "text", name="p.txt")
    assert kept == {"ka \0 1"} and books["texts"] == 4 and books["unmatched"] == 3


@pytest.mark.parametrize("name", sorted(os.listdir(f"{helpers.DATA}/hostile"))
                         if os.path.isdir(f"{helpers.DATA}/hostile") else ["utf8_invalid_kuhn_utfcpp.txt"])
@pytest.mark.parametrize("form", ["text", "jsonl"])
def test_every_line_of_hostile_files(tmp_path, name, form):
    raw = open(helpers.data(f"hostile/{name}"), "rb").read()
    if form == "text":
        content = raw
        records = list(reference.read_text(content))
    else:  # raw bytes inside a JSON string: only what JSON forbids is escaped
        lines = [json.dumps(line.decode("latin-1"), ensure_ascii=False).encode("latin-1")
                 for line in raw.split(b"\n")]
        content = b"".join(b'{"text":%s}\n' % line for line in lines)
        records = list(reference.read_jsonl(content))
        assert len(records) == len(lines)
    words = sorted({word for record in records for text in record.texts for word in text.split()})
    entries = [word for word in words if not reference.is_dead(word)][::3] + [b"the", b"a"]
    listed = helpers.write_list(tmp_path / "words.json", entries)
    pool = helpers.write(tmp_path / "pool", content)
    out = tmp_path / "out"
    helpers.run("curate", "-m", listed, "-t", "inf", "--format", form, "-o", out, pool)
    helpers.check_curated(out, [records], entries)
    replaced = sum(raw.decode("utf-8", "replace").count("\ufffd") for _ in (1,)) - raw.count(b"\xef\xbf\xbd")
    assert helpers.totals(out)["replaced"] == replaced


@pytest.mark.parametrize("name", ["pool.txt", "pool.jsonl", "pool.tsv"])
def test_an_empty_pool(tmp_path, concepts, name):
    _, out, books, kept = curate(tmp_path, concepts, b"", name=name)
    assert not kept and books["records"] == 0
    assert helpers.counts(out).sum() == 0


def test_an_empty_list(tmp_path, pool):
    for name, content in (("a.json", b"[]"), ("b.txt", b""), ("c.txt", b"\n\n")):
        listed = helpers.write(tmp_path / name, content)
        done = helpers.run("curate", "-m", listed, "-o", tmp_path / "out", pool, code=1)
        assert name in done.message and ("empty" in done.message or "no entr" in done.message)


def test_duplicate_entries_are_warned_of(tmp_path):
    listed = helpers.write(tmp_path / "list.json", b'["ka","lo","ka"]')
    done = helpers.run("compile", "-m", listed, "-o", tmp_path / "list.mca")
    assert "repeat" in done.message
    done = helpers.run("match", "-m", listed, "-o", "-", "--format", "text", "-", stdin=b"ka lo\n")
    assert helpers.match_lines(done) == [[0, 1, 2]]


def test_newlines_in_entries(tmp_path):
    listed = helpers.write(tmp_path / "list.json", b'["a\\nb","a b","\\r\\n","c"]')
    done = helpers.run("match", "-m", listed, "-o", "-", "-", stdin=b'{"text":"a\\nb c"}\n{"text":"\\r\\n"}\n')
    assert helpers.match_lines(done) == [[1, 3], []]
    shown = helpers.run("metadata", "show", "-m", listed)
    assert "2" in shown.stdout.decode()


@pytest.mark.parametrize(
    "content, place",
    [(b'["ka",17]', "1"), (b'["ka"', ""), (b'{"ka":1}', ""), (b'["ka","lo"]x', "")],
    ids=repr,
)
def test_lists_that_are_none(tmp_path, pool, content, place):
    listed = helpers.write(tmp_path / "bad-list.json", content)
    done = helpers.run("compile", "-m", listed, "-o", tmp_path / "x.mca", code=1)
    assert "bad-list.json" in done.message and place in done.message
    assert not (tmp_path / "x.mca").exists()


def packed_pool(form):
    """200,000 lines, packed with a checksum."""
    lines = b"".join(b'{"text":"ka %d"}\n' % i for i in range(200_000))
    if form == "gzip":
        return gzip.compress(lines)
    return zstandard.ZstdCompressor(write_checksum=True).compress(lines)


@pytest.mark.parametrize("form", ["gzip", "zstd"])
def test_truncated_pools(tmp_path, concepts, form):
    packed = packed_pool(form)
    (tmp_path / "whole.jsonl").write_bytes(GOOD[1] + b"\n")
    pool = helpers.write(tmp_path / f"cut.{form}", packed[: len(packed) * 2 // 3])
    out = tmp_path / "out"
    whole = tmp_path / "whole.jsonl"
    helpers.run("curate", "-m", concepts, "-t", "inf", "-o", out, pool, whole)
    books = helpers.check_books(out)
    assert books["rejected_for"]["damaged"] == 1
    assert 10_000 < books["read"] < 200_001
    reject = helpers.rejects(out)[-1]
    assert reject["reason"] == "damaged" and reject["record"] == books["records"] - 2
    assert reject["file"] == str(pool) and reject["offset"] > 100_000 and "truncated" in reject["detail"]
    assert "lo 2" in {line["text"] for line in helpers.subset(out) if "whole" in line["shard"]}


@pytest.mark.parametrize("form", ["gzip", "zstd"])
def test_flipped_bits_in_pools(tmp_path, concepts, form):
    packed = bytearray(packed_pool(form))
    packed[len(packed) // 2] ^= 0x10
    pool = helpers.write(tmp_path / f"flipped.{form}", bytes(packed))
    out = tmp_path / "out"
    helpers.run("curate", "-m", concepts, "-t", "inf", "-o", out, pool)
    assert helpers.check_books(out)["rejected_for"]["damaged"] == 1
    assert helpers.rejects(out)[-1]["reason"] == "damaged"


def test_damaged_compiled_lists(tmp_path, pool, concepts):
    helpers.run("compile", "-m", concepts, "-o", tmp_path / "list.mca")
    whole = (tmp_path / "list.mca").read_bytes()
    bad = tmp_path / "bad.mca"
    for cut in (9, 40, len(whole) // 2, len(whole) - 1):
        bad.write_bytes(whole[:cut])
        done = helpers.run("match", "-m", bad, "-o", "-", pool, code=1)
        assert "bad.mca" in done.message
    right = helpers.run("match", "-m", concepts, "-o", "-", pool).stdout
    refused = 0
    for at in range(0, len(whole), max(1, len(whole) // 60)):
        bad.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        done = subprocess.run(helpers.command("match", "-m", bad, "-o", "-", pool), capture_output=True)
        assert done.returncode == 1 and b"bad.mca" in done.stderr or done.stdout == right, at
        refused += done.returncode
    assert refused > 50  # all but padding


def test_damaged_match_indexes(tmp_path, pool, concepts):
    helpers.run("match", "-m", concepts, "-o", tmp_path / "matched", pool)
    (index,) = (tmp_path / "matched" / "matches").glob("*.mcm")
    whole = index.read_bytes()
    changed = [whole[:cut] for cut in (0, 9, 100, len(whole) // 2, len(whole) - 1)]
    for at in range(0, len(whole), len(whole) // 40):
        changed.append(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
    for content in changed:
        index.write_bytes(content)
        done = helpers.run("balance", "-o", tmp_path / "out", tmp_path / "matched", code=1)
        assert index.name in done.message
        assert not (tmp_path / "out" / "manifest.json").exists()


def test_a_pool_file_that_is_not_there(tmp_path, pool, concepts):
    done = helpers.run("curate", "-m", concepts, "-o", tmp_path / "out", pool, tmp_path / "none.jsonl", code=1)
    assert "none.jsonl" in done.message
    done = helpers.run("curate", "-m", concepts, "-o", tmp_path / "out", f"{tmp_path}/*.none", code=1)
    assert "*.none" in done.message


def test_a_pool_file_that_vanishes(tmp_path, pool, concepts):
    """A link that leads nowhere by the time its turn comes; the other shard is processed."""
    folder = tmp_path / "pool"
    folder.mkdir()
    helpers.write(folder / "b.jsonl", GOOD[0] + b"\n")
    fifo = tmp_path / "first.jsonl"
    os.mkfifo(fifo)
    victim = helpers.write(folder / "c.jsonl", GOOD[1] + b"\n")
    out = tmp_path / "out"
    running = subprocess.Popen(
        helpers.command("curate", "-m", concepts, "-t", "inf", "-j", "1", "--keep-texts", "-o", out, fifo, folder),
        stderr=subprocess.PIPE,
    )
    with open(fifo, "wb") as feed:  # the program is reading: its list of files stands
        victim.unlink()
        feed.write(b'{"text":"ka 0"}\n')
    message = running.communicate(timeout=60)[1].decode()
    assert running.returncode == 1 and "c.jsonl" in message
    assert "ka 1" in {line["text"] for line in helpers.subset(out)}
    helpers.check_books(out)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_pool_file_that_cannot_be_read(tmp_path, pool, concepts):
    closed = helpers.write(tmp_path / "closed.jsonl", GOOD[0] + b"\n")
    closed.chmod(0)
    out = tmp_path / "out"
    done = helpers.run("curate", "-m", concepts, "-t", "inf", "-o", out, pool, closed, code=1)
    assert "closed.jsonl" in done.message and "ermission" in done.message
    assert helpers.check_books(out)["read"] == 4000


@pytest.mark.parametrize("content", [b"x\n" * 12000, b'{"caption_en":"ka","link":"u"}\n' * 12000],
                         ids=["no json", "no text"])
def test_a_pool_of_nothing_good_stops_and_names_the_fields(tmp_path, concepts, content):
    pool = helpers.write(tmp_path / "pool.jsonl", content)
    done = helpers.run("curate", "-m", concepts, "--format", "jsonl", "-o", tmp_path / "out", pool, code=1)
    assert "pool.jsonl" in done.message
    if b"caption_en" in content:
        assert "caption_en" in done.message and "link" in done.message


def test_a_table_without_a_text_column(tmp_path, concepts):
    pool = helpers.write(tmp_path / "pool.tsv", b"name\tlink\nka\tu\n")
    done = helpers.run("curate", "-m", concepts, "--format", "tsv", "-o", tmp_path / "out", pool, code=1)
    assert "pool.tsv" in done.message and "name" in done.message


def test_short_rows_of_a_table(tmp_path, concepts):
    content = b"url\tcaption\nu\tka\nv\n\nw\tlo\n"
    _, out, books, kept = curate(tmp_path, concepts, content, name="p.tsv")
    assert kept == {"ka", "lo"}
    assert books["rejected_for"]["columns"] == 1 and books["rejected_for"]["blank"] == 1
    assert [line["record"] for line in helpers.rejects(out)] == [1, 2]


def test_a_quote_never_closed(tmp_path, concepts):
    _, _, books, kept = curate(tmp_path, concepts, b'url,caption\nu,ka\nv,"lo\nw,lo\n', name="p.csv")
    assert kept >= {"ka"} and books["rejected"] >= 1


@pytest.mark.parametrize("given", ["false {}", "cat {}; exit 3", "/none/such {}"])
def test_a_reader_that_fails(tmp_path, pool, concepts, given):
    """Its shard is left out, the other is processed."""
    other = helpers.write(tmp_path / "other.jsonl", GOOD[0])
    out = tmp_path / "out"
    given = f"case {{}} in *other*) cat {{}};; *) {given};; esac"
    done = helpers.run("curate", "-m", concepts, "-o", out, "--reader", given, pool, other, code=1)
    assert f"{pool.name}: the reader command ended with status" in done.message
    assert helpers.check_books(out)["records"] == 1 and len(helpers.subset(out)) == 1


def test_a_shard_left_out_can_be_resumed(tmp_path, pool, concepts):
    flag, out = tmp_path / "mended", tmp_path / "out"
    other = helpers.write(tmp_path / "other.jsonl", GOOD[0])
    given = f"cat {{}}; case {{}} in *pool*) [ -e '{flag}' ];; esac"
    arguments = ("curate", "-m", concepts, "--reader", given)
    helpers.run(*arguments, "-o", out, pool, other, code=1)
    flag.touch()
    helpers.run(*arguments, "--resume", "-o", out, pool, other)
    helpers.run(*arguments, "-o", tmp_path / "direct", pool, other)
    assert helpers.files(out) == helpers.files(tmp_path / "direct")
