"""extract: any pool into lines of JSON, which are a pool again."""
import gzip
import hashlib
import json
import os
import signal
import subprocess
import time

import pytest

import helpers
from helpers import reference

KEYS = ["uid", "uuid", "url", "page_url", "texts", "source"]


def printed(*arguments, **options):
    done = helpers.run("extract", "-o", "-", *arguments, **options)
    return [json.loads(line) for line in done.stdout.splitlines()]


def uuid_of(url):
    return hashlib.sha224(url.replace(" ", "").replace("\t", "").encode()).hexdigest()[:24]


def sample(folder, n=500, seed=1):
    return helpers.write_jsonl(folder / f"{seed}.jsonl", helpers.sample_records(n, seed))


def test_lines(tmp_path):
    pool = helpers.write(
        tmp_path / "a.jsonl",
        b'{"url":"http://h/1 2\\t.jpg","texts":[["alt","A \\"b\\"\\u0001"],["title","\xc3\xa9"]],"lang":"fr"}\n'
        b'{"caption":"plain"}\n{"text":""}\n{"texts":[]}\nnone\n',
    )
    first, second, third = printed(pool)
    url = "http://h/1 2\t.jpg"
    source = {"file": str(pool), "offset": None, "link": None}
    assert first == {
        "uid": reference.uid_hex(reference.uid_of([], url=url.encode())), "uuid": uuid_of(url), "url": url,
        "page_url": None, "texts": [["alt", 'A "b"\x01', "fr"], ["title", "é", "fr"]], "source": source,
    }
    assert second["url"] is second["uuid"] is None and second["texts"] == [[None, "plain", None]]
    assert third["texts"] == [[None, "", None]]
    assert all(list(line) == KEYS for line in (first, second, third))


def test_a_folder_holds_what_is_printed(tmp_path):
    pool = [sample(tmp_path, seed=i) for i in (1, 2)]
    out = tmp_path / "out"
    done = helpers.run("extract", "-o", out, *pool)
    names = [shard["name"] for shard in helpers.manifest(out)["shards"]]
    lines = [line for name in names for line in helpers.lines(out / "pairs" / f"{name}.jsonl.zst")]
    assert lines == printed(*pool)
    books = helpers.check_books(out)
    assert books["kept"] + books["empty"] == sum(len(line["texts"]) for line in lines)
    assert b"texts written" in done.stdout
    helpers.run("extract", "-o", tmp_path / "all.jsonl.zst", *pool)
    assert helpers.lines(tmp_path / "all.jsonl.zst") == lines
    helpers.run("extract", "-o", tmp_path / "all.jsonl.zst", *pool, code=1)  # is there already
    helpers.run("extract", "-o", out, *pool, code=1)
    helpers.run("extract", "-o", out, "--overwrite", *pool)


def test_what_is_written_is_read_with_equal_result(tmp_path):
    entries = helpers.sample_entries()
    listed = helpers.write_list(tmp_path / "list.json", entries)
    pool = sample(tmp_path, 2000)
    plain = helpers.write(tmp_path / "c.txt", b"lo, ka\nmi nu\n\nlo, ka\n")
    helpers.run("extract", "-o", tmp_path / "extracted", pool, plain)
    helpers.run("curate", "-m", listed, "-t", "20", "-o", tmp_path / "a", pool, plain)
    helpers.run("curate", "-m", listed, "-t", "20", "-o", tmp_path / "b", tmp_path / "extracted" / "pairs")
    assert helpers.counts(tmp_path / "a").tolist() == helpers.counts(tmp_path / "b").tolist()
    fields = ("uid", "text_number", "url", "text", "key")
    found = [
        sorted(tuple(str(line[f]) for f in fields) for line in helpers.subset(tmp_path / name))
        for name in "ab"
    ]
    assert found[0] == found[1] and len(found[0]) > 100
    # and extracting what was extracted changes nothing but the place
    again = printed(tmp_path / "extracted" / "pairs")
    once = printed(pool, plain)
    for line in again + once:
        del line["source"]
    assert sorted(map(json.dumps, again)) == sorted(map(json.dumps, once))


def test_languages_go_with_the_texts(tmp_path):
    pool = helpers.write_jsonl(tmp_path / "a.jsonl", [
        {"url": "u1", "text": "lo ka", "lang": "de"}, {"url": "u2", "text": "lo nu"},
        {"url": "u3", "texts": ["ka", "mi"], "lang": "zh-Hant"},
    ])
    listed = helpers.write_list(tmp_path / "list.json", [b"lo", b"ka", b"mi"])
    helpers.run("extract", "-o", tmp_path / "extracted", pool)
    for i, source in enumerate([[pool], [pool, "--keep-texts"], [tmp_path / "extracted" / "pairs"]]):
        out = tmp_path / f"{i}"
        helpers.run("curate", "-m", listed, "-t", "inf", "-o", out, *source)
        found = {(line["url"], line["text"]): line.get("lang") for line in helpers.subset(out)}
        assert found == {("u1", "lo ka"): "de", ("u2", "lo nu"): None, ("u3", "ka"): "zh-Hant", ("u3", "mi"): "zh-Hant"}
        index = next((out / "matches").iterdir())
        done = helpers.run("inspect", "--lines", index)
        assert [json.loads(line).get("lang") for line in done.stdout.splitlines()] == ["de", None, "zh-Hant", "zh-Hant"]


