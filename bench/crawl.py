"""bench/run crawl: a made-up WAT and WARC file, inflated alone and read into pairs.

First the pairs are compared: ours with those of the Python extractor, those of the WARC with those
of the WAT, whose pages are the same, and all with what make_crawl says is there. Only then are times
taken. Every row is a command that reads the whole file; rounds are interleaved. A rate is bytes
before compression over processor seconds, all threads counted: what one core does. Prints the tables
as Markdown, and writes all figures to build/bench/crawl.json.
"""
import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time

import engines
from engines import Failure, say

CMAKE = os.path.join(engines.BUILD, "cmake")
OUT = os.path.join(engines.BUILD, "out")
METACURATE = os.path.join(CMAKE, "metacurate")
HEADER = ["command", "MB/s a core", "slowest-fastest", "s", "of inflate"]


class Row:
    """A measured command."""

    def __init__(self, row, facts, **places):
        self.row, self.facts, self.name = row, facts, row["name"]
        places = {**engines.PLACES, "metacurate": METACURATE, "out": OUT, **places}
        self.command = [part.format(**places) for part in row["command"]]
        self.rates, self.seconds, self.shares = [], [], []

    def why_not(self):
        missing = [part for part in self.command if part.startswith(engines.BUILD)
                   and not part.startswith((OUT, engines.INPUTS)) and not os.path.exists(part)]
        if missing:
            return self.row.get("otherwise", f"{os.path.relpath(missing[0])} was not built")
        return None

    def round(self):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        started = time.monotonic()
        done = subprocess.run(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        elapsed = time.monotonic() - started
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            raise Failure(f"{self.name} ended with status {done.returncode}:\n{done.stderr.decode()[-2000:]}")
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        self.rates.append(self.facts["bytes"] / used / 1e6)
        self.seconds.append(elapsed)
        self.shares.append(used / elapsed)

    def figures(self):
        return {
            "name": self.name, "rounds": len(self.rates), "seconds": round(statistics.median(self.seconds), 3),
            "mb_per_cpu_second": round(statistics.median(self.rates), 1),
            "slowest": round(min(self.rates), 1), "fastest": round(max(self.rates), 1),
        }


# --- the input -----------------------------------------------------------------------------------


def make_input(kind, size, texts):
    """A made-up crawl, kept for the next run: its path, and what must be found in it."""
    path = os.path.join(engines.INPUTS, f"{size}.warc{'.wat' if kind == 'wat' else ''}.gz")
    program = os.path.join(engines.PLACES["programs"], "make_crawl")
    if not (engines.is_newer(path, texts) and engines.is_newer(path, program)
            and os.path.exists(path + ".json")):
        say(f"making {os.path.relpath(path)}")
        with open(path + ".new", "wb") as out:
            done = subprocess.run([program, kind, texts, size, "1"], stdout=out, stderr=subprocess.PIPE, check=True)
        with open(path + ".json", "wb") as file:
            file.write(done.stderr)
        os.replace(path + ".new", path)
    with open(path + ".json", "rb") as file:
        return path, json.load(file)


def compiled_list(entries):
    path = os.path.join(engines.INPUTS, "crawl.mca")
    if not engines.is_newer(path, METACURATE):
        subprocess.run([METACURATE, "compile", "-m", entries, "-o", path, "--overwrite",
                        "--quiet"], check=True)
    return path


# --- the pairs -----------------------------------------------------------------------------------


def pairs_of(row):
    """Names and texts of every pair of a command, which prints them where its output is -."""
    command = ["-" if part.startswith(OUT) else part for part in row.command if part != "--overwrite"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        pairs = []
        for line in process.stdout:
            pair = json.loads(line)
            names = (pair["uid"], pair["uuid"], pair["url"], pair["page_url"])
            pairs.append((*names, tuple((text[0], text[1]) for text in pair["texts"])))
    if process.returncode:
        raise Failure(f"{row.name} ended with status {process.returncode}")
    return pairs


def compare(tables):
    longest = None
    for table, rows, facts in tables:
        for row in (row for row in rows if row.name in table["pairs"]):
            pairs = pairs_of(row)
            n_texts = sum(len(pair[-1]) for pair in pairs)
            if (len(pairs), n_texts) != (facts["records"], facts["texts"]):
                raise Failure(f"{row.name}: {len(pairs)} pairs with {n_texts} texts, not {facts['records']} "
                              f"with {facts['texts']}: no times are taken")
            longest = longest or (row.name, pairs)
            if pairs != longest[1][:len(pairs)]:
                at = next(i for i, (a, b) in enumerate(zip(pairs, longest[1])) if a != b)
                raise Failure(f"pair {at} differs, so no times are taken:\n  {longest[1][at]}  {longest[0]}\n"
                              f"  {pairs[at]}  {row.name}")
            say(f"  {row.name}: {len(pairs):,} pairs, {n_texts:,} texts, as expected")


# --- the report ----------------------------------------------------------------------------------


def ratio(row, base):
    """The median over the rounds both did."""
    return statistics.median(a / b for a, b in zip(row.rates, base.rates))


def print_table(table, rows, facts):
    base = next((row for row in rows if row.name == table["base"]), None)
    lines = [HEADER]
    for row in rows:
        f = row.figures()
        lines.append([row.name, f"{f['mb_per_cpu_second']:,.0f}", f"{f['slowest']:.0f}-{f['fastest']:.0f}",
                      f"{f['seconds']:.2f}", f"{ratio(row, base):.0%}" if base else "-"])
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEADER))]
    lines.insert(1, ["-" * w if i == 0 else "-" * (w - 1) + ":" for i, w in enumerate(widths)])
    print(f"{table['title']}: {facts['bytes'] / 1e6:,.0f} MB, {facts['stored'] / 1e6:,.0f} as stored, "
          f"{facts['documents']:,} records, {facts['pages']:,} pages, {facts['records']:,} pairs\n")
    for line in lines:
        print("| " + " | ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths)))
              + " |")
    print()


