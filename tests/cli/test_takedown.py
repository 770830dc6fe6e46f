"""Takedowns: every layout is what a plain filter of it leaves, later balancing honours them, and one that
is killed at any moment is finished by the next."""
import json
import os
import random
import shutil
import signal
import subprocess
import time

import numpy as np
import pytest
import xxhash
import zstandard

import helpers

LAYOUTS = "tsv,datacomp,metaclip"


def numbered(records, seed, host):
    """Records with uids of their own, hosts of several kinds, and URLs that are not all plain."""
    rng = random.Random(seed)
    for i, record in enumerate(records):
        name = rng.choice(("www.gone.example", "gone.example", "begone.example", host, host, host))
        record["url"] = rng.choice((f"http://{name}/{i}.jpg", f" https://{name.upper()}:8080/{i} a.jpg"))
        record["uid"] = f"{rng.randrange(1 << 128):032x}"
        yield record


@pytest.fixture
def pools(tmp_path):
    paths = []
    for shard in range(3):
        records = list(numbered(helpers.sample_records(700, seed=shard), shard, f"host{shard}.example"))
        paths.append(helpers.write_jsonl(tmp_path / f"{shard}.jsonl", records + records[:60]))
    return paths


@pytest.fixture(params=["threshold", "size", "url", "texts kept"])
def out(request, tmp_path, concepts, pools):
    options = {
        "threshold": ["-t", "12"],
        "size": ["--size", "900"],
        "url": ["-t", "30", "--dedup", "url"],
        "texts kept": ["-t", "12", "--dedup", "none", "--keep-texts"],
    }[request.param]
    helpers.run("curate", "-m", concepts, *options, "--emit", LAYOUTS, "-o", tmp_path / "out", *pools)
    return tmp_path / "out"


def take_down(folder, *arguments, **options):
    return json.loads(helpers.run("takedown", folder, "--json", *arguments, **options).stdout)


def written(folder):
    """Files whose bytes do not depend on the time of day. card.md shows the change log."""
    return helpers.files(folder, without=("run.json", "changes.jsonl", "card.md"))


def plain(path):
    with open(path, "rb") as packed:
        return zstandard.ZstdDecompressor().stream_reader(packed).read()


def one_way(url):
    return url.strip().replace(" ", "%20")


def hosts_of(url):
    authority = url.strip().split("//")[1].split("/")[0].lower()
    return authority.split(":")[0]


def is_below(host, name):
    return host == name or host.endswith("." + name)


def filtered(folder, goes):
    """What files hold without the lines and rows that go, by a filter of each for itself."""
    lines = plain(folder / "subset.jsonl.zst").split(b"\n")[:-1]
    gone = [goes(json.loads(line)["uid"]) for line in lines]
    kept = ~np.array(gone, bool)
    expected = {"subset.jsonl.zst": b"".join(line + b"\n" for line, go in zip(lines, gone) if not go)}
    header, *rows = (folder / "subset.tsv").read_bytes().split(b"\n")[:-1]
    rows = [row for row in rows if not goes(row.split(b"\t")[2].decode())]
    expected["subset.tsv"] = b"".join(row + b"\n" for row in [header, *rows])
    uids = np.load(folder / "subset.datacomp.npy")
    left = [not goes(f"{int(high) << 64 | int(low):032x}") for high, low in uids]
    expected["subset.datacomp.npy"] = uids[left]
    (metaclip,) = folder.glob("metaclip/subset_*")
    at = 0
    for number, name in enumerate(shard["name"] for shard in helpers.manifest(folder)["shards"]):
        arrays = [f"subset/{name}.npy", f"subset/{name}.texts.npy"]
        arrays.append(f"metaclip/{metaclip.name}/{number % 100}/{number}.npy")
        for array in arrays:
            rows = np.load(folder / array)
            expected[array] = rows[kept[at : at + len(rows)]]
        at += len(rows)
    assert at == len(lines)
    return expected, int(sum(gone))


