"""Crawls through match, curate and extract: the same pairs with and without the intermediate, books
that balance, texts that are kept, damage that costs what it touched."""
import gzip
import json

import pytest

import helpers


def wat_record(uri, links, base=None, kind="response"):
    head = {"Base": base} if base else {}
    envelope = {
        "Container": {"Compressed": True},
        "Envelope": {
            "Format": "WARC",
            "WARC-Header-Metadata": {"WARC-Type": kind, "WARC-Target-URI": uri},
            "Payload-Metadata": {"HTTP-Response-Metadata": {
                "HTML-Metadata": {"Head": head, "Links": links}}},
        },
    }
    body = json.dumps(envelope).encode()
    return warc_record("metadata", uri, "application/json", body)


def warc_record(kind, uri, content_type, body):
    head = (f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {uri}\r\n"
            f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n")
    return head.encode() + body + b"\r\n\r\n"


def image(url, **texts):
    return {"path": "IMG@/src", "url": url, **{key.replace("_", "-"): text for key, text in texts.items()}}


def page_records(n, words):
    for i in range(n):
        yield f"http://site{i % 7}.example/p/{i}", [
            {"path": "A@/href", "url": "/x", "text": "lo"},
            image(f"/img/{i}.jpg", alt=words[i % len(words)]),
            image(f"small{i % 50}.png", alt=words[3 * i % len(words)], title=words[5 * i % len(words)]),
            image(f"no{i}.png"),
            image("data:image/png;base64,AAAA", alt="lo"),
        ]


@pytest.fixture
def crawl(tmp_path):
    words = list(helpers.sample_texts(300))
    members = [wat_record(uri, links) for uri, links in page_records(600, words)]
    half = len(members) // 2
    paths = [tmp_path / "a.wat.gz", tmp_path / "b.wat.gz"]
    helpers.write(paths[0], b"".join(gzip.compress(m) for m in members[:half]))
    helpers.write(paths[1], b"".join(gzip.compress(m) for m in members[half:]))
    return paths


@pytest.fixture
def listed(tmp_path):
    return helpers.write_list(tmp_path / "list.json", helpers.sample_entries())


def described(folder):
    return sorted((line["uid"], line["url"], line["text"], line["key"]) for line in helpers.subset(folder))


def test_curated_with_and_without_extracting(tmp_path, crawl, listed):
    direct, through, extracted = tmp_path / "direct", tmp_path / "through", tmp_path / "extracted"
    helpers.run("curate", "-m", listed, "-t", "20", "-o", direct, *crawl)
    helpers.run("extract", "-o", extracted, *crawl)
    helpers.run("curate", "-m", listed, "-t", "20", "-o", through, extracted / "pairs")
    assert described(direct) == described(through) != []
    assert helpers.counts(direct).tolist() == helpers.counts(through).tolist()
    books = helpers.check_books(direct)
    assert books["crawl"] == {
        "documents": 600, "pages": 600, "passed_over": 0, "unsupported": 0, "links": 2400,
        "no_text": books["crawl"]["no_text"], "no_http": 600,
    }
    assert books["crawl"]["links"] == books["read"] + books["crawl"]["no_text"] + books["crawl"]["no_http"]
    assert helpers.totals(extracted)["crawl"] == books["crawl"]
    assert json.loads((direct / "report.json").read_text())["totals"]["crawl"] == books["crawl"]
    said = helpers.run("curate", "-m", listed, "-t", "20", "-o", direct, "--overwrite", *crawl)
    assert b"image links" in said.stdout
    said = helpers.run("curate", "-m", listed, "-t", "20", "-o", direct, "--overwrite", "--log-json", *crawl)
    assert json.loads(said.stdout)["crawl"] == books["crawl"]


def test_texts_of_crawls_are_kept(tmp_path, crawl, listed):
    """So a crawl that has gone can be balanced; unless --no-keep-texts says otherwise."""
    helpers.run("match", "-m", listed, "-o", tmp_path / "kept", *crawl)
    helpers.run("match", "-m", listed, "-o", tmp_path / "bare", "--no-keep-texts", *crawl)
    assert [s["keep_texts"] for s in helpers.manifest(tmp_path / "kept")["shards"]] == [True, True]
    assert [s["keep_texts"] for s in helpers.manifest(tmp_path / "bare")["shards"]] == [False, False]
    helpers.run("balance", "-t", "20", "-o", tmp_path / "a", tmp_path / "kept")
    helpers.run("balance", "-t", "20", "-o", tmp_path / "b", tmp_path / "bare")
    assert helpers.subset(tmp_path / "a") == helpers.subset(tmp_path / "b") != []
    for path in crawl:
        path.unlink()
    helpers.run("balance", "-t", "20", "-o", tmp_path / "c", tmp_path / "kept")
    assert helpers.subset(tmp_path / "c") == helpers.subset(tmp_path / "a")
    helpers.run("balance", "-t", "20", "-o", tmp_path / "d", tmp_path / "bare", code=1)
    done = helpers.run("match", "-m", listed, "-o", tmp_path / "bare", "--resume", *crawl, code=1)
    assert done.message


def test_resume_of_crawls(tmp_path, crawl, listed):
    out = tmp_path / "out"
    helpers.run("curate", "-m", listed, "-t", "20", "-o", out, crawl[0])
    helpers.run("curate", "-m", listed, "-t", "20", "-o", out, "--resume", "-j", "3", *crawl)
    helpers.run("curate", "-m", listed, "-t", "20", "-o", tmp_path / "anew", *crawl)
    assert helpers.files(out) == helpers.files(tmp_path / "anew")
    done = helpers.run("curate", "-m", listed, "-o", out, "--resume", "--no-keep-texts", *crawl, code=1)
    assert "--keep-texts" in done.message


def test_damage_costs_its_member(tmp_path, crawl, listed):
    whole = crawl[0].read_bytes()
    before = json.loads("[" + ",".join(helpers.run("extract", "-o", "-", crawl[0]).stdout.decode().splitlines()) + "]")
    spoiled = bytearray(whole)
    spoiled[len(whole) // 2] ^= 0x10
    helpers.write(crawl[0], bytes(spoiled))
    out = tmp_path / "out"
    helpers.run("extract", "-o", out, crawl[0])
    after = [line for path in (out / "pairs").iterdir() for line in helpers.lines(path)]
    lost = {line["page_url"] for line in before} - {line["page_url"] for line in after}
    assert len(lost) <= 1 and len(helpers.rejects(out)) == 1
    assert helpers.check_books(out)["rejected"] == 1
    assert {line["uid"] for line in after} <= {line["uid"] for line in before}


def test_pages_of_warc(tmp_path, listed):
    html = (b"<html><head><base href='http://img.example/d/'></head><body>"
            b"<img src='a b.jpg' alt=' lo&amp;ka '><img src=x.png><img data-src=/lazy.jpg alt=ka></body>")
    response = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + html
    member = warc_record("response", "http://h/p", "application/http; msgtype=response", response)
    info = warc_record("warcinfo", "", "application/warc-fields", b"software: x\r\n")
    pool = helpers.write(tmp_path / "a.warc.gz", gzip.compress(info) + gzip.compress(member))
    plain = [json.loads(line) for line in helpers.run("extract", "-o", "-", pool).stdout.splitlines()]
    assert [(line["url"], line["texts"]) for line in plain] == [("http://img.example/d/a%20b.jpg", [["alt", "lo&ka", None]])]
    assert plain[0]["page_url"] == "http://h/p" and plain[0]["source"]["offset"] == len(info)
    lazy = [json.loads(line) for line in helpers.run("extract", "-o", "-", "--lazy-images", pool).stdout.splitlines()]
    assert [line["url"] for line in lazy][1:] == ["http://img.example/lazy.jpg"]
    for name in ("warc", "wat"):
        again = helpers.run("extract", "-o", "-", "--format", name, pool)
        assert len(again.stdout.splitlines()) == 1


def test_languages_of_crawls(tmp_path, listed):
    texts = {"en": "the quick brown fox jumps over the lazy dog near the river",
             "de": "Der schnelle braune Fuchs springt über den faulen Hund am Fluss"}
    links = [image(f"{code}.jpg", alt=text) for code, text in texts.items()]
    pool = helpers.write(tmp_path / "a.wat", wat_record("http://h/", links))
    lines = helpers.run("extract", "-o", "-", "--lid", "cld2", pool).stdout.splitlines()
    assert [json.loads(line)["texts"][0][2] for line in lines] == ["en", "de"]
    done = helpers.run("extract", "-o", "-", "--lang", "de", pool)  # cld2 by itself
    assert [json.loads(line)["url"] for line in done.stdout.splitlines()] == ["http://h/de.jpg"]
    helpers.run("extract", "-o", tmp_path / "out", "--lang", "de", pool)
    assert helpers.totals(tmp_path / "out")["excluded_for"] == {"language": 1}
