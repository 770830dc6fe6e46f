"""Lists built from recipes, held to plain Python; and everything that can be wrong with one."""
import gzip
import json
import os
import random

import pytest
import xxhash

import helpers
import recipes
from helpers import reference

needs_wordnet = pytest.mark.skipif(
    not os.path.exists(f"{helpers.WORDNET}/data.noun"), reason="wordnet-base is not installed"
)


def build(out, *arguments, code=0, **options):
    return helpers.run("metadata", "build", *arguments, "-o", out, code=code, **options)


def names_of_wordnet():
    names, _ = reference.wordnet(helpers.WORDNET)
    return names


def entries_of(path):
    """(name, source, score, rank) of every entry of a list."""
    document = json.loads(path.read_bytes())
    assert document["metacurate"] == "metadata" and document["version"] == 2
    return [
        (name.encode(), document["sources"][source], score, rank)
        for name, source, score, rank in document["entries"]
    ]


def counts_file(path, unigrams, bigrams=()):
    lines = [b"%d\t%s\n" % (count, word) for word, count in unigrams.items()]
    lines += [b"%d\t%s\t%s\n" % (count, *pair) for pair, count in dict(bigrams).items()]
    return helpers.write(path, b"".join(lines))


def recipe_file(path, sources, **members):
    document = {"metacurate": "recipe", "version": 1, "name": "mine", **members, "sources": sources}
    return helpers.write(path, json.dumps(document).encode())


def unscored(names):
    return [(name, None) for name in names]


NUMBERS = unscored(reference.numbers())

UNIGRAMS = {b"the": 900, b"of": 500, b"cat": 40, b"dog": 40, b"7": 30, b"New": 9, b"York": 8, b"rare": 1}
BIGRAMS = {(b"New", b"York"): 8, (b"of", b"the"): 300, (b"the", b"cat"): 30, (b"rare", b"cat"): 1}
VIEWS = b"en Main_Page 900 0\nen The_Cat 60 0\nen.m The_Cat 60 0\nde Katze 70 0\nen York 80 0\nen Small 3 0\n"


@pytest.fixture
def counts(tmp_path):
    return counts_file(tmp_path / "counts", UNIGRAMS, BIGRAMS)


@pytest.fixture
def pageviews(tmp_path):
    return helpers.write(tmp_path / "pageviews-20250101-000000", VIEWS)


def scored_bigrams(joined=b" "):
    tokens = sum(UNIGRAMS.values())
    return {
        joined.join(pair): recipes.pmi(count, UNIGRAMS[pair[0]], UNIGRAMS[pair[1]], tokens)
        for pair, count in BIGRAMS.items()
    }


def check(path, sources, size=None):
    expected = recipes.merge(sources, size)
    found = entries_of(path)
    assert [(n, s, r) for n, s, _, r in found] == [(n, s, r) for n, s, _, r in expected]
    for (_, _, score, _), (_, _, there, _) in zip(found, expected):
        assert score is there is None or abs(score - there) <= 1e-9 * max(1, abs(there))


# --- the published recipes -----------------------------------------------------------------------