def test_excluded_texts_are_in_the_books(tmp_path):
    """Numbers stay those of the record, whether texts are kept in the index or read again."""
    pool = helpers.write_jsonl(tmp_path / "a.jsonl", [
        {"url": "http://bad.example/1", "texts": ["lo", "ka"]},
        {"url": "http://h/2", "texts": ["lo", "a spam ka", "mi ka"]},
        {"url": "http://h/3", "texts": [["alt", "lo"], ["title", "mi"]], "lang": "de"},
        {"url": "http://h/4", "text": "lo", "lang": "en"},
    ])
    blocked = ["--block-hosts", helpers.write(tmp_path / "hosts", b"example\n"),
               "--block-text", helpers.write(tmp_path / "phrases", b"spam\n")]
    listed = helpers.write_list(tmp_path / "list.json", [b"lo", b"ka", b"mi"])
    found = []
    for i, keep in enumerate([[], ["--keep-texts"]]):
        out = tmp_path / f"{i}"
        helpers.run("curate", "-m", listed, "-t", "inf", "-o", out, pool, *blocked, *keep)
        books = helpers.check_books(out)
        assert books["excluded_for"] == {"host": 2, "text": 1} and books["excluded"] == 3
        assert books["texts"] == 8 and books["kept"] == 5
        found.append([(line["record"], line["text_number"], line["text"]) for line in helpers.subset(out)])
    assert found[0] == found[1] == [(1, 0, "lo"), (1, 2, "mi ka"), (2, 0, "lo"), (2, 1, "mi"), (3, 0, "lo")]
    only = helpers.run("curate", "-m", listed, "-t", "inf", "-o", tmp_path / "x", pool, "--lid", "none",
                       "--lang", "en,fr", "--log-json")
    summary = json.loads(only.stdout)
    assert summary["excluded"] == 7 and summary["excluded_for"]["language"] == 7
    lines = printed(pool, *blocked)
    assert [[text[1] for text in line["texts"]] for line in lines] == [["lo", "mi ka"], ["lo", "mi"], ["lo"]]


# --- going on ------------------------------------------------------------------------------------


def test_finished_shards_are_not_done_again(tmp_path):
    pool = [sample(tmp_path, seed=i) for i in (1, 2, 3)]
    out = tmp_path / "out"
    helpers.run("extract", "-o", out, "-j", "1", *pool[:2])
    done = {path: path.stat().st_mtime_ns for path in (out / "pairs").iterdir()}
    assert len(done) == 2
    said = helpers.run("extract", "-o", out, "-j", "3", "--resume", *pool)
    assert "2 of 3 shards were finished before" in said.message
    assert all(path.stat().st_mtime_ns == when for path, when in done.items())
    helpers.run("extract", "-o", tmp_path / "anew", *pool)
    assert helpers.files(out) == helpers.files(tmp_path / "anew")


def test_a_damaged_state_is_made_again(tmp_path):
    pool = [sample(tmp_path, seed=i) for i in (1, 2)]
    out = tmp_path / "out"
    helpers.run("extract", "-o", out, *pool)
    before = helpers.files(out)
    states = sorted((out / "pairs.state").iterdir())
    states[0].write_bytes(states[0].read_bytes()[:50])
    next((out / "pairs").iterdir()).unlink()
    said = helpers.run("extract", "-o", out, "--resume", *pool)
    assert "extracted again" in said.message or "0 of 2" not in said.message
    assert helpers.files(out) == before


@pytest.mark.parametrize("options, what", [
    (["--lid", "cld2"], "--lid"), (["--lang", "en"], "--lid or --lang"), (["--url-field", "u"], "way records are read (--url-field)"),
    (["--lazy-images"], "way records are read (--lazy-images)"),
    (["--lang-field", "l"], "way records are read (--lang-field)"),
])
def test_other_options_do_not_go_on(tmp_path, options, what):
    pool = sample(tmp_path)
    listed = helpers.write_list(tmp_path / "list.json", helpers.sample_entries())
    helpers.run("extract", "-o", tmp_path / "out", pool)
    helpers.run("match", "-m", listed, "-o", tmp_path / "matched", pool)
    for command in (["extract", "-o", tmp_path / "out"], ["match", "-m", listed, "-o", tmp_path / "matched"]):
        assert what in helpers.run(*command, "--resume", pool, *options, code=1).message


