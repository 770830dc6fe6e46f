"""Forecasts of 12 values of t against what balancing then keeps, on the captions and on a pool with
the head and tail of the paper's; and what the counts that t cuts off have to do with pairs."""
import json
import math
import os
import subprocess

from common import WORK, captions, check, done, helpers, needs, np, real_list, timed

SHAPE = os.environ.get("PAPER_SHAPE")  # bench/shape/main.c; by default bench/run makes and runs it
SHAPE_TEXTS = 16_000_000
PAPER_TEXTS = 1_600_000_000


def number(t):
    return math.inf if t == "inf" else t


def forecast(folder, *arguments):
    document = json.loads(helpers.run("audit", folder, "--forecast", *arguments, "--json").stdout)
    return document["rows"], document


def balanced(folder, *arguments):
    out = WORK / "out"
    timed("balance", "--overwrite", "--no-report", "-o", out, *arguments, folder)
    return helpers.result(out)


def check_forecast(folder, thresholds, seed):
    """One pass for all t, then a balancing for each."""
    seconds, memory = timed("audit", folder, "--forecast", "--seed", seed, "-t", thresholds, "--json")
    rows, document = forecast(folder, "--seed", seed, "-t", thresholds)
    print(f"  {document['matched']:,} pairs match; all {len(rows)} t in {seconds:.2f} s, {memory:.0f} MiB")
    exact, near, said = True, 0.0, True
    for row in rows:
        result = balanced(folder, "-t", row["t"], "--seed", seed)
        exact &= row["size"] == result["kept"]
        said &= math.isclose(row["expected"], result["expected_size"], rel_tol=1e-12)
        z = (row["size"] - row["expected"]) / row["deviation"] if row["deviation"] else 0
        near = max(near, abs(z))
        print(f"    t = {number(row['t']):>12,g}: forecast {row['size']:>11,}, kept {result['kept']:>11,}, expected "
              f"{row['expected']:>15,.2f} +- {row['deviation'] or 0:>8,.2f}, z = {z:5.2f}")
    check(len(rows) == 12 and exact, "sizes forecast for 12 t are those that balancing keeps")
    check(near < 4, f"they lie within {near:.2f} deviations of the expected ones")
    check(said, "expected sizes are those that balancing states")


def check_sizes(folder):
    matched = forecast(folder)[1]["matched"]
    sizes = [matched // part for part in (1000, 50, 4, 2)]
    rows, _ = forecast(folder, "--size", ",".join(map(str, sizes)))
    for size, row in zip(sizes, rows):
        kept = balanced(folder, "-t", repr(row["t"]))["kept"]
        check(kept == row["size"] <= size and size - kept <= size / 1000 + 4,
              f"for a size of {size:,} t = {row['t']!r} is forecast, which keeps {kept:,}")


def make_shape(folder, *arguments):
    if SHAPE:
        command = [SHAPE]
    else:
        command = [os.path.join(helpers.ROOT, "bench", "run"), "shape"]
    subprocess.run([*command, str(folder), str(SHAPE_TEXTS), *arguments], check=True, stdout=subprocess.DEVNULL)


def explain_capped(folder):
    """The capped counts sum to 640M in the paper's pool: why are there 400M pairs?"""
    out, scale = WORK / "out", PAPER_TEXTS / SHAPE_TEXTS
    t = 20000 / scale
    timed("balance", "--overwrite", "-t", t, "-o", out, folder)
    report = json.loads((out / "report.json").read_text())
    counts, kept = report["counts"], report["result"]["kept"]
    capped, before, after = counts["capped"], counts["matches_before"], counts["matches_after"]
    plain = np.minimum(helpers.counts(out), t).sum()
    check(capped == plain, f"t = {t:g}: min(count, t) sums to {capped:,.0f} over the entries")
    print(f"  kept: {kept:,} pairs, expected {report['result']['expected_size']:,.1f}; scaled to the paper's pool: "
          f"{capped * scale / 1e6:.0f}M capped counts, {kept * scale / 1e6:.0f}M pairs")
    print(f"  a kept pair was drawn by {capped / kept:.2f} of its entries on average")
    print(f"  it holds {after / kept:.2f} entries, where a pair of the pool holds {before / SHAPE_TEXTS:.2f}: "
          f"{after:,} matches after, {after / capped:.1f} times the capped sum")
    rank = report["ranks"]["rank"]
    top = dict(zip(rank, zip(report["ranks"]["before"], report["ranks"]["after"])))
    for at in (min(rank, key=lambda r: abs(r - wanted)) for wanted in (1, 10, 100, 1000, 16000, 100000)):
        print(f"    rank {at:>6,}: {top[at][0]:>9,} before, {top[at][1]:>9,} after, a cap of {t:g}")
    check(kept < capped < after, "pairs are fewer than the capped counts, matches after are more")
    sizes = report["sizes"]
    below = [j for j, value in enumerate(sizes["t"]) if number(value) < t]
    check(all(sizes["realised"][j] <= sizes["capped"][j] for j in range(len(sizes["t"]))),
          "at no t are there more pairs than the capped counts sum to, give or take the draws")
    ratios = [sizes["capped"][j] / sizes["realised"][j] for j in (below[0], below[-1])]
    print(f"  entries that drew a kept pair: {ratios[0]:.2f} at t = {sizes['t'][below[0]]:g}, {ratios[1]:.2f} at t = "
          f"{sizes['t'][below[-1]]:g}, {capped / kept:.2f} at t = {t:g}")


needs("captions.txt.zst", "metadata_500k.json.zst")
_, compiled = real_list()
matched = WORK / "matched"
timed("match", "-m", compiled, "--format", "text", "-o", matched, captions())
print("the captions, 500,000 entries:")
check_forecast(matched, "1,2,3.5,5,10,20,50,100,300,1000,20000,inf", 5)
check_sizes(matched)
for name, arguments in (("the paper's shape", []), ("the same, rare matches gathered in long texts", ["gathered"])):
    shape = WORK / "shape"
    make_shape(shape, *arguments, "keep-texts")
    print(f"{SHAPE_TEXTS:,} texts with {name}:")
    if not arguments:
        check_forecast(shape, "1,5,20,50,100,200,400,1000,5000,20000,1000000,inf", 0)
        check_sizes(shape)
    explain_capped(shape)
    subprocess.run(["rm", "-rf", str(shape)], check=True)
done()
