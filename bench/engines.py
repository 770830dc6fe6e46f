"""Measured programs side by side: what bench/run's subcommands share.

An engine is a process that loads texts and entries, gets ready, and then does a round when it is
told to (bench/engine/engine.h has the protocol). The others sleep meanwhile. Rounds of all engines
are interleaved, so that a machine that slows down slows them all.
"""
import json
import os
import re
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.join(os.path.dirname(HERE), "build", "bench")
DATA = os.environ.get("METACURATE_DATA") or os.path.join(HERE, "..", "..", "shared", "data")
INPUTS = os.path.join(BUILD, "data")

PLACES = {
    "programs": os.path.join(BUILD, "cmake", "bench"),
    "peers": os.path.join(BUILD, "peers", "release"),
    "python": os.path.join(BUILD, "venv", "bin", "python"),
    "source": HERE,
}


class Failure(Exception):
    """Ends a benchmark with a message."""


def say(*words):
    """Progress: the tables alone go to standard output."""
    print(*words, file=sys.stderr, flush=True)


def machine():
    """What the figures were seen on."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = re.search(r"model name\s*: (.*)", file.read())
    compiler = subprocess.run(["gcc", "--version"], capture_output=True, text=True, check=True)
    return {
        "cpu": model.group(1) if model else os.uname().machine,
        "cores": len(os.sched_getaffinity(0)),
        "system": f"{os.uname().sysname} {os.uname().release}",
        "compiler": compiler.stdout.split("\n", 1)[0],
        "load": round(os.getloadavg()[0], 1),
    }


def cpu_flags():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        return set(re.search(r"flags\s*: (.*)|$", file.read()).group(0).split())


# ---- inputs -------------------------------------------------------------------------------------


def shared_file(name):
    path = os.path.join(DATA, name)
    if not os.path.exists(path):
        raise Failure(f"{name} is missing: it is looked for in {os.path.normpath(DATA)}, or where "
                      "METACURATE_DATA says")
    return path


def is_newer(path, source):
    return os.path.exists(path) and os.path.getmtime(path) >= os.path.getmtime(source)


def write_lines(path, lines):
    """Writes strings of bytes, a line each; the file appears whole."""
    with open(path + ".new", "wb") as file:
        for line in lines:
            if b"\n" in line:
                raise Failure(f"{path}: {line!r} does not fit on a line")
            file.write(line + b"\n")
    os.replace(path + ".new", path)
    return path


def unpacked(name):
    return subprocess.run(["zstd", "-dcq", shared_file(name)], stdout=subprocess.PIPE,
                          check=True).stdout


def texts_file(name):
    """The path of a shared .txt.zst, unpacked."""
    path = os.path.join(INPUTS, name.removesuffix(".zst"))
    if not is_newer(path, shared_file(name)):
        write_lines(path, unpacked(name).removesuffix(b"\n").split(b"\n"))
    return path


def read_entries(name):
    """The entries of a shared .json.zst, as bytes."""
    return [entry.encode() for entry in json.loads(unpacked(name))]


def entries_file(name):
    """The path of a shared .json.zst list, an entry a line."""
    path = os.path.join(INPUTS, name.removesuffix(".json.zst") + ".txt")
    if not is_newer(path, shared_file(name)):
        write_lines(path, read_entries(name))
    return path


# ---- engines ------------------------------------------------------------------------------------


class Engine:
    """A measured process, described by a row of match.json or scale.json."""

    def __init__(self, row, **places):
        self.row = row
        self.name = row["name"]
        self.rates = []  # MB/s, a round each
        self.shares = []  # of the cores it could have had, what it got
        self.command = [part.format(**PLACES, **places) for part in row["command"]]
        self.process = None

    def why_not(self):
        """Why it cannot run here, or None."""
        if self.row.get("cpu", "") not in cpu_flags() | {""}:
            return f"this processor has no {self.row['cpu']}"
        for part in self.command:
            if part.startswith(BUILD) and not os.path.exists(part):
                return self.row.get("otherwise", f"{os.path.relpath(part)} was not built")
        return None

    def start(self):
        """Starts it and waits until it is ready."""
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, **self.row.get("environment", {})})
        self.facts = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise Failure(f"{self.name} ended early, with status {self.process.wait()}")
        return json.loads(line)

    def ask(self, command):
        try:
            self.process.stdin.write(command + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # it has ended, and answer says so
        return self.answer()

    def found(self):
        """What its digest says: texts, matches, digest."""
        return {"texts": self.facts["texts"], **self.ask("digest")}

    def round(self, seconds, matches):
        before = self.cpu_seconds()
        result = self.ask(f"round {seconds}")
        used = self.cpu_seconds() - before
        if result["matches"] != matches:
            raise Failure(f"{self.name} found {result['matches']} matches in a timed round, "
                          f"not {matches}")
        self.rates.append(self.facts["bytes"] * result["passes"] / result["seconds"] / 1e6)
        self.shares.append(used / result["seconds"] / self.row.get("threads", 1))

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="utf-8") as file:
            user, system = file.read().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def peak_bytes(self):
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as file:
            return 1024 * int(re.search(r"VmHWM:\s*(\d+) kB", file.read()).group(1))

    def figures(self):
        """All that was measured."""
        rate = statistics.median(self.rates)
        facts = self.facts
        figures = {
            "name": self.name,
            **{key: self.row[key] for key in ("engine", "path", "threads") if key in self.row},
            "mb_per_second": round(rate, 2),
            "slowest": round(min(self.rates), 2),
            "fastest": round(max(self.rates), 2),
            "rounds": len(self.rates),
            "texts_per_second": round(rate * 1e6 * facts["texts"] / facts["bytes"]),
            "compile_seconds": facts["compile_seconds"],
            "automaton_bytes": facts["automaton_bytes"],
            "peak_bytes": self.peak_bytes(),
        }
        if facts.get("open_seconds"):
            figures["open_seconds"] = facts["open_seconds"]
        if facts.get("states"):
            figures["bytes_per_state"] = round(facts["automaton_bytes"] / facts["states"], 2)
        return figures

    def stop(self):
        """Lets go of the process, which ends when its input does."""
        if self.process:
            self.process.stdout.close()
            try:
                self.process.stdin.close()
            except BrokenPipeError:
                pass
            self.process.wait()


def ratio(engine, base):
    """How many times base's rate engine has: the median over the rounds both did."""
    return statistics.median(a / b for a, b in zip(engine.rates, base.rates))