def test_changed_block_lists_do_not_go_on(tmp_path):
    pool = sample(tmp_path)
    hosts = helpers.write(tmp_path / "hosts", b"a.example\n")
    helpers.run("extract", "-o", tmp_path / "out", "--block-hosts", hosts, pool)
    helpers.run("extract", "-o", tmp_path / "out", "--block-hosts", hosts, "--resume", pool)
    helpers.write(hosts, b"host\n")
    done = helpers.run("extract", "-o", tmp_path / "out", "--block-hosts", hosts, "--resume", pool, code=1)
    assert "content of a block list" in done.message


def test_changed_input_does_not_go_on(tmp_path):
    pool = sample(tmp_path)
    helpers.run("extract", "-o", tmp_path / "out", pool)
    pool.write_bytes(pool.read_bytes() + b'{"text":"x"}\n')
    assert "has changed" in helpers.run("extract", "-o", tmp_path / "out", "--resume", pool, code=1).message


def test_killed_runs_go_on(tmp_path):
    pool = [sample(tmp_path, 3000, seed=i) for i in range(6)]
    helpers.run("extract", "-o", tmp_path / "whole", *pool)
    out = tmp_path / "out"
    for after in (0.002, 0.01, 0.03):
        process = subprocess.Popen(
            helpers.command("extract", "-o", out, *(["--resume"] if out.exists() else []), *pool),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        process.wait()
    helpers.run("extract", "-o", out, "--resume", *pool)
    left = {name: content for name, content in helpers.files(out).items() if not name.endswith(".tmp")}
    assert left == helpers.files(tmp_path / "whole")


# --- the unusual ---------------------------------------------------------------------------------


def test_output_does_not_depend_on_threads(tmp_path):
    pool = [sample(tmp_path, 20_000, seed=i) for i in (1, 2)]
    for j in (1, 2, 5):
        helpers.run("extract", "-o", tmp_path / f"{j}", "-j", j, *pool)
    assert helpers.files(tmp_path / "1") == helpers.files(tmp_path / "2") == helpers.files(tmp_path / "5")


def test_standard_input(tmp_path):
    pool = sample(tmp_path, 50)
    lines = printed("-", stdin=gzip.compress(pool.read_bytes()))
    assert [line["texts"] for line in lines] == [line["texts"] for line in printed(pool)]
    assert lines[0]["source"]["file"] == "-"
    helpers.run("extract", "-o", tmp_path / "out", "--resume", "-", code=2)


def test_rejects_and_shards_that_cannot_be_read(tmp_path):
    bad = helpers.write(tmp_path / "bad.jsonl", b'{"text":"a"}\n{\n{"text":1}\n')
    out = tmp_path / "out"
    done = helpers.run("extract", "-o", out, "--max-rejects", "1", bad, code=3)
    assert "rejects.jsonl" in done.message
    assert [line["reason"] for line in helpers.rejects(out)] == ["bad_json", "bad_text"]
    table = helpers.write(tmp_path / "t.parquet", b"PAR1\x15none")
    helpers.run("extract", "-o", tmp_path / "b", bad, table, code=1)
    assert helpers.manifest(tmp_path / "b")["complete"] is False
    assert [line["reason"] for line in helpers.rejects(tmp_path / "b")][-1] == "shard"
    assert len(list((tmp_path / "b" / "pairs").iterdir())) == 1


def test_nothing_but_rejects_stops_the_run(tmp_path):
    bad = helpers.write(tmp_path / "bad.jsonl", b'{"words":"a"}\n' * 10_001)
    assert "--text-field" in helpers.run("extract", "-o", tmp_path / "out", bad, code=1).message


def test_usage(tmp_path):
    pool = sample(tmp_path, 5)
    assert "-o FOLDER" in helpers.run("extract", pool, code=2).message
    assert "exclude each other" in helpers.run("extract", "-o", "x", "--resume", "--overwrite", pool, code=2).message
    assert "folder" in helpers.run("extract", "-o", "-", "--resume", pool, code=2).message
    assert "x.jsonl.zst" in helpers.run("extract", "-o", "x.jsonl", pool, code=2).message
    assert "fasttext:MODEL" in helpers.run("extract", "-o", "-", "--lid", "fast", pool, code=2).message
    assert b"nothing was done" in helpers.run("extract", "-o", tmp_path / "x", "--dry-run", pool).stdout
    assert not os.path.exists(tmp_path / "x")
    text = helpers.run("extract", "--help").stdout.decode()
    for option in ("--lid", "--lang", "--lang-field", "--block-hosts", "--block-text", "--lazy-images",
                   "--base", "--dedup", "--format", "--memory", "--resume", "--max-rejects"):
        assert option in text
