"""What the program says to somebody who uses it for the first time: wrong files, wrong folders, wrong
options. Each mistake is named, with what to do about it, and none passes for a result."""
import json
import os
import random
import resource
import subprocess

import pytest

import helpers


def says(done, *words):
    for word in words:
        assert word in done.message, done.message
    return done


@pytest.fixture
def compiled(tmp_path, concepts):
    helpers.run("compile", "-m", concepts, "-o", tmp_path / "list.mca")
    return tmp_path / "list.mca"


NOISE = random.Random(3).randbytes(5000)


# --- wrong files ---------------------------------------------------------------------------------


def test_compiled_lists_are_no_lists_to_look_at(tmp_path, concepts, compiled):
    for arguments in (("show", compiled), ("show", "--json", compiled), ("diff", concepts, compiled),
                      ("export", compiled, "-o", tmp_path / "x.json")):
        done = helpers.run("metadata", *arguments, code=1)
        says(done, f"{compiled}: is a compiled list, not a concept list: name the list that it was made from")
        assert not done.stdout and not (tmp_path / "x.json").exists()


@pytest.mark.parametrize(
    "content, words",
    [
        (NOISE, "no UTF-8"),
        (b"PAR1\x15\x04\x15", "is a Parquet table, not a concept list"),
        (b"PK\x03\x04", "is a zip archive, not a concept list"),
        (b"\x93NUMPY", "is an array (.npy), not a concept list"),
        (b'{"text":"a cat"}\n{"text":"a dog"}\n', "is JSON lines, not a concept list"),
    ],
    ids=lambda value: repr(value[:8]),
)
def test_files_that_are_no_lists(tmp_path, pool, content, words):
    path = helpers.write(tmp_path / "list", content)
    says(helpers.run("compile", "-m", path, "-o", tmp_path / "x.mca", code=1), f"{path}: ", words)
    says(helpers.run("match", "-m", path, "-o", tmp_path / "out", pool, code=1), f"{path}: ", words)
    assert not (tmp_path / "x.mca").exists() and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "content, words",
    [
        (NOISE, "is no text"),
        (b"PAR1\x15\x04\x15", "is a Parquet table: read it with --reader 'tools/read-parquet {}'"),
        (b"PK\x03\x04 \n", "is a zip archive: unpack it"),
        (b"ARROW1\0\0", "is an Arrow file"),
        (b"\xff\xd8\xff\xe0 \n", "is a JPEG image"),
        (b"\x89PNG\r\n\x1a\n", "is a PNG image"),
        (b"\x93NUMPY\1\0", "is an array"),
        ("a\ncat\n".encode("utf-16"), "is UTF-16 text"),
        (b"\x01\xfe\0\t\xff\n", "is no text"),  # not a table with such columns
    ],
    ids=lambda value: repr(value[:8]),
)
def test_files_that_are_no_pools(tmp_path, concepts, content, words):
    path = helpers.write(tmp_path / "strange", content)
    says(helpers.run("match", "-m", concepts, "-o", tmp_path / "out", path, code=1), f"{path}: {words}")
    helpers.run("match", "-m", concepts, "-o", tmp_path / "as text", "--format", "text", path)
    assert helpers.totals(tmp_path / "as text")["read"] == content.count(b"\n") + (content[-1:] != b"\n")


def test_own_files_are_no_pools(tmp_path, concepts, compiled, pool):
    helpers.run("match", "-m", concepts, "-o", tmp_path / "matched", pool)
    (index,) = (tmp_path / "matched" / "matches").iterdir()
    says(helpers.run("match", "-m", concepts, "-o", tmp_path / "1", index, code=1),
         f"{index}: is a match index: give its folder to balance")
    says(helpers.run("match", "-m", concepts, "-o", tmp_path / "2", compiled, code=1),
         f"{compiled}: is a compiled list: -m takes it")


def test_text_with_some_of_it(tmp_path, concepts):
    """NUL bytes alone, or ill-formed bytes alone, are a text's; so is what has both further inside."""
    for content in (b"ka\0lo\n", b"ka \xff lo\n", b"ka\n" * 2000 + NOISE):
        path = helpers.write(tmp_path / "text", content)
        helpers.run("match", "-m", concepts, "-o", tmp_path / "out", "--overwrite", path)
        assert helpers.totals(tmp_path / "out")["rejected"] == 0


# --- folders that cannot be meant ----------------------------------------------------------------


