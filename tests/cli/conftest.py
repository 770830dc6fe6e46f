"""What every test of the program shares."""
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import helpers  # noqa: E402


def pytest_collection_modifyitems(items):
    if not os.access(helpers.PROGRAM, os.X_OK):
        raise pytest.UsageError(f"no program at {helpers.PROGRAM}: set METACURATE")


@pytest.fixture(scope="session")
def entries():
    return helpers.sample_entries()


@pytest.fixture
def concepts(tmp_path, entries):
    """The sample concept list as a file."""
    return helpers.write_list(tmp_path / "list.json", entries)


@pytest.fixture
def pool(tmp_path):
    """4,000 sample records in one JSONL file, 400 of them copies."""
    records = list(helpers.sample_records(3600, n_urls=3000))
    return helpers.write_jsonl(tmp_path / "pool.jsonl", records + records[:400])
