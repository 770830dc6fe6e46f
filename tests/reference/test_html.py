"""Images of HTML, held against html5lib: its tokenizer alone, with the states that tags call for set as
docs/rules.md says, and its whole parser. Pages: those of the real WARC files, pieces of them with
random damage, and random heaps of what is hard."""
import codecs
import glob
import json
import os
import random
import re
import subprocess
import zlib

import pytest

try:
    import html5lib
    import webencodings  # comes with html5lib
    from html5lib import _tokenizer
    from html5lib.constants import tokenTypes
    from webencodings.labels import LABELS
except ImportError:
    html5lib = None

pytestmark = pytest.mark.skipif(html5lib is None, reason="html5lib is missing: tools/requirements.txt")

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DATA = os.environ.get("METACURATE_DATA", os.path.join(ROOT, "..", "shared", "data"))
PROGRAM = os.environ["HTML_IMAGES"]
WANTED = ("src", "alt", "title", "data-image-title")
SPACES = " \t\n\f\r"
HTML = "{http://www.w3.org/1999/xhtml}"

# --- ours ----------------------------------------------------------------------------------------


def run(inputs, kind):
    """What our program says of many inputs (bytes)."""
    stdin = b"".join(b"%d %s\n%s" % (len(data), kind.encode(), data) for data in inputs)
    done = subprocess.run([PROGRAM], input=stdin, capture_output=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(inputs)
    return answers


def our_images(pages):
    return [answer["images"] for answer in run([page.encode() for page in pages], "html")]


# --- html5lib's tokenizer ------------------------------------------------------------------------

STATES = {
    **dict.fromkeys(["title", "textarea"], "rcdataState"),
    **dict.fromkeys(["style", "xmp", "iframe", "noembed", "noframes"], "rawtextState"),
    "script": "scriptDataState",
    "plaintext": "plaintextState",
}


class NoParser:
    """What the tokenizer asks of a parser: whether it is in foreign content. Never."""

    class tree:
        openElements = []
        defaultNamespace = None


def tokens_images(page):
    """The images of a page without <svg> and <math>."""
    tokenizer = _tokenizer.HTMLTokenizer(page, parser=NoParser())
    base, images = None, []
    for token in tokenizer:
        if token["type"] != tokenTypes["StartTag"]:
            continue
        name, data = token["name"], token["data"]
        if name in STATES:
            tokenizer.state = getattr(tokenizer, STATES[name])
        elif name == "base" and base is None:
            base = data.get("href")
        elif name in ("img", "image") and data.get("src", "").strip(SPACES):
            images.append([data.get(key) for key in WANTED] + [base])
    return images


def tree_images(page):
    """The images of a page's tree, in any order, without the base."""
    found = [e for e in html5lib.parse(page).iter(HTML + "img") if e.get("src", "").strip(SPACES)]
    return in_order([[e.get(key) for key in WANTED] for e in found])


def in_order(images):
    """The tree has other places for some; the base is not told by it."""
    return sorted((image[:4] for image in images), key=lambda image: [v or "" for v in image])


# --- pages ---------------------------------------------------------------------------------------


def read_damaged(path):
    """As much of a .gz as there is; files that are not compressed as they are."""
    data = open(path, "rb").read()
    if data[:2] != b"\x1f\x8b":
        return data
    out = b""
    while data[:2] == b"\x1f\x8b":
        inflater = zlib.decompressobj(31)
        try:
            out += inflater.decompress(data)
        except zlib.error:
            break
        data = inflater.unused_data
    return out


def responses():
    """(where from, HTTP response) of every WARC file."""
    paths = sorted(glob.glob(os.path.join(DATA, "warc", "**", "*.warc*"), recursive=True))
    for path in paths:
        if path.endswith((".lz4", ".wat.gz", ".wet.gz", ".wat", ".wet")):
            continue
        data, at, number = read_damaged(path), 0, 0
        while (found := re.compile(rb"WARC/1\.[01]\r?\n").search(data, at)):
            end = re.compile(rb"\r?\n\r?\n").search(data, found.end())
            if not end:
                break
            head = data[found.end() : end.start()]
            length = re.search(rb"(?im)^content-length\s*:\s*(\d+)", head)
            at = end.end() + (int(length[1]) if length else 0)
            if re.search(rb"(?im)^warc-type\s*:\s*response\b", head):
                response = data[end.end() : at]
                if response.startswith(b"HTTP/"):
                    yield f"{os.path.relpath(path, DATA)} {number}", response
            number += 1


def unchunk(body):
    out, at = b"", 0
    if re.match(rb"0+[ \t]*\r?\n", body):
        return b""
    while (line := re.compile(rb"([0-9a-fA-F]+)[ \t]*(;[^\r\n]*)?\r?\n").match(body, at)):
        size = int(line[1], 16)
        if not size:
            break
        chunk = body[line.end() : line.end() + size]
        end = re.compile(rb"\r?\n|\r?$").match(body, line.end() + size)
        if not end and not out:
            return body
        out += chunk
        if not end:
            break
        at = end.end()
    return out or body


class Prescan(Exception):
    """The bytes end: there is no declaration."""


CONTENT = re.compile(rb"charset\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\"'\s;][^\s;]*))")


def declared(page):
    """The encoding that a page's first bytes declare: the standard's prescan, step by step. (That of
    html5lib is another where attributes are repeated or wrong.)"""
    data, at = page[:1024], 0

    def byte(i):
        if i >= len(data):
            raise Prescan
        return data[i : i + 1]

    def attribute(i):
        while byte(i) in b"\t\n\f\r /":
            i += 1
        if byte(i) == b">":
            return None, None, i
        name = value = b""
        while not (byte(i) in b"\t\n\f\r />" or (byte(i) == b"=" and name)):
            name += byte(i).lower()
            i += 1
        while byte(i) in b"\t\n\f\r ":
            i += 1
        if byte(i) != b"=":
            return name, b"", i
        i += 1
        while byte(i) in b"\t\n\f\r ":
            i += 1
        if byte(i) in b"\"'":
            end = data.find(byte(i), i + 1)
            if end < 0:
                raise Prescan
            return name, data[i + 1 : end].lower(), end + 1
        while byte(i) not in b"\t\n\f\r >":
            value += byte(i).lower()
            i += 1
        return name, value, i

    def find(label):
        return webencodings.lookup(label.decode("latin-1"))

    try:
        while at < len(data):
            if data.startswith(b"<!--", at):
                at = data.find(b"-->", at + 2) + 2
                if at == 1:
                    raise Prescan
            elif re.compile(rb"<meta[\t\n\f\r /]", re.I).match(data, at):
                at += 5
                seen, pragma, needed, found = set(), False, None, None
                while True:
                    name, value, at = attribute(at)
                    if name is None:
                        break
                    if name in seen:
                        continue
                    seen.add(name)
                    if name == b"http-equiv":
                        pragma = value == b"content-type"
                    elif name == b"charset":
                        found, needed = find(value) or False, False
                    elif name == b"content" and found is None:
                        told = CONTENT.search(value)
                        if told and (encoding := find(told[1] or told[2] or told[3] or b"")):
                            found, needed = encoding, True
                if needed is not None and (pragma or not needed) and found:
                    return webencodings.lookup("utf-8") if found.name.startswith("utf-16") else found
            elif re.compile(rb"</?[a-zA-Z]").match(data, at):
                while byte(at) not in b"\t\n\f\r >":
                    at += 1
                name = b""
                while name is not None:
                    name, _, at = attribute(at)
            elif data[at : at + 2] in (b"<!", b"</", b"<?"):
                while byte(at) != b">":
                    at += 1
            at += 1
    except Prescan:
        pass
    return None


def expected_page(response):
    """The page of a response as text, by other means than ours; None when it is no HTML."""
    head, _, body = re.match(rb"(?s)(.*?\n)(\r?\n)(.*)", response).groups()
    head = re.sub(rb"\r?\n[ \t]+", b" ", head).decode("latin-1")
    fields = dict((k.strip().lower(), v.strip())
                  for k, _, v in (line.partition(":") for line in head.splitlines()[1:]))
    media = re.split(r"[;,\s]", fields.get("content-type", ""))[0].lower()
    if media and media not in ("text/html", "application/xhtml+xml"):
        return None
    if "chunked" in fields.get("transfer-encoding", ""):
        body = unchunk(body)
    if fields.get("content-encoding") == "gzip" and body[:2] == b"\x1f\x8b":
        try:
            body = zlib.decompressobj(31).decompress(body)
        except zlib.error:
            pytest.fail("a damaged body: extend the test")
    if not body or (not media and not re.match(rb"\s*<(!doctype html|html|head|body)", body, re.I)):
        return None
    for mark, name in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16le"), (b"\xfe\xff", "utf-16be")):
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    label = re.search(r"charset\s*=\s*[\"']?([^\"';\s]+)", fields.get("content-type", ""), re.I)
    encoding = webencodings.lookup(label[1]) if label else None
    encoding = encoding or declared(body)
    if encoding is None:
        try:
            return body.decode()
        except UnicodeDecodeError:
            encoding = webencodings.lookup("windows-1252")
    return encoding.codec_info.decode(body, "replace")[0]


@pytest.fixture(scope="module")
def pages():
    """(where from, response, page) of the real files."""
    if not os.path.isdir(os.path.join(DATA, "warc")):
        pytest.skip(f"no WARC files in {DATA}")
    return [(where, response, expected_page(response)) for where, response in responses()]


# Constructs that stand alone, and pieces that are wrong or half there.
HARD = """<|>|"|'|=|/|!|-|--|--!>|-->|<!--|<!-->|<!--->|<!|<?|</|</>|<!doctype html>|<!DOCTYPE x "a>b">|<![CDATA[|]]>
<script>|</script>|<script/>|</script >|<style>|</style>|<title>|</title>|<textarea>|</textarea>|<xmp>|</xmp>
<iframe>|</iframe>|<noscript>|</noscript>|<noembed>|</noembed>|<noframes>|</noframes>|<p>|</p>|<div a='>'>|</div x=">">
<img src=a>|<img src="b" alt="c>d" title='e"f'>|<IMG SRC=g ALT = h />|<img src=i/alt=j>|<img/src="k"title=l>
<img src="m" alt="&amp;&lt&notit;&not;&#65;&#x42;&#x80;&#0;&#xD800;&#1114112;&#99999999999;&ampx&amp=&nGt;&&#;&#x;">
<img alt=a alt=b src=n src=o>|<img src='' alt=x>|<img src>|<img =src=p src=q>|<img src = = alt=r>|<img src=s" alt='t\r\nu\rv'>
<img src="w\0x" al\0t=y>|<base href=z>|<base target=a>|<base href='b&amp;c'>|<image src=d>|<a b=c"d>e|<a b="c"d='e'f>|\r\n|\r|\0|\t|\f
&amp;|&|alt=|src=|title|data-image-title="g"|é|日本|😀|<div class="h i" id=j>|<a href="k?l=m&n=o">p</a>|<1>|<ı>|<imgs src=q>|<i>""".replace(
    "\\r", "\r").replace("\\n", "\n").replace("\\0", "\0").replace("\\t", "\t").replace("\\f", "\f")
HARD = [piece for line in HARD.split("\n") for piece in line.split("|")] + ["\n", " ", "|"]
FOREIGN = ["<svg>", "</svg>", "<svg/>", "<math>", "</math>", "<title/>", "<style/>", "<desc>", "</desc>",
           "<foreignObject>", "</foreignObject>", "<mi>", "</mi>", "<image href=r src=s>", "<g>", "</g>",
           "<path d='M0'/>", "<svg viewBox='0 0 1 1'><title>t</title><path d=''/></svg>"]


def heap(random, pieces):
    return "".join(random.choice(pieces) for _ in range(random.randint(1, 25)))


def damage(random, page):
    """A piece of a page with a few things inserted, deleted or doubled."""
    start = random.randrange(len(page))
    text = page[start : start + random.randint(50, 1500)]
    for _ in range(random.randint(1, 6)):
        at = random.randrange(len(text) + 1)
        to = min(len(text), at + random.randint(1, 30))
        change = random.randrange(3)
        if change == 0:
            text = text[:at] + random.choice(HARD) + text[at:]
        elif change == 1:
            text = text[:at] + text[to:]
        else:
            text = text[:to] + text[at:]
    return text


def is_foreign(page):
    return re.search("<(svg|math)", page, re.I)


# --- tests ---------------------------------------------------------------------------------------


def test_heaps_equal_the_tokenizer():
    rng = random.Random(1)
    made = [heap(rng, HARD) for _ in range(20000)]
    n = 0
    for page, ours in zip(made, our_images(made)):
        expected = tokens_images(page)
        assert ours == expected, repr(page)
        n += len(expected)
    assert n > 10000


def test_damaged_pages_equal_the_tokenizer(pages):
    rng = random.Random(2)
    real = [page for _, _, page in pages if page and len(page) > 100]
    made = [damage(rng, rng.choice(real)) for _ in range(4000)]
    made = [page for page in made if not is_foreign(page)]
    n = 0
    for page, ours in zip(made, our_images(made)):
        expected = tokens_images(page)
        assert ours == expected, repr(page)
        n += len(expected)
    assert len(made) > 3000 and n > 300


def test_real_pages_equal_the_tree(pages):
    real = [(where, page) for where, _, page in pages if page]
    n = 0
    for (where, page), ours in zip(real, our_images([page for _, page in real])):
        expected = tree_images(page)
        assert in_order(ours) == expected, where
        if not is_foreign(page):
            assert ours == tokens_images(page), where
        n += len(expected)
    assert len(real) > 50 and n > 200


def test_heaps_equal_the_tree():
    rng = random.Random(3)
    made = [heap(rng, HARD) for _ in range(2000)]
    for page, ours in zip(made, our_images(made)):
        assert in_order(ours) == tree_images(page), repr(page)


def test_foreign_content_nearly_equals_the_tree():
    """What differs takes a tree: end tags that close an element around the foreign content."""
    rng = random.Random(4)
    made = [heap(rng, HARD + 3 * FOREIGN) for _ in range(2000)]
    n_same = sum(in_order(ours) == tree_images(page) for page, ours in zip(made, our_images(made)))
    assert n_same >= 0.995 * len(made)


def test_responses_give_their_pages(pages):
    answers = run([response for _, response, _ in pages], "response")
    expected = our_images([page or "" for _, _, page in pages])
    for (where, _, page), answer, images in zip(pages, answers, expected):
        assert answer["kind"] == ("html" if page else "other"), where
        assert answer["images"] == images, where


# --- character sets ------------------------------------------------------------------------------


def response_in(label, body, head=""):
    return f"HTTP/1.1 200 OK\r\nContent-Type: text/html{label}\r\n{head}\r\n".encode() + body


def alts(inputs):
    """(alt of the one image, replaced parts) of each response."""
    return [(answer["images"][0][1], answer["replaced"]) for answer in run(inputs, "response")]


# Where Python's table is not the standard's (or older than it).
STANDARD = {("windows-1255", 0xCA): "\u05ba", ("koi8-u", 0xAE): "\u045e", ("koi8-u", 0xBE): "\u040e"}
SEVERAL = {
    "gbk": "gb18030", "gb18030": "gb18030", "big5": "big5hkscs", "euc-jp": "euc_jp", "iso-2022-jp": "iso2022_jp",
    "shift_jis": "cp932", "euc-kr": "cp949", "utf-8": "utf-8", "utf-16le": "utf-16le", "utf-16be": "utf-16be",
}
TEXTS = {
    "gb18030": "中文网页图片，大熊猫；€", "big5hkscs": "中文網頁圖片，貓熊；", "euc_jp": "日本の写真、ネコ；～－",
    "iso2022_jp": "日本の写真、ネコ abc 犬", "cp932": "日本の写真、ﾈｺ①～", "cp949": "한국어 사진 고양이 똠방각하",
    "utf-8": "é日本😀", "utf-16le": "é日本😀", "utf-16be": "é日本😀",
}


def test_single_bytes_by_every_label():
    labels = sorted(label for label, name in LABELS.items() if name not in SEVERAL and name not in
                    ("replacement", "hz-gb-2312", "x-user-defined", "iso-2022-kr"))
    high = bytes(range(0x80, 0x100))
    inputs = [response_in(f"; charset={label}", b"<img src=a alt='" + high + b"'>") for label in labels]
    assert len(labels) > 150
    for label, (alt, n_replaced) in zip(labels, alts(inputs)):
        name = LABELS[label]
        codec = codecs.lookup("cp874") if name == "windows-874" else webencodings.lookup(label).codec_info
        expected = ""
        for byte in high:
            try:
                c = codec.decode(bytes([byte]), "strict")[0]
            except UnicodeDecodeError:
                c = chr(byte) if byte < 0xA0 else "\ufffd"
            expected += STANDARD.get((name, byte), c)
        assert alt == expected, label
        assert n_replaced == expected.count("\ufffd"), label


def test_several_bytes_by_every_label():
    labels = sorted(label for label, name in LABELS.items() if name in SEVERAL)
    texts = [TEXTS[SEVERAL[LABELS[label]]] for label in labels]
    inputs = []
    for label, text in zip(labels, texts):
        codec = SEVERAL[LABELS[label]]
        if codec == "euc_jp":  # Python's maps these to the signs of JIS, the standard to Microsoft's
            text = text.replace("～", "\u301c").replace("－", "\u2212")
        inputs.append(response_in(f"; charset={label}", f"<img src=a alt='{text}'>".encode(codec)))
    for label, text, answer in zip(labels, texts, alts(inputs)):
        assert answer == (text, 0), label


def test_ill_formed_parts():
    cases = [
        ("shift_jis", b"\x82\xa0\x81'", None), ("utf-8", b"a\xff\xe2\x82b", ("a\ufffd\ufffdb", 2)),
        ("gbk", b"\xc4\xe3\x80\xff.", ("你€\ufffd.", 1)), ("euc-kr", b"\xb0\xa1\xff\xb0\xa1", ("가\ufffd가", 1)),
        ("euc-jp", b"\xa4\xa2\xff\xa4\xa2", ("あ\ufffdあ", 1)), ("x-user-defined", b"\x80\xff", ("\uf780\uf7ff", 0)),
    ]
    inputs = [response_in(f"; charset={label}", b"<img src=a alt='" + data + b"'>") for label, data, _ in cases]
    for (label, data, expected), answer in zip(cases, run(inputs, "response")):
        if expected:
            assert (answer["images"][0][1], answer["replaced"]) == expected, label
        else:  # a half character does not swallow the quote
            assert answer["images"][0][1] == "あ\ufffd" and answer["replaced"] == 1, label
    utf16 = "<img src=a alt='".encode("utf-16le") + b"\x00\xd8" + "x\U0001f600'>".encode("utf-16le") + b"y"
    assert alts([response_in("; charset=utf-16", utf16)]) == [("\ufffdx😀", 2)]


def test_declarations_equal_the_prescan():
    charset = ["<meta charset=", "<META CHARSET = ", "<meta/charset=", "charset=utf-8"]
    content = ["<meta content=", "<meta http-equiv=content-type content=", "content='charset=ibm866'"]
    others = ["<metacharset=", "koi8-r", "'windows-1251'", '"text/html; charset=koi8-r"',
              "'text/html;charset = iso-8859-5'", '"charset=\'koi8-r\'"', "utf-16", "nonsense", ">", "/>", "<!--",
              "-->", "<!-->", "<a b='>'", '<a b="', "</b c='", "<?x", "<!x", " ", "'", '"', "<", "x" * 300]
    tail = b"\n'\"-->' \"><img src=q alt='\xe4\xfc\xa4'>"
    rng = random.Random(6)
    bodies = []
    for _ in range(6000):
        label = rng.choice(["koi8-r", "'windows-1251'", '"charset=koi8-r"', "'text/html; charset = utf-16'"])
        pieces = [rng.choice(charset) + label, rng.choice(content) + label] + rng.choices(others, k=4)
        rng.shuffle(pieces)
        bodies.append("".join(pieces[: rng.randint(1, 6)]).encode() + tail)
    n_found = 0
    for body, answer in zip(bodies, run([response_in("", body) for body in bodies], "response")):
        found = declared(body) or webencodings.lookup("windows-1252")
        expected = tokens_images(found.codec_info.decode(body, "replace")[0])
        n_found += found.name != "windows-1252"
        assert answer["images"] == expected, body
    assert n_found > 500
