"""Running: exit codes, refusals, interruption, resuming, full and closed disks."""
import json
import os
import random
import signal
import subprocess
import time

import pytest

import helpers


def big_pool(tmp_path, shards=6, n=60_000):
    """Shards that take long enough to be interrupted."""
    folder = tmp_path / "big"
    folder.mkdir()
    for i in range(shards):
        texts = helpers.sample_texts(n // 20, seed=i)
        content = "".join(f'{{"url":"u{i}/{j}","text":{json.dumps(t)}}}\n' for j, t in enumerate(texts))
        helpers.write(folder / f"{i}.jsonl", content.replace("u0/", "v/").encode() * 20)
    return folder


def leftovers(folder):
    return [str(p) for p in folder.rglob("*") if p.name.startswith(".") or p.name.endswith(".tmp")]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nothing"],
        ["curate"],
        ["curate", "--none"],
        ["curate", "-m", "LIST"],
        ["curate", "-m", "LIST", "-o", "OUT"],
        ["curate", "-m", "LIST", "-o", "OUT", "-t", "0", "POOL"],
        ["curate", "-m", "LIST", "-o", "OUT", "-t", "many", "POOL"],
        ["curate", "-m", "LIST", "-o", "OUT", "-t", "-5", "POOL"],
        ["curate", "-m", "LIST", "-o", "OUT", "-t", "5", "--size", "7", "POOL"],
        ["curate", "-m", "LIST", "-o", "OUT", "--tail-share", "1.5", "POOL"],
        ["curate", "-m", "LIST", "-o", "OUT", "-j", "x", "POOL"],
        ["curate", "-m", "LIST", "-o", "OUT", "--format", "xml", "POOL"],
        ["curate", "-m", "LIST", "-o", "OUT", "--rules", "mine", "POOL"],
        ["curate", "-m", "LIST", "-o", "OUT", "--dedup", "some", "POOL"],
        ["curate", "-m", "LIST", "-o", "OUT", "--emit", "xls", "POOL"],
        ["curate", "-m", "LIST", "-o", "OUT", "--seed", "-1", "POOL"],
        ["balance", "-o", "OUT"],
        ["match", "-o", "-", "POOL"],
        ["metadata"],
        ["metadata", "build", "-o", "OUT"],
        ["compile", "-m", "LIST"],
    ],
    ids=" ".join,
)
def test_wrong_usage(tmp_path, pool, concepts, arguments):
    named = {"LIST": concepts, "OUT": tmp_path / "out", "POOL": pool}
    done = helpers.run(*(named.get(a, a) for a in arguments), code=2)
    assert done.message.strip() and not done.stdout
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["", "metadata build", "metadata show", "compile", "match", "balance",
                                     "curate", "inspect"])
def test_help_gives_every_default(command):
    done = helpers.run(*command.split(), "--help")
    text = done.stdout.decode()
    assert "usage" in text.lower() and not done.stderr
    if command in ("balance", "curate"):
        assert "20000" in text and "--seed" in text and "--size" in text and "--tail-share" in text


def test_version():
    assert helpers.run("--version").stdout.split()[-1].count(b".") == 2


def test_output_is_not_overwritten_unasked(tmp_path, pool, concepts):
    out = tmp_path / "out"
    helpers.run("curate", "-m", concepts, "-t", "5", "-o", out, pool)
    before = helpers.files(out, without=())
    done = helpers.run("curate", "-m", concepts, "-t", "50", "-o", out, pool, code=1)
    assert "--overwrite" in done.message and helpers.files(out, without=()) == before
    helpers.run("curate", "-m", concepts, "-t", "50", "--overwrite", "-o", out, pool)
    assert helpers.result(out)["t"] == 50
    fresh = tmp_path / "fresh"
    helpers.run("curate", "-m", concepts, "-t", "50", "-o", fresh, pool)
    assert helpers.files(out) == helpers.files(fresh)  # nothing of the first run is left


def test_an_empty_output_folder_is_fine(tmp_path, pool, concepts):
    (tmp_path / "out").mkdir()
    helpers.run("curate", "-m", concepts, "-o", tmp_path / "out", pool)


def test_foreign_files_survive_overwrite(tmp_path, pool, concepts):
    out = tmp_path / "out"
    out.mkdir()
    helpers.write(out / "mine.txt", b"precious")
    helpers.run("curate", "-m", concepts, "-o", out, pool, code=1)
    helpers.run("curate", "-m", concepts, "--overwrite", "-o", out, pool)
    assert (out / "mine.txt").read_bytes() == b"precious"


def test_dry_run_writes_nothing(tmp_path, pool, concepts):
    done = helpers.run("curate", "-m", concepts, "--dry-run", "-o", tmp_path / "out", pool)
    assert not (tmp_path / "out").exists()
    assert "300 entries" in done.stdout.decode() and "nothing was done" in done.stdout.decode()


def test_quiet_says_nothing(tmp_path, pool, concepts):
    done = helpers.run("curate", "-m", concepts, "--quiet", "-o", tmp_path / "out", pool)
    assert not done.stdout and not done.stderr


