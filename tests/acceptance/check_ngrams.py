"""A made-up dump of 10 GB of XML (METACURATE_DUMP_GB says otherwise), the sample's articles permuted
and repeated with words exchanged, so that words and pairs go on growing as they do in a real one, is
counted within --memory 1G; the counts are the same with a fraction of that memory and one thread."""
import bz2
import hashlib
import multiprocessing
import os
import random
import re
import shutil
import subprocess
import sys
import time

from common import WORK, check, done, helpers, needs

GIB = 1 << 30
SAMPLE = "wiki/enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"
gigabytes = float(os.environ.get("METACURATE_DUMP_GB", "10"))
needs(SAMPLE)
if shutil.disk_usage(WORK).free < 4 * gigabytes * 1e9:
    print(f"  skipped: {WORK} has less than {4 * gigabytes:.0f} GB left")
    done()
NGRAMS = os.environ.get("NGRAMS", f"{helpers.ROOT}/build/release/tests/ngrams")

dump = WORK / "dump.xml"


def write_dump():
    xml = bz2.open(os.path.join(helpers.DATA, SAMPLE), "rt", encoding="utf-8").read()
    pages = re.findall(r"<page>.*?</page>\n?", xml, re.S)
    word = re.compile(r"(?<![&\w])[a-z]{4,}\b(?!;)")  # entities stay
    vocabulary = sorted(set(word.findall(xml)))
    rng = random.Random(1)

    def exchange(found):
        chance = rng.random()
        if chance > 0.3:
            return found.group()
        return rng.choice(vocabulary) if chance > 0.005 else f"{found.group()}{rng.randrange(10**7)}"

    def page():
        """A page of the sample in which every third word or so is another one, at times one that is new."""
        text = rng.choice(pages)
        found = re.search(r"<text[^>]*>(.*)</text>", text, re.S)
        return text[:found.start(1)] + word.sub(exchange, found.group(1)) + text[found.end(1):] if found else text

    distinct, size = [], 0  # made once, 200 MB of them, and repeated in another order
    while size < min(200e6, gigabytes * 1e9):
        distinct.append(page().encode())
        size += len(distinct[-1])
    written = repetition = 0
    with open(dump, "wb") as out:
        out.write(xml[: xml.index("<page>")].encode())
        while written < gigabytes * 1e9:
            rng.shuffle(distinct)
            repetition += 1
            for text in distinct:
                for end in (b"ion ", b"ing ", b"ed "):  # each repetition has words and pairs of its own
                    text = text.replace(end, b"%s%d " % (end[:-1], repetition))
                out.write(text)
                written += len(text)
                if written >= gigabytes * 1e9:
                    break
        out.write(b"</mediawiki>\n")


started = time.monotonic()
# In a process of its own: a child's peak is at least what its parent had when it was made.
writer = multiprocessing.Process(target=write_dump)
writer.start()
writer.join()
print(f"       {dump.stat().st_size / 1e9:.1f} GB written in {time.monotonic() - started:.0f} s", flush=True)


def count(threads, memory, temporary):
    """Seconds, peak MiB, and what is printed of the best million of each."""
    temporary.mkdir()
    started = time.monotonic()
    with open(temporary / "out", "wb") as out, open(temporary / "err", "wb") as err:
        process = subprocess.Popen([NGRAMS, "count", "wikipedia", str(threads), str(memory), dump], stdout=out,
                                   stderr=err, env={**os.environ, "TMPDIR": str(temporary), "METACURATE_BEST": "200000"})
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit((temporary / "err").read_text()[-2000:])
    seconds = time.monotonic() - started
    first = open(temporary / "out", "rb").readline().split()
    print(f"       {threads} threads, {memory / GIB:.3g} GiB: {seconds:.0f} s, {dump.stat().st_size / seconds / 1e6:.0f} MB/s, "
          f"peak {usage.ru_maxrss / 1024:.0f} MiB; {int(first[1]):,} tokens, {int(first[2]):,} words, "
          f"{int(first[3]):,} pairs", flush=True)
    return seconds, usage.ru_maxrss / 1024, hashlib.sha256((temporary / "out").read_bytes()).digest()


_, peak, outcome = count(os.cpu_count(), GIB, WORK / "a")
check(peak <= 1.25 * 1024, f"peak memory {peak:.0f} MiB with --memory 1G")
_, _, other = count(1, GIB // 8, WORK / "b")
check(outcome == other, "the same with one thread and an eighth of the memory")


def processor_seconds(*command):
    """Of a command that runs one thread."""
    with open(os.devnull, "wb") as null:
        process = subprocess.Popen(list(map(str, command)), stdout=null, stderr=null,
                                   env={**os.environ, "METACURATE_BEST": "1000"})
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime if process.returncode == 0 else None


part = WORK / "part.xml"
with open(dump, "rb") as whole:
    data = whole.read(40_000_000)
part.write_bytes(data[: data.rindex(b"</page>") + 7] + b"\n</mediawiki>\n")
subprocess.run(["bzip2", "-k", part], check=True)
for what, command in [
    ("bzip2 -dc, alone", ["bzip2", "-dc", f"{part}.bz2"]),
    ("bz2 to counts and scores", [NGRAMS, "count", "wikipedia", 1, GIB, f"{part}.bz2"]),
    ("XML to counts and scores", [NGRAMS, "count", "wikipedia", 1, GIB, part]),
    ("XML to text", [NGRAMS, "extract", "wikipedia", part]),
    ("XML to text, wikiextractor", [sys.executable, "-m", "wikiextractor.WikiExtractor", "-q", "--processes", 1,
                                    "-o", WORK / "extracted", part]),
]:
    seconds = processor_seconds(*command)
    rate = f"{part.stat().st_size / seconds / 1e6:.1f} MB of XML a second of processor time" if seconds else "not here"
    print(f"       {what}: {rate}", flush=True)
done()
