"""Forecasts against what balancing then keeps, and against plain sums over the pairs."""
import json
import math

import numpy as np
import pytest

import helpers
from helpers import reference

THRESHOLDS = [0.25, 1, 2, 3.5, 5, 10, 17, 50, 100, 400, 20000, math.inf]


def forecast(folder, *arguments):
    """Rows of a forecast, by what was asked and its value, and the whole document."""
    said = helpers.run("audit", folder, "--forecast", *arguments, "--json").stdout
    document = json.loads(said)
    assert document["metacurate"] == "forecast"
    return {(row["asked"], row["value"]): row for row in document["rows"]}, document


def listed(values):
    return ",".join(repr(value) if value != math.inf else "inf" for value in values)


def value_of(t):
    return "inf" if t == math.inf else t


@pytest.fixture
def matched(tmp_path, concepts, pool):
    helpers.run("match", "-m", concepts, "-o", tmp_path / "matched", pool)
    return tmp_path / "matched"


def balance(folder, out, *arguments):
    helpers.run("balance", "--overwrite", "-o", out, *arguments, folder)
    return helpers.result(out)


def check_row(row, result):
    """The size is exact; what is expected is what balancing says of itself."""
    assert row["size"] == result["kept"]
    assert row["expected"] == pytest.approx(result["expected_size"], rel=1e-12)
    assert row["tail_share"] == result["p"]
    assert row["head_entries"] == result["head_entries"]
    if row["deviation"] is not None:
        assert row["deviation"] == pytest.approx(result["expected_deviation"], rel=1e-9, abs=1e-6)
        assert abs(row["size"] - row["expected"]) <= 4 * row["deviation"] + 1e-6


@pytest.mark.parametrize("seed", (0, 7))
def test_sizes_are_those_that_balancing_keeps(tmp_path, matched, seed):
    rows, document = forecast(matched, "-t", listed(THRESHOLDS), "--seed", seed)
    assert document["seed"] == seed
    assert [row["t"] for row in document["rows"]] == [value_of(t) for t in THRESHOLDS]
    for t in THRESHOLDS:
        result = balance(matched, tmp_path / "out", "-t", t, "--seed", seed)
        check_row(rows["t", value_of(t)], result)
    assert rows["t", "inf"]["size"] == document["matched"]
    assert document["matches"] == helpers.totals(matched)["matches"]


def test_the_t_for_a_size_keeps_what_is_forecast(tmp_path, matched):
    sizes = [1, 10, 500, 1234, 2500, 10**9]
    rows, document = forecast(matched, "--size", ",".join(map(str, sizes)))
    for size in sizes:
        row = rows["size", size]
        assert row["size"] <= size
        if row["t"] == "inf":
            assert size > document["matched"] == row["size"]
        elif row["t"] > 0:
            assert balance(matched, tmp_path / "out", "-t", row["t"])["kept"] == row["size"]
            wider = row["t"] * (1 + 1 / 2048)  # beyond the next edge that is tried
            assert balance(matched, tmp_path / "out", "-t", wider)["kept"] > size
        exact = balance(matched, tmp_path / "out", "--size", size)
        assert exact["kept"] == min(size, document["matched"])
        if row["t"] != "inf":
            assert exact["t"] >= row["t"]


def test_the_t_for_tail_shares(tmp_path, matched):
    shares = [0, 0.05, 0.2, 0.5, 1]
    rows, _ = forecast(matched, "--tail-share", listed(shares))
    counts = helpers.counts(matched).tolist()
    for share in shares:
        row = rows["tail_share", share]
        result = balance(matched, tmp_path / "out", "--tail-share", share)
        assert row["t"] == result["t"]
        check_row(row, result)
        assert row["capped"] == sum(min(count, row["t"]) for count in counts)


def test_without_a_question_it_is_the_series(matched):
    _, document = forecast(matched)
    largest = int(helpers.counts(matched).max())
    series = [k * 10**e for e in range(12) for k in (1, 2, 5)]
    wanted = [t for t in series if t <= largest]
    wanted.append(series[len(wanted)])
    assert [row["t"] for row in document["rows"]] == wanted
    assert document["rows"][-1]["size"] == document["matched"]
    sizes = [row["size"] for row in document["rows"]]
    assert sizes == sorted(sizes)


