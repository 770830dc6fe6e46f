"""Every figure of report.json at size, recomputed in plain Python."""
import json

import figures
import helpers
from helpers import reference


def test_captions_with_500k_entries(tmp_path):
    """Captions, many of which come several times: equal ones have equal uids here."""
    entries = [e.encode() for e in json.loads(helpers.unpacked("metadata_500k.json.zst"))]
    out = tmp_path / "out"
    helpers.run("curate", "-m", helpers.data("metadata_500k.json.zst"), "--format", "text", "-t", "300",
                "--no-report", "-o", out, helpers.data("captions.txt.zst"))
    helpers.run("audit", out, "--emit", "json")
    report = json.loads((out / "report.json").read_text())
    run = figures.Run(out, entries, t=300)
    assert len(run.texts) == len(reference.lines_of(helpers.unpacked("captions.txt.zst")))
    expected = run.report(report["ranks"]["rank"], report["cumulative"]["entries"])
    assert list(figures.differences(report, expected)) == []
    assert report["check"]["differ"] == 0
