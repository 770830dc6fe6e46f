"""20 million pairs of few images and few texts: each way of --dedup against a plain sort, within
--memory 512M, in any order, on any number of threads."""
import sys

from common import WORK, check, done, helpers, np, reference, timed

N = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000_000
SHARDS = 4
IMAGES, TEXTS = max(N // 5, 10), max(N // 7, 10)

listed = helpers.write_list(WORK / "list.json", [b"lo", b"ka"])
rng = np.random.default_rng(11)
images = np.minimum(rng.pareto(0.5, N // 2) * IMAGES / 50, 1e15).astype(np.uint64) % IMAGES
texts = np.minimum(rng.pareto(0.5, N // 2) * TEXTS / 50, 1e15).astype(np.uint64) % TEXTS
drawn = rng.integers(N // 2, size=N)  # so that equal pairs abound, too
images, texts = images[drawn], texts[drawn]
pools = [WORK / f"{i}.tsv" for i in range(SHARDS)]
for i, pool in enumerate(pools):
    part = slice(N * i // SHARDS, N * (i + 1) // SHARDS)
    with open(pool, "w", encoding="utf-8") as out:
        out.write("uid\ttext\n")
        for image, text in zip(images[part].tolist(), texts[part].tolist()):
            out.write(f"{image * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128:032x}\tlo {text}\n")

# uids in the order of their numbers, texts in the order of their hashes, both as ranks
uid = np.array([i * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128 for i in range(IMAGES)], dtype=object)
hashes = np.array([reference.text_hash(b"lo %d" % i) for i in range(TEXTS)], dtype=np.uint64)
uid_rank, text_rank = np.empty(IMAGES, np.uint64), np.empty(TEXTS, np.uint64)
uid_rank[np.argsort(uid, kind="stable")] = np.arange(IMAGES, dtype=np.uint64)
text_rank[np.argsort(hashes, kind="stable")] = np.arange(TEXTS, dtype=np.uint64)
assert len(np.unique(hashes)) == TEXTS
a, b = uid_rank[images], text_rank[texts]
pair = np.unique(a * np.uint64(TEXTS) + b)
a, b = pair // np.uint64(TEXTS), pair % np.uint64(TEXTS)
expected = {"pair": pair}
_, first = np.unique(a, return_index=True)  # pairs are sorted by image, then text
expected["url"] = pair[first]
order = np.lexsort((a, b))
_, first = np.unique(b[order], return_index=True)
expected["text"] = pair[order[first]]

for way in ("pair", "url", "text"):
    for options in (["-j", "1"], ["-j", "2", "turned"]):
        order = pools[::-1] if "turned" in options else pools
        out = WORK / f"{way}{len(options)}"
        seconds, mib = timed("curate", "-m", listed, "-t", "inf", "--dedup", way, "--memory", "512M",
                             "-o", out, *options[:2], *order)
        books = helpers.check_books(out)
        check(books["texts"] == N and books["kept"] == len(expected[way]),
              f"{way} {' '.join(options)}: {books['kept']:,} of {N:,} pairs in {seconds:.0f} s, {mib:.0f} MiB")
        check(mib < 512 + 64, "within --memory 512M")
        found = np.empty(books["kept"], np.uint64)
        at = 0
        for shard in helpers.manifest(out)["shards"]:
            number = int(shard["path"].rsplit("/", 1)[1][0])
            rows = np.load(out / "subset" / f"{shard['name']}.npy").astype(np.int64) + N * number // SHARDS
            found[at : at + len(rows)] = uid_rank[images[rows]] * np.uint64(TEXTS) + text_rank[texts[rows]]
            at += len(rows)
        found.sort()
        check(np.array_equal(found, np.sort(expected[way])), f"{way}: the pairs of a plain sort")
done()