def test_all_three_at_once_and_in_the_order_asked(matched):
    _, document = forecast(
        matched, "-t", "50,2,50", "--size", "100,7", "--tail-share", "0.5,0.1"
    )
    asked = [(row["asked"], row["value"]) for row in document["rows"]]
    assert asked == [("t", 50), ("t", 2), ("t", 50), ("size", 100), ("size", 7),
                     ("tail_share", 0.5), ("tail_share", 0.1)]


def test_a_balanced_run_is_forecast_for_other_t_and_seeds(tmp_path, matched, concepts, pool):
    """The subset that is there changes nothing."""
    helpers.run("curate", "-m", concepts, "-t", "9", "--seed", 3, "-o", tmp_path / "curated", pool)
    for seed in (0, 3):
        a = helpers.run("audit", tmp_path / "curated", "--forecast", "--seed", seed, "--json")
        b = helpers.run("audit", matched, "--forecast", "--seed", seed, "--json")
        assert a.stdout == b.stdout
    rows, _ = forecast(tmp_path / "curated", "-t", "9", "--seed", 3)
    check_row(rows["t", 9], helpers.result(tmp_path / "curated"))


def test_duplicates_only_exclude_and_copies(tmp_path, concepts, pool, matched):
    """What takes no part in a run takes none in its forecasts."""
    uids = sorted({record.uid for record in helpers.records_of(pool)})[::3]
    chosen = "".join(f"{reference.uid_hex(uid)}\n" for uid in uids).encode()
    path = helpers.write(tmp_path / "uids", chosen)
    for options in (["--only", path], ["--exclude", path], ["--dedup", "none"]):
        result = balance(matched, tmp_path / "out", "-t", 20, *options)
        rows, _ = forecast(tmp_path / "out", "-t", "20")
        check_row(rows["t", 20], result)
        assert (rows["t", 20]["deviation"] is None) == (options[0] == "--dedup")


def test_counts_of_another_pool(tmp_path, matched):
    """Draws, shares and heads are then by the other pool's counts; some of them are 0."""
    counts = helpers.counts(matched)
    other = (counts * np.arange(len(counts)) % 700).astype(np.uint64)
    np.save(tmp_path / "other.npy", other)
    result = balance(matched, tmp_path / "out", "-t", 30, "--counts", tmp_path / "other.npy")
    rows, _ = forecast(tmp_path / "out", "-t", "30")
    row = rows["t", 30]
    assert row["size"] == result["kept"]
    assert row["expected"] == pytest.approx(result["expected_size"], rel=1e-12)
    assert row["capped"] == int(np.minimum(other, 30).sum())


def test_threads_and_instructions_change_nothing(matched):
    said = {
        helpers.run("audit", matched, "--forecast", "--json", "-j", threads,
                    env={"METACURATE_ISA": isa}).stdout
        for threads in (1, 2, 5)
        for isa in ("portable", "avx2", "avx512")
    }
    assert len(said) == 1


def test_repeated_entries_draw_once(tmp_path, pool, entries):
    listed_twice = helpers.write_list(tmp_path / "twice.json", [*entries, *entries[:50]])
    helpers.run("match", "-m", listed_twice, "-o", tmp_path / "matched", pool)
    rows, _ = forecast(tmp_path / "matched", "-t", listed(THRESHOLDS))
    for t in THRESHOLDS[1::3]:
        result = balance(tmp_path / "matched", tmp_path / "out", "-t", t)
        check_row(rows["t", value_of(t)], result)


def test_nothing_matched(tmp_path, entries):
    concepts = helpers.write_list(tmp_path / "list.json", [b"never", b"there"])
    pool = helpers.write_jsonl(tmp_path / "pool.jsonl", [{"url": "http://a/", "text": "nothing"}])
    helpers.run("match", "-m", concepts, "-o", tmp_path / "matched", pool)
    rows, document = forecast(tmp_path / "matched", "-t", "1", "--size", "5", "--tail-share", "0.5")
    assert document["matched"] == 0
    assert rows["t", 1]["size"] == 0 and rows["t", 1]["expected"] == 0
    assert rows["size", 5]["t"] == "inf" and rows["size", 5]["size"] == 0
    assert rows["tail_share", 0.5]["t"] == 1


@pytest.mark.parametrize(
    "arguments", [["-t", "0"], ["-t", "nan"], ["-t", "1,,2"], ["--size", "-5"], ["--tail-share", "1.5"]],
    ids=" ".join,
)
def test_questions_without_sense_are_refused(matched, arguments):
    helpers.run("audit", matched, "--forecast", *arguments, code=2)
