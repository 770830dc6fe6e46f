"""The reference against tables computed by hand, and its two matchers against each other."""
import math
import os
import random
import struct
import sys

import pytest
import xxhash

sys.path.insert(0, os.path.dirname(__file__))
import reference as r  # noqa: E402


@pytest.mark.parametrize(
    "data, text",
    [
        (b"plain", "plain"),
        (b"\xff", "\ufffd"),
        (b"a\xc3", "a\ufffd"),
        (b"\xe2\x82", "\ufffd"),  # a truncated sequence is one
        (b"\xe2\x82x", "\ufffdx"),
        (b"\xed\xa0\x80", "\ufffd\ufffd\ufffd"),  # an encoded surrogate is three
        (b"\xf0\x80\x80\x80", "\ufffd" * 4),  # overlong
        (b"\xc0\xaf", "\ufffd\ufffd"),
        (b"\xf4\x90\x80\x80", "\ufffd" * 4),  # past U+10FFFF
        (b"\x00\xef\xbb\xbf", "\0\ufeff"),
    ],
)
def test_decode(data, text):
    assert r.decode(data) == text.encode()


def test_encode_replaces_unpaired_surrogates():
    assert r.encode("a\ud800b\U0001f600") == "a\ufffdb\U0001f600".encode()


@pytest.mark.parametrize(
    "text, spaced",
    [
        (b"", b"  "),
        (b"a", b" a "),
        (b"a,b", b" a , b "),
        (b"a, b", b" a ,  b "),
        (b"St. Louis", b" St .  Louis "),
        (b"...", b"  .  .  .  "),
        (b"a\tb\nc\rd", b" a b c d "),
        (b"`x`?!", b"  ` x `  ?  !  "),
        (b"a-b's (c)", b" a-b's (c) "),
    ],
)
def test_space(text, spaced):
    assert r.space(text) == spaced


@pytest.mark.parametrize(
    "text, entries, found",
    [
        (b"a red fox", [b"red", b"fox", b"red fox", b"a fox", b"Red"], [0, 1, 2]),
        (b"dogs, cats", [b"dogs", b"cats", b"dogs cats", b"dogs ,", b"dogs ,  cats", b","], [0, 1, 3, 4, 5]),
        (b"a  b", [b"a b", b"a  b", b"", b" b", b" ", b" a"], [1, 3]),
        (b"  ", [b"", b" ", b"  ", b"   "], [1, 2]),
        (b"   ", [b" ", b"  ", b"   ", b"    "], [0, 1, 2]),
        (b"x x x", [b"x", b"x x", b"x", b"x x x x"], [0, 1, 2]),
        (b"U.S.", [b"U.S.", b"U", b"S", b"U . S"], [1, 2, 3]),
        (b"a\0b c", [b"a\0b", b"a", b"c"], [0, 2]),
        (b"", [b"", b"a"], []),
        (b"tab\there", [b"tab here", b"tab\there"], [0]),
    ],
)
def test_match(text, entries, found):
    assert r.match(text, entries) == found
    assert r.RunMatcher(entries).match(text) == found


def pieces(rng, n):
    """Random bytes that make matches, marks and empty tokens likely."""
    alphabet = [b"a", b"b", b"cat", b" ", b" ", b" ", b",", b".", b"`", b"\t", b"\r", b"\xc3\xa9", b"\xff"]
    return b"".join(rng.choice(alphabet) for _ in range(rng.randrange(n)))


def test_matchers_agree_on_random_texts():
    rng = random.Random(1)
    n_matches = 0
    for _ in range(300):
        entries = [pieces(rng, 8) for _ in range(40)]
        runs = r.RunMatcher(entries)
        for _ in range(40):
            text = pieces(rng, 30)
            found = r.match(text, entries)
            assert runs.match(text) == found, (text, entries)
            n_matches += len(found)
    assert n_matches > 10000


def test_dead_entries():
    for dead in (b"", b"St. Louis", b"U.S.", b"a,", b"a\tb", b"\n", b", ,", b"\xff", b".."):
        assert r.is_dead(dead), dead
    for live in (b"a", b"a b", b"a , b", b",", b" ", b"a ,  b", b",  ,", b"C++", b"a .", b". a"):
        assert not r.is_dead(live), live
    rng = random.Random(2)
    entries = [entry for entry in (pieces(rng, 8) for _ in range(3000)) if r.is_dead(entry)]
    runs = r.RunMatcher(entries)
    assert len(entries) > 500
    assert not any(runs.match(r.decode(pieces(rng, 30))) for _ in range(3000))


def test_uid():
    digits = b"00112233445566778899AABBCCDDEEFF"
    number = 0x00112233445566778899AABBCCDDEEFF
    url = b"http://x/"
    assert r.uid_of([b"t"], url, uid=digits) == number
    assert r.uid_of([b"t"], url, uuid=digits[:24]) == number >> 32
    assert r.uid_of([b"t"], url, uid=digits[:24]) == xxhash.xxh3_128_intdigest(url)
    assert r.uid_of([b"t"], url, uid=b"17") == xxhash.xxh3_128_intdigest(url)
    assert r.uid_of([b"t", b"s"]) == xxhash.xxh3_128_intdigest(b"t")
    assert r.uid_of([b"t"], url, given=b"001122334455-66778899aabb") == number >> 32
    assert r.uid_of([b"t"], url, given=b"17") == xxhash.xxh3_128_intdigest(b"17")
    assert r.uid_hex(number) == digits.decode().lower()


