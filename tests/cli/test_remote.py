"""Pools on servers, and lists of them: whatever the server does, the result is complete or the error
is the right one."""
import gzip
import json
import os
import random
import signal
import subprocess
import time

import pytest
import zstandard

import helpers
from server import (Server, changing, half, redirect, stall, status, trickle, without_ranges, wrong_range)

PATIENCE = "connect=1000,stall=100,speed=2000,retry=10,tries=4"


@pytest.fixture(scope="module")
def server():
    with Server() as running:
        yield running


@pytest.fixture(scope="module")
def content():
    """1.6 MB of records, incompressible enough for the parts to be large."""
    rng = random.Random(5)
    lines = []
    for i, text in enumerate(helpers.sample_texts(6000, 5)):
        lines.append(json.dumps({"url": f"http://host/{i}", "text": f"{text} {rng.getrandbits(1500):x}"}) + "\n")
    return gzip.compress("".join(lines).encode(), 1)


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    return helpers.write_list(tmp_path_factory.mktemp("list") / "list.json", helpers.sample_entries())


def match(words, *pool, code=0, patience=PATIENCE, environment=(), **options):
    environment = {**os.environ, **dict(environment), "METACURATE_REMOTE": patience, "no_proxy": "127.0.0.1"}
    return helpers.run("match", "-m", words, "-o", "-", *pool, code=code, env=environment, **options)


@pytest.fixture(scope="module")
def expected(words, content, tmp_path_factory):
    path = helpers.write(tmp_path_factory.mktemp("pool") / "pool.gz", content)
    lines = match(words, path).stdout
    assert lines.count(b"\n") == 6000
    return lines


def url_of(server, request, content, behaviour=None):
    return server.put("/" + request.node.name, content, behaviour)


@pytest.mark.parametrize("behaviour", [
    None,
    half(1),
    half(4, step=300_000),
    half(2, reset=True),
    half(3),
    half(1, step=1),
    stall(1),
    status(503, 2),
    status(429, 1, Retry_After="1"),
    status(500, 1),
    status(502, 1, half(2)),
    without_ranges(1),
    without_ranges(3),
    without_ranges(2, named=False),
    without_ranges(2, named=False, length=False),
    without_ranges(0, length=False),
], ids=["plain", "half", "many-parts", "reset", "three-halves", "one-byte", "stall", "503", "429", "500", "502-then-halves",
        "no-ranges", "no-ranges-3", "no-versions", "no-lengths", "chunked"])
def test_the_result_is_complete(server, request, words, content, expected, behaviour):
    url = url_of(server, request, content, behaviour)
    assert match(words, url).stdout == expected


@pytest.mark.parametrize("behaviour, message", [
    (status(404), "404: there is no such file"),
    (status(403), "403: it does not hand out"),
    (status(503), "status 503"),
    (status(429, Retry_After="0"), "given up after 4 tries"),
    (half(None, step=1), "given up after 4 tries"),
    (stall(None), "less than 2000 bytes a second"),
    (trickle, "less than 2000 bytes a second"),
    (wrong_range(-1), "asked for the file from byte"),
    (wrong_range(1), "asked for the file from byte"),
    (status(204), "status 204"),
    (redirect("ftp://127.0.0.1/x"), "ftp"),
    (redirect("file:///etc/passwd"), "file"),
], ids=["404", "403", "503", "429", "half", "stall", "trickle", "range-before", "range-behind", "204", "ftp", "file"])
def test_the_error_is_right(server, request, words, content, behaviour, message):
    url = url_of(server, request, content, behaviour)
    done = match(words, url, code=1)
    assert message in done.message and url in done.message


@pytest.mark.parametrize("named, ignoring", [(True, False), (True, True), (False, False)])
@pytest.mark.parametrize("longer", [0, 1, -1])
def test_a_file_that_changes(server, request, words, content, named, ignoring, longer):
    other = b"\x1f\x8c" + content[2:] if longer == 0 else content + b"x" if longer > 0 else content[:-1]
    url = url_of(server, request, content, changing(other, named, ignoring))
    assert "the file changed on the server" in match(words, url, code=1).message


