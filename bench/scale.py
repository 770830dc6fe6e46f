"""bench/run scale: what matching costs as the list and the number of threads grow.

Smaller lists are every n-th entry of the real one. Larger ones are the real one and, after it, its
entries joined with its two-word entries. So every added entry begins with words that texts hold,
which is the hard case: the engine must follow them before it can tell.

All engines of a size must find the same before times are taken. Writes docs/scale.json and draws
it (chart.py).
"""
import argparse
import json
import os
import sys

import chart
import engines
from engines import Engine, Failure, ratio, say

DOCS = os.path.join(engines.HERE, "..", "docs")


def grown(entries, size):
    """Exactly size distinct entries: a part of them, or they and joined ones."""
    if size <= len(entries):
        return entries[::len(entries) // size][:size]
    tails = [entry for entry in entries if entry.count(b" ") == 1]
    if not tails:
        raise Failure("the list has no entries of two words to grow by")
    result = dict.fromkeys(entries)
    # Both steps are primes, so that heads and tails meet in ever new pairs.
    for i in range(64 * size):
        if len(result) == size:
            return list(result)
        head = entries[i * 7919 % len(entries)]
        result[head + b" " + tails[(i * 104729 + i // len(entries)) % len(tails)]] = None
    raise Failure(f"the list could not be grown to {size} entries")


def list_file(plan, size):
    """The path of a list of that size, made when it is not there."""
    source = engines.shared_file(plan["entries"])
    path = os.path.join(engines.INPUTS, f"entries-{size}.txt")
    if not engines.is_newer(path, source) or not engines.is_newer(path, __file__):
        say(f"  making a list of {size:,} entries")
        engines.write_lines(path, grown(engines.read_entries(plan["entries"]), size))
    return path


def run(wanted, options):
    """Starts, compares and times engines; returns those that ran, and what they found."""
    running = engines.start_all(wanted)
    if not running:
        return [], None
    found = engines.compare(running)
    engines.time_all(running, found["matches"], options.rounds, options.seconds)
    return running, found


def over_entries(plan, options, warnings):
    points = []
    for size in plan["sizes"]:
        say(f"{size:,} entries")
        places = {"texts": engines.texts_file(plan["texts"]), "entries": list_file(plan, size)}
        wanted = [Engine(row, **places) for row in plan["entry_rows"]
                  if not options.only or any(word in row["name"] for word in options.only)]
        try:
            running, found = run(wanted, options)
            if running:
                warnings.append(engines.disturbed(running))
                points.append({"entries": size, **found,
                               "rows": [engine.figures() for engine in running]})
        finally:
            for engine in wanted:
                engine.stop()
    return points


def over_threads(plan, options, warnings):
    cores = len(os.sched_getaffinity(0))
    say(f"1 to {cores} threads")
    places = {"texts": engines.texts_file(plan["texts"]),
              "entries": engines.entries_file(plan["entries"])}
    wanted = [Engine({**plan["thread_row"], "threads": n}, threads=n, **places)
              for n in range(1, cores + 1)]
    try:
        running, _ = run(wanted, options)
        if not running:
            return []
        warnings.append(engines.disturbed(running))
        return [{**engine.figures(), "over_one": round(ratio(engine, running[0]), 3)}
                for engine in running]
    finally:
        for engine in wanted:
            engine.stop()


def parse(arguments):
    parser = argparse.ArgumentParser(prog="bench/run scale")
    parser.add_argument("--rounds", type=int, default=5, help="rounds an engine (default 5)")
    parser.add_argument("--seconds", type=float, default=1,
                        help="seconds a round; whole passes, one at least (default 1)")
    parser.add_argument("--only", action="append", metavar="WORD",
                        help="engines whose name holds WORD (may be given again)")
    parser.add_argument("--sizes", type=lambda text: [int(n) for n in text.split(",")],
                        help="numbers of entries, with commas between")
    parser.add_argument("-o", "--output", default=DOCS, help="folder to write to (default docs)")
    return parser.parse_args(arguments)


def main(arguments):
    options = parse(arguments)
    with open(os.path.join(engines.HERE, "scale.json"), encoding="utf-8") as file:
        plan = json.load(file)
    plan["sizes"] = options.sizes or plan["sizes"]
    warnings = []
    result = {"machine": engines.machine(), "entries": over_entries(plan, options, warnings),
              "threads": over_threads(plan, options, warnings)}
    os.makedirs(options.output, exist_ok=True)
    path = os.path.join(options.output, "scale.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1)
        file.write("\n")
    chart.draw(path)
    for point in result["entries"]:
        for row in point["rows"]:
            print(f"{point['entries']:>9,} entries  {row['name']:<20} {row['mb_per_second']:8.1f} MB/s"
                  f"  compiled in {row['compile_seconds']:6.2f} s"
                  f"  {row['automaton_bytes'] / 1e6:7.1f} MB")
    for row in result["threads"]:
        print(f"{row['threads']:>9} threads  {row['name']:<20} {row['mb_per_second']:8.1f} MB/s"
              f"  {row['over_one']:.2f} x one")
    for warning in filter(None, warnings):
        print(f"**{warning}**")
    say(f"written: {os.path.relpath(path)} and the charts beside it")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Failure as failure:
        sys.exit(f"bench/run scale: {failure}")