def test_log_json_is_json(tmp_path, pool, concepts):
    pool.write_bytes(pool.read_bytes() + b"no json\n")
    done = helpers.run("curate", "-m", concepts, "--log-json", "-o", tmp_path / "out", pool)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert lines and all(isinstance(line, dict) for line in lines)


def test_run_json_tells_times_and_machine(tmp_path, pool, concepts):
    helpers.run("curate", "-m", concepts, "-o", tmp_path / "out", pool)
    run = json.loads((tmp_path / "out" / "run.json").read_text())
    assert run["match_seconds"] > 0 and run["balance_seconds"] > 0 and run["machine"]
    manifest = helpers.manifest(tmp_path / "out")
    assert manifest["parameters"]["seed"] == 0 and manifest["parameters"]["rules"] == "metaclip1"
    assert len(manifest["metadata"]["digest"]) == 32 and len(manifest["shards"][0]["digest"]) == 32


def test_closed_standard_output(pool, concepts):
    """A reader that stops early ends match -o - without a crash."""
    running = subprocess.Popen(helpers.command("match", "-m", concepts, "-o", "-", *[pool] * 30),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    running.stdout.readline()
    running.stdout.close()
    running.stderr.read()
    assert running.wait(60) in (1, -signal.SIGPIPE, 141)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_interruption_leaves_nothing_half_written(tmp_path, concepts, sent):
    folder = big_pool(tmp_path)
    out = tmp_path / "out"
    arguments = ("curate", "-m", concepts, "-t", "9", "-j", "1", "-o", out, folder)
    for delay in (0.02, 0.1, 0.3):
        running = subprocess.Popen(helpers.command(*arguments, "--overwrite"), stderr=subprocess.PIPE)
        time.sleep(delay)
        running.send_signal(sent)
        message = running.communicate(timeout=60)[1].decode()
        assert running.returncode in (130, 0, -sent), message
        if running.returncode == 130:
            break
    assert running.returncode == 130
    assert not (out / "manifest.json").exists() and leftovers(tmp_path) == []
    helpers.run(*arguments, "--resume")
    helpers.run(*arguments[:-3], "-o", tmp_path / "direct", folder)
    assert helpers.files(out) == helpers.files(tmp_path / "direct")


def test_kill_and_resume(tmp_path, concepts):
    folder = big_pool(tmp_path)
    direct, out = tmp_path / "direct", tmp_path / "out"
    started = time.monotonic()
    helpers.run("curate", "-m", concepts, "-t", "9", "-j", "1", "-o", direct, folder)
    took = time.monotonic() - started
    rng = random.Random(11)
    kills = 0
    for _ in range(4):
        running = subprocess.Popen(
            helpers.command("curate", "-m", concepts, "-t", "9", "-j", "1", "--resume", "-o", out, folder),
            stderr=subprocess.DEVNULL,
        )
        time.sleep(rng.uniform(0, took))
        running.kill()
        kills += running.wait() == -signal.SIGKILL
    assert kills
    helpers.run("curate", "-m", concepts, "-t", "9", "-j", "1", "--resume", "-o", out, folder)
    assert helpers.files(out) == helpers.files(direct)


@pytest.mark.parametrize("change", ["metadata", "pool", "fields"])
def test_resume_is_refused_when_something_changed(tmp_path, pool, concepts, entries, change):
    out = tmp_path / "out"
    helpers.run("match", "-m", concepts, "-o", out, pool)
    options = []
    if change == "metadata":
        helpers.write_list(concepts, entries[1:])
    elif change == "pool":
        pool.write_bytes(pool.read_bytes().replace(b"ka", b"KA", 1))
    else:
        options = ["--url-field", "other"]
    done = helpers.run("match", "-m", concepts, "--resume", *options, "-o", out, pool, code=1)
    assert "resume" in done.message or "changed" in done.message


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk takes root")
def test_a_full_disk(tmp_path, concepts):
    folder = big_pool(tmp_path, shards=2)
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(disk)],
                             capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        done = helpers.run("curate", "-m", concepts, "-t", "inf", "-o", disk / "out", folder, code=1)
        assert "No space left" in done.message and str(disk) in done.message
        assert not (disk / "out" / "manifest.json").exists()
        assert leftovers(disk) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_full_standard_output(pool, concepts):
    with open("/dev/full", "wb") as full:
        done = subprocess.run(helpers.command("match", "-m", concepts, "-o", "-", pool),
                              stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1 and b"No space left" in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_output_folder_without_permission(tmp_path, pool, concepts):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    done = helpers.run("curate", "-m", concepts, "-o", closed / "out", pool, code=1)
    assert "ermission" in done.message and "closed" in done.message


def test_an_output_that_is_a_file(tmp_path, pool, concepts):
    blocked = helpers.write(tmp_path / "file", b"")
    done = helpers.run("curate", "-m", concepts, "-o", blocked / "out", pool, code=1)
    assert "file" in done.message
