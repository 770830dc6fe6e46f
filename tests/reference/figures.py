"""Every figure of report.json in the plainest way, from counts.npy, the match indexes, the subset's
.npy files and the concept list alone. What a run was asked for comes from its caller; nothing is
taken from its report, and of its manifest only the order and names of the shards.

numpy does what is the same for every text at once; everything else is Python's own.
"""
import json
import math
import os
from collections import Counter

import numpy as np

import mcm
import reference

INF = math.inf


class Run:
    """A run, read again. entries is the concept list; sources has a name an entry, or is None;
    other_counts are those of --counts; n_taken_down pairs were taken out since."""

    def __init__(self, folder, entries, sources=None, matches=None, dedup="pair", t=None, size=None,
                 tail_share=None, seed=0, only=None, exclude=(), other_counts=None, n_taken_down=0):
        self.entries, self.sources, self.dedup, self.seed = entries, sources, dedup, seed
        self.n_taken_down = n_taken_down
        with open(os.path.join(folder, "manifest.json"), encoding="utf-8") as file:
            self.shards = json.load(file)["shards"]
        self.balanced = t is not None or size is not None or tail_share is not None
        self.indexes = [
            mcm.Index(os.path.join(matches or folder, "matches", shard["name"] + ".mcm"))
            for shard in self.shards
        ]
        self.read_texts(only, exclude)
        self.before = np.load(os.path.join(folder, "counts.npy"))
        counted = Counter(i for text in self.pairs for i in text.ids)
        assert self.before.tolist() == [counted[i] for i in range(len(entries))]
        self.before = self.before.tolist()
        self.all_before = sum(self.before)
        self.drawn = list(other_counts) if other_counts is not None else self.before
        self.t = INF
        if self.balanced:
            self.compute_keys()
            self.choose(t, size, tail_share)
            self.read_subset(folder)

    def read_texts(self, only, exclude):
        """All texts, and which of them take part: pairs with a match, in input order."""
        self.texts = []
        left = []
        for shard, index in enumerate(self.indexes):
            for text in index.texts():
                self.texts.append((shard, text))
                out = only is not None and text.uid not in only or text.uid in exclude
                if not text.empty and not out:
                    left.append(len(self.texts) - 1)
        identities = [(self.texts[i][1].uid, self.texts[i][1].text_hash) for i in left]
        duplicates = reference.duplicates(identities, self.dedup)
        self.n_excluded = sum(not text.empty for _, text in self.texts) - len(left)
        self.n_duplicates = len(duplicates)
        taking_part = [self.texts[i] for k, i in enumerate(left) if k not in duplicates]
        self.n_unmatched = sum(not text.ids for _, text in taking_part)
        taking_part = [(shard, text) for shard, text in taking_part if text.ids]
        self.places = [(shard, text.record, text.number) for shard, text in taking_part]
        self.pairs = [text for _, text in taking_part]

    def compute_keys(self):
        hashes = [reference.entry_hash(entry) for entry in self.entries]
        self.keys = [reference.key(pair, hashes, self.drawn, self.seed) for pair in self.pairs]

    def choose(self, t, size, tail_share):
        """t, and the pairs that the rules keep."""
        self.fewer = size is not None and len(self.pairs) < size
        if size is not None and size < len(self.pairs):
            order = sorted(
                range(len(self.pairs)),
                key=lambda i: (self.keys[i], self.pairs[i].uid, self.pairs[i].text_hash, i),
            )
            self.t = self.keys[order[size]]
            self.by_rule = set(order[:size])
            return
        if tail_share is not None:
            t = reference.p_to_t(self.drawn, tail_share)
        self.t = float(t) if size is None else INF
        self.by_rule = {i for i, key in enumerate(self.keys) if key < self.t}

    def read_subset(self, folder):
        """What the files keep."""
        kept, seen = set(), Counter()
        for number, shard in enumerate(self.shards):
            seen[shard["name"]] += 1
            n = seen[shard["name"]]
            path = os.path.join(folder, "subset", shard["name"] + (f"-{n}" if n > 1 else ""))
            records = np.load(path + ".npy").tolist()
            has_numbers = os.path.exists(path + ".texts.npy")
            numbers = np.load(path + ".texts.npy").tolist() if has_numbers else [0] * len(records)
            kept.update(zip([number] * len(records), records, numbers))
        self.n_kept = len(kept)
        self.kept = {i for i, place in enumerate(self.places) if place in kept}
        assert len(self.kept) == self.n_kept
        after = Counter(i for pair in self.kept for i in self.pairs[pair].ids)
        self.after = [after[i] for i in range(len(self.entries))]
        self.all_after = sum(self.after)

    # --- members -----------------------------------------------------------------------------

    def metadata(self):
        first = {}
        for i, entry in enumerate(self.entries):
            first.setdefault(entry, i)
        state = reference.xxhash.xxh3_128()
        for entry in self.entries:
            state.update(len(entry).to_bytes(4, "little") + entry)
        return {
            "digest": state.hexdigest(),
            "entries": len(self.entries),
            "repeated": len(self.entries) - len(first),
            "dead": sum(map(reference.is_dead, self.entries)),
        }

    def inputs(self):
        sizes = [index.document["source_size"] for index in self.indexes]
        return {"shards": len(sizes), "bytes": sum(sizes)}

    def totals(self):
        books = [index.document["totals"] for index in self.indexes]
        totals = {
            name: sum(book[name] for book in books)
            for name in ("records", "read", "rejected", "texts", "replaced")
        }
        filtered = sum(book["excluded"] for book in books)
        kept = self.n_kept if self.balanced else 0
        assert totals["texts"] == len(self.texts) + filtered
        return totals | {
            "empty": sum(text.empty for _, text in self.texts),
            "excluded": self.n_excluded + filtered,
            "duplicates": self.n_duplicates,
            "unmatched": self.n_unmatched,
            "matched": len(self.pairs),
            "kept": kept,
            "not_kept": len(self.pairs) - kept,
            "matches": sum(len(pair.ids) for pair in self.pairs),
        }

    def result(self):
        if not self.balanced:
            return None
        expected, variance = self.chances(self.t)
        return {
            "t": real(self.t),
            "p": share(sum(c for c in self.drawn if c < self.t), sum(self.drawn)),
            "kept": self.n_kept,
            "expected_size": expected,
            "expected_deviation": math.sqrt(variance),
            "head_entries": sum(0 < c >= self.t for c in self.before),
            "tail_entries": sum(0 < c < self.t for c in self.before),
            "never_matched_entries": sum(c == 0 for c in self.before),
            "fewer_than_asked": self.fewer,
        }

    def check(self):
        if not self.balanced:
            return None
        return {
            "kept": self.n_kept,
            "by_rule": len(self.by_rule),
            "differ": len(self.by_rule ^ self.kept),
            "taken_down": self.n_taken_down,
        }

    def counts(self):
        return {
            "matched_entries": sum(c > 0 for c in self.before),
            "largest": max(self.before, default=0),
            "matches_before": self.all_before,
            "matches_after": self.all_after if self.balanced else None,
            "capped": capped(self.drawn, self.t) if self.balanced else None,
            "entropy_before": entropy(self.before),
            "entropy_after": entropy(self.after) if self.balanced else None,
        }

    def ranks(self, ranks):
        """At these ranks."""
        before = sorted(self.before, reverse=True)
        after = sorted(self.after, reverse=True) if self.balanced else None
        return {
            "rank": ranks,
            "before": [before[rank - 1] for rank in ranks],
            "after": [after[rank - 1] for rank in ranks] if self.balanced else None,
            "head": sum(0 < c >= self.t for c in self.before) if self.balanced else None,
        }

    def cumulative(self, positions):
        """At these positions."""
        matched = sorted(c for c in self.before if c > 0)
        middle = self.t
        if not self.balanced or middle == INF:
            middle = min(20000.0, series(max(self.before, default=0))[-1])
        return {
            "entries": positions,
            "curves": [
                {"t": real(t), "sum": [capped(matched[:n], t) for n in positions]}
                for t in (middle / 10, middle, middle * 10, INF)
            ],
        }

    def flat(self):
        """The ids of all pairs in one row, of repeated strings the first alone, and where each
        pair's begin."""
        first = {}
        for i, entry in enumerate(self.entries):
            first.setdefault(entry, i)
        own = [[i for i in pair.ids if first[self.entries[i]] == i] for pair in self.pairs]
        starts = np.cumsum([0] + [len(ids) for ids in own])[:-1]
        return np.array([i for ids in own for i in ids], dtype=np.int64), starts

    def chances(self, t):
        """Expected size at t and its variance; copies of a pair are drawn for once."""
        if not self.pairs:
            return 0.0, 0.0
        if not hasattr(self, "ids"):
            self.ids, self.starts = self.flat()
        if t == INF:
            return float(len(self.pairs)), 0.0
        with np.errstate(divide="ignore", invalid="ignore"):
            p = np.minimum(1.0, t / np.array(self.drawn, dtype=float))
        q = 1.0 - np.multiply.reduceat(1.0 - p[self.ids], self.starts)
        copies = Counter((pair.uid, pair.text_hash) for pair in self.pairs)
        variance = (
            m * q_pair * (1.0 - q_pair)  # m^2 q (1 - q) for m copies: m for each of them
            for pair, q_pair in zip(self.pairs, q.tolist())
            for m in (copies[pair.uid, pair.text_hash],)
        )
        return math.fsum(q.tolist()), math.fsum(variance)

    def sizes(self):
        ts = set(series(max(self.drawn, default=0)))
        if self.balanced and self.t != INF:
            ts.add(self.t)
        ts = sorted(ts)
        if not self.balanced:
            self.compute_keys()
        chances = [self.chances(t) for t in ts]
        total = sum(self.drawn)
        return {
            "t": ts,
            "realised": [sum(key < t for key in self.keys) for t in ts],
            "expected": [expected for expected, _ in chances],
            "deviation": [None if self.dedup == "none" else math.sqrt(v) for _, v in chances],
            "tail_share": [share(sum(c for c in self.drawn if c < t), total) for t in ts],
            "capped": [capped(self.drawn, t) for t in ts],
            "head_entries": [sum(0 < c >= t for c in self.drawn) for t in ts],
        }

    def matches_a_text(self):
        before = Counter(min(len(pair.ids), 100) for pair in self.pairs)
        after = Counter(min(len(self.pairs[i].ids), 100) for i in self.kept) if self.balanced else None
        return {
            "matches": list(range(1, 101)),
            "before": [before[n] for n in range(1, 101)],
            "after": [after[n] for n in range(1, 101)] if self.balanced else None,
            "most": max((len(pair.ids) for pair in self.pairs), default=0),
        }

    def name(self, i):
        return {
            "id": i,
            "entry": self.entries[i].decode("utf-8", "replace"),
            "source": self.sources[i] if self.sources else None,
        }

    def row(self, i):
        row = self.name(i) | {"before": self.before[i], "after": None}
        row |= {"share_before": share(self.before[i], self.all_before), "share_after": None, "p": None}
        if self.balanced:
            row["after"] = self.after[i]
            row["share_after"] = share(self.after[i], self.all_after)
            row["p"] = min(1.0, self.t / self.drawn[i]) if self.drawn[i] else 1.0
        return row

    def rows(self):
        matched = [i for i, c in enumerate(self.before) if c > 0]
        names = ("top_before", "top_after", "bottom_before", "bottom_after", "gained", "lost")
        lists = dict.fromkeys(names)
        lists["top_before"] = sorted(matched, key=lambda i: (-self.before[i], i))
        lists["bottom_before"] = sorted(matched, key=lambda i: (self.before[i], i))
        if self.balanced:
            gain = {i: self.after[i] * self.all_before - self.before[i] * self.all_after for i in matched}
            lists["top_after"] = sorted(matched, key=lambda i: (-self.after[i], i))
            lists["bottom_after"] = sorted(matched, key=lambda i: (self.after[i], -self.before[i], i))
            lists["gained"] = sorted((i for i in matched if gain[i] > 0), key=lambda i: (-gain[i], i))
            lists["lost"] = sorted((i for i in matched if gain[i] < 0), key=lambda i: (gain[i], i))
        return {
            name: None if ids is None else [self.row(i) for i in ids[:50]]
            for name, ids in lists.items()
        }

    def by_source(self):
        groups = {}
        for i in range(len(self.entries)):
            groups.setdefault(self.sources[i] if self.sources else None, []).append(i)
        rows = []
        for source, ids in groups.items():
            before = sum(self.before[i] for i in ids)
            after = sum(self.after[i] for i in ids) if self.balanced else None
            rows.append({
                "source": source,
                "entries": len(ids),
                "dead": sum(reference.is_dead(self.entries[i]) for i in ids),
                "never_matched": sum(self.before[i] == 0 for i in ids),
                "before": before,
                "after": after,
                "share_before": share(before, self.all_before),
                "share_after": share(after, self.all_after) if self.balanced else None,
            })
        return rows

    def listed(self, ids):
        return {"entries": len(ids), "first": [self.name(i) for i in ids[:100]]}

    def languages(self):
        matched, kept, matches, after = Counter(), Counter(), Counter(), Counter()
        for i, pair in enumerate(self.pairs):
            matched[pair.language] += 1
            matches[pair.language] += len(pair.ids)
            if self.balanced and i in self.kept:
                kept[pair.language] += 1
                after[pair.language] += len(pair.ids)

        def order(code):
            return -matched[code], int.from_bytes((code or "").encode(), "little")

        return [
            {
                "lang": code,
                "matched": matched[code],
                "kept": kept[code] if self.balanced else None,
                "matches": matches[code],
                "matches_after": after[code] if self.balanced else None,
            }
            for code in sorted(matched, key=order)
        ]

    def report(self, ranks, positions):
        """All members of a report that are figures, for the places that its curves are given at."""
        dead = [i for i, entry in enumerate(self.entries) if reference.is_dead(entry)]
        never = sorted({i for i, c in enumerate(self.before) if c == 0} - set(dead))
        return {
            "metadata": self.metadata(),
            "inputs": self.inputs(),
            "totals": self.totals(),
            "result": self.result(),
            "check": self.check(),
            "counts": self.counts(),
            "ranks": self.ranks(ranks),
            "cumulative": self.cumulative(positions),
            "sizes": self.sizes(),
            "matches_a_text": self.matches_a_text(),
            "entries": self.rows(),
            "sources": self.by_source(),
            "never_matched": self.listed(never),
            "dead": self.listed(dead),
            "languages": self.languages(),
        }


