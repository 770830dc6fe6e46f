"""URLs are joined as Python's urljoin does it, on real ones and on what odd pieces make.

Where urljoin raises ValueError the result is empty.
"""
import itertools
import json
import os
import random
import subprocess
import sys
import urllib.parse

import pytest

import helpers

PROGRAM = os.environ.get("URL_JOIN", f"{helpers.ROOT}/build/release/tests/url_join")
SPACE = bytes(range(0x21)).decode()

# Later Pythons resolve differently; those before some point release do not check brackets.
pytestmark = pytest.mark.skipif(
    sys.version_info[:2] != (3, 11) or not hasattr(urllib.parse, "_check_bracketed_netloc"),
    reason="this Python's urljoin is not that of 3.11 with its fixes")


def expected(base, reference):
    base, reference = (
        bytes_.decode("utf-8", "surrogateescape").strip(SPACE).translate(dict.fromkeys(map(ord, "\t\r\n")))
        for bytes_ in (base, reference))
    try:
        joined = urllib.parse.urljoin(base, reference)
    except ValueError:
        return b""
    return joined.replace(" ", "%20").encode("utf-8", "surrogateescape")


def host(url):
    try:
        parts = urllib.parse.urlsplit(url.decode("utf-8", "surrogateescape"))
    except ValueError:
        return None  # only what urljoin gave back unread
    if parts.scheme not in ("http", "https"):
        return ""
    return (parts.hostname or "").lower()


def check(cases):
    lines = b"".join(b"%s\t%s\n" % (base.hex().encode(), reference.hex().encode()) for base,
        reference in cases)
    output = subprocess.run([PROGRAM], input=lines, capture_output=True, check=True, timeout=300).stdout
    results = output.decode().split("\n")[:-1]
    assert len(results) == len(cases)
    for (base, reference), line in zip(cases, results):
        ours, our_host = map(bytes.fromhex, line.split("\t"))
        theirs = expected(base, reference)
        assert ours == theirs, (base[:300], reference[:300], ours[:300], theirs[:300])
        their_host = host(ours)
        if their_host is not None:
            # Python lower-cases it, beyond ASCII, too, but not a zone.
            ours_lowered = our_host.decode("utf-8", "surrogateescape").lower()
            assert ours_lowered == their_host, (ours[:300], our_host, their_host)


def urls():
    """URLs of images in the order of their file."""
    found = []
    with open(helpers.data("pairs/img2dataset_test_10000.jsonl"), encoding="utf-8") as lines:
        found += (json.loads(line)["URL"] for line in lines)
    for line in helpers.unpacked("pairs/pairs_url_text.tsv.zst").split(b"\n")[:40000]:
        found.append(line.split(b"\t")[0].decode("utf-8", "surrogateescape"))
    return [url.encode("utf-8", "surrogateescape") for url in found if url]


def test_real():
    """Each URL against another's, whole and as pages write it: without scheme, host, folders."""
    real = urls()
    cases = []
    for i, url in enumerate(real):
        base = real[(i * 7919 + 13) % len(real)]
        rest = url.partition(b"//")[2]
        path = b"/" + rest.partition(b"/")[2]
        folders = path.split(b"/")[1:]
        forms = (url, b"//" + rest, path, path[1:], folders[-1], b"../" + folders[-1],
                 b"./" + b"/".join(folders[-2:]), b"../../" + b"/.././".join(folders), b"?" + folders[-1],
                 b" " + url.replace(b"/", b"/\n\t") + b"\r\n", url.replace(b"-", b" "))
        cases += ((base, forms[(i + j) % len(forms)]) for j in range(3))
    assert len(cases) > 100_000
    check(cases)


