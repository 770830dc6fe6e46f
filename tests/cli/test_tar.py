"""webdataset archives, held against Python's tarfile; the usual names of fields in tables; DataComp."""
import collections
import gzip
import io
import json
import random
import re
import tarfile

import numpy as np
import pytest

import helpers

SAMPLE = re.compile(r"^((?:.*/|)[^./]+)[.]([^/]*)$", re.DOTALL)
TEXT_FIELDS = ("text", "caption", "TEXT", "alt")


def archive(members, form=tarfile.GNU_FORMAT):
    """members: (name, bytes) or TarInfo."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                tar.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                tar.addfile(info, io.BytesIO(member[1]))
    return out.getvalue()


def special(name, kind, link=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def samples(content):
    """What the rules say of an archive: (texts, url), or None for a sample without a text."""
    found = []
    last, seen = None, set()
    for member in tarfile.open(fileobj=io.BytesIO(content)):
        split = SAMPLE.match(member.name)
        if not member.isfile() or not split or re.match(r"__[^/]*__($|/)", member.name):
            continue
        key, extension = split[1], split[2].lower()
        if key != last or extension in seen:
            found.append({})
            seen = set()
        last = key
        if extension in ("json", "txt"):
            seen.add(extension)
            found[-1][extension] = content[member.offset_data : member.offset_data + member.size]
    return [record_of(sample) for sample in found]


def record_of(sample):
    fields = json.loads(sample["json"]) if "json" in sample else {}
    if isinstance(fields.get("texts"), list):
        texts = fields["texts"]
    else:
        named = [fields[name] for name in TEXT_FIELDS if fields.get(name) is not None]
        texts = named[:1] or ([sample["txt"].decode("utf-8", "replace")] if "txt" in sample else None)
    return None if texts is None else (texts, fields.get("url"))


def extract(*pool, code=0, **options):
    done = helpers.run("extract", "-o", "-", *pool, code=code, **options)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return [([text for _, text, _ in line["texts"]], line["url"]) for line in lines]


def random_members(rng, n):
    folders = ("", "./", "a/", "dir.with.dots/", "x" * 90 + "/" + "y" * 80 + "/", "é/" * 60)
    for i in range(n):
        key = rng.choice(folders) + f"{i:06}" + rng.choice(("", "_b", " c", "x" * 120))
        parts = []
        if rng.random() < 0.7:
            fields = {"key": key, "url": f"http://host/{i}.jpg", "width": rng.randrange(9999)}
            fields[rng.choice(TEXT_FIELDS + ("other",))] = rng.choice((f"text {i}", None, "", f"é{i}"))
            if rng.random() < 0.1:
                fields["texts"] = [f"one {i}", f"two {i}"]
            parts.append((key + rng.choice((".json", ".JSON")), json.dumps(fields).encode()))
        if rng.random() < 0.5:
            parts.append((key + ".txt", f"txt {i}\n".encode() * rng.randrange(3)))
        for extension in (".jpg", ".cls", ".txt.gz", ".json.old", ".seg.png"):
            if rng.random() < 0.3:
                parts.append((key + extension, rng.randbytes(rng.choice((0, 1, 511, 512, 513, 5000)))))
        rng.shuffle(parts)
        yield from parts
        if rng.random() < 0.1:
            yield rng.choice((special("folder/", tarfile.DIRTYPE), special("link.txt", tarfile.SYMTYPE, "x.txt"),
                              special(f"{i}.json", tarfile.LNKTYPE, "y" * 150), ("README", b"no dot"),
                              (".hidden.txt", b"hidden"), ("__meta__/about.txt", b"no sample"),
                              ("__MACOSX/._x.txt", b"no sample")))


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT],
                         ids=["ustar", "gnu", "pax"])
def test_random_archives(tmp_path, form):
    rng = random.Random(form)
    members = list(random_members(rng, 600))
    if form == tarfile.USTAR_FORMAT:  # has no room for the longest names
        members = [m for m in members if isinstance(m, tarfile.TarInfo) or len(m[0].encode()) < 99]
        members = [m for m in members if not isinstance(m, tarfile.TarInfo) or len(m.linkname) < 99]
    content = archive(members, form)
    expected = samples(content)
    pool = helpers.write(tmp_path / "pool.tar", content)
    assert extract(pool) == [sample for sample in expected if sample]
    out = tmp_path / "out"
    helpers.run("extract", "-j", "4", "-o", out, pool)
    reasons = collections.Counter(line["reason"] for line in helpers.rejects(out))
    assert reasons == {"no_text": expected.count(None)} and expected.count(None) > 20


def test_compressed_and_many_chunks(tmp_path):
    """50 MB of images, more than one chunk of samples; the result is that of the same lines."""
    rng = random.Random(3)
    image = rng.randbytes(2000)
    members = []
    for i in range(12_000):
        record = {"url": f"http://host/{i}", "caption": f"{i} " + "text " * (i % 50)}
        members += [(f"{i:08}.jpg", image), (f"{i:08}.json", json.dumps(record).encode())]
    content = archive(members)
    expected = [([f"{i} " + "text " * (i % 50)], f"http://host/{i}") for i in range(12_000)]
    for pool in (helpers.write(tmp_path / "pool.tar", content),
                 helpers.write(tmp_path / "pool.tar.gz", gzip.compress(content, 1))):
        assert extract("-j", "3", pool) == expected


def test_uids(tmp_path):
    """uid and uuid of the json count as in JSONL; names of files in archives never do."""
    uid, uuid = "0123456789abcdef" * 2, "0123456789abcdef01234567"
    records = [{"uid": uid, "url": "http://a/b", "text": "one"}, {"uuid": uuid, "text": "two"},
               {"url": "http://a/b", "text": "three"}, {"text": "four"}]
    packed = archive([(f"{i}.json", json.dumps(record).encode()) for i, record in enumerate(records)]
                     + [("9.txt", b"five")])
    lines = helpers.write_jsonl(tmp_path / "pool.jsonl", records + [{"text": "five"}])
    found = []
    for pool in (helpers.write(tmp_path / "pool.tar", packed), lines):
        done = helpers.run("extract", "-o", "-", pool)
        found.append([json.loads(line)["uid"] for line in done.stdout.splitlines()])
    assert found[0] == found[1] and found[0][0] == uid


def ten(i_bad=None, content=b""):
    members = []
    for i in range(10):
        members += [(f"{i}.jpg", b"image" * 300), (f"{i}.json", b'{"text":"%d"}' % i), (f"{i}.txt", b"txt")]
    if i_bad is not None:
        members[3 * i_bad + 1] = (f"{i_bad}.json", content)
    return members


def damaged(tmp_path, content, *options):
    pool = helpers.write(tmp_path / "pool.tar", content)
    out = tmp_path / "out"
    helpers.run("extract", "--overwrite", *options, "-o", out, pool)
    books = helpers.manifest(out)["totals"]
    rejects = [(line["reason"], line["offset"]) for line in helpers.rejects(out)]
    assert books["records"] == books["read"] + books["rejected"] and len(rejects) == books["rejected"]
    return [texts[0] for texts, _ in extract(*options, pool)], rejects


def offsets(content):
    return {member.name: (member.offset, member.offset_data) for member in tarfile.open(fileobj=io.BytesIO(content))}


def test_bad_samples(tmp_path):
    every = [str(i) for i in range(10)]
    assert damaged(tmp_path, archive(ten())) == (every, [])
    for content, reason in ((b"", "blank"), (b"{", "bad_json"), (b"[]", "bad_json"), (b'{"text":5}', "bad_text"),
                            (b'{"text":"a","url":5}', "bad_field")):
        packed = archive(ten(4, content))
        texts, rejects = damaged(tmp_path, packed)
        assert texts == every[:4] + every[5:]
        assert rejects == [(reason, offsets(packed)["4.jpg"][0])]
    assert damaged(tmp_path, archive(ten(4, b'{"caption":null}')))[0] == every[:4] + ["txt"] + every[5:]
    long = archive(ten(4, b'{"text":"%s"}' % (b"a" * 2000)))
    texts, rejects = damaged(tmp_path, long, "--max-record", "1000")
    assert texts == every[:4] + every[5:] and rejects == [("too_long", offsets(long)["4.jpg"][0])]


def test_headers_that_are_damaged(tmp_path):
    content = bytearray(archive(ten()))
    begin = offsets(content)["4.json"][0]
    content[begin + 100] ^= 1
    texts, rejects = damaged(tmp_path, bytes(content))
    # What lies behind the header is found again at the next one, the sample's text.
    assert texts == [str(i) if i != 4 else "txt" for i in range(10)]
    assert rejects == [("bad_tar", begin)]
    # A stretch of any length that is missing, even one that is no multiple of a block.
    content = archive(ten())
    first, second = offsets(content)["3.txt"][1], offsets(content)["6.jpg"][1]
    for shift in (0, 100):
        texts, rejects = damaged(tmp_path, content[:first] + content[second + shift :])
        assert texts == ["0", "1", "2", "3", "6", "7", "8", "9"]
        assert [reason for reason, _ in rejects] == ["bad_tar"]


def test_archives_that_are_cut(tmp_path):
    content = archive(ten())
    places = offsets(content)
    end = places["9.txt"][1] + 512
    for size in (end, end + 512, end + 700, end - 512 + 3):
        texts, rejects = damaged(tmp_path, content[:size])
        assert texts == [str(i) for i in range(10)] and rejects == []
    for name, part, n_texts in (("9.jpg", 1, 9), ("9.json", 0, 9), ("9.json", 1, 9), ("9.txt", 0, 10), ("9.txt", 1, 10)):
        at = places[name][part]
        for size in (at + 1, at + 2):
            texts, rejects = damaged(tmp_path, content[:size])
            assert (texts, len(rejects)) == ([str(i) for i in range(n_texts)], 1)
            assert rejects[0][0] == "bad_tar"


def test_any_cut_and_any_flip(tmp_path):
    """Nothing crashes, the books balance, and samples before the cut are whole."""
    rng = random.Random(11)
    content = archive(ten(), tarfile.PAX_FORMAT)
    for _ in range(15):
        size = rng.randrange(512, len(content))
        texts, rejects = damaged(tmp_path, content[:size])
        assert texts == [str(i) for i in range(len(texts))] and len(rejects) <= 1
    for _ in range(15):
        bad = bytearray(content)
        bad[rng.randrange(600, len(content))] ^= 1 << rng.randrange(8)
        texts, _ = damaged(tmp_path, bytes(bad))
        assert len(set(texts) & set("0123456789")) >= 8


def test_hostile_headers(tmp_path):
    """Sizes beyond the end and long names cost what they cover, not memory."""
    def with_size(size):
        info = tarfile.TarInfo("5.jpg")
        info.size = size
        return info.tobuf(tarfile.GNU_FORMAT)

    for size in (1 << 33, 1 << 60, -1):
        two = archive(ten()[:6])[: offsets(archive(ten()))["2.jpg"][0]]
        texts, rejects = damaged(tmp_path, two + with_size(size) + b"x" * 999)
        assert texts == ["0", "1"] and rejects[-1][0] == "bad_tar"
    long = archive([("n" * 100_000 + ".txt", b"x"), ("1.txt", b"one")])
    texts, rejects = damaged(tmp_path, long)
    assert texts[-1] == "one" and rejects[0][0] == "bad_tar"


@pytest.mark.parametrize("name, n", [("image1.tar", 4), ("compressed.tar", 3), ("mpdata.tar", 100)])
def test_real_archives(tmp_path, name, n):
    """None of these holds texts that are plain: every sample is accounted for."""
    out = tmp_path / "out"
    helpers.run("extract", "-o", out, helpers.data(f"pairs/{name}"))
    books = helpers.manifest(out)["totals"]
    content = open(helpers.data(f"pairs/{name}"), "rb").read()
    assert books["records"] == len(samples(content)) == n
    assert (books["read"], books["rejected_for"]) == (0, {"no_text": n})


# --- the usual tables ----------------------------------------------------------------------------


@pytest.mark.parametrize("name, options, n", [
    ("img2dataset_test_10000.jsonl", [], 10_000),
    ("cc3m_validation.tsv", ["--columns", "caption,url"], 15_833),
    ("pairs_url_text.tsv.zst", ["--columns", "url,text"], 461_360),
])
def test_real_tables(tmp_path, name, options, n):
    out = tmp_path / "out"
    helpers.run("extract", *options, "-o", out, helpers.data(f"pairs/{name}"))
    books = helpers.manifest(out)["totals"]
    assert (books["records"], books["read"]) == (n, n - books["rejected"]) and books["rejected"] < n // 1000
    (first,) = extract(*options, helpers.write(tmp_path / "head", head(name)))
    assert first[0][0] and first[1].startswith("http")


def head(name):
    content = helpers.unpacked(name=f"pairs/{name}") if name.endswith(".zst") else open(helpers.data(f"pairs/{name}"), "rb").read()
    return content[: content.index(b"\n") + 1]


@pytest.mark.parametrize("columns", [
    ("URL", "TEXT", "LANGUAGE"), ("url", "caption", "lang"), ("url", "text", "language"), ("image_url", "alt", "lang")])
def test_usual_names(tmp_path, columns):
    """LAION, COYO, DataComp and img2dataset call their columns so."""
    record = dict(zip(columns, ("http://a/b", "a text", "de")))
    jsonl = helpers.write_jsonl(tmp_path / "pool.jsonl", [record])
    tsv = helpers.write(tmp_path / "pool.tsv", "\t".join(columns).encode() + b"\nhttp://a/b\ta text\tde\n")
    csv = helpers.write(tmp_path / "pool.csv", ",".join(columns).encode() + b"\nhttp://a/b,a text,de\n")
    tar = helpers.write(tmp_path / "pool.tar", archive([("1.json", json.dumps(record).encode())]))
    for pool in (jsonl, tsv, csv, tar):
        done = helpers.run("extract", "-o", "-", pool)
        line = json.loads(done.stdout)
        assert (line["url"], [text[1:] for text in line["texts"]]) == ("http://a/b", [["a text", "de"]])


def test_datacomp_in_and_out(tmp_path, concepts, entries):
    """A pool with uid, url and text; the subset file holds exactly the kept uids, sorted."""
    rng = random.Random(9)
    records = [{"uid": f"{rng.getrandbits(128):032x}", "url": f"http://host/{i}", "text": text}
               for i, text in enumerate(helpers.sample_texts(2000))]
    packed = archive([(f"{i:09}.json", json.dumps(record).encode()) for i, record in enumerate(records)])
    kept = []
    for pool in (helpers.write_jsonl(tmp_path / "pool.jsonl", records), helpers.write(tmp_path / "pool.tar", packed)):
        out = tmp_path / f"out-{pool.suffix[1:]}"
        helpers.run("curate", "-m", concepts, "-t", "20", "--emit", "datacomp", "-o", out, pool)
        (path,) = out.rglob("*datacomp*.npy")
        subset = np.load(path)
        assert subset.dtype == np.dtype("u8,u8")
        numbers = [int(high) << 64 | int(low) for high, low in subset.tolist()]
        assert numbers == sorted(int(uid, 16) for uid in set(helpers.uids(out)))
        kept.append(numbers)
    assert kept[0] == kept[1] and 100 < len(kept[0]) < 2000
    assert set(kept[0]) <= {int(record["uid"], 16) for record in records}
