"""Match sets of ten million random hostile texts against the substring definition, on every path."""
import os
import random

from common import WORK, check, done, helpers

from test_slow_match import random_entries, random_texts

ROUNDS, TEXTS = 10, 1_000_000
PATHS = ("portable", "avx2", "avx512")

n_texts = n_matches = 0
for seed in range(ROUNDS):
    rng = random.Random(1000 + seed)
    entries = random_entries(rng, (50, 500, 2000, 5000)[seed % 4])
    content = helpers.text_pool(random_texts(rng, entries, TEXTS))
    pool = helpers.write(WORK / "pool.txt", content)
    listed = helpers.write_list(WORK / "list.json", entries)
    printed = set()
    for path in PATHS:
        env = {**os.environ, "METACURATE_ISA": path}
        printed.add(helpers.run("match", "-m", listed, "--format", "text", "-o", "-", pool, env=env).stdout)
    if len(printed) != 1:
        check(False, f"seed {seed}: the paths differ")
        continue
    lines = printed.pop().split(b"\n")[:-1]
    texts = [line.removesuffix(b"\r") for line in content.split(b"\n")[:-1]]
    different = len(lines) != len(texts)
    for line, ids in zip(lines, helpers.substring_matches(texts, entries, WORK)):
        found = line[line.index(b"[") + 1 : -2]
        different += found != b",".join(b"%d" % i for i in ids)
        n_matches += len(ids)
    n_texts += len(texts)
    check(not different, f"seed {seed}: {len(entries):,} entries, {different} of {len(texts):,} sets differ")
check(n_texts == ROUNDS * TEXTS, f"{n_texts:,} texts, {n_matches:,} matches, paths {', '.join(PATHS)}")
done()