def check_filtered(folder, expected):
    for name, value in expected.items():
        path = folder / name
        if name.endswith(".npy"):
            array = np.load(path)
            assert array.dtype == value.dtype and array.tolist() == value.tolist(), name
        else:
            assert (plain(path) if name.endswith(".zst") else path.read_bytes()) == value, name
    # One frame, as balancing writes it.
    frame = (folder / "subset.jsonl.zst").read_bytes()
    unpacker = zstandard.ZstdDecompressor().decompressobj()
    unpacker.decompress(frame)
    assert unpacker.unused_data == b"" and unpacker.eof


def test_every_layout_is_filtered(tmp_path, out, pools):
    before, totals = written(out), helpers.totals(out)
    # By uid, by a list of uids, by host with its subdomains, by URL however its spaces are written.
    pairs = {}
    for path in pools:
        for line in path.read_text().splitlines():
            record = json.loads(line)
            pairs[record["uid"]] = record["url"]
    rng = random.Random(4)
    uids = rng.sample(list(pairs), 40)
    listed, urls = uids[10:20], [pairs[uid] for uid in uids[20:30]]
    urls += [one_way(pairs[uid]) for uid in uids[30:]]
    helpers.write(tmp_path / "uids", "".join(uid.upper() + "\n" for uid in listed).encode())
    helpers.write(tmp_path / "urls", ("\r\n".join(urls) + "\n\nhttp://nowhere.example/\n").encode())
    asked = {one_way(url) for url in urls}
    by_url = {uid for uid, url in pairs.items() if one_way(url) in asked}
    gone = set(uids) | by_url | {uid for uid, url in pairs.items() if is_below(hosts_of(url), "gone.example")}
    assert 300 < len(gone) < len(pairs) / 2
    expected, n_gone = filtered(out, gone.__contains__)
    assert n_gone > 50

    wishes = [*(x for uid in uids[:10] for x in ("--uid", uid)), "--uid-file", tmp_path / "uids"]
    wishes += ["--host", "Gone.Example", "--url-file", tmp_path / "urls"]
    answer = take_down(out, *wishes)
    check_filtered(out, expected)
    kept = totals["kept"] - n_gone
    assert answer["metacurate"] == "takedown"
    assert (answer["listed"], answer["taken_down"], answer["kept"]) == (len(gone), n_gone, kept)

    # The list, beside the indexes: by uid, each once.
    rows = [json.loads(line) for line in (out / "matches/takedown.jsonl").read_text().splitlines()]
    assert [row["uid"] for row in rows] == sorted(gone)
    whys = {row["uid"]: row["why"] for row in rows}
    assert all(whys[uid] == "uid" for uid in uids[:20])
    assert all(whys[uid] == "url" for uid in by_url - set(uids[:20]))
    assert all(whys[uid] == "host gone.example" for uid in gone - by_url - set(uids))

    # Nothing else changed, and what changed is in the answer and in the log, with digests.
    after = written(out)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    said = {row["file"] for row in answer["files"]}
    assert said == set(expected) | {"manifest.json"}
    assert changed - said == {"matches/takedown.jsonl", "report.json", "report.html"}
    (line,) = (out / "changes.jsonl").read_text().splitlines()
    log = json.loads(line)
    assert log["what"] == "takedown" and log["files"] == answer["files"]
    assert abs(time.time() - time.mktime(time.strptime(log["time"], "%Y-%m-%dT%H:%M:%SZ")) + time.timezone) < 600
    assert log["request"] == {"uids": 20, "urls": 21, "hosts": ["Gone.Example"]}
    assert (log["listed"], log["taken_down"], log["kept"]) == (len(gone), n_gone, kept)
    for row in answer["files"]:
        assert row["before"] == xxhash.xxh3_128_hexdigest(before[row["file"]])
        assert row["after"] == xxhash.xxh3_128_hexdigest(after[row["file"]])


def test_the_books_add_up(out):
    uids = helpers.uids(out)[::3]
    totals, result = helpers.totals(out), helpers.result(out)
    # In two steps, the second over some of the first.
    first = take_down(out, *(x for uid in uids[:40] for x in ("--uid", uid)))
    second = take_down(out, *(x for uid in uids[20:] for x in ("--uid", uid)))
    n = first["taken_down"] + second["taken_down"]
    now = helpers.check_books(out)
    assert now["taken_down"] == n and now["kept"] == totals["kept"] - n
    assert now["not_kept"] == totals["not_kept"] + n
    assert len(helpers.subset(out)) == now["kept"]
    same = {"kept", "not_kept", "taken_down"}
    assert {k: v for k, v in now.items() if k not in same} == {k: v for k, v in totals.items() if k not in same}
    assert helpers.result(out) == {**result, "kept": now["kept"], "taken_down": n}
    check = json.loads((out / "report.json").read_text())["check"]
    assert check["kept"] == now["kept"] and check["taken_down"] == n and check["by_rule"] == totals["kept"]
    assert len((out / "changes.jsonl").read_text().splitlines()) == 2


