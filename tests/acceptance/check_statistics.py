"""Realised sizes and per-entry keep rates over 20 seeds against Algorithm 1, and a planted bias."""
from statistics import NormalDist

from common import WORK, captions, check, done, helpers, needs, np, real_list, rows, timed

SEEDS = range(20)
BIAS = 1.02

needs("captions.txt.zst", "metadata_500k.json.zst")
entries, compiled = real_list()
matched = WORK / "matched"
timed("match", "-m", compiled, "--format", "text", "-o", matched, captions())
lines = helpers.match_lines(
    helpers.run("match", "-m", compiled, "--format", "text", "-o", "-", captions())
)

# The matched pairs: the first copy of every text, as rows of (record number, entry ids).
first = {}
for number, text in enumerate(helpers.reference.lines_of(helpers.unpacked("captions.txt.zst"))):
    if lines[number]:
        first.setdefault(text, number)
numbers = np.fromiter(first.values(), np.int64)
sizes = np.array([len(lines[i]) for i in numbers])
ids = np.concatenate([np.array(lines[i], np.int64) for i in numbers])
owner = np.repeat(np.arange(len(numbers)), sizes)
starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
counts = np.bincount(ids, minlength=len(entries)).astype(float)
del lines


def keep_probabilities(t):
    """1 - prod(1 - t / c) for every pair; products over few factors, so no logarithms."""
    missed = 1.0 - np.minimum(1.0, t / counts[ids])
    return 1.0 - np.multiply.reduceat(missed, starts)


def kept_pairs(t, seed):
    out = WORK / "out"
    timed("balance", "-t", repr(t), "--seed", seed, "--overwrite", "-o", out, matched)
    is_kept = np.zeros(811_068, bool)
    is_kept[rows(out)[0]] = True
    return is_kept[numbers], helpers.totals(out)["kept"]


def worst_z(q, kept, n):
    """The largest |z| of kept pairs over entries, and the bound a fair draw stays under."""
    expected = n * np.bincount(ids, q[owner], len(entries))
    variance = n * np.bincount(ids, (q * (1 - q))[owner], len(entries))
    tested = variance > 50  # below that a sum is not near enough to normal
    observed = np.bincount(ids, kept[owner], len(entries))
    z = np.abs(observed - expected)[tested] / np.sqrt(variance[tested])
    return z.max(initial=0), NormalDist().inv_cdf(1 - 1e-3 / 2 / max(1, tested.sum())), tested.sum()


previous = {seed: np.zeros(len(numbers), bool) for seed in SEEDS}
for t in (5.0, 20.0, 100.0, 1000.0, float("inf")):
    q = keep_probabilities(t)
    size, deviation = q.sum(), np.sqrt((q * (1 - q)).sum())
    kept_total, deviations, nested = np.zeros(len(numbers)), [], True
    for seed in SEEDS:
        kept, n_kept = kept_pairs(t, seed)
        nested &= n_kept == kept.sum() and bool((kept | ~previous[seed]).all())
        previous[seed] = kept
        kept_total += kept
        deviations.append((n_kept - size) / deviation if deviation else n_kept - size)
    check(max(map(abs, deviations)) < 4,
          f"t = {t:g}: {size:,.0f} expected, sizes within {max(map(abs, deviations)):.2f} deviations")
    check(nested, f"t = {t:g}: holds the subset of the smaller t, seed by seed")
    if deviation:
        worst, bound, n_tested = worst_z(q, kept_total, len(SEEDS))
        check(worst < bound, f"t = {t:g}: {n_tested:,} entries' keep rates, |z| at most {worst:.2f} < {bound:.2f}")

for t in (20.0, 1000.0):
    kept_total = sum(kept_pairs(t * BIAS, seed)[0].astype(float) for seed in SEEDS)
    worst, bound, _ = worst_z(keep_probabilities(t), kept_total, len(SEEDS))
    check(worst > bound, f"t = {t:g} with a bias of 2 % planted is found: |z| of {worst:.1f} > {bound:.2f}")
done()
