"""20 million pairs of few images and few texts: each way of --dedup against a plain sort, within
--memory 512M, in any order, on any number of threads."""
import os
import sys

from common import WORK, check, done, helpers, np, reference, timed

N = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000_000
SHARDS = 4
IMAGES, TEXTS = max(N // 5, 10), max(N // 7, 10)
SPREAD = 0x9E3779B97F4A7C15F39CC0605CEDC835  # odd, so that uids are distinct
pools = [WORK / f"{i}.tsv" for i in range(SHARDS)]
listed = helpers.write_list(WORK / "list.json", [b"lo", b"ka"])


def apart(function, *arguments):
    """Runs a function in a process of its own: the program's peak of memory, as the system tells
    it, is never below what the process that started it took."""
    child = os.fork()
    if child == 0:
        function(*arguments)
        sys.stdout.flush()
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        raise SystemExit(f"{function.__name__} failed")


def best(pairs, key):
    """Of sorted pairs the first of each key."""
    return pairs[np.unique(key, return_index=True)[1]]


def prepare():
    """Writes the pool, and beside it what must be left of it, pairs as rank of the uid * TEXTS +
    rank of the text's hash."""
    rng = np.random.default_rng(11)
    images = np.minimum(rng.pareto(0.5, N // 2) * IMAGES / 50, 1e15).astype(np.uint64) % IMAGES
    texts = np.minimum(rng.pareto(0.5, N // 2) * TEXTS / 50, 1e15).astype(np.uint64) % TEXTS
    drawn = rng.integers(N // 2, size=N)  # so that equal pairs abound, too
    images, texts = images[drawn], texts[drawn]
    for i, pool in enumerate(pools):
        part = slice(N * i // SHARDS, N * (i + 1) // SHARDS)
        with open(pool, "w", encoding="utf-8") as out:
            out.write("uid\ttext\n")
            for image, text in zip(images[part].tolist(), texts[part].tolist()):
                out.write(f"{image * SPREAD % 2**128:032x}\tlo {text}\n")
    by_uid = sorted(range(IMAGES), key=lambda image: image * SPREAD % 2**128)
    by_hash = sorted(range(TEXTS), key=lambda text: reference.text_hash(b"lo %d" % text))
    uid_rank, text_rank = np.empty(IMAGES, np.uint64), np.empty(TEXTS, np.uint64)
    uid_rank[by_uid] = np.arange(IMAGES, dtype=np.uint64)
    text_rank[by_hash] = np.arange(TEXTS, dtype=np.uint64)
    pairs = uid_rank[images] * np.uint64(TEXTS) + text_rank[texts]
    np.save(WORK / "pairs.npy", pairs)
    pairs = np.unique(pairs)
    image, text = pairs // np.uint64(TEXTS), pairs % np.uint64(TEXTS)
    order = np.lexsort((image, text))
    np.save(WORK / "expected.pair.npy", pairs)
    np.save(WORK / "expected.url.npy", best(pairs, image))
    np.save(WORK / "expected.text.npy", np.sort(best(pairs[order], text[order])))


def compare(way, out):
    expected = np.load(WORK / f"expected.{way}.npy")
    pairs = np.load(WORK / "pairs.npy", mmap_mode="r")
    found = []
    for shard in helpers.manifest(out)["shards"]:
        number = int(os.path.basename(shard["path"])[0])
        rows = np.load(out / "subset" / f"{shard['name']}.npy").astype(np.int64)
        found.append(pairs[rows + N * number // SHARDS])
    found = np.sort(np.concatenate(found))
    assert np.array_equal(found, expected), f"{len(found)} pairs, {len(expected)} in the sort"


apart(prepare)
for way in ("pair", "url", "text"):
    for threads, order in (("1", pools), ("2", pools[::-1])):
        out = WORK / f"{way}{threads}"
        seconds, mib = timed("curate", "-m", listed, "-t", "inf", "--dedup", way, "--memory", "512M",
                             "-j", threads, "-o", out, *order)
        books = helpers.check_books(out)
        check(books["texts"] == N and mib < 512, f"{way}, {threads} threads: {books['kept']:,} of {N:,} "
              f"pairs in {seconds:.0f} s, {mib:.0f} MiB")
        apart(compare, way, out)
        check(True, "the pairs of a plain sort")
done()