def test_a_second_takedown_changes_nothing(out):
    uid = helpers.uids(out)[7]
    assert take_down(out, "--uid", uid)["listed"] == 1
    before = helpers.files(out)
    again = take_down(out, "--uid", uid)
    assert (again["listed"], again["taken_down"], again["files"]) == (0, 0, [])
    said = helpers.run("takedown", out, "--uid", uid, "--uid", f"{uid[:8]}-{uid[8:]}").stdout.decode()
    assert "0" in said
    take_down(out)  # an empty one is fine, too
    assert helpers.files(out) == before


def test_uids_of_24_digits_and_nonsense(tmp_path, out):
    before = helpers.files(out)
    for wrong in (["--uid", "12345"], ["--host", "a/b"], ["--url-file", tmp_path / "none"]):
        helpers.run("takedown", out, "--uid", "0" * 24, *wrong, code=1 if wrong[0] == "--url-file" else 2)
    helpers.run("takedown", tmp_path / "nowhere", code=1)
    assert helpers.files(out) == before
    assert take_down(out, "--uid", "0" * 24) == {
        **take_down(out), "listed": 1, "taken_down": 0, "kept": helpers.totals(out)["kept"], "files": []
    }


def excluding(tmp_path, out, uids, name):
    """Balancing with --exclude, of indexes that list nothing."""
    helpers.write(tmp_path / "excluded", "".join(uid + "\n" for uid in uids).encode())
    options = ["-t", "9", "--exclude", tmp_path / "excluded", "--emit", LAYOUTS]
    helpers.run("balance", out, *options, "-o", tmp_path / name)
    return tmp_path / name


def test_the_next_balance_honours_it(tmp_path, out):
    uids = [line["uid"] for line in helpers.subset(out)][::4]
    expected = excluding(tmp_path, out, uids, "expected")
    take_down(out, *(x for uid in uids for x in ("--uid", uid)))
    helpers.run("balance", out, "-t", "9", "--emit", LAYOUTS, "-o", tmp_path / "got")
    a, b = helpers.totals(expected), helpers.check_books(tmp_path / "got")
    assert a.pop("excluded_for") == {"uid": a["excluded"]} and a["excluded"] > 0
    assert b.pop("excluded_for") == {"takedown": b["excluded"]}
    assert a == b
    reports = ("run.json", "manifest.json", "report.json", "report.html")
    assert helpers.files(expected, reports) == helpers.files(tmp_path / "got", reports)
    # Both kinds of exclusion: the books hold them apart.
    helpers.write(tmp_path / "more", (uids[0] + "\n" + helpers.uids(tmp_path / "got")[0] + "\n").encode())
    helpers.run("balance", out, "-t", "9", "--exclude", tmp_path / "more", "-o", tmp_path / "both")
    reasons = helpers.check_books(tmp_path / "both")["excluded_for"]
    assert set(reasons) == {"uid", "takedown"} and sum(reasons.values()) > b["excluded"]


def test_lists_survive_a_new_run_in_the_folder(tmp_path, out, concepts, pools):
    uids = helpers.uids(out)[:20]
    take_down(out, *(x for uid in uids for x in ("--uid", uid)))
    log = (out / "changes.jsonl").read_text()
    for resume in ("--overwrite", "--resume"):
        helpers.run("curate", "-m", concepts, "-t", "inf", "-o", out, resume, *pools)
        assert not set(uids) & set(helpers.uids(out))
        assert helpers.check_books(out)["excluded_for"]["takedown"] > 0
        assert "taken_down" not in helpers.totals(out)
        assert (out / "changes.jsonl").read_text() == log


