"""Match sets of all captions against the dictionary of token runs; copies; sizes; counts."""
import json
import subprocess

from common import WORK, captions, check, done, helpers, needs, np, real_list, reference, rows, timed

needs("captions.txt.zst", "metadata_500k.json.zst")
entries, compiled = real_list()
texts = reference.lines_of(helpers.unpacked("captions.txt.zst"))

runs = reference.RunMatcher(entries)
arguments = helpers.command("match", "-m", compiled, "--format", "text", "-o", "-", captions())
different = n = n_matches = 0
seen, counts = set(), np.zeros(len(entries), np.uint64)
with subprocess.Popen(arguments, stdout=subprocess.PIPE) as running:
    for text, line in zip(texts, running.stdout):
        ids = runs.match(reference.decode(text))
        different += json.loads(line) != {"record": n, "text": 0, "matches": ids}
        n += 1
        n_matches += len(ids)
        if text and text not in seen:
            seen.add(text)
            counts[ids] += 1
    check(not running.stdout.read(1) and running.wait() == 0, "the program printed no line more")
check(n == len(texts) == 811_068 and different == 0,
      f"{n:,} captions x {len(entries):,} entries: {n_matches:,} matches, {different} sets differ")

once, twice = WORK / "once", WORK / "twice"
seconds, mib = timed("curate", "-m", compiled, "--format", "text", "-t", "100", "-o", once, captions())
books = helpers.check_books(once)
copies = sum(1 for text in texts if text) - len(seen)
check(books["duplicates"] == copies, f"{books['duplicates']:,} surplus copies (expected {copies:,})")
check(np.array_equal(helpers.counts(once), counts), "counts over unique texts equal the reference's")
check(True, f"curate took {seconds:.1f} s, {mib:.0f} MiB at most")
timed("curate", "-m", compiled, "--format", "text", "-t", "100", "-o", twice, captions(), captions())
again = helpers.check_books(twice)
check(again["duplicates"] == 2 * books["duplicates"] + len(seen) and again["kept"] == books["kept"],
      f"with itself added: {again['duplicates']:,} duplicates, {again['kept']:,} kept as before")
check((once / "counts.npy").read_bytes() == (twice / "counts.npy").read_bytes()
      and helpers.uids(once) == helpers.uids(twice), "the same counts and uids")

kept = []
for size in (100_000, 200_000):
    out = WORK / f"size{size}"
    timed("balance", "--size", size, "-o", out, once)
    kept.append(set(rows(out)[0].tolist()))
check([len(k) for k in kept] == [100_000, 200_000] and kept[0] <= kept[1],
      "--size 100000 keeps exactly 100,000, all of them among --size 200000's")
done()