@needs_wordnet
def test_metaclip1_yields_exactly_its_size(tmp_path):
    rng = random.Random(5)
    names = names_of_wordnet()
    words = [b"w%d" % i for i in range(251_000)] + rng.sample(names, 3_000)
    words = [word for word in words if b" " not in word]
    unigrams = {word: int(rng.paretovariate(0.8) * 80) for word in words}
    unigrams = {word: min(count, 4_000) for word, count in unigrams.items()}
    bigrams = {}
    for i in range(101_500):
        first, second = b"r%d" % i, b"s%d" % (i * 7919 % 101_500)
        unigrams[first] = 1 + (i % 50 == 0)  # PMI 29 for one in fifty
        unigrams[second] = 1
        bigrams[first, second] = 1
    unigrams[b"the"] = 2**30 - sum(unigrams.values())
    tokens = sum(unigrams.values())
    assert tokens == 2**30 and unigrams[b"the"] > 0
    hours = []
    for hour in range(6):
        lines = (b"%s Title_%d %d 0\n" % (rng.choice((b"en", b"en.m")), rng.randrange(230_000), rng.randrange(30, 120))
                 for _ in range(120_000))
        hours.append(b"".join(lines))
    counts = tmp_path / "counts.gz"
    items = [b"%s %d\n" % item for item in unigrams.items()]
    items += [b"%d\t%s\t%s\n" % (count, *pair) for pair, count in bigrams.items()]
    rng.shuffle(items)
    counts.write_bytes(gzip.compress(b"".join(items), 1))
    pageviews = [helpers.write(tmp_path / f"pageviews-{i:02d}", hour) for i, hour in enumerate(hours)]

    def built(name, *more):
        path = tmp_path / name
        build(path, "--recipe", "metaclip1", "--wordnet", helpers.WORDNET, "--ngrams", counts,
              "--pageviews", *pageviews, *more)
        return path

    first = built("first.json", "-j", "1")
    sums = recipes.views(hours, b"en", 50)
    scores = {
        b" ".join(pair): recipes.pmi(count, unigrams[pair[0]], unigrams[pair[1]], tokens)
        for pair, count in bigrams.items()
    }
    sources = [
        ("number", NUMBERS),
        ("wordnet", unscored(names_of_wordnet())),
        ("unigram", recipes.ranked({w: c for w, c in unigrams.items() if c >= 100})),
        ("bigram", recipes.ranked({name: score for name, score in scores.items() if score >= 30})),
        ("title", recipes.ranked({title: n for title, n in sums.items() if n >= 70})),
    ]
    check(first, sources, 500_000)
    found = entries_of(first)
    assert len(found) == len({name for name, *_ in found}) == 500_000
    assert {source for _, source, *_ in found} == {"number", "wordnet", "unigram", "bigram", "title"}
    assert built("second.json", "-j", "2", "--memory", "64M").read_bytes() == first.read_bytes()
    assert built("third.json", "-j", "2").read_bytes() == first.read_bytes()

    compiled = tmp_path / "list.mca"
    helpers.run("compile", "-m", first, "-o", compiled)
    pool = helpers.write(tmp_path / "pool.txt", b"".join(b"the %s of w%d\n" % (n, i) for i, n in enumerate(names[:3000])))
    totals = {}
    for listed in (first, compiled):
        out = tmp_path / f"out-{listed.name}"
        helpers.run("curate", "-m", listed, "-t", "20", "-o", out, pool)
        helpers.check_books(out)
        totals[listed.name] = helpers.counts(out).tolist(), helpers.uids(out)
    assert totals["first.json"] == totals["list.mca"]
    assert len(totals["first.json"][0]) == 500_000 and sum(totals["first.json"][0]) >= 6000


def test_metaclip2_takes_shares(tmp_path, pageviews):
    unigrams = {b"w%03d" % i: 1000 - i for i in range(200)}
    unigrams["\u3002\u3002".encode()] = 5000  # marks only: never counted
    unigrams[b"x" * 300] = 4000  # too long
    bigrams = {(b"w%03d" % i, b"w%03d" % (i + 1)): 20 + i * 7 % 13 for i in range(100)}
    counts = counts_file(tmp_path / "counts", unigrams, bigrams)
    tab = helpers.write(tmp_path / "wn.tab", "# x\n00000001-n\tlemma\tb\u00fbche\n00000002-n\tlemma\tchat\n".encode())
    out = tmp_path / "list.json"
    build(out, "--recipe", "metaclip2", "--omw", tab, "--ngrams", counts, "--pageviews", pageviews)
    found = entries_of(out)
    by_source = {}
    for name, source, score, rank in found:
        by_source.setdefault(source, []).append((name, score, rank))
    assert [name for name, *_ in by_source["omw"]] == ["b\u00fbche".encode(), b"chat"]
    assert by_source["unigram"] == [(b"w%03d" % i, 1000 - i, i + 1) for i in range(20)]
    assert len(by_source["bigram"]) == 8  # 40 % of 20
    scores = [score for _, score, _ in by_source["bigram"]]
    assert scores == sorted(scores, reverse=True) and scores[-1] > 0
    titles = recipes.ranked(recipes.views([VIEWS], b"en", 0))
    assert len(titles) == 4
    assert [(name, score) for name, score, _ in by_source["title"]] == titles[:3]  # 76 % of 4
    joined = tmp_path / "joined.json"
    build(joined, "--recipe", "metaclip2", "--omw", tab, "--ngrams", counts, "--pageviews", pageviews,
          "--project", "zh", "--without", "title,number", code=2)
    build(joined, "--recipe", "metaclip2", "--omw", tab, "--ngrams", counts, "--project", "zh",
          "--without", "title,number")
    bigrams_joined = [name for name, source, *_ in entries_of(joined) if source == "bigram"]
    assert bigrams_joined == [name.replace(b" ", b"") for name, *_ in by_source["bigram"]]


