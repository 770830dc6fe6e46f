"""20 million generated pairs, half of them duplicates, within --memory 256M."""
import sys

from common import WORK, check, done, helpers, np, rows, timed

N = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000_000
SHARDS = 4

entries = helpers.sample_entries(300)
listed = helpers.write_list(WORK / "list.json", entries)
texts = list(helpers.sample_texts(997))
# Pair k of N / 2 stands at position k and, as its copy, at k * STEP mod N / 2 of the second half.
half, step = N // 2, 7_368_787
pools = [WORK / f"{i}.tsv" for i in range(SHARDS)]
for i, pool in enumerate(pools):
    with open(pool, "w", encoding="utf-8") as out:
        out.write("url\ttext\n")
        for position in range(N * i // SHARDS, N * (i + 1) // SHARDS):
            k = position if position < half else (position - half) * step % half
            text = texts[k % 997].replace("\t", " ")
            out.write(f"h/{k}\t{text}\n")
assert np.gcd(step, half) == 1

out = WORK / "out"
seconds, mib = timed("curate", "-m", listed, "-t", "1000", "--memory", "256M", "-o", out, *pools)
books = helpers.check_books(out)
check(books["texts"] == N and books["duplicates"] == half - books["empty"] // 2,
      f"{books['texts']:,} pairs, {books['duplicates']:,} duplicates in {seconds:.0f} s")
check(mib < 256, f"{mib:.0f} MiB at most")
kept = rows(out)
check(sum(map(len, kept)) == books["kept"] > 0, f"{books['kept']:,} kept")
check(sum(len(k) for k in kept[SHARDS // 2 :]) == 0, "none of them from the half that repeats")
done()
