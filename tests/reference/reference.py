"""The reference: what metacurate must compute, in the most obvious way, sharing no code with it.

Texts and entries are bytes. Rules: docs/rules.md. Only the hash comes from a package (xxhash).
"""
import csv
import io
import json
import math
import re
import struct
from collections import namedtuple

import xxhash

# --- texts ---------------------------------------------------------------------------------------


def decode(data):
    """Bytes as well-formed UTF-8: each maximal ill-formed part becomes U+FFFD."""
    return data.decode("utf-8", "replace").encode("utf-8")


def encode(text):
    """A Python string as UTF-8, its unpaired surrogates as U+FFFD."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text).encode("utf-8")


def space(text):
    s = b" " + text + b" "
    for mark in (b",", b".", b";", b":", b"?", b"!", b"`"):
        s = s.replace(mark, b" " + mark + b" ")
    return s.replace(b"\t", b" ").replace(b"\n", b" ").replace(b"\r", b" ")


# --- matching ------------------------------------------------------------------------------------


def match(text, entries):
    """The match set by definition: " entry " is a substring of the spaced text."""
    s = space(text)
    return [i for i, entry in enumerate(entries) if entry and b" " + entry + b" " in s]


class RunMatcher:
    """The match set through a dictionary of token runs: the same, and quick for many entries.

    " entry " is a substring of " text " exactly when the entry's tokens, split at every single
    space, are a contiguous run of the text's.
    """

    def __init__(self, entries):
        self.ids = {}
        self.sizes = {}  # first token -> how many tokens the entries that begin with it have
        for i, entry in enumerate(entries):
            if entry:
                self.ids.setdefault(entry, []).append(i)
                tokens = entry.split(b" ")
                self.sizes.setdefault(tokens[0], set()).add(len(tokens))
        self.sizes = {token: sorted(sizes) for token, sizes in self.sizes.items()}

    def match(self, text):
        tokens = space(text)[1:-1].split(b" ")
        found = set()
        for start, token in enumerate(tokens):
            for size in self.sizes.get(token, ()):
                run = tokens[start : start + size]
                if len(run) == size:
                    found.update(self.ids.get(b" ".join(run), ()))
        return sorted(found)


def is_dead(entry):
    """True when the entry can match no text: not even the one that spacing would turn into it."""
    witness = re.sub(rb" ?([,.;:?!`]) ?", rb"\1", entry)
    return not entry or decode(entry) != entry or b" " + entry + b" " not in space(witness)


# --- identity ------------------------------------------------------------------------------------


def text_hash(text):
    return xxhash.xxh3_64_intdigest(text)


def entry_hash(entry):
    return xxhash.xxh3_64_intdigest(entry)


def number_of(digits):
    """24 or 32 hex digits, hyphens ignored, as a number; None for anything else."""
    digits = digits.replace(b"-", b"")
    if len(digits) in (24, 32) and re.fullmatch(rb"[0-9a-fA-F]+", digits):
        return int(digits, 16)
    return None


def uid_of(texts, url=None, uid=None, uuid=None, given=None):
    """The uid of a record. given is the value of --id-field; all values are bytes or None."""
    if given is not None:
        number = number_of(given)
        return xxhash.xxh3_128_intdigest(given) if number is None else number
    if uid is not None and re.fullmatch(rb"[0-9a-fA-F]{32}", uid):
        return int(uid, 16)
    if uuid is not None and re.fullmatch(rb"[0-9a-fA-F]{24}", uuid):
        return int(uuid, 16)
    if url:
        return xxhash.xxh3_128_intdigest(url)
    return xxhash.xxh3_128_intdigest(texts[0])


def uid_hex(uid):
    return f"{uid:032x}"


# --- balancing -----------------------------------------------------------------------------------

Pair = namedtuple("Pair", "uid text_hash ids")


def draw(uid, text, entry, seed=0):
    """u(pair, entry) in [0, 1) from the uid, the text's hash and the entry's hash."""
    data = uid.to_bytes(16, "little") + struct.pack("<QQ", text, entry)
    return (xxhash.xxh3_64_intdigest(data, seed) >> 11) * 2.0**-53


def unique(pairs):
    """The pairs, equal ones once: the first of each."""
    seen = {}
    for pair in pairs:
        seen.setdefault((pair.uid, pair.text_hash), pair)
    return list(seen.values())


def count(pairs, n_entries):
    counts = [0] * n_entries
    for pair in pairs:
        for i in pair.ids:
            counts[i] += 1
    return counts


def key(pair, hashes, counts, seed=0):
    return min(draw(pair.uid, pair.text_hash, hashes[i], seed) * counts[i] for i in pair.ids)


def keep_probability(pair, entries, counts, t):
    """1 - prod(1 - p_e) over the distinct entry strings of the match set."""
    none = 1.0
    for i in {entries[i]: i for i in pair.ids}.values():
        none *= 1.0 - min(1.0, t / counts[i])
    return 1.0 - none


def expected_size(pairs, entries, counts, t):
    """Expected size of the subset at t, and its standard deviation."""
    qs = [keep_probability(pair, entries, counts, t) for pair in pairs if pair.ids]
    return math.fsum(qs), math.sqrt(math.fsum(q * (1.0 - q) for q in qs))


def keep(pairs, hashes, counts, t, seed=0):
    return [pair for pair in pairs if pair.ids and key(pair, hashes, counts, seed) < t]


def keep_size(pairs, hashes, counts, size, seed=0):
    """The size pairs that are smallest by (key, uid, text_hash)."""
    matched = [pair for pair in pairs if pair.ids]
    order = sorted((key(p, hashes, counts, seed), p.uid, p.text_hash, n) for n, p in enumerate(matched))
    return [matched[n] for _, _, _, n in order[:size]]


def t_to_p(counts, t):
    return sum(c for c in counts if c < t) / sum(counts)


def p_to_t(counts, p):
    total = sum(counts)
    best, nearest, cumulated = 0, math.inf, 0
    for c in sorted(counts):
        cumulated += c
        distance = abs(cumulated / total - p)
        if distance < nearest:
            best, nearest = c, distance
    return max(best, 1)


# --- concept lists -------------------------------------------------------------------------------


def numbers():
    return [str(i).encode() for i in range(100)]


def wordnet(folder):
    """The names of WordNet's synsets, each once, in the order of the files; and how many synsets."""
    names, n_synsets = {}, 0
    for part in ("noun", "verb", "adj", "adv"):
        with open(f"{folder}/data.{part}", encoding="ascii") as lines:
            for line in lines:
                if line.startswith("  "):
                    continue
                n_synsets += 1
                lemma = line.split(" ")[4].lower()
                lemma = re.sub(r"\((a|p|ip)\)$", "", lemma)
                name = lemma.split(".")[0].replace("_", " ")
                if name and not re.fullmatch(r"[!-/:-@\[-`{-~]", name):
                    names[name] = True
    return [name.encode() for name in names], n_synsets