@needs_wordnet
def test_without_a_recipe_wordnet(tmp_path):
    plain, named = tmp_path / "plain.json", tmp_path / "named.json"
    build(plain, "--wordnet", helpers.WORDNET)
    build(named, "--wordnet", helpers.WORDNET, "--recipe", "wordnet")
    assert plain.read_bytes() == named.read_bytes()
    check(plain, [("number", NUMBERS), ("wordnet", unscored(names_of_wordnet()))])
    about = json.loads(plain.read_bytes())
    assert about["recipe"]["name"] == "wordnet"
    assert [entry["name"] for entry in about["inputs"]] == ["data.noun", "data.verb", "data.adj", "data.adv"]
    assert about["totals"]["wordnet_database"] == {"synsets": 117_659}
    without = tmp_path / "without.json"
    build(without, "--wordnet", helpers.WORDNET, "--no-numbers")
    check(without, [("wordnet", unscored(names_of_wordnet()))])


# --- parameters ----------------------------------------------------------------------------------


def test_each_entry_comes_once(tmp_path, counts, pageviews):
    out = tmp_path / "list.json"
    recipe = recipe_file(tmp_path / "recipe", [{"source": s} for s in ("number", "unigram", "bigram", "title")])
    build(out, "--recipe", recipe, "--ngrams", counts, "--pageviews", pageviews)
    sources = [
        ("number", NUMBERS),
        ("unigram", recipes.ranked(UNIGRAMS)),
        ("bigram", recipes.ranked(scored_bigrams())),
        ("title", recipes.ranked(recipes.views([VIEWS], b"en", 0))),
    ]
    check(out, sources)
    names = [name for name, *_ in entries_of(out)]
    assert names.count(b"7") == names.count(b"York") == 1
    for size in (1, 99, 100, 103, 110, 113):
        build(out, "--recipe", recipe, "--ngrams", counts, "--pageviews", pageviews, "--size", size, "--overwrite")
        check(out, sources, size)