# --- formulas ------------------------------------------------------------------------------------


def real(x):
    return "inf" if x == INF else float(x)


def share(part, whole):
    return part / whole if whole else 0.0


def capped(counts, t):
    return math.fsum(min(c, t) for c in counts)


def entropy(counts):
    total = sum(counts)
    return math.fsum(c / total * math.log2(total / c) for c in counts if c > 0)


def series(largest):
    """1, 2, 5, 10, ... up to the first that is above largest."""
    out, power = [], 1
    while True:
        for digit in (1, 2, 5):
            out.append(float(digit * power))
            if out[-1] > largest:
                return out
        power *= 10


# --- comparing -----------------------------------------------------------------------------------


def differences(found, expected, place=""):
    """Where a document differs from what is expected of it; members that nothing is expected of are
    passed over. Integers must be equal, reals to a billionth."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for name, value in expected.items():
            if name not in found:
                yield f"{place}.{name} is missing"
            else:
                yield from differences(found[name], value, f"{place}.{name}")
    elif isinstance(expected, list) and isinstance(found, list):
        if len(found) != len(expected):
            yield f"{place} has {len(found)} items, not {len(expected)}"
        for i, pair in enumerate(zip(found, expected)):
            yield from differences(*pair, f"{place}[{i}]")
    elif isinstance(expected, float) and isinstance(found, (int, float)):
        if not math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-300):
            yield f"{place} is {found!r}, not {expected!r}"
    elif found != expected or type(found) is not type(expected):
        yield f"{place} is {found!r}, not {expected!r}"