def test_output_within_the_pool(tmp_path, concepts, pool):
    folder = tmp_path / "folder"
    folder.mkdir()
    pool.rename(folder / "pool.jsonl")
    (tmp_path / "link").symlink_to(folder)
    for command in (("curate", "-m", concepts), ("match", "-m", concepts), ("extract",)):
        for given, out in ((folder, folder / "out"), (folder, folder / "a" / "b"), (folder, folder),
                           (tmp_path / "link", folder / "out"), (folder, tmp_path / "link" / "out")):
            done = helpers.run(*command, "-o", out, given, code=2)
            says(done, f"{out}: lies in the pool's folder {given}: put it elsewhere")
    says(helpers.run("extract", "-o", folder / "x.jsonl.zst", folder, code=2), "lies in the pool's folder")
    assert os.listdir(folder) == ["pool.jsonl"]
    helpers.run("match", "-m", concepts, "-o", tmp_path / "folder2", folder)  # a name that begins alike


def test_folders_of_runs_are_no_pools(tmp_path, concepts, pool):
    helpers.run("extract", "-o", tmp_path / "extracted", pool)
    helpers.run("match", "-m", concepts, "-o", tmp_path / "matched", pool)
    out = tmp_path / "out"
    done = helpers.run("curate", "-m", concepts, "-o", out, tmp_path / "extracted", code=2)
    says(done, f"extracted: was written by extract: the pool in it is {tmp_path}/extracted/pairs")
    done = helpers.run("curate", "-m", concepts, "-o", out, tmp_path / "matched", code=2)
    says(done, "matched: was written by match", "balance")
    assert not out.exists()
    helpers.run("curate", "-m", concepts, "-o", out, tmp_path / "extracted" / "pairs")
    assert helpers.check_books(out)["rejected"] == 0


def test_standard_output_is_for_lines(tmp_path, concepts, pool):
    helpers.run("match", "-m", concepts, "-o", tmp_path / "matched", pool)
    done = helpers.run("balance", "-o", "-", tmp_path / "matched", code=2, cwd=tmp_path)
    says(done, "balance cannot write to standard output: -o FOLDER")
    says(helpers.run("curate", "-m", concepts, "-o", "-", pool, code=2, cwd=tmp_path), "curate cannot write")
    assert not (tmp_path / "-").exists()


def test_pools_of_nothing(tmp_path, concepts):
    (tmp_path / "empty").mkdir()
    helpers.write(tmp_path / "empty.jsonl", b"")
    for name in ("curate", "match", "extract"):
        listed = () if name == "extract" else ("-m", concepts)
        done = helpers.run(name, *listed, "-o", tmp_path / "out", tmp_path / "empty", code=1)
        says(done, "empty: holds no files")
        assert not (tmp_path / "out").exists()
        for i, given in enumerate((tmp_path / "empty.jsonl", "-")):
            done = helpers.run(name, *listed, "-o", tmp_path / f"{name}{i}", given)
            says(done, "warning: the pool holds no records")
    helpers.write(tmp_path / "empty" / "x.jsonl", b'{"text":"ka"}\n')
    assert not helpers.run("extract", "-o", tmp_path / "out", tmp_path / "empty").message


# --- runs that fail, and what they leave -----------------------------------------------------------


def test_no_shard_could_be_read(tmp_path, concepts, pool):
    broken = [helpers.write(tmp_path / f"{i}.zip", b"PK\x03\x04") for i in range(2)]
    for name in ("curate", "match", "extract"):
        listed = () if name == "extract" else ("-m", concepts)
        done = helpers.run(name, *listed, "-o", tmp_path / name, *broken, code=1)
        says(done, f"error: none of 2 shards could be read, the first: {broken[0]}: is a zip archive")
        assert not done.stdout
        done = helpers.run(name, *listed, "-o", tmp_path / f"{name}1", broken[0], code=1)
        says(done, f"error: the only shard could not be read: {broken[0]}: is a zip archive")
        some = tmp_path / f"{name}2"
        done = helpers.run(name, *listed, "-o", some, pool, *broken, code=1)
        last = "error: 2 of 3 shards are missing from the result; --resume goes on once they can be read"
        assert done.message.splitlines()[-1].endswith(last)
        helpers.check_books(some)


