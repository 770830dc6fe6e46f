"""Image-text pairs of WAT and WARC files are those that the reference finds with warcio, html5lib and
urllib: over the real files, over made-up crawls, and over WAT records of every oddity."""
import gzip
import json
import os
import random
import subprocess

import pytest

import helpers

pytest.importorskip("warcio", reason="warcio is not installed (tools/requirements.txt)")
pytest.importorskip("html5lib", reason="html5lib is not installed (tools/requirements.txt)")
import crawl  # noqa: E402

FOLDER = os.path.join(helpers.DATA, "warc")
FILES = sorted(
    os.path.relpath(os.path.join(folder, name), FOLDER)
    for folder, _, names in os.walk(FOLDER)
    for name in names
)
REFUSED = [name for name in FILES if name.endswith((".arc", ".arc.gz", ".lz4"))]
READABLE = [name for name in FILES if name not in REFUSED and not name.endswith(".paths.gz")]

# Where we differ from the reference, each by decision (docs/rules.md):
#   - an <img> whose src is blank is no image: the reference has it the same way;
#   - bytes of a damaged gzip member are not looked at, so a record in one is lost whole; warcio gives
#     what came before the damage;
#   - a record that does not end where its Content-Length says is rejected whole; warcio gives it with
#     whatever bytes the length spans.
# Hence the records, by offset, in which pairs may be missing. Everything else is the same.
TOUCHED = {
    "resiliparse/clipped.warc.gz": [0],  # its only member is cut
}
# Files whose Content-Length is wrong (their line ends were changed afterwards), or that are cut.
BROKEN = {
    "pycommoncrawl/file0.warc.gz", "pycommoncrawl/file0.warc.wat.gz", "pycommoncrawl/file0.warc.wet.gz",
    "pycommoncrawl/file1.warc.gz", "pycommoncrawl/file1.warc.wet.gz", "warcio/example-trunc.warc",
    *TOUCHED,
}
LINKS = ("documents", "pages", "passed_over", "unsupported", "links", "no_text", "no_http")


def extract(*arguments, code=0):
    done = helpers.run("extract", "--lid", "none", "-o", "-", *arguments, code=code)
    return [json.loads(line) for line in done.stdout.splitlines()]


def as_line(pair):
    """What extract writes for a pair."""
    return {
        "uid": crawl.uid_of(pair.url),
        "uuid": crawl.uuid_of(pair.url),
        "url": pair.url.decode(),
        "page_url": pair.page_url.decode(),
        "texts": [[key, text.decode(), None] for key, text in pair.texts],
        "source": {"offset": pair.offset, "link": pair.link},
    }


def without_file(line):
    source = {name: value for name, value in line["source"].items() if name != "file"}
    return {**line, "source": source}


def expected(data):
    totals = crawl.Totals()
    return [as_line(pair) for pair in crawl.read_crawl(crawl.inflate(data), totals)], totals


def check(path, *options):
    with open(path, "rb") as file:
        lines, totals = expected(file.read())
    found = [without_file(line) for line in extract(*options, path)]
    assert found == lines
    return lines, totals


@pytest.mark.skipif(not FILES, reason="warc is not in the data folder")
@pytest.mark.parametrize("name", READABLE)
def test_real_files(name):
    path = helpers.data(f"warc/{name}")
    if name not in TOUCHED:
        check(path)
        return
    touched = TOUCHED[name]
    with open(path, "rb") as file:
        lines, _ = expected(file.read())
    found = [without_file(line) for line in extract(path)]
    assert [x for x in found if x["source"]["offset"] not in touched] == [
        x for x in lines if x["source"]["offset"] not in touched
    ]


@pytest.mark.skipif(not FILES, reason="warc is not in the data folder")
@pytest.mark.parametrize("name", READABLE)
def test_books_of_real_files(tmp_path, name):
    path = helpers.data(f"warc/{name}")
    helpers.run("extract", "-o", tmp_path / "out", path)
    books = helpers.totals(tmp_path / "out")
    links = {**dict.fromkeys(LINKS, 0), **books.get("crawl", {})}
    assert books["records"] == books["read"] + books["rejected"]
    assert links["documents"] == links["pages"] + links["passed_over"] + links["unsupported"]
    assert links["links"] == books["read"] + links["no_text"] + links["no_http"]
    rejects = helpers.rejects(tmp_path / "out")
    assert len(rejects) == books["rejected"]
    if name in BROKEN:
        assert rejects and all(reject["reason"] in ("bad_warc", "damaged") for reject in rejects)
        return
    with open(path, "rb") as file:
        _, totals = expected(file.read())
    assert books["rejected"] == 0 and books["read"] == totals.records
    assert links == {name: getattr(totals, name) for name in LINKS}


@pytest.mark.parametrize("name", REFUSED)
def test_files_of_other_formats_are_refused(name):
    done = helpers.run("extract", "-o", "-", helpers.data(f"warc/{name}"), code=1)
    assert done.stdout == b""
    assert ("lz4" if name.endswith("lz4") else "ARC") in done.message


def test_the_sample_of_35_image_links():
    """A WAT in one gzip member, with bare line feeds: 35 image links are seen. 25 of them have no
    text (alt and title empty or missing), so 10 are records; five of these have a title, too, each
    equal to the alt."""
    lines, totals = check(helpers.data("warc/pycommoncrawl/file1.warc.wat.gz"))
    assert (totals.links, totals.no_text, totals.no_http, totals.records) == (35, 25, 0, 10)
    assert len(lines) == 10