def test_a_subset_whose_indexes_lie_elsewhere(tmp_path, concepts, pools):
    folders = []
    for number, pool in enumerate(pools[:2]):
        helpers.run("match", "-m", concepts, "-o", tmp_path / f"m{number}", pool)
        folders.append(tmp_path / f"m{number}")
    helpers.run("balance", *folders, "-t", "12", "--emit", LAYOUTS, "-o", tmp_path / "out")
    helpers.run("balance", *folders, "-t", "40", "--emit", LAYOUTS, "-o", tmp_path / "other")
    uids = helpers.uids(tmp_path / "out")[:30]
    for folder in ("out", "other"):
        expected, n_gone = filtered(tmp_path / folder, uids.__contains__)
        # The first takedown lists them, beside the indexes; the second run is told nothing.
        wishes = [x for uid in uids for x in ("--uid", uid)] if folder == "out" else []
        answer = take_down(tmp_path / folder, *wishes)
        assert answer["taken_down"] == n_gone > 0
        check_filtered(tmp_path / folder, expected)
    a, b = ((folder / "matches/takedown.jsonl").read_text() for folder in folders)
    assert a == b and [json.loads(line)["uid"] for line in a.splitlines()] == sorted(uids)
    # Indexes that were moved are named.
    shutil.move(folders[0], tmp_path / "moved")
    moved = tmp_path / "moved/matches"
    shutil.copy(next(folders[1].glob("matches/*.mcm")), moved)
    helpers.run("takedown", tmp_path / "out", "--uid", "1" * 32, code=1)
    assert take_down(tmp_path / "out", "--uid", "1" * 32, "--matches", moved)["listed"] == 1
    assert "1" * 32 in (moved / "takedown.jsonl").read_text()


def test_only_the_pool_that_was_matched_is_searched(out, pools):
    """URLs and hosts need the texts once more: a pool that changed is refused, and nothing is done."""
    if helpers.manifest(out)["shards"][0]["keep_texts"]:
        pytest.skip("texts are kept in the indexes")
    before = helpers.files(out)
    lines = pools[0].read_bytes().split(b"\n")
    record = json.loads(lines[3])
    record["texts" if "texts" in record else "text"] = "another"
    lines[3] = json.dumps(record).encode()
    pools[0].write_bytes(b"\n".join(lines))
    helpers.run("takedown", out, "--host", "gone.example", code=1)
    assert helpers.files(out) == before
    assert take_down(out, "--uid", helpers.uids(out)[0])["taken_down"] == 1  # which needs no texts


def test_kills_at_random_moments(tmp_path, concepts, pools):
    """SIGKILL at 40 moments of a takedown, half of them about when files are put in place; then one without
    wishes, or, where nothing was listed yet, the same again. The result is that of one left alone."""
    out, start = tmp_path / "out", tmp_path / "start"
    helpers.run("curate", "-m", concepts, "-t", "30", "--emit", LAYOUTS, "-o", start, *pools)
    wishes = ["--host", "gone.example", "--uid", helpers.uids(start)[5]]
    shutil.copytree(start, out)
    began = time.perf_counter()
    take_down(out, *wishes)
    seconds = time.perf_counter() - began
    expected = written(out)
    rng = random.Random(11)
    n_killed = n_pending = n_listed = 0
    for trial in range(40):
        shutil.rmtree(out)
        shutil.copytree(start, out)
        process = subprocess.Popen(helpers.command("takedown", out, *wishes), stdout=subprocess.DEVNULL)
        while trial % 2 and process.poll() is None and not (out / "takedown.pending").exists():
            pass
        time.sleep(rng.random() * (0.002 if trial % 2 else seconds))
        process.send_signal(signal.SIGKILL)
        n_killed += process.wait() == -signal.SIGKILL
        listed = (out / "matches/takedown.jsonl").exists()
        n_listed += listed
        if (out / "takedown.pending").exists():
            n_pending += 1
            said = helpers.run("audit", out, "--forecast", code=1).message
            assert "metacurate takedown" in said
        take_down(out, *([] if listed else wishes))
        assert written(out) == expected
        assert len((out / "changes.jsonl").read_text().splitlines()) == 1
        assert not [name for name in os.listdir(out) if "takedown" in name]
    assert n_killed >= 20 and n_listed > 0, f"{n_killed} killed, {n_pending} amid renames"