def judge(goal, by_name):
    row, base = by_name.get(goal["row"]), by_name.get(goal["over"])
    if not row or not base:
        return None
    value = ratio(row, base)
    what = f" ({goal['what']})" if "what" in goal else ""
    return (f"  {'met   ' if value >= goal['least'] else 'missed'} {row.name} over {base.name}: {value:.3g} "
            f"(at least {goal['least']}){what}")


def parse(arguments):
    parser = argparse.ArgumentParser(prog="bench/run crawl")
    parser.add_argument("--rounds", type=int, default=5, help="rounds a row (default 5)")
    parser.add_argument("--size", help="of each input, before compression (default 512M)")
    parser.add_argument("--only", action="append", metavar="WORD",
                        help="rows whose name holds WORD, and those that inflate with libdeflate")
    return parser.parse_args(arguments)


def wanted(row, options):
    return not options.only or any(word in row["name"] for word in [*options.only, "libdeflate"])


def main(arguments):
    options = parse(arguments)
    with open(os.path.join(engines.HERE, "crawl.json"), encoding="utf-8") as file:
        plan = json.load(file)
    texts = engines.texts_file(plan["texts"])
    places = {"list": compiled_list(engines.shared_file(plan["entries"]))}
    shutil.rmtree(OUT, ignore_errors=True)
    os.makedirs(OUT)
    tables = []
    for table in plan["tables"]:
        path, facts = make_input(table["kind"], options.size or table["size"], texts)
        rows = [Row(row, facts, input=path, **places) for row in table["rows"] if wanted(row, options)]
        for row in rows:
            if row.why_not():
                say(f"  skipped: {row.name}: {row.why_not()}")
        tables.append((table, [row for row in rows if not row.why_not()], facts))
    say("comparing the pairs")
    compare(tables)
    every = [row for _, rows, _ in tables for row in rows]
    for number in range(options.rounds):
        say(f"round {number + 1} of {options.rounds}")
        for row in every:
            if number < row.row.get("rounds", options.rounds):
                row.round()
    report(plan, tables, every, options)
    shutil.rmtree(OUT)


def report(plan, tables, every, options):
    where = engines.machine()
    print(f"{where['cpu']}, {where['cores']} cores, {where['system']}, {where['compiler']}; "
          f"medians of up to {options.rounds} interleaved rounds; load {where['load']}\n")
    for table, rows, facts in tables:
        print_table(table, rows, facts)
    worst = min(every, key=lambda row: statistics.median(row.shares))
    if statistics.median(worst.shares) < 0.9:
        print(f"**The machine was busy: {worst.name} had {statistics.median(worst.shares):.0%} of a core. "
              "Processor time is counted, but cores share their caches.**\n")
    by_name = {row.name: row for row in every}
    verdicts = [line for goal in plan["goals"] if (line := judge(goal, by_name))]
    print("Goals\n\n" + "\n".join(verdicts))
    path = os.path.join(engines.BUILD, "crawl.json")
    figures = [{"title": table["title"], "facts": facts, "rows": [row.figures() for row in rows]}
               for table, rows, facts in tables]
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"machine": where, "tables": figures}, file, indent=1)
        file.write("\n")
    say(f"all figures: {os.path.relpath(path)}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Failure as failure:
        sys.exit(f"bench/run crawl: {failure}")