# --- pools ---------------------------------------------------------------------------------------

Record = namedtuple("Record", "number uid url texts")  # bytes; texts is a list

TEXT_FIELDS = ("text", "caption", "TEXT", "alt")
URL_FIELDS = ("URL", "url", "image_url")


def lines_of(data):
    """Lines without their ends (LF or CRLF); the last one needs none."""
    *lines, last = data.split(b"\n")
    lines = [line[:-1] if line.endswith(b"\r") else line for line in lines]
    return lines + [last] if last else lines


def first_of(fields, names):
    return next((fields[name] for name in names if fields.get(name) is not None), None)


def read_text(data):
    for number, line in enumerate(lines_of(data)):
        text = decode(line)
        yield Record(number, uid_of([text]), None, [text])


def make_record(number, fields, texts, id_field):
    value = {
        name: encode(v if isinstance(v, str) else json.dumps(v))
        for name, v in fields.items()
        if isinstance(v, (str, int)) and not isinstance(v, bool)
    }
    url = first_of(value, URL_FIELDS)
    uid = uid_of(texts, url, value.get("uid"), value.get("uuid"), value.get(id_field))
    return Record(number, uid, url, texts)


def read_jsonl(data, id_field=None):
    """Records of good lines; bad ones are left out and keep their number."""
    for number, line in enumerate(lines_of(data)):
        try:
            fields = json.loads(line.decode("utf-8", "replace"))
        except ValueError:
            continue
        if not isinstance(fields, dict):
            continue
        if isinstance(fields.get("texts"), list):
            texts = [encode(t if isinstance(t, str) else t[1]) for t in fields["texts"]]
        else:
            text = first_of(fields, TEXT_FIELDS)
            if not isinstance(text, str):
                continue
            texts = [encode(text)]
        yield make_record(number, fields, texts, id_field)


