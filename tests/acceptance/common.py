"""What the acceptance checks share: the real pool and list, a work folder, figures in print."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
import helpers  # noqa: E402
from helpers import reference  # noqa: E402,F401

import numpy as np  # noqa: E402

WORK = Path(tempfile.mkdtemp(prefix="metacurate-acceptance-"))
failed = []


def check(holds, what):
    """Prints a figure and whether it is as it must be."""
    print(f"  {'ok  ' if holds else 'FAIL'} {what}", flush=True)
    if not holds:
        failed.append(what)


def done():
    shutil.rmtree(WORK, ignore_errors=True)
    sys.exit(1 if failed else 0)


def needs(*names):
    """Ends the check, saying so, where the shared data is absent."""
    for name in names:
        if not os.path.exists(os.path.join(helpers.DATA, name)):
            print(f"  skipped: {name} is not in the data folder")
            done()


def real_list():
    """The 500,000 entries, and their compiled list."""
    path = os.path.join(helpers.DATA, "metadata_500k.json.zst")
    compiled = WORK / "list.mca"
    if not compiled.exists():
        helpers.run("compile", "-m", path, "-o", compiled)
    return [entry.encode() for entry in json.loads(helpers.unpacked("metadata_500k.json.zst"))], compiled


def captions():
    return os.path.join(helpers.DATA, "captions.txt.zst")


def timed(*arguments):
    """Runs the program; returns seconds and its peak memory in MiB."""
    started = time.monotonic()
    process = subprocess.Popen(
        helpers.command(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    message = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"exit code {process.returncode}: {message}")
    return time.monotonic() - started, usage.ru_maxrss / 1024


def rows(folder):
    """Kept record numbers of each shard."""
    names = [shard["name"] for shard in helpers.manifest(folder)["shards"]]
    return [np.load(folder / "subset" / f"{name}.npy") for name in names]


__all__ = ["WORK", "captions", "check", "done", "helpers", "needs", "np", "real_list", "reference",
           "rows", "timed"]