def test_a_folder_that_a_failed_run_left_is_empty(tmp_path, concepts, pool):
    out = tmp_path / "out"
    bad = helpers.write(tmp_path / "bad.zip", b"PK\x03\x04")
    helpers.run("match", "-m", concepts, "-o", out, bad, code=1)
    for options in (("--only", tmp_path / "none"), ("--exclude", tmp_path / "none"), ("--text-field", "captions")):
        helpers.run("match", "-m", concepts, "-o", out, *options, helpers.write(tmp_path / "p", b'{"a":1}\n' * 12000),
                    code=1)
    helpers.run("curate", "-m", concepts, "-o", out, "--counts", tmp_path / "none", pool, code=1)
    helpers.run("curate", "-m", concepts, "-o", out, "--block-hosts", tmp_path / "none", pool, code=1)
    helpers.run("curate", "-m", concepts, "-o", out, pool)
    helpers.run("curate", "-m", concepts, "-o", out, pool, code=1)
    (tmp_path / "mine" / "folder").mkdir(parents=True)
    (tmp_path / "mine" / "folder" / "file").write_bytes(b"")
    says(helpers.run("curate", "-m", concepts, "-o", tmp_path / "mine", pool, code=1), "is not empty")


def test_a_pool_that_moved(tmp_path, concepts, pool):
    helpers.run("match", "-m", concepts, "-o", tmp_path / "matched", pool)
    helpers.run("match", "-m", concepts, "-o", tmp_path / "kept", "--keep-texts", pool)
    pool.rename(tmp_path / "moved.jsonl")
    done = helpers.run("balance", "-o", tmp_path / "out", tmp_path / "matched", code=1)
    says(done, f"{pool}: cannot be found; the texts that are kept are read again from the pool", "--keep-texts")
    assert not (tmp_path / "out").exists()
    helpers.run("balance", "-o", tmp_path / "out", tmp_path / "kept")
    (tmp_path / "moved.jsonl").rename(pool)
    helpers.run("balance", "-o", tmp_path / "again", tmp_path / "matched")