def read_table(data, delimiter, columns=None, id_field=None):
    """TSV (nothing is quoted) and CSV; columns are the names where the file has no header."""
    if delimiter == "\t":
        rows = [line.decode("utf-8", "replace").split("\t") for line in lines_of(data)]
    else:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8", "replace"), newline="")))
    if columns is None:
        columns, rows = rows[0], rows[1:]
    for number, row in enumerate(rows):
        fields = dict(zip(columns, row))
        text = first_of(fields, TEXT_FIELDS)
        if text is not None:
            yield make_record(number, fields, [encode(text)], id_field)


# --- all of it -----------------------------------------------------------------------------------

Curated = namedtuple("Curated", "counts kept totals")  # kept: (shard, record, text) -> key


def duplicates(pairs, dedup):
    """Which of (uid, text_hash) in input order go: all of equal pairs but the first (pair); all of
    an image's pairs but the one with the smallest text_hash (url); all of a text's pairs but the one
    with the smallest uid (text)."""
    best = {}
    for i, pair in enumerate(pairs):
        key = {"pair": pair, "url": pair[0], "text": pair[1]}.get(dedup, i)
        if key not in best or pair < pairs[best[key]]:
            best[key] = i
    return set(range(len(pairs))) - set(best.values())


def curate(shards, entries, t=math.inf, size=None, seed=0, only=None, exclude=(), dedup="pair"):
    """Curates a pool given as lists of Records, one a shard. Every text is in one class: empty,
    excluded by its uid, a duplicate, without a match, or matched."""
    runs = RunMatcher(entries)
    hashes = [entry_hash(entry) for entry in entries]
    totals = dict.fromkeys(
        ("read", "texts", "empty", "excluded", "duplicates", "unmatched", "matched", "matches"), 0
    )
    left = []  # what is neither empty nor excluded: place, pair, text
    for shard, records in enumerate(shards):
        for record in records:
            totals["read"] += 1
            for number, text in enumerate(record.texts):
                totals["texts"] += 1
                if not text:
                    totals["empty"] += 1
                elif only is not None and record.uid not in only or record.uid in exclude:
                    totals["excluded"] += 1
                else:
                    left.append(((shard, record.number, number), (record.uid, text_hash(text)), text))
    dropped = duplicates([pair for _, pair, _ in left], dedup)
    totals["duplicates"] = len(dropped)
    places, pairs = [], []
    for i, (place, pair, text) in enumerate(left):
        ids = runs.match(text) if i not in dropped else ()
        if ids:
            totals["matches"] += len(ids)
            places.append(place)
            pairs.append(Pair(*pair, ids))
        elif i not in dropped:
            totals["unmatched"] += 1
    totals["matched"] = len(pairs)
    counts = count(pairs, len(entries))
    keys = [key(pair, hashes, counts, seed) for pair in pairs]
    chosen = range(len(pairs))
    if size is not None:
        chosen = sorted(chosen, key=lambda i: (keys[i], pairs[i].uid, pairs[i].text_hash))[:size]
    else:
        chosen = [i for i in chosen if keys[i] < t]
    totals["kept"] = len(chosen)
    return Curated(counts, {places[i]: keys[i] for i in chosen}, totals)
