"""Match sets against the substring definition at size."""
import json
import os
import random

import helpers
from helpers import reference


def test_captions_with_500k_entries(tmp_path):
    entries = [e.encode() for e in json.loads(helpers.unpacked("metadata_500k.json.zst"))]
    lines = reference.lines_of(helpers.unpacked("captions.txt.zst"))
    texts = lines[:: len(lines) // 1000][:1000]
    assert len(entries) == 500_000 and len(texts) == 1000
    listed = helpers.data("metadata_500k.json.zst")
    pool = helpers.write(tmp_path / "pool.txt", helpers.text_pool(texts))
    done = helpers.run("match", "-m", listed, "--format", "text", "-o", "-", pool)
    found = helpers.match_lines(done)
    expected = helpers.substring_matches(texts, entries, tmp_path)
    assert [ids.tolist() for ids in expected] == found
    assert sum(map(len, found)) > 4000


def random_entries(rng, n):
    """Repeated words, runs of them, marks spaced as texts have them, and some that can never match."""
    letters = "abcdefgh"
    words = ["".join(rng.choices(letters, k=rng.randrange(1, 6))) for _ in range(n // 4)]
    words += ["naïve", "東京", "\ufffd", "x-y", "it's", "\0", "C++", "(a)", "😀"] * 4
    joints = [" "] * 12 + ["  ", " , ", " .  ", ".", ", ", "\t", " ` "]
    entries = ["", " ", "  ", ",", ".", " .", "a\nb", ", ,", ",  ,"]
    while len(entries) < n:
        entry = rng.choice(words)
        for _ in range(rng.choice((0, 1, 1, 1, 2, 3, 6))):
            entry += rng.choice(joints) + rng.choice(words)
        entries.append(rng.choice((entry, entry, entry, entry, " " + entry, entry + " ")))
    return [entry.encode() for entry in entries]


def random_texts(rng, entries, n):
    noise = [b" ", b" ", b" ", b"  ", b",", b". ", b"!", b"`", b";:", b"\t", b"\r", b"\0", b"a", b"zz"]
    broken = [b"\xff", b"\xc3", b"\xe2\x82", b"\xed\xa0\x80", b"\xf0\x9f\x98", b"\xc0\xaf", b"\xa9"]
    for _ in range(n):
        parts = []
        for _ in range(rng.randrange(1, 5)):
            draw = rng.random()
            if draw < 0.35:
                parts.append(rng.choice(entries))
            elif draw < 0.55:
                entry = rng.choice(entries)
                cut = rng.randrange(len(entry) + 1)
                parts.append(entry[cut:] if draw < 0.45 else entry[:cut])
            elif draw < 0.96:
                parts.append(rng.choice(noise))
            else:
                parts.append(rng.choice(broken))
            parts.append(rng.choice((b" ", b" ", b"")))
        yield b"".join(parts).replace(b"\n", b" ")


def test_a_million_random_texts(tmp_path):
    rng = random.Random(20)
    entries = random_entries(rng, 5000)
    content = helpers.text_pool(random_texts(rng, entries, 1_000_000))
    pool = helpers.write(tmp_path / "pool.txt", content)
    listed = helpers.write_list(tmp_path / "list.json", entries)
    done = helpers.run("match", "-m", listed, "--format", "text", "-o", "-", pool)
    found = helpers.match_lines(done)
    assert len(found) == 1_000_000
    for isa in ("portable", "avx2"):
        env = {**os.environ, "METACURATE_ISA": isa}
        again = helpers.run("match", "-m", listed, "--format", "text", "-o", "-", pool, env=env)
        assert again.stdout == done.stdout, isa

    texts = [line.removesuffix(b"\r") for line in content.split(b"\n")[:-1]]
    runs = reference.RunMatcher(entries)
    for text, ids in zip(texts, found):
        assert runs.match(reference.decode(text)) == ids, text
    expected = helpers.substring_matches(texts, entries, tmp_path)
    for text, ids, by_definition in zip(texts, found, expected):
        assert by_definition.tolist() == ids, text
    assert sum(map(len, found)) > 3_000_000