def test_a_reader_that_has_seen_enough(pool, concepts):
    for arguments in (("match", "-m", concepts), ("extract",)):
        running = subprocess.Popen(helpers.command(*arguments, "-o", "-", *[pool] * 30), stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b""
        running.wait(60)


def test_resume_without_a_run(tmp_path, concepts, pool):
    out = tmp_path / "out"
    for again in (f"warning: {out}: there is nothing to go on with: starting anew", ""):
        done = helpers.run("match", "-m", concepts, "-o", out, "--resume", pool)
        assert again in done.message and ("starting anew" in done.message) == bool(again)


# --- what is said of a pool ----------------------------------------------------------------------


def test_languages_that_are_none(tmp_path, concepts, pool):
    for given in ("english", "en,german", "e"):
        done = helpers.run("match", "-m", concepts, "-o", tmp_path / "out", "--lang", given, pool, code=2)
        wrong = given.split(",")[-1]
        says(done, f'--lang: "{wrong}" is no language code (two or three letters, such as en, de, zh)')
    for given in ("xx", "eng_Latn,zh-hant"):
        done = helpers.run("match", "-m", concepts, "-o", tmp_path / given, "--lang", given, pool)
        says(done, f"warning: all texts were excluded (language {helpers.totals(tmp_path / given)['excluded']:,})")
    named = helpers.write_jsonl(tmp_path / "named.jsonl", [{"text": "ka", "lang": "english"}, {"text": "lo"}])
    helpers.run("match", "-m", concepts, "-o", tmp_path / "named", "--lid", "none", "--lang", "english", named)
    assert helpers.totals(tmp_path / "named")["matched"] == 1


@pytest.mark.parametrize(
    "line, options, words",
    [
        (b'{"a":1,"b":"ka"}', (), "record 0: no text field; fields: a, b (see --text-field)"),
        (b'{"text":["ka"]}', (), "record 0: text is a list (see --text-field)"),
        (b'{"text":"ka","n":1}', ("--id-field", "nope"), "record 0: nope is missing; fields: text, n (see --id-field"),
        (b"ka", ("--format", "jsonl"), "(see --format)"),
        (b'{"text":"%s"}' % (b"ka" * 50), ("--max-record", "50"), "more than 50 bytes (see --max-record)"),
    ],
    ids=lambda value: repr(value)[:12],
)
def test_pools_of_rejects_only(tmp_path, concepts, line, options, words):
    path = helpers.write(tmp_path / "bad.jsonl", (line + b"\n") * 12000)
    done = helpers.run("match", "-m", concepts, "-o", tmp_path / "out", *options, path, code=1)
    says(done, f"{path}: the first 10,000 records were all rejected; record ", words)


def test_rejects_are_told_shortly(tmp_path, concepts):
    path = helpers.write(tmp_path / "p.jsonl", b'{"text":"ka"}\n' * 1499 + b'{"text":\n')
    done = helpers.run("match", "-m", concepts, "-o", tmp_path / "out", path)
    says(done, "1 of 1,500 records was rejected, the first: ", "bad_json: no JSON object; ", "out/rejects.jsonl says")
    cut = helpers.write(tmp_path / "p.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\3")
    done = helpers.run("match", "-m", concepts, "-o", tmp_path / "gz", cut)
    says(done, "gzip data is truncated at byte 10 of the file")


def test_numbers_with_an_exponent(tmp_path, concepts, pool):
    for i, t in enumerate(("1e2", "100", "0.1k")):
        helpers.run("curate", "-m", concepts, "-t", t, "-o", tmp_path / str(i), pool)
    assert helpers.uids(tmp_path / "0") == helpers.uids(tmp_path / "1") == helpers.uids(tmp_path / "2")


# --- finding the command and the option ----------------------------------------------------------


@pytest.mark.parametrize(
    "arguments, code, words",
    [
        ("metadata", 2, "metadata takes one of: build, show, diff, export"),
        ("metadata --json", 2, "metadata takes one of: build"),
        ("metadata buid", 2, 'unknown command "metadata buid" (did you mean metadata build?)'),
        ("curat", 2, 'unknown command "curat" (did you mean curate?); metacurate --help lists them'),
        ("xyzzy", 2, 'unknown command "xyzzy"; metacurate --help lists them'),
        ("help curat", 2, "did you mean curate?"),
        ("curate --treshold 3", 2, "unknown option --treshold (did you mean --threshold?)"),
        ("curate --treshold=3", 2, "unknown option --treshold (did you mean --threshold?)"),
        ("curate --emti tsv", 2, "(did you mean --emit?)"),
        ("curate --xyzzy", 2, "error: unknown option --xyzzy\n"),
        ("curate -Q", 2, "error: unknown option -Q\n"),
        ("curate -qo x", 2, "-q takes no value; write -q -o\n"),
        ("curate --quiet=x", 2, "no value goes with --quiet"),
        ("curate --size x", 2, "error: --size: "),
        ("curate", 2, "curate needs -m LIST, -o FOLDER and a POOL"),
        ("curate x.mca -o y p", 2, "curate needs -m LIST (is x.mca it?); see metacurate curate --help"),
        ("match -o -", 2, "match needs -m LIST and a POOL"),
        ("balance", 2, "balance needs -o FOLDER and a folder that match or curate wrote"),
        ("extract p", 2, "extract needs -o FOLDER"),
        ("compile", 2, "compile needs -m LIST and -o FILE.mca"),
        ("metadata export x", 2, "metadata export needs -o FILE; "),
        ("metadata build --recipe metaclip1 -o x", 2, "--without wordnet,unigram,bigram,title"),
        ("metadata build --wordnet . -o x", 1, "data.noun: cannot be found (--wordnet is the folder with WordNet's"),
        ("extract -o x p --reader false", 2, "no {} for the file, as in --reader 'tools/read-parquet {}'"),
        ("match -m LIST -o x p --text-field", 2, "a value is missing after --text-field"),
    ],
)
def test_usage(tmp_path, arguments, code, words):
    done = helpers.run(*arguments.split(), code=code, cwd=tmp_path)
    says(done, words)
    assert not done.stdout and len(done.message.splitlines()) <= 2 and not os.listdir(tmp_path)


def test_help():
    general = helpers.run("--help").stdout
    assert helpers.run("help").stdout == general
    for name in ("match", "metadata show"):
        assert helpers.run("help", *name.split()).stdout == helpers.run(*name.split(), "--help").stdout
    for arguments in (("metadata", "--help"), ("help", "metadata")):
        shown = helpers.run(*arguments).stdout.decode()
        assert all(f"metadata {name} " in shown for name in ("build", "show", "diff", "export"))
    for name in ("metadata build", "metadata show", "metadata diff", "metadata export", "compile", "extract", "match",
                 "balance", "curate", "inspect"):
        shown = helpers.run(*name.split(), "--help").stdout.decode()
        assert max(map(len, shown.splitlines())) <= 100, name
        assert ("--max-rejects allows" in shown) == (name in ("extract", "match", "curate"))
        assert ("pair (default)" in shown) == (name in ("match", "balance", "curate"))
        assert ("none (default): copies" in shown) == (name == "extract")


def test_paths_with_a_slip(tmp_path, concepts, pool):
    done = helpers.run("match", "-m", concepts, "-o", tmp_path / "no" / "such" / "out", pool, code=1)
    says(done, f"{tmp_path}/no: is not there (make it, or check the path)")
    assert not (tmp_path / "no").exists()
    helpers.run("match", "-m", concepts, "-o", tmp_path / "new" / "out", pool)
    helpers.run("match", "-m", concepts, "-o", tmp_path / "new2" / "out/", pool)


def test_what_balance_takes(tmp_path, concepts, pool):
    helpers.run("match", "-m", concepts, "-o", tmp_path / "matched", pool)
    for given, words in (("none", "cannot be found"), ("matched/counts.npy", "is no match index (.mcm): name a folder"),
                         ("pool.jsonl", "is no match index (.mcm): name a folder")):
        done = helpers.run("balance", "-o", tmp_path / "out", tmp_path / given, code=1)
        says(done, f"{tmp_path / given}: {words}")
        assert not (tmp_path / "out").exists()


def test_inspect_of_folders(tmp_path, concepts, pool):
    helpers.run("match", "-m", concepts, "-o", tmp_path / "matched", pool)
    assert json.loads(helpers.run("inspect", tmp_path / "matched").stdout) == helpers.manifest(tmp_path / "matched")
    says(helpers.run("inspect", tmp_path, code=1), f"{tmp_path}: is a folder without a manifest: name a file in it")


# --- what was understood is shown ------------------------------------------------------------------


def test_dry_run_says_what_shards_are_taken_for(tmp_path, concepts):
    path = helpers.write_jsonl(tmp_path / "p.jsonl", [{"id": 1, "text": "a text\tthat is " + "é" * 80}])
    done = helpers.run("curate", "-m", concepts, "-o", tmp_path / "out", "--dry-run", path)
    shown = done.stdout.decode()
    assert "pool: 1 shard, 0.5 kB as stored\n" in shown
    assert "      jsonl, first text: a text that is ééé" in shown and "é...\n" in shown and "not empty" not in shown
    done = helpers.run("extract", "-o", tmp_path, "--dry-run", "--text-field", "no", path)
    assert b"jsonl, the first record is rejected: no text field; fields: id, text" in done.stdout
    assert b"(is not empty: --overwrite or --resume will be needed)" in done.stdout
    bad = helpers.write(tmp_path / "x.zip", b"PK\x03\x04")
    done = helpers.run("match", "-m", concepts, "-o", tmp_path / "out", "--dry-run", bad, tmp_path / "p.jsonl")
    assert f"cannot be read: {bad}: is a zip archive" in done.stdout.decode()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content, words", [
    (b'[{"text":"ka"}]\n', "begins with [: a JSON array is read as lines of text"),
    (b' [\n {"text":"ka"}]\n', "begins with [: a JSON array"),
    (b"<!DOCTYPE HTML><title>404</title>\n", "begins like an HTML page"),
    (b"[ka] lo\n", ""), (b"[", ""), (b"<html", ""),
])
def test_text_that_is_meant_otherwise(tmp_path, concepts, content, words):
    path = helpers.write(tmp_path / "p", content)
    for name in ("match", "extract"):
        listed = () if name == "extract" else ("-m", concepts)
        done = helpers.run(name, *listed, "-o", tmp_path / name, path)
        assert f"warning: {path}: {words}" in done.message if words else not done.message
        assert not helpers.run(name, *listed, "--format", "text", "-o", tmp_path / f"{name}2", path).message