ODD_BASES = [
    b"http://a/b/c/d;p?q", b"http://a/b/c/d;p?q=1/2", b"http://a/b/c/d;p=1/2?q", b"fred:///s//a/b/c",
    b"http:///s//a/b/c", b"http://a", b"http://a/", b"http://a//", b"http://a//b//c", b"https://a/b",
    b"HTTP://A/B", b"http://a?q", b"http://a#f", b"http://a/b?q#f", b"http://a;p", b"http://a/;p", b"http:",
    b"http:/", b"http:b", b"http:b/c", b"http:/b/c", b"//a/b", b"/a/b/c", b"a/b/c", b"a", b"", b"?q", b"#f",
    b";p", b"..", b"../..", b"/..", b".", b"file:///etc/x", b"ftp://u:p@h:21/d/f;type=a",
    b"svn+ssh://h/p/q", b"gopher://h/a;b", b"ws://h/a;b/c", b"mailto:a@b", b"data:image/png;base64,AA/BB",
    b"javascript:void(0)", b"tel:1;ext=2", b"sip:a@b;c", b"prospero://h//a/;b", b"http://[::1]/a/b",
    b"http://[::1]:80/a/b", b"http://[::1/a", b"http://u@[fe80::1%25en0]/a", b"http://[v1.x]/a",
    b"http://h/a b/c", b" http://h/a\t/b\n/c ", b"http://\xe4\xbe\x8b/\xc3\xa9/x",
    b"http://a\xe2\x84\x80b/c", b"\x00http://h/p\x00q/r", b"http://h/\xff\xfe/x", b"http://h:80:81/a/b",
    b"http://@/a", b"1http://h/a/b", b"h_t://h/a/b", b"://a/b", b":a",
]
ODD_REFERENCES = [
    b"g:h", b"http:g", b"http:", b"http:/g", b"http://g", b"http:///g", b"http:////g", b"HTTP:g",
    b"HTTP://G/H", b"hTTps://g?#", b"https:g", b"g", b"./g", b"g/", b"/g", b"//g", b"///g", b"////g",
    b"/////g/h", b"?y", b"?", b"g?y", b"g?y/./x", b"#s", b"#", b"g#s", b"g#s/../x", b"g?y#s", b"?#", b"g?#",
    b"g;#", b";", b";x", b";x?y", b"g;x", b"g;x;y", b"a;b/c;d", b"/;x", b"/g;x/../h", b"", b".", b"./",
    b"..", b"../", b"../g", b"../..", b"../../", b"../../g", b"../../../g", b"../../../../g", b"/./g",
    b"/../g", b"/..", b"/.", b"g.", b".g", b"g..", b"..g", b"./../g", b"./g/.", b"g/./h", b"g/../h",
    b"g;x=1/./y", b"g;x=1/../y", b"a//b", b"a///b//", b"//", b"/a//b", b"//h//a", b"a/../..//b",
    b"../a//../b/", b".;x", b"..;x", b"./;x", b"...", b"/...", b"g?", b"g??", b"g##", b"http://g/?",
    b"http://g/#", b"http://g/;", b"http://g/a;?b", b"http://g?x", b"http://g;x?", b"http://g/a/../b/./c",
    b"//g?q", b"//g#f", b"//?", b"//#", b"//u:p@g:8/x", b"data:,x", b"javascript:g", b"mailto:x",
    b"blob:http://a/b", b"about:blank", b"1a:b", b"a+b-c.d:e", b"a_b:c", b":", b":g", b"a:", b"A:b",
    b"\xc3\xa9:b", b"http://[::1]/", b"http://[::1", b"http://::1]/", b"//[", b"//]", b"//[]/",
    b"http://[1.2.3.4]/", b"http://[::1.2.3.4]/x", b"http://[v9.a]/x", b"http://[vg.a]/", b"http://[::1]x/",
    b"http://x[::1]/", b"http://[a]@h/", b"http://[a]@v1.x/", b"/[", b"g[", b"?[", b"http://[::1%1]/",
    b"http://[::1%]/", b"http://g h/i j?k l#m n", b" g ", b"\tg\n", b"g\th", b"ht\ntp://x/y", b"//\n/g",
    b"\x00g\x00", b"g\x00h", b"\x1f/g\x1f", b"\x7fg\x7f", b"\xc2\xa0g\xc2\xa0", b"\xe2\x80\xa8g", b"\xff",
    b"//\xff/x", b"//\xe2\x84\x80/", b"//\xef\xbc\x8fx", b"//x\xef\xbc\xa0y/z", b"//\xe2\xa9\xb4",
    b"//\xe4\xbe\x8b\xe3\x80\x82jp/x", b"//\xe2\x84", b"\\g", b"\\\\g\\h", b"http:\\\\g\\h", b"/\\g",
    b"g%20h", b"%2e%2e/g", b"http://h:x/", b"http://:80/", b"http://@/", b"http://@@h/", b"http://a@b@c:1/",
    b"http://g/\xe2\x84\x80", b"http://g?\xe2\x84\x80", b"g/" * 50 + b"../" * 60 + b"x", b"//v",
    b"http://H%41/",
]


