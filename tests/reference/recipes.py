"""Recipes over counts, plainly: what `metadata build` makes of n-gram counts and pageviews."""
import math


def pmi(count, first, second, tokens):
    return math.log2(count * tokens / (first * second))


def ranked(scores):
    """Names by falling score, equal ones by their bytes."""
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def views(files, project, hour_floor):
    """Sums of `domain title count bytes` lines (bytes) over files."""
    sums = {}
    domains = {project, project + b".m", project + b".zero"}
    for content in files:
        for line in content.split(b"\n"):
            fields = line.split(b" ")
            if len(fields) != 4 or fields[0] not in domains or b":" in fields[1] or fields[1] == b"-":
                continue
            if fields[2].isdigit() and int(fields[2]) >= max(hour_floor, 1):
                title = fields[1].replace(b"_", b" ")
                sums[title] = sums.get(title, 0) + int(fields[2])
    return sums


def merge(sources, size=None):
    """Entries (name, source, score, rank) of (source, [(name, score), ...]) in order, each name
    once, cut at size."""
    entries, met = [], set()
    for source, candidates in sources:
        for rank, (name, score) in enumerate(candidates, 1):
            if len(entries) == size:
                return entries
            if name not in met:
                met.add(name)
                entries.append((name, source, score, rank))
    return entries