def test_ranges_are_asked_for_with_the_version(server, words, content, expected):
    url = server.put("/ranges", content, half(1, step=100_000))
    assert match(words, url).stdout == expected
    asked = [request for request in server.requests if request[0] == "/ranges"]
    assert [request[1] for request in asked] == [None, "bytes=100000-"]
    assert asked[0][2] is None and asked[1][2].startswith('"')
    assert all(request[3].startswith("metacurate/") for request in asked)


def test_redirects(server, words, content, expected):
    server.put("/target", content, half(2))
    url = server.put("/source", b"", redirect("/target", 301))
    assert match(words, url).stdout == expected
    assert server.ranges("/source")[0] is None and server.ranges("/source")[1].startswith("bytes=")
    loop = server.put("/loop", b"", redirect("/loop"))
    assert "more than 10 redirects" in match(words, loop, code=1).message
    assert len(server.ranges("/loop")) == 11


def test_retries_are_a_second_apart(server, words, content, expected):
    url = server.put("/patient", content, status(503, 2))
    assert match(words, url, patience="stall=5000").stdout == expected
    times = [request[4] for request in server.requests if request[0] == "/patient"]
    assert times[1] - times[0] > 0.95 and times[2] - times[1] > 1.9


def test_certificates_are_checked(server, tmp_path, words, content, expected):
    certificate = tmp_path / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-addext",
                    "subjectAltName=IP:127.0.0.1", "-keyout", certificate, "-out", tmp_path / "public.pem"],
                   check=True, capture_output=True)
    public = (tmp_path / "public.pem").read_bytes()
    certificate.write_bytes(certificate.read_bytes() + public)
    with Server(certificate) as encrypted:
        url = encrypted.put("/x", content, half(1))
        assert "certificate" in match(words, url, code=1).message
        assert not encrypted.requests
        for name in ("CURL_CA_BUNDLE", "SSL_CERT_FILE"):
            with_bundle = {"CURL_CA_BUNDLE": "", name: str(tmp_path / "public.pem")}
            assert match(words, url, environment=with_bundle).stdout == expected
        plain = server.put("/plain", content)
        down = encrypted.put("/down", b"", redirect(plain))
        assert "not supported" in match(words, down, code=1, environment=with_bundle).message
        assert not server.ranges("/plain")


def test_nobody_listens(words):
    done = match(words, "http://127.0.0.1:1/x", code=1)
    assert "given up after 4 tries" in done.message


def test_patience_that_is_not_understood(words):
    for patience in ("stall", "stall=x", "stall=0", "what=1", "stall=5;retry=1"):
        assert "METACURATE_REMOTE" in match(words, "http://127.0.0.1:1/x", code=2, patience=patience).message


def test_an_empty_file(server, words):
    assert match(words, server.put("/empty", b"")).stdout == b""


def test_a_connection_is_kept(server, tmp_path, words):
    urls = [server.put(f"/kept/{i}", b"one text\n") for i in range(20)]
    helpers.run("match", "-m", words, "-j", "1", "-o", tmp_path / "out", *urls)
    clients = {request[5] for request in server.requests if request[0].startswith("/kept/")}
    assert len(clients) == 1


def test_others_go_on(server, tmp_path, words, content):
    good, bad = server.put("/good", content, half(1)), server.put("/bad", content, status(404))
    out = tmp_path / "out"
    environment = {**os.environ, "METACURATE_REMOTE": PATIENCE}
    done = helpers.run("match", "-m", words, "-o", out, bad, good, code=1, env=environment)
    assert "404" in done.message
    assert len(list((out / "matches").glob("good-*.mcm"))) == 1
    assert not list((out / "matches").glob("bad-*"))


def test_an_interrupt_ends_the_waiting(server, words, content):
    url = server.put("/forever", content, status(503, Retry_After="100"))
    environment = {**os.environ, "METACURATE_REMOTE": "retry=60000"}
    process = subprocess.Popen(helpers.command("match", "-m", words, "-o", "-", url), env=environment,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not server.ranges("/forever"):
        time.sleep(0.02)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=5) == 130


# --- lists ---------------------------------------------------------------------------------------