def disturbed(running):
    """A warning when other work took the cores from the engines, or None."""
    worst = min(running, key=lambda engine: statistics.median(engine.shares))
    share = statistics.median(worst.shares)
    if share > 0.9:
        return None
    return (f"The machine was busy: {worst.name} had {share:.0%} of the cores it asked for. "
            "These figures are no measurements.")


def start_all(engines):
    """Starts those that can run, one after the other; returns them."""
    running = []
    for engine in engines:
        reason = engine.why_not()
        if reason:
            say(f"  skipped: {engine.name}: {reason}")
            continue
        started = time.monotonic()
        running.append(engine)
        engine.start()
        say(f"  {engine.name}: ready after {time.monotonic() - started:.1f} s")
    return running


def compare(engines, expected=None):
    """Lets every engine find everything once; fails unless all found the same. Returns it."""
    results = [(engine.name, engine.found()) for engine in engines]
    if expected:
        results.insert(0, ("expected", expected))
    for name, found in results:
        if found != results[0][1]:
            lines = "\n".join(f"  {found}  {name}" for name, found in results)
            raise Failure(f"not all engines found the same, so no times are taken:\n{lines}")
    return results[0][1]


def time_all(engines, matches, rounds, seconds):
    """Interleaved rounds. An engine's row may limit its own."""
    for number in range(rounds):
        say(f"  round {number + 1} of {rounds}")
        order = engines[number % len(engines):] + engines[:number % len(engines)]
        for engine in order:
            if number < engine.row.get("rounds", rounds):
                engine.round(seconds, matches)
