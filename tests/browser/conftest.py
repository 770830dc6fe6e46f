"""Runs whose pages the tests open, made once with the program."""
import json
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(1, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "cli"))
import browser  # noqa: E402
import helpers  # noqa: E402

# Each is one token, so that it occurs in texts, but for the last ones.
HOSTILE = [
    "</script><script>alert(1)</script>",
    "<img/src=x/onerror=alert(2)>",
    "\"onmouseover=\"alert(3)",
    "'><svg/onload=alert(4)>",
    "<!--",
    "]]>",
    "&lt;b&gt;&amp;",
    "\u202egnp.exe\u202c",
    "a\u0000b\u0001c\u007f",
    "\u200bzero\u200dwidth\ufeff",
    "z\u0334\u0335\u0336\u0337\u0338a\u0334\u0335l\u0336\u0337g\u0338o" * 4,
    "\u2067\u05d0\u05d1\u05d2\u2069",
    "{{7*7}}${7*7}",
    "__proto__",
    "W" * 65535,
    "é" * 400,
    "U.S.",
    "",
]


@pytest.fixture(scope="session")
def chromium():
    opened = browser.Browser()
    yield opened
    opened.quit()


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="session")
def concept_list(folder):
    entries = HOSTILE + [f"word{i}" for i in range(1, 4001)] + ["never there at all"]
    # The name of a file is shown, too.
    return helpers.write_list(folder / "<img src=x onerror=alert(5)> list's.json",
                              [entry.encode() for entry in entries])


@pytest.fixture(scope="session")
def small_pool(folder):
    """Word i occurs in every i-th of 6,000 texts, rare words and hostile entries in some."""
    path = folder / "pool.jsonl"
    with open(path, "w", encoding="utf-8") as out:
        for n in range(1, 6001):
            words = [f"word{i}" for i in range(1, 60) if n % i == 0]
            if n % 5 == 0:
                words.append(f"word{n % 3000 + 60}")
            if n % 7 == 0:
                words.append(HOSTILE[n // 7 % 16])
            out.write(json.dumps({"url": f"http://images.example/{n}", "text": " ".join(words),
                                  "language": ["en", "de", "ja"][n % 3]}) + "\n")
        out.write("{ no JSON\n")
    return path


@pytest.fixture(scope="session")
def curated(folder, concept_list, small_pool):
    helpers.run("curate", "-q", "-m", concept_list, "-t", 20, small_pool, "-o", folder / "curated")
    return folder / "curated"


@pytest.fixture(scope="session")
def matched(folder, concept_list, small_pool):
    """A pool that was matched and not balanced."""
    helpers.run("match", "-q", "-m", concept_list, small_pool, "-o", folder / "matched")
    helpers.run("audit", "-q", folder / "matched", "-m", concept_list)
    return folder / "matched"


@pytest.fixture(scope="session")
def compared(folder, curated):
    helpers.run("audit", "-q", "--compare", curated, "-o", folder / "compared")
    return folder / "compared"


@pytest.fixture(scope="session")
def large(folder):
    """500,000 entries and 811,068 captions."""
    entries, captions = folder / "500k.json", folder / "captions.txt"
    entries.write_bytes(helpers.unpacked("metadata_500k.json.zst"))
    captions.write_bytes(helpers.unpacked("captions.txt.zst"))
    helpers.run("curate", "-q", "-m", entries, "-t", 100, captions, "-o", folder / "large")
    return folder / "large"


@pytest.fixture(params=["curated", "matched", "compared"])
def page(request):
    """Each kind of page."""
    made = request.getfixturevalue(request.param)
    return made / ("comparison.html" if request.param == "compared" else "report.html")