def test_summary(tmp_path, concepts, pool):
    out = tmp_path / "out"
    shown = helpers.run("curate", "-m", concepts, "-o", out, pool).stdout.decode()
    assert "20,000   (default)\n" in shown and "no entry is as frequent" in shown
    assert f"kept pairs: {out}/subset.jsonl.zst; to look at: {out}/report.html\n" in shown
    shown = helpers.run("curate", "-m", concepts, "-t", "1.5k", "-o", out, "--overwrite", "--no-report", pool).stdout.decode()
    assert " 1,500\n" in shown and "(default)" not in shown and f"what was done: {out}/manifest.json" in shown
    result = helpers.result(out)
    assert f"(expected {round(result['expected_size']):,} +- {round(result['expected_deviation']):,})\n" in shown
    logged = json.loads(helpers.run("balance", "-t", "7", "--log-json", "-o", tmp_path / "b", out).stdout)
    assert (logged["t"], logged["output"], logged["shards_failed"]) == (7, str(tmp_path / "b"), 0)


def test_work_files_have_a_folder(tmp_path, concepts, pool):
    helpers.run("match", "-m", concepts, "-o", tmp_path / "matched", pool)

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))

    done = helpers.run("balance", "-o", tmp_path / "out", tmp_path / "matched", code=1, preexec_fn=limit)
    says(done, f"error: {tmp_path}/out: a work file in it: cannot be written: File too large")