def test_a_list_of_urls(server, words, content, expected):
    """As crawls publish them: a compressed list of relative paths, on a server itself."""
    for name in ("a", "b"):
        server.put(f"/crawl/{name}.gz", content, half(1))
    listed = server.put("/crawl/paths.gz", gzip.compress(b"# files\n\ncrawl/a.gz\r\n  crawl/b.gz  \n"))
    done = match(words, f"@{listed}", "--base", server.url(""))
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    shards = [line.pop("shard") for line in lines]
    assert [shard[:5] for shard in shards] == ["a.gz-"] * 6000 + ["b.gz-"] * 6000
    assert lines == 2 * [json.loads(line) for line in expected.splitlines()]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.ZstdCompressor().compress])
def test_a_list_of_files(tmp_path, words, pack):
    (tmp_path / "pool").mkdir()
    for name in ("one", "two"):
        helpers.write(tmp_path / "pool" / name, name.encode() + b" text\n")
    listed = helpers.write(tmp_path / "list", pack(f"two\n{tmp_path}/pool/one\n#no\n\n".encode()))
    done = match(words, f"@{listed}", "--base", tmp_path / "pool")
    assert done.stdout.count(b"\n") == 2
    relative = helpers.write(tmp_path / "relative", b"pool/one")
    assert match(words, f"@{relative}", cwd=tmp_path).stdout.count(b"\n") == 1
    assert match(words, "@-", cwd=tmp_path, stdin=b"pool/one\npool/two\n").stdout.count(b"\n") == 2


def test_a_line_that_leads_nowhere_costs_one_shard(tmp_path, words):
    helpers.write(tmp_path / "one", b"a text\n")
    (tmp_path / "folder").mkdir()
    listed = helpers.write(tmp_path / "list", b"missing\nfolder\none\n*\n")
    out = tmp_path / "out"
    done = helpers.run("match", "-m", words, "-o", out, f"@{listed}", "--base", tmp_path, code=1)
    assert "missing" in done.message and "is a folder" in done.message
    assert [path.name[:4] for path in (out / "matches").glob("*.mcm")] == ["one-"]


@pytest.mark.parametrize("line, message", [
    (b"-", "line 2 of the list is standard input"),
    (b"@other", "line 2 of the list is another list"),
    (b"s3://bucket/key", "no http or https: s3://bucket/key"),
    (b"a\0b", "control character"),
    (b"a\x1bb", "control character"),
    (b"a" * 70_000, "more than 65536 bytes"),
    (b"a" * 300_000 + b"\n", "more than 65536 bytes"),
], ids=["stdin", "list", "scheme", "nul", "escape", "long", "longer"])
def test_a_list_that_is_refused(tmp_path, words, line, message):
    listed = helpers.write(tmp_path / "list", b"one\n" + line)
    done = match(words, f"@{listed}", code=1)
    assert message in done.message and "list" in done.message


def test_a_list_that_is_damaged_or_missing(server, tmp_path, words):
    cut = helpers.write(tmp_path / "cut", gzip.compress(b"one\n" * 100)[:-9])
    match(words, f"@{cut}", code=1)
    match(words, f"@{tmp_path}/missing", code=1)
    assert "404" in match(words, "@" + server.url("/nowhere"), code=1).message


# --- going on ------------------------------------------------------------------------------------


def test_resume(tmp_path, words, content):
    """What is finished is not read again; the list may grow; a file of another size is refused."""
    out = tmp_path / "out"
    environment = {**os.environ, "METACURATE_REMOTE": PATIENCE}

    def go_on(code=0):
        listed = helpers.write(tmp_path / "list", "\n".join(names).encode())
        return helpers.run("match", "-m", words, "--resume", "-j", "2", "-o", out, f"@{listed}", "--base", base,
                           code=code, env=environment)

    with Server() as server:
        base, names = server.url(""), ["a", "b"]
        for name in "abc":
            server.put("/" + name, content)
        go_on()
        before = helpers.files(out)
        names.append("c")
        del server.requests[:]
        go_on()
        assert len(server.ranges("/a")) == len(server.ranges("/c")) == 1
        assert server.methods("/a") == ["HEAD"] and server.methods("/c") == ["GET"]
        after = helpers.files(out)
        assert {name: data for name, data in after.items() if name in before and name.endswith(".mcm")} == {
            name: data for name, data in before.items() if name.endswith(".mcm")}
        server.put("/b", content + b"x")
        assert "/b: has changed" in go_on(code=1).message
    go_on()  # the server is gone: what is finished stays so
    names.append("d")
    assert "/d" in go_on(code=1).message
