"""Parquet tables through --reader and tools/read-parquet."""
import shlex
import sys

import numpy as np
import pytest

import helpers

try:
    import pyarrow as pa
    import pyarrow.parquet as pq
except ImportError:
    pa = pq = None
pytestmark = pytest.mark.skipif(pa is None, reason="pyarrow is not installed")

READER = shlex.join([sys.executable, "-B", f"{helpers.ROOT}/tools/read-parquet"]) + " {}"


def test_a_table_is_read_as_its_lines(tmp_path, concepts):
    table, lines = (helpers.data(f"pairs/img2dataset_test_10000.{kind}") for kind in ("parquet", "jsonl"))
    words = helpers.write_list(tmp_path / "words.json", [b"of", b"the", b"Vol", b"in the", b"a", b"Photo"])
    kept = []
    for name, pool, options in (("table", table, ["--reader", READER]), ("lines", lines, [])):
        helpers.run("curate", "-m", words, "-t", "300", *options, "-o", tmp_path / name, pool)
        kept.append([(x["uid"], x["record"], x["text"], x["key"]) for x in helpers.subset(tmp_path / name)])
        assert helpers.check_books(tmp_path / name)["records"] == 10_000
    assert kept[0] == kept[1] and len(kept[0]) > 500


def test_kept_rows_index_the_table(tmp_path, concepts, entries):
    texts = list(helpers.sample_texts(500))
    texts[7] = None
    urls = [f"http://host/{i}" for i in range(500)]
    pool = tmp_path / "pool.parquet"
    pq.write_table(pa.table({"url": urls, "caption": texts}), pool, row_group_size=64)
    out = tmp_path / "out"
    helpers.run("curate", "-m", concepts, "-t", "20", "--reader", READER, "-o", out, pool)
    books = helpers.check_books(out)
    assert (books["records"], books["rejected_for"]) == (500, {"no_text": 1})
    (name,) = [shard["name"] for shard in helpers.manifest(out)["shards"]]
    rows = np.load(out / "subset" / f"{name}.npy")
    table = pq.read_table(pool).take(rows)
    assert table.column("caption").to_pylist() == [line["text"] for line in helpers.subset(out)]
    assert table.column("url").to_pylist() == [line["url"] for line in helpers.subset(out)]


def test_a_file_that_is_no_table(tmp_path, concepts):
    pool = helpers.write(tmp_path / "pool.parquet", b"PAR1 nothing")
    done = helpers.run("curate", "-m", concepts, "--reader", READER, "-o", tmp_path / "out", pool, code=1)
    assert "pool.parquet" in done.message
