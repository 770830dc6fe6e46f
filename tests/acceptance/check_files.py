"""The captions with 1, 2 and 7 threads; as 1, 3 and 17 files; with the files in another order."""
from common import WORK, check, done, helpers, needs, real_list, timed

needs("captions.txt.zst", "metadata_500k.json.zst")
_, compiled = real_list()
lines = helpers.unpacked("captions.txt.zst").splitlines(keepends=True)


def curate(name, files, threads):
    out = WORK / name
    seconds, _ = timed("curate", "-m", compiled, "--format", "text", "-t", "100", "-j", threads, "-o", out, *files)
    return out, seconds


subsets, counts = [], []
for n in (1, 3, 17):
    folder = WORK / f"pool{n}"
    folder.mkdir()
    files = [
        helpers.write(folder / f"{i}.txt", b"".join(lines[len(lines) * i // n : len(lines) * (i + 1) // n]))
        for i in range(n)
    ]
    written, took = [], []
    for threads in (1, 2, 7):
        out, seconds = curate(f"out{n}j{threads}", files, threads)
        written.append(helpers.files(out))
        took.append(f"{seconds:.1f} s")
    check(written[0] == written[1] == written[2],
          f"{n} files: {len(written[0])} outputs, byte-identical with 1, 2 and 7 threads ({', '.join(took)})")
    for name, order in ((f"out{n}j1", 1), (f"out{n}r", -1)):
        out = WORK / name
        if order < 0:
            out, _ = curate(name, files[::-1], 2)
        subsets.append(helpers.uids(out))
        counts.append((out / "counts.npy").read_bytes())
check(all(s == subsets[0] for s in subsets), f"the same {len(subsets[0]):,} uids however the pool is cut")
check(all(c == counts[0] for c in counts), "byte-identical counts.npy")
done()
