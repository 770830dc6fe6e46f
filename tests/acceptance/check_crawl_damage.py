"""A WAT of many gzip members, cut at 200 random places and with 1,000 random bits flipped, one a run:
nothing outside the touched member is lost, nothing crashes or hangs, and the ledger names every byte
that was passed over."""
import json
import os
import random
import re
import subprocess
import zlib

from common import WORK, check, done, helpers, needs

import crawl

needs("captions.txt.zst")
MAKE_CRAWL = os.environ.get("MAKE_CRAWL", f"{helpers.ROOT}/build/release/tests/make_crawl")
texts = helpers.write(WORK / "texts", helpers.unpacked("captions.txt.zst")[:1_000_000])
whole = subprocess.run([MAKE_CRAWL, "wat", texts, "1500k", "5"], stdout=subprocess.PIPE, check=True).stdout


def read_members():
    """(start, end, pairs) of each member of the whole file."""
    rest, members = whole, []
    while rest:
        member = zlib.decompressobj(31)
        content = member.decompress(rest)
        start, rest = len(whole) - len(rest), member.unused_data
        pairs = [
            {"url": p.url.decode(), "texts": [[key, text.decode()] for key, text in p.texts], "link": p.link}
            for p in crawl.read_crawl(content)
        ]
        members.append((start, len(whole) - len(rest), pairs))
    return members


members = read_members()
TELLING = 4  # bytes at the beginning of a file that tell what it is


def extract(content):
    """Pairs, rejects and books of a damaged file."""
    path, out = helpers.write(WORK / "pool.wat.gz", content), WORK / "out"
    run = helpers.command("extract", "--lid", "none", "--overwrite", "--quiet", "-j", "1", "-o", out, path)
    done = subprocess.run(run, capture_output=True, timeout=60, check=False)
    if done.returncode:
        return None
    (shard,) = (out / "pairs").iterdir()
    lines = subprocess.run(["zstd", "-dcq", shard], capture_output=True, check=True).stdout.splitlines()
    pairs = [
        {"url": x["url"], "texts": [text[:2] for text in x["texts"]], "link": x["source"]["link"]}
        for x in map(json.loads, lines)
    ]
    return pairs, helpers.rejects(out), helpers.totals(out)


def ranges(rejects):
    """Stored bytes that the ledger says were passed over: (start, end), the end not included."""
    found = [re.search(r"bytes? (\d+)(?: to (\d+))? of the file", reject["detail"]) for reject in rejects]
    return [(int(match[1]), int(match[2] or match[1])) for match in found if match]


def judge(content, present, touched):
    """What is wrong with reading content, in which the member touched, one of those present, is
    damaged (None: none is); None when all is well."""
    result = extract(content)
    if result is None:
        return "failed"
    pairs, rejects, totals = result
    kept = [pair for i, (_, _, pairs) in enumerate(members[:present]) if i != touched for pair in pairs]
    n_documents = present - (touched is not None)
    wanted = []
    if touched is not None:
        start, end, _ = members[touched]
        wanted = [(start, min(end, len(content)))]
    if pairs != kept:
        return f"{len(pairs)} pairs, not {len(kept)}"
    if totals["records"] != totals["read"] + totals["rejected"] or totals["read"] != len(kept):
        return "the books do not balance"
    if totals["crawl"]["documents"] != n_documents:
        return f"{totals['crawl']['documents']} documents, not {n_documents}"
    if ranges(rejects) != wanted or len(rejects) != len(wanted):
        return f"the ledger has {rejects}, not {wanted}"
    return None


def member_at(offset):
    return next(i for i, (_, end, _) in enumerate(members) if offset < end)


def cut(at):
    last = member_at(at)
    if members[last][0] == at:
        return judge(whole[:at], last, None)
    return judge(whole[:at], last + 1, last)


def is_whole(content, i):
    """True when member i is still what it was: some bits (a time, padding) are nobody's."""
    start, end, _ = members[i]
    member = zlib.decompressobj(31)
    try:
        member.decompress(content[start:end])
    except zlib.error:
        return False
    return member.eof and not member.unused_data  # the CRC was right


def flip(bit):
    content = bytearray(whole)
    content[bit // 8] ^= 1 << bit % 8
    touched = member_at(bit // 8)
    return judge(content, len(members), None if is_whole(content, touched) else touched)


def report(what, n, problems):
    for place, problem in problems[:5]:
        print(f"       at {place}: {problem}")
    check(not problems, f"{what}: {n - len(problems)} of {n} runs lose the touched member alone and say so")


rng = random.Random(11)
n_pairs = sum(len(pairs) for _, _, pairs in members)
check(extract(whole)[0] == [pair for _, _, pairs in members for pair in pairs],
      f"{len(members)} members, {len(whole):,} bytes, {n_pairs} pairs")
for what, n, run, bits in (("cut", 200, cut, 1), ("a bit flipped", 1000, flip, 8)):
    places = [rng.randrange(bits * TELLING, bits * len(whole)) for _ in range(n)]
    report(what, n, [(at, problem) for at in places if (problem := run(at))])
done()
