"""n-grams held against plain Python: random texts, and the text of real articles; PMI against NLTK."""
import glob
import gzip
import json
import os
import random
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))
import ngrams as plain  # noqa: E402

try:
    from nltk.metrics.association import BigramAssocMeasures
except ImportError:
    BigramAssocMeasures = None

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DATA = os.environ.get("METACURATE_DATA", os.path.join(ROOT, "..", "shared", "data"))
PROGRAM = os.environ["NGRAMS"]


def run(*arguments, **environment):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True,
                          env={**os.environ, **environment})
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout, done.stderr.decode()


def parse(printed):
    """N, words, pairs and their two scores."""
    total, words, pairs, pmi, worldwide = None, {}, {}, {}, {}
    for line in printed.decode().split("\n")[:-1]:
        kind, count, string, *score = line.split("\t")
        if kind == "N":
            total = int(count)
        elif kind == "U":
            words[string] = int(count)
        else:
            pair = tuple(string.split(" "))
            pairs[pair] = int(count)
            (pmi if kind == "P" else worldwide)[pair] = float(score[0])
    return total, words, pairs, pmi, worldwide


def check(printed, words, pairs):
    total, our_words, our_pairs, pmi, worldwide = parse(printed)
    assert our_words == dict(words)
    assert our_pairs == dict(pairs)
    assert total == sum(words.values())
    expected = plain.pmi(words, pairs)
    assert max((abs(pmi[pair] - score) for pair, score in expected.items()), default=0) < 1e-9
    for pair, score in plain.worldwide(words, pairs).items():
        assert worldwide[pair] == pytest.approx(score, rel=1e-9, abs=1e-9)
    if BigramAssocMeasures:
        for (a, b), count in pairs.items():
            assert abs(pmi[a, b] - BigramAssocMeasures.pmi(count, (words[a], words[b]), total)) < 1e-9


PIECES = ("a b ab the dog don't U.S. well-known C++ 1990–1995 … « » © 中文 日本語 ひらがな カタカナ 한글 ไทย ລາວ "
          "བོད မြန်မာ ខ្មែរ ， 。 「引用」 ～ — – “x” ’ ¿que? ¡no! É é e\u0301 \u200b \ufeff \U00020000 \U0001f600").split(" ")
SPACES = [" ", " ", " ", "", "\t", "\n", "\r\n", "\u00a0", "\u3000", "\u2009", "\u0085", "\x1c", "\u2028", "  "]


@pytest.mark.parametrize("seed", range(4))
def test_random_texts(tmp_path, seed):
    rng = random.Random(seed)
    paths, text = [], ""
    for number in range(3):
        part = "".join(rng.choice(PIECES) + rng.choice(SPACES) for _ in range(4000))
        part += "x" * rng.choice([1023, 1024, 1025]) + " long\n"
        path = tmp_path / f"{number}.txt"
        path.write_bytes(part.encode())
        paths.append(path)
        text += part
    printed = {run("count", "text", threads, memory, *paths)[0]
               for threads, memory in [(1, 0), (2, 1 << 20), (3, 1)]}
    words, pairs = plain.count(text)
    # The order of what is printed is that of the counts' file, and the same however it came about.
    assert len(printed) == 1
    check(printed.pop(), words, pairs)


def test_samples():
    paths = [path for pattern in ("bgwiki*shortened*", "enwiki*shortened*", "enwiki-table*")
             for path in glob.glob(os.path.join(DATA, "wiki", pattern))]
    if not paths:
        pytest.skip("the Wikipedia samples are not in the data folder")
    for path in paths:
        text = run("extract", "auto", path)[0].decode()
        words, pairs = plain.count(text)
        assert len(words) > 500
        printed = run("count", "auto", 1, 0, path)[0]
        check(printed, words, pairs)
        assert run("count", "auto", 2, 4 << 20, path)[0] == printed