@pytest.mark.parametrize(
    "options, sources, change",
    [
        (["--min-unigram", "40"], ["unigram"], lambda u: [x for x in u if x[1] >= 40]),
        (["--max-unigram", "3"], ["unigram"], lambda u: u[:3]),
        (["--share-unigram", "0.5"], ["unigram"], lambda u: u[:4]),
        (["--share-unigram", "0.5", "--max-unigram", "2"], ["unigram"], lambda u: u[:2]),
        (["--longest", "3"], ["unigram"], lambda u: [x for x in u if len(x[0]) <= 3]),
        (["--max-unigram", "0"], ["unigram"], lambda u: []),
        (["--min-bigram", "8"], ["bigram"], lambda b: [x for x in b if x[0] != b"rare cat"]),
        (["--min-pmi", "1.5"], ["bigram"], lambda b: [x for x in b if x[1] >= 1.5]),
        (["--max-bigram", "2"], ["bigram"], lambda b: b[:2]),
        (["--share-bigram", "0.25"], ["bigram"], lambda b: b[:1]),
        (["--joined", "yes"], ["bigram"], lambda b: [(n.replace(b" ", b""), s) for n, s in b]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_options_change_the_recipe(tmp_path, counts, options, sources, change):
    recipe = recipe_file(tmp_path / "recipe", [{"source": source} for source in sources])
    out = tmp_path / "list.json"
    build(out, "--recipe", recipe, "--ngrams", counts, *options)
    candidates = {"unigram": recipes.ranked(UNIGRAMS), "bigram": recipes.ranked(scored_bigrams())}
    check(out, [(source, change(candidates[source])) for source in sources])


def test_options_of_titles(tmp_path, pageviews):
    recipe = recipe_file(tmp_path / "recipe", [{"source": "title"}])
    out = tmp_path / "list.json"
    for options, floor, keep in [
        ([], 0, lambda t: t),
        (["--hour-floor", "60"], 60, lambda t: t),
        (["--min-views", "100"], 0, lambda t: [x for x in t if x[1] >= 100]),
        (["--max-title", "1"], 0, lambda t: t[:1]),
        (["--share-title", "0.5"], 0, lambda t: t[:2]),
    ]:
        build(out, "--recipe", recipe, "--pageviews", pageviews, *options, "--overwrite")
        check(out, [("title", keep(recipes.ranked(recipes.views([VIEWS], b"en", floor))))])
    build(out, "--recipe", recipe, "--pageviews", pageviews, "--project", "de", "--overwrite")
    check(out, [("title", [(b"Katze", 70)])])


def test_another_score_drops_the_threshold_of_pmi(tmp_path, counts):
    out = tmp_path / "list.json"
    build(out, "--recipe", "metaclip1", "--without", "number,wordnet,unigram,title", "--ngrams", counts)
    assert entries_of(out) == []
    build(out, "--recipe", "metaclip1", "--without", "number,wordnet,unigram,title", "--ngrams", counts,
          "--bigram-score", "worldwide", "--overwrite")
    assert len(entries_of(out)) == 4
    build(out, "--recipe", "metaclip1", "--without", "number,wordnet,unigram,title", "--ngrams", counts,
          "--min-pmi", "0.1", "--bigram-score", "worldwide", "--overwrite")
    assert 0 < len(entries_of(out)) < 4 and all(score >= 0.1 for _, _, score, _ in entries_of(out))


def test_text_is_counted(tmp_path):
    text = helpers.write(tmp_path / "text", b"the cat sat\nthe cat , the dog\n" * 50)
    recipe = recipe_file(tmp_path / "recipe", [{"source": "unigram"}, {"source": "bigram"}])
    out = tmp_path / "list.json"
    build(out, "--recipe", recipe, "--text", text)
    assert {(name, score) for name, source, score, _ in entries_of(out) if source == "unigram"} == {
        (b"the", 150), (b"cat", 100), (b"sat", 50), (b"dog", 50)}
    assert {name for name, source, *_ in entries_of(out) if source == "bigram"} == {b"the cat", b"cat sat", b"the dog"}
    again = tmp_path / "again.json"
    build(again, "--recipe", recipe, "--text", text, "-j", "2", "--tmp", tmp_path, "--memory", "64M")
    assert again.read_bytes() == out.read_bytes()


def test_a_list_tells_its_recipe_and_inputs(tmp_path, counts, pageviews):
    out, again = tmp_path / "list.json", tmp_path / "again.json"
    recipe = recipe_file(tmp_path / "recipe", [{"source": "unigram"}, {"source": "title"}], note="mine")
    arguments = ["--ngrams", counts, "--pageviews", pageviews]
    build(out, "--recipe", recipe, *arguments, "--min-unigram", "9", "--size", "5")
    document = json.loads(out.read_bytes())
    assert document["recipe"]["size"] == 5 and document["recipe"]["note"] == "mine"
    assert document["recipe"]["sources"][0] == {"source": "unigram", "min_count": 9}
    assert [(i["kind"], i["name"], i["size"]) for i in document["inputs"]] == [
        ("ngrams", counts.name, counts.stat().st_size),
        ("pageviews", pageviews.name, pageviews.stat().st_size),
    ]
    assert [i["digest"] for i in document["inputs"]] == [
        xxhash.xxh3_128_hexdigest(path.read_bytes()) for path in (counts, pageviews)
    ]
    assert document["totals"]["unigram"] == {"candidates": 6, "taken": 5, "entries": 5}
    # What a list says of its recipe is a recipe.
    helpers.write(recipe, json.dumps(document["recipe"]).encode())
    build(again, "--recipe", recipe, *arguments)
    assert again.read_bytes() == out.read_bytes()


def test_names_of_folders_do_not_matter(tmp_path, counts):
    other = tmp_path / "other"
    other.mkdir()
    helpers.write(other / counts.name, counts.read_bytes())
    recipe = recipe_file(tmp_path / "recipe", [{"source": "unigram"}])
    build(tmp_path / "a.json", "--recipe", recipe, "--ngrams", counts)
    build(other / "b.json", "--recipe", recipe, "--ngrams", other / counts.name)
    assert (tmp_path / "a.json").read_bytes() == (other / "b.json").read_bytes()


def test_standard_input(tmp_path, counts):
    recipe = recipe_file(tmp_path / "recipe", [{"source": "unigram"}])
    build(tmp_path / "a.json", "--recipe", recipe, "--ngrams", counts)
    build(tmp_path / "b.json", "--recipe", recipe, "--ngrams", "-", stdin=counts.read_bytes())
    assert entries_of(tmp_path / "a.json") == entries_of(tmp_path / "b.json")
    build(tmp_path / "c.json", "--recipe", recipe, "--ngrams", "-", "-", stdin=b"x 1\n", code=2)


# --- what can be wrong ---------------------------------------------------------------------------


def test_sources_are_asked_for_by_their_options(tmp_path, counts):
    out = tmp_path / "list.json"
    for arguments, words in [
        (["--recipe", "metaclip1"], "--wordnet DIR"),
        (["--recipe", "metaclip1", "--without", "wordnet"], "--wikipedia FILE, --text FILE or --ngrams FILE"),
        (["--recipe", "metaclip1", "--without", "wordnet", "--ngrams", counts], "--pageviews FILE"),
        (["--recipe", "metaclip2"], "--omw FILE"),
        ([], "--wordnet DIR"),
        (["--ngrams", counts], "--wordnet DIR"),
        (["--ngrams", counts, "--without", "wordnet"], "--recipe"),
        (["--recipe", "wordnet", "--without", "wordnet", "--ngrams", counts], "no use for"),
        (["--recipe", "metaclip2", "--without", "unigram,omw,title", "--ngrams", counts], "share"),
        (["--recipe", "wordnet", "--without", "wordnet,number"], "takes nothing"),
        (["--recipe", "metaclip1", "--without", "words"], "known: number, wordnet"),
        (["--recipe", "metaclip3"], "known: metaclip1, metaclip2, wordnet"),
        (["stray"], "belongs to no option"),
    ]:
        done = build(out, *arguments, code=2)
        assert words in done.message, done.message
        assert not out.exists()


def test_parameters_are_checked(tmp_path, counts):
    out = tmp_path / "list.json"
    for options in [
        ["--size", "many"], ["--size", "-1"], ["--size", "0"], ["--min-unigram", "x"], ["--share-unigram", "1.5"],
        ["--share-bigram", "nan"], ["--min-pmi", "inf"], ["--min-pmi", "3x"], ["--bigram-score", "mine"],
        ["--joined", "maybe"], ["--marks-only", "1"], ["--memory", "x"], ["--threads", "0"], ["--max-title", "-5"],
        ["--longest", ""],
    ]:
        done = build(out, "--recipe", "metaclip1", "--without", "wordnet,title", "--ngrams", counts, *options, code=2)
        assert options[0].strip("-") in done.message and not out.exists(), done.message
    done = build(out, "--recipe", "metaclip1", "--without", "wordnet,title", "--ngrams", counts, "--min-views", "3", code=2)
    assert "--min-views" in done.message and "title" in done.message


@pytest.mark.parametrize(
    "text, words",
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ("[]", "no JSON object"),
        ("{}", "no member"),
        ('{"metacurate":"metadata"}', "no member"),
        ('{"metacurate":"recipe","name":"x","sources":[{"source":"number"}]}', "version 0"),
        ('{"metacurate":"recipe","version":2,"name":"x","sources":[{"source":"number"}]}', "version 2"),
        ('{"metacurate":"recipe","version":1,"sources":[{"source":"number"}]}', '"name"'),
        ('{"metacurate":"recipe","version":1,"name":"x"}', '"sources"'),
        ('{"metacurate":"recipe","version":1,"name":"x","sources":[]}', '"sources"'),
        ('{"metacurate":"recipe","version":1,"name":"x","name":"y","sources":[]}', "duplicate"),
        ('{"metacurate":"recipe","version":1,"name":"x","sizes":1,"sources":[{"source":"number"}]}', '"sizes"'),
        ('{"metacurate":"recipe","version":1,"name":"x","size":-1,"sources":[{"source":"number"}]}', '"size"'),
        ('{"metacurate":"recipe","version":1,"name":"x","size":1.5,"sources":[{"source":"number"}]}', '"size"'),
        ('{"metacurate":"recipe","version":1,"name":"x","marks_only":1,"sources":[{"source":"number"}]}', '"marks_only"'),
    ],
)
def test_recipes_are_read_strictly(tmp_path, text, words):
    recipe = helpers.write(tmp_path / "recipe.json", text.encode())
    done = build(tmp_path / "out.json", "--recipe", recipe, code=1)
    assert words in done.message and "recipe.json" in done.message, done.message


@pytest.mark.parametrize(
    "source, words",
    [
        ("number", "is no object"),
        ({}, '"source"'),
        ({"source": "words"}, "unigram"),
        ({"source": 1}, '"source"'),
        ({"source": "number", "min_count": 1}, '"min_count" is not known'),
        ({"source": "unigram", "min_score": 1}, '"min_score" is not known'),
        ({"source": "unigram", "min_count": -1}, '"min_count"'),
        ({"source": "unigram", "share": 2}, '"share"'),
        ({"source": "unigram", "share": "x"}, '"share"'),
        ({"source": "unigram", "of": "title"}, '"of"'),
        ({"source": "bigram", "score": "mine"}, '"score"'),
        ({"source": "bigram", "joined": "yes"}, '"joined"'),
        ({"source": "bigram", "joined": ["zh", 1]}, '"joined"'),
        ({"source": "title", "hour_floor": None}, '"hour_floor"'),
        ({"source": "wordnet", "note": "twice"}, "twice"),
    ],
    ids=str,
)
def test_sources_are_read_strictly(tmp_path, source, words):
    recipe = recipe_file(tmp_path / "recipe.json", [{"source": "wordnet"}, source])
    done = build(tmp_path / "out.json", "--recipe", recipe, code=1)
    assert words in done.message and "source 2" in done.message, done.message


def test_a_failed_build_leaves_nothing(tmp_path, counts):
    recipe = recipe_file(tmp_path / "recipe", [{"source": "unigram"}, {"source": "title"}])
    out = helpers.write(tmp_path / "list.json", b"mine")
    before = sorted(path.name for path in tmp_path.iterdir())
    done = build(out, "--recipe", recipe, "--ngrams", counts, "--pageviews", tmp_path / "none", "--overwrite", code=1)
    assert "none" in done.message
    assert out.read_bytes() == b"mine" and sorted(path.name for path in tmp_path.iterdir()) == before


def test_damaged_lines_are_entered_beside_the_list(tmp_path):
    counts = helpers.write(tmp_path / "counts", b"the 5\nno count\n-3\tcat\ncat 4\n")
    recipe = recipe_file(tmp_path / "recipe", [{"source": "unigram"}])
    out = tmp_path / "list.json"
    done = build(out, "--recipe", recipe, "--ngrams", counts)
    ledger = tmp_path / "list.json.rejects.jsonl"
    assert "rejects.jsonl" in done.message
    lines = [json.loads(line) for line in ledger.read_bytes().splitlines()]
    assert len(lines) == 2 and all(line["file"] == str(counts) for line in lines)
    assert [name for name, *_ in entries_of(out)] == [b"the", b"cat"]
    counts.write_bytes(b"the 5\n")
    build(out, "--recipe", recipe, "--ngrams", counts, "--overwrite")
    assert not ledger.exists()


def test_a_full_list_and_a_short_one_are_told(tmp_path, counts):
    recipe = recipe_file(tmp_path / "recipe", [{"source": "number"}, {"source": "unigram"}])
    out = tmp_path / "list.json"
    assert "full" in build(out, "--recipe", recipe, "--ngrams", counts, "--size", "102").message
    done = build(out, "--recipe", recipe, "--ngrams", counts, "--size", "1k", "--overwrite")
    assert "107" in done.message and "1000" in done.message


# --- real inputs ---------------------------------------------------------------------------------


def compile_and_curate(tmp_path, listed):
    """The list goes where any list goes; returns the counts."""
    pool = helpers.write_jsonl(tmp_path / "pool.jsonl", (
        {"url": f"http://host/{i}.jpg", "text": text}
        for i, text in enumerate(["a cat and a dog in the United States", "Der Hund", "le chat noir", "\u732b"] * 50)
    ))
    out = tmp_path / f"out-{listed.name}"
    helpers.run("compile", "-m", listed, "-o", tmp_path / "list.mca", "--overwrite")
    helpers.run("curate", "-m", tmp_path / "list.mca", "-t", "5", "-o", out, pool)
    helpers.check_books(out)
    assert len(helpers.counts(out)) == len(entries_of(listed))
    return helpers.counts(out)


def test_dumps_of_wikipedia(tmp_path):
    dumps = [helpers.data(f"wiki/{name}") for name in (
        "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2", "enwiki-table-markup.xml.bz2")]
    lists = []
    for threads in (1, 2, 3):
        lists.append(tmp_path / f"{threads}.json")
        build(lists[-1], "--recipe", "metaclip1", "--without", "wordnet,title", "--wikipedia", *dumps,
              "--min-unigram", "3", "--min-pmi", "9", "--min-bigram", "3", "-j", threads)
    assert len({path.read_bytes() for path in lists}) == 1
    found = entries_of(lists[0])
    assert {b"the", b"of", b"United"} < {name for name, *_ in found}
    bigrams = {name for name, source, *_ in found if source == "bigram"}
    assert {b"Saudi Arabia", b"Los Angeles", b"Academy Award"} < bigrams
    for source, least in (("unigram", 3), ("bigram", 9)):
        scores = [score for _, there, score, _ in found if there == source]
        assert scores == sorted(scores, reverse=True) and scores[-1] >= least
    totals = json.loads(lists[0].read_bytes())["totals"]
    assert totals["corpus"]["damaged"] == 0 and totals["corpus"]["articles"] > 100
    assert compile_and_curate(tmp_path, lists[0]).sum() > 0


@pytest.mark.parametrize("name", ["wn-data-fra", "wn-wikt-deu", "wn-wikt-jpn"])
def test_open_multilingual_wordnet(tmp_path, name):
    tab = helpers.data(f"wordnet-omw/{name}.tab")
    words = {}
    for line in open(tab, encoding="utf-8"):
        fields = line.rstrip("\n").split("\t")
        if not line.startswith("#") and len(fields) == 3 and fields[1].split(":")[-1] == "lemma":
            words[fields[2].strip().replace("+", "").replace("_", " ")] = True
    out = tmp_path / "list.json"
    build(out, "--recipe", "metaclip2", "--without", "unigram,bigram,title,number", "--omw", tab)
    names = [entry for entry, *_ in entries_of(out)]
    assert all(len(entry.decode()) <= 256 for entry in names)
    missing = {word.encode() for word in words} - set(names)
    assert len(names) + len(missing) == len(words) and all(not any(map(str.isalnum, m.decode())) for m in missing)
    compile_and_curate(tmp_path, out)
