"""A made-up crawl of 20 GB before compression (METACURATE_CRAWL_GB says otherwise) is curated within
512 MB and what --memory allows, and the books hold what make_crawl says is there."""
import json
import os
import shutil
import subprocess

from common import WORK, check, done, helpers, needs, real_list, timed

N_SHARDS = 10
MEMORY_MB = 256
gigabytes = float(os.environ.get("METACURATE_CRAWL_GB", "20"))

needs("captions.txt.zst", "metadata_500k.json.zst")
if shutil.disk_usage(WORK).free < gigabytes * 1e9:
    print(f"  skipped: {WORK} has less than {gigabytes:.0f} GB left")
    done()
MAKE_CRAWL = os.environ.get("MAKE_CRAWL", f"{helpers.ROOT}/build/release/tests/make_crawl")
texts = helpers.write(WORK / "texts", helpers.unpacked("captions.txt.zst"))
_, compiled = real_list()
pool = WORK / "pool"
pool.mkdir()


def start(number):
    """Starts writing a shard; every fifth is a WARC."""
    kind = "warc" if number % 5 == 4 else "wat"
    size = f"{int(gigabytes * 1e6 / N_SHARDS / 1.024)}k"
    with open(pool / f"{number:02}.{kind}.gz", "wb") as out:
        return subprocess.Popen(
            [MAKE_CRAWL, kind, texts, size, str(number), "1"], stdout=out, stderr=subprocess.PIPE
        )


facts = []
for number in range(0, N_SHARDS, 2):  # two at a time
    for process in [start(number), start(number + 1)]:
        facts.append(json.loads(process.communicate()[1]))
        assert process.returncode == 0
sums = {name: sum(fact[name] for fact in facts) for name in facts[0]}
print(f"       {sums['bytes'] / 1e9:.1f} GB, {sums['stored'] / 1e9:.1f} as stored, {sums['pages']:,} pages", flush=True)

out = WORK / "out"
seconds, peak = timed("curate", "-m", compiled, "--lid", "none", "-t", "200", "--memory", f"{MEMORY_MB}M",
                      "--quiet", "-o", out, pool)
check(peak <= 512 + MEMORY_MB, f"peak memory {peak:.0f} MiB with --memory {MEMORY_MB}M")
totals = helpers.check_books(out)
links = totals["crawl"]
check(totals["read"] == totals["records"] == sums["records"], f"{totals['read']:,} image links with a text")
check(totals["texts"] == sums["texts"], f"{totals['texts']:,} texts, {totals['kept']:,} kept")
check([links["documents"], links["pages"]] == [sums["documents"], sums["pages"]], f"{links['documents']:,} WARC records")
check(links["links"] == sums["links"] == totals["read"] + links["no_text"] + links["no_http"], f"{links['links']:,} images")
print(f"       {seconds:.0f} s, {sums['bytes'] / seconds / 1e6:.0f} MB/s")
done()