def made(tmp_path, kind, size, seed=1):
    """A made-up crawl, and what make_crawl says is in it."""
    program = os.environ.get("MAKE_CRAWL", f"{helpers.ROOT}/build/release/tests/make_crawl")
    texts = helpers.write(tmp_path / "texts", helpers.unpacked("captions.txt.zst")[:2_000_000])
    path = tmp_path / f"{seed}.warc{'.wat' if kind == 'wat' else ''}.gz"
    with open(path, "wb") as out:
        done = subprocess.run([program, kind, texts, size, str(seed)], stdout=out, stderr=subprocess.PIPE, check=True)
    return path, json.loads(done.stderr)


@pytest.mark.parametrize("kind", ["wat", "warc"])
def test_made_up_crawls(tmp_path, kind):
    path, facts = made(tmp_path, kind, "4M")
    lines, totals = check(path)
    assert totals.records == facts["records"] > 400 and totals.links == facts["links"]
    assert sum(len(line["texts"]) for line in lines) == facts["texts"]
    plain = helpers.write(tmp_path / "plain.warc", crawl.inflate(path.read_bytes()))
    check(plain, "-j", "3")


# --- WAT records of every oddity -------------------------------------------------------------------

ODD_TEXTS = [
    "a text", "", " ", "\n", "  two  spaces ", "line\nends\r\nin it\r", "\ttabs\t", "\u00a0no-break\u00a0",
    "\u2028separators\u2029", "\x0bfeeds\x0c", "\x1ccontrols\x1f", "\0NUL\0", "quote \" back \\ slash /",
    "Grüße 猫 😀", "\ud800 alone", "x" * 5000,
]
ODD_URLS = [
    "http://img.example.com/a.jpg", "https://img.example.com/a b.jpg", "/root.png", "relative.png", "../up.png",
    "//other.example/x", "?q", "#f", "", " \n/spaced.jpg\t ", "a\nb\tc.jpg", "data:image/gif;base64,AA",
    "HTTP://UPPER.example/X", "ftp://x/y", "javascript:x", "http:g", "http://", "https:///x", "///x", "mailto:a@b",
    "http://ü.example/ü", "http://x/\ud83d", "http://[::1]/a", "about:blank", "/\0", "http://x y/z",
]
ODD_VALUES = [None, True, 7, -1.5, [], {}, ["a"], {"a": 1}, "text", "IMG@/src"]
ODD_BASES = [None, "/dir/", "https://base.example/x/", "rel/", "", "  http://spaced.example/ ", "data:x", 7, {}]


def odd_link(rng):
    link = {"path": rng.choice(["IMG@/src"] * 12 + ["A@/href", "IMG@/srcset", "IMG@/src/x", "img@/src", "IMG@", 7, None])}
    if rng.random() < 0.97:
        link["url"] = rng.choice(ODD_URLS) if rng.random() < 0.97 else rng.choice(ODD_VALUES)
    for key in crawl.KEYS:
        if rng.random() < 0.4:
            link[key] = rng.choice(ODD_TEXTS) if rng.random() < 0.95 else rng.choice(ODD_VALUES)
    if rng.random() < 0.3:
        link["text"] = rng.choice(ODD_TEXTS)
    items = list(link.items())
    rng.shuffle(items)
    return dict(items)


def odd_document(rng, number):
    links = [odd_link(rng) if rng.random() < 0.98 else rng.choice(ODD_VALUES) for _ in range(rng.randrange(12))]
    head = {"Title": "t", "Base": rng.choice(ODD_BASES)}
    if head["Base"] is None:
        del head["Base"]
    html = {"Head": head, "Links": links}
    response = {"Headers": {"Links": [{"path": "IMG@/src", "url": "/no", "alt": "no"}]}, "HTML-Metadata": html}
    header = {
        "WARC-Type": rng.choice(["response"] * 10 + ["request", "metadata"]),
        "WARC-Target-URI": f"http://page.example/{number}/dir/page.html",
    }
    parts = [
        ("Payload-Metadata", {"HTTP-Response-Metadata": response}), ("Format", "WARC"), ("WARC-Header-Metadata", header)
    ]
    rng.shuffle(parts)
    document = {"Container": {"Offset": "1"}, "Envelope": dict(parts)}
    if rng.random() < 0.1:  # another type somewhere on the way to the links
        on_the_way = [(document, "Envelope"), (document["Envelope"], "Payload-Metadata"), (response, "HTML-Metadata"),
                      (html, "Head"), (html, "Links")]
        place, name = rng.choice(on_the_way)
        place[name] = rng.choice(ODD_VALUES)
    return document


def wat(documents):
    """A WAT file; a document is an object or the bytes that stand for one."""
    out = []
    for document in documents:
        body = document
        if not isinstance(body, bytes):
            body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        out.append(b"WARC/1.0\r\nWARC-Type: metadata\r\nContent-Type: application/json\r\nContent-Length: "
                   + str(len(body)).encode() + b"\r\n\r\n" + body + b"\r\n\r\n")
    return out


@pytest.mark.parametrize("escaped", [False, True])
def test_odd_wat_records(tmp_path, escaped):
    rng = random.Random(3)
    documents = [odd_document(rng, i) for i in range(1500)]
    if escaped:
        documents = [json.dumps(d).encode() for d in documents]
    records = wat(documents)
    path = helpers.write(tmp_path / "odd.wat.gz", b"".join(map(gzip.compress, records)))
    _, totals = check(path)
    assert totals.records > 1000 and totals.no_text > 1000 and totals.no_http > 500
