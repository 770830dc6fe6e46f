"""bench/run match: every engine of match.json over the same captions and the same 500,000 entries.

First each engine finds everything, and all must have found the same, and what match.json expects;
only then are times taken. Prints the tables as Markdown, and writes all figures to
build/bench/match.json.
"""
import argparse
import json
import os
import sys

import engines
from engines import Engine, Failure, ratio, say

HEADER = ["engine", "path", "threads", "MB/s", "slowest-fastest", "texts/s", "compile s",
          "automaton MB", "peak MB", "x {peer}", "ours, x"]


def cells(engine, by_name, table):
    """A line of a table."""
    f = engine.figures()
    peer, ours = by_name.get(table["peer"]), by_name.get(table["ours"])
    return [
        f["engine"], f["path"], str(f["threads"]), f"{f['mb_per_second']:.1f}",
        f"{f['slowest']:.1f}-{f['fastest']:.1f}", f"{f['texts_per_second']:,}",
        f"{f['compile_seconds']:.2f}", f"{f['automaton_bytes'] / 1e6:.1f}",
        f"{f['peak_bytes'] / 1e6:.0f}",
        f"{ratio(engine, peer):.2f}" if peer else "-",
        f"{ratio(ours, engine):.2f}" if ours else "-",
    ]


def print_table(title, rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [[cell.ljust(width) if i < 2 else cell.rjust(width)
              for i, (cell, width) in enumerate(zip(row, widths))] for row in rows]
    rule = ["-" * width if i < 2 else "-" * (width - 1) + ":" for i, width in enumerate(widths)]
    print(f"{title}\n")
    for line in [lines[0], rule, *lines[1:]]:
        print("| " + " | ".join(line) + " |")
    print()


def judge(goal, by_name):
    """A line on a goal, or None when a row it needs did not run."""
    engine, over = by_name.get(goal["row"]), by_name.get(goal.get("over", goal["row"]))
    if not engine or not over:
        return None
    if "over" in goal:
        value, what = ratio(engine, over), f"{goal['row']} over {goal['over']}"
    else:
        value, what = engine.figures()[goal["figure"]], f"{goal['row']}: {goal['figure']}"
    met = value >= goal["least"] if "least" in goal else value <= goal["most"]
    bound = f"at least {goal['least']}" if "least" in goal else f"at most {goal['most']}"
    return f"  {'met   ' if met else 'missed'} {what}: {value:.4g} ({bound})"


def parse(arguments):
    parser = argparse.ArgumentParser(prog="bench/run match")
    parser.add_argument("--rounds", type=int, default=7, help="rounds an engine (default 7)")
    parser.add_argument("--seconds", type=float, default=1,
                        help="seconds a round; whole passes, one at least (default 1)")
    parser.add_argument("--only", action="append", metavar="WORD",
                        help="rows whose name holds WORD (may be given again)")
    return parser.parse_args(arguments)


def main(arguments):
    options = parse(arguments)
    with open(os.path.join(engines.HERE, "match.json"), encoding="utf-8") as file:
        plan = json.load(file)
    places = {"texts": engines.texts_file(plan["texts"]),
              "entries": engines.entries_file(plan["entries"])}
    started, tables = [], []
    try:
        say("starting")
        for table in plan["tables"]:
            wanted = [Engine(row, **places) for row in table["rows"]
                      if not options.only or any(word in row["name"] for word in options.only)]
            started.extend(wanted)
            running = engines.start_all(wanted)
            if running:
                tables.append((table, running))
        if not tables:
            raise Failure("there is no such row, or none of them can run here")
        say("comparing what they find")
        for table, running in tables:
            engines.compare(running, table["expected"])
        for table, running in tables:
            say(f"timing: {table['title']}")
            engines.time_all(running, table["expected"]["matches"], options.rounds,
                             options.seconds)
        report(plan, tables, options)
    finally:
        for engine in started:
            engine.stop()


def report(plan, tables, options):
    where = engines.machine()
    by_name = {engine.name: engine for _, running in tables for engine in running}
    print(f"{where['cpu']}, {where['cores']} cores, {where['system']}, {where['compiler']}; "
          f"medians of up to {options.rounds} interleaved rounds; load {where['load']}\n")
    for table, running in tables:
        header = [name.format(peer=table["peer"]) for name in HEADER]
        expected = table["expected"]
        size = running[0].facts["bytes"] / 1e6
        print_table(f"{table['title']}: {expected['texts']:,} texts, {size:.1f} MB, "
                    f"{expected['matches']:,} matches, the same from every engine",
                    [header] + [cells(engine, by_name, table) for engine in running])
    warning = engines.disturbed(list(by_name.values()))
    if warning:
        print(f"**{warning}**\n")
    verdicts = [line for goal in plan["goals"] if (line := judge(goal, by_name))]
    if verdicts:
        print("Goals\n\n" + "\n".join(verdicts))
    path = os.path.join(engines.BUILD, "match.json")
    figures = [{"title": table["title"], "rows": [engine.figures() for engine in running]}
               for table, running in tables]
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"machine": where, "tables": figures}, file, indent=1)
        file.write("\n")
    say(f"all figures: {os.path.relpath(path)}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Failure as failure:
        sys.exit(f"bench/run match: {failure}")