def test_counts_of_others(tmp_path):
    rng = random.Random(5)
    words = {f"w{i}{rng.choice('äб中')}": rng.randrange(1, 1000) for i in range(300)}
    names = list(words)
    pairs = {(rng.choice(names), rng.choice(names)): rng.randrange(1, 50) for _ in range(2000)}
    path = tmp_path / "unigrams.txt"
    path.write_text("".join(f"{word} {count}\n" for word, count in words.items()), encoding="utf-8")
    zipped = tmp_path / "bigrams.gz"
    lines = "".join(f"{count}\t{a}\t{b}\n" for (a, b), count in pairs.items()) + "7\tghost\tw1\nx\ty\n"
    zipped.write_bytes(gzip.compress(lines.encode()))
    printed, ledger = run("read", "-", 2, 0, path, zipped)
    check(printed, words, pairs)
    row = json.loads(ledger.split("\n")[0])
    assert row == {"file": str(zipped), "record": len(pairs) + 1, "reason": "bad_count",
                   "offset": len(lines.encode()) - 4, "detail": "the count is no number"}
    printed = run("read", "-", 2, 1, path, zipped, METACURATE_BEST="50")[0]
    _, best_words, _, best_pmi, best_worldwide = parse(printed)
    expected = sorted(words, key=lambda word: (-words[word], word.encode()))[:50]
    assert sorted(best_words) == sorted(expected)
    ranked = sorted(plain.pmi(words, pairs).values(), reverse=True)[:50]
    assert sorted(best_pmi.values(), reverse=True) == pytest.approx(ranked, abs=1e-9)
    ranked = sorted(plain.worldwide(words, pairs).values(), reverse=True)[:50]
    assert sorted(best_worldwide.values(), reverse=True) == pytest.approx(ranked, rel=1e-9)


def read_line(line):
    """Words and count of a line; None for a blank one; False for one that is refused."""
    spaces = b" \t\r\v\f"
    if not line.strip(spaces):
        return None
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    if b"\t" in line:
        count, *words = [field.strip(spaces) for field in line.split(b"\t")]
        if len(words) == 3 and line.endswith(b"\t"):
            words.pop()  # nothing behind the last tab
    else:
        word, _, count = line.strip(spaces).partition(b" ")
        words, count = [word.strip(spaces)], count.strip(spaces)
    if not count.isdigit() or int(count) >= 2**64 or len(words) > 2:
        return False
    if not all(0 < len(word) <= plain.WORD_MAX and b"\0" not in word for word in words):
        return False
    return words, int(count)


@pytest.mark.parametrize("seed", range(3))
def test_hostile_lines(tmp_path, seed):
    rng = random.Random(seed)
    pieces = [b"a", b"bc", b"1", b"20", b"\t", b"\t", b" ", b" ", b"-", b"\r", b"\xff", b"\0", b"\xc3\xa9", b"18446744073709551616",
              b"x" * 1024, b"\v", b"1.5", b"+3", b"\xc2\xa0", b"0"]
    lines = [b"".join(rng.choices(pieces, k=rng.randrange(7))) for _ in range(20000)] + [b"a 1", b"bc 2", b"1\ta"]
    words, pairs, refused = {}, {}, 0
    for line in lines:
        found = read_line(line)
        refused += found is False
        if found and found[1] > 0:
            counts = pairs if len(found[0]) == 2 else words
            key = tuple(word.decode() for word in found[0])
            counts[key] = counts.get(key, 0) + found[1]
    path = tmp_path / "counts"
    path.write_bytes(b"\n".join(lines))
    printed, ledger = run("read", "-", 2, 1, path)
    assert f"{len(lines)} lines, {refused} refused, 0 lost" in ledger
    rows = [line.split(b"\t") for line in printed.split(b"\n")]
    ours = {(row[2].decode(),): int(row[1]) for row in rows if row[0] == b"U"}
    assert ours == words
    expected = {f"{a} {b}": count for (a, b), count in pairs.items() if (a,) in words and (b,) in words}
    assert {row[2].decode(): int(row[1]) for row in rows if row[0] == b"P"} == expected