def test_hashes_have_the_published_values():
    # XXH3's values for empty input, from its specification's reference implementation.
    assert r.text_hash(b"") == 0x2D06800538D394C2
    assert r.uid_of([b""]) == 0x99AA06D3014798D86001C324468D497F


def test_draw():
    u = r.draw(1 << 64 | 2, 3, 4, seed=5)
    data = struct.pack("<QQQQ", 2, 1, 3, 4)
    assert u == (xxhash.xxh3_64_intdigest(data, seed=5) >> 11) / 2**53
    assert 0.0 <= u < 1.0


def test_draws_are_uniform():
    n = 20000
    draws = [r.draw(i, 1, 2) for i in range(n)]
    assert abs(sum(draws) / n - 0.5) < 4 * math.sqrt(1 / 12 / n)


COUNTS = [5, 1, 0, 4, 10]  # sorted 0 1 4 5 10, cumulated 0 1 5 10 20


def test_threshold_and_tail_share():
    assert r.t_to_p(COUNTS, 5) == 0.25
    assert r.t_to_p(COUNTS, 1) == 0.0
    assert r.t_to_p(COUNTS, 11) == 1.0
    assert r.p_to_t(COUNTS, 0.25) == 4
    assert r.p_to_t(COUNTS, 0.5) == 5
    assert r.p_to_t(COUNTS, 0.375) == 4  # a tie between 4 and 5: the first
    assert r.p_to_t(COUNTS, 0.0) == 1  # never below 1
    assert r.p_to_t(COUNTS, 1.0) == 10


def test_balancing_a_small_pool():
    entries = [b"a", b"b", b"a"]
    hashes = [r.entry_hash(entry) for entry in entries]
    pairs = [r.Pair(i, 100 + i, ids) for i, ids in enumerate([[0, 2], [0, 2], [1], [0, 1, 2], []])]
    pairs = r.unique(pairs + [pairs[0]])
    assert len(pairs) == 5
    counts = r.count(pairs, 3)
    assert counts == [3, 2, 3]
    # Entries 0 and 2 are one string: they share a draw and count once in a product.
    assert r.keep_probability(pairs[0], entries, counts, 1) == pytest.approx(1 / 3)
    assert r.keep_probability(pairs[3], entries, counts, 1) == pytest.approx(1 - 2 / 3 * 1 / 2)
    size, deviation = r.expected_size(pairs, entries, counts, 1)
    assert size == pytest.approx(1 / 3 + 1 / 3 + 1 / 2 + 2 / 3)
    assert deviation == pytest.approx(math.sqrt(2 / 9 + 2 / 9 + 1 / 4 + 2 / 9))
    assert r.key(pairs[2], hashes, counts) == r.draw(2, 102, hashes[1]) * 2
    assert len(r.keep(pairs, hashes, counts, math.inf)) == 4
    subsets = [{p.uid for p in r.keep(pairs, hashes, counts, t)} for t in (0.5, 1, 2, 3)]
    assert all(a <= b for a, b in zip(subsets, subsets[1:]))
    by_size = [{p.uid for p in r.keep_size(pairs, hashes, counts, n)} for n in range(6)]
    assert [len(subset) for subset in by_size] == [0, 1, 2, 3, 4, 4]
    assert all(a <= b for a, b in zip(by_size, by_size[1:]))


def test_keep_rates_follow_algorithm_1():
    entries = [b"head", b"mid"]
    hashes = [r.entry_hash(entry) for entry in entries]
    pairs = [r.Pair(i, 7, [0, 1] if i % 10 == 0 else [0]) for i in range(5000)]
    counts = r.count(pairs, 2)
    for t in (50, 300, 1000):
        size, deviation = r.expected_size(pairs, entries, counts, t)
        assert abs(len(r.keep(pairs, hashes, counts, t)) - size) < 4 * deviation


def test_wordnet_names(tmp_path):
    for part in ("noun", "verb", "adj", "adv"):
        (tmp_path / f"data.{part}").write_text("  1 licence  \n")
    (tmp_path / "data.noun").write_text(
        "  1 licence  \n"
        "00000001 03 n 02 Physical_Entity 0 thing 0 000 | gloss  \n"
        "00000002 03 n 01 St._Louis 0 000 | gloss  \n"
        "00000003 03 n 01 . 0 000 | gloss  \n"
        "00000004 03 n 01 ' 0 000 | gloss  \n"
    )
    (tmp_path / "data.adj").write_text(
        "00000001 00 a 01 Galore(ip) 0 000 | gloss  \n00000002 00 s 01 st 0 000 | gloss  \n"
    )
    assert r.wordnet(tmp_path) == ([b"physical entity", b"st", b"galore"], 6)


def test_readers():
    assert [x.texts for x in r.read_text(b"a\r\n\nb")] == [[b"a"], [b""], [b"b"]]
    jsonl = b'{"text":"a\\ud800"}\nno json\n{"texts":[["alt","b"],["title","c"]],"url":"u"}\n{"text":null}\n'
    records = list(r.read_jsonl(jsonl))
    assert [(x.number, x.url, x.texts) for x in records] == [
        (0, None, ["a\ufffd".encode()]),
        (2, b"u", [b"b", b"c"]),
    ]
    table = list(r.read_table(b'id,caption\n7,"a, ""b"""\n8\n9,c\n', ",", id_field="id"))
    assert [(x.number, x.texts) for x in table] == [(0, [b'a, "b"']), (2, [b"c"])]
    assert table[0].uid == xxhash.xxh3_128_intdigest(b"7")
    table = list(r.read_table(b'"a"\tu\n', "\t", columns=["text", "url"]))
    assert [(x.texts, x.url) for x in table] == [([b'"a"'], b"u")]