def test_odd():
    """Every odd reference against every odd base."""
    cases = list(itertools.product(ODD_BASES, ODD_REFERENCES))
    assert len(cases) > 8_000
    check(cases)


def test_made_of_pieces():
    rng = random.Random(1)
    pieces = [
        b"/", b"/", b"//", b"///", b"?", b"#", b";", b":", b".", b"..", b"/../", b"/./", b"a", b"b", b"http", b"",
        b"https", b"http://", b"HTTPS://h", b"ftp:", b"file:", b"x-y:", b"svn:", b"@", b"[", b"]", b"[::1]", b" ",
        b"\t", b"\n", b"\x00", b"%", b"\xc3\xa9", b"\xef\xbc\x8f", b"\xff", b"\\",
    ]
    bases = [b"http://h", b"http://h/a/b", b"https://h/a/", b"", b"http:", b"//h", b"/", b"wais:"]
    references = [b"", b"", b"a/b", b"/", b"http://h/", b"//"]

    def make(starts):
        return rng.choice(starts) + b"".join(rng.choices(pieces, k=rng.randrange(9)))

    check([(make(bases), make(references)) for _ in range(60_000)])


def test_brackets():
    """What may stand in brackets is what Python's ipaddress takes for an address."""
    rng = random.Random(2)
    groups = [b"1", b"0", b"ffff", b"12345", b"g", b"", b"::"]
    others = [
        b":", b"1.2.3.4", b"01.2.3.4", b"1.2.3", b"1.2.3.256", b"0.0.0.0", b"%", b"%1", b"%%", b"v1.", b"[", b"]",
        b"@", b".",
    ]
    cases = []
    for _ in range(40_000):
        n = rng.choice((1, 2, 3, 6, 7, 8, 9))
        if rng.random() < 0.5:
            address = b":".join(rng.choices(groups + [b"1", b"2", b"a"] * 5, k=n))
        else:
            address = rng.choice((b"", b":")).join(rng.choices(groups + others, k=n))
        cases.append((b"http://h/a/b", b"//[" + address + b"]" + rng.choice((b"", b":80", b"/", b"x"))))
    assert sum(expected(*case) != b"" for case in cases) > 500
    check(cases)


def test_long():
    """A megabyte of anything, as base and as reference."""
    n = 1 << 20
    repeated = [b"a", b"/", b"../", b";", b"?", b" ", b"x y", b"[", b"\xe2\x84\x80"]
    long = [piece * (n // len(piece)) for piece in repeated]
    long += [
        b"a/" * (n // 2) + b"../" * (n // 2), b"\n" * n + b"x", b"http://" + b"h" * n + b"/",
        b"http://h/" + b"a/" * (n // 2), b"//" + b"[" * n, b"//[" + b":" * n + b"]", b"//" + b"@" * n,
    ]
    bases = [b"http://h/a/b", b"http://h/" + b"a/" * (n // 2), b"http://h/" + b"/" * n]
    check([(base, reference) for base in bases for reference in long] + [(url, b"../x") for url in long])
