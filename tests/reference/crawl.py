"""The reference for crawls: image-text pairs of WAT and WARC files, with the libraries of others.

WARC framing and HTTP bodies are warcio's, HTML is html5lib's, URLs are joined by urllib, JSON is
Python's. Shares no code with the library. Rules: docs/rules.md.
"""
import contextlib
import hashlib
import io
import json
import re
import zlib
from collections import namedtuple
from urllib.parse import urljoin

import html5lib
import webencodings
import xxhash
from html5lib import _tokenizer
from html5lib.constants import tokenTypes
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

KEYS = ("alt", "title", "data-image-title")

# texts: [(key, text)]; offset: of the WARC record, decompressed; link: number of the image in its page
Pair = namedtuple("Pair", "url page_url texts offset link")


class Totals:
    def __init__(self):
        self.documents = self.pages = self.passed_over = self.unsupported = 0
        self.links = self.records = self.no_text = self.no_http = 0


# --- bytes ---------------------------------------------------------------------------------------


def inflate(data):
    """What a file decompresses to, up to the first damage."""
    out = []
    while data[:2] == b"\x1f\x8b":
        member = zlib.decompressobj(31)
        try:
            out.append(member.decompress(data))
        except zlib.error:
            break
        if not member.eof:
            break
        data = member.unused_data
    else:
        if not out:
            return data
    return b"".join(out)


def encode(text):
    """A Python string as UTF-8, its unpaired surrogates as U+FFFD."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text).encode("utf-8")


# --- URLs and texts ------------------------------------------------------------------------------

CONTROLS = "".join(map(chr, range(0x21)))


def clean_url(url):
    return re.sub("[\t\r\n]", "", url.strip(CONTROLS))


def join_url(base, url):
    """urljoin, after the clean-up that browsers do; None where urljoin refuses the reference."""
    try:
        return urljoin(clean_url(base), clean_url(url)).replace(" ", "%20")
    except ValueError:
        return None


def is_http(url):
    return bool(url) and bool(re.match(r"https?://[^/?#]", url, re.IGNORECASE))


def clean_text(text):
    return re.sub("[\r\n]", " ", text).strip()


def make_pair(totals, page_url, base, src, attributes, offset, link):
    """The pair of an image link, or None; counts it."""
    totals.links += 1
    texts = [(key, clean_text(attributes[key])) for key in KEYS if isinstance(attributes.get(key), str)]
    texts = [(key, encode(text)) for key, text in texts if text]
    if not texts:
        totals.no_text += 1
        return None
    if base is not None:
        base = join_url(page_url, base)
    url = join_url(base or page_url, src) if isinstance(src, str) and clean_url(src) else None
    if not is_http(url):
        totals.no_http += 1
        return None
    totals.records += 1
    return Pair(encode(url), encode(page_url), texts, offset, link)


def uid_of(url):
    return f"{xxhash.xxh3_128_intdigest(url):032x}"


def uuid_of(url):
    return hashlib.sha224(url.replace(b"\t", b"").replace(b" ", b"")).hexdigest()[:24]


# --- WARC ----------------------------------------------------------------------------------------


def warc_records(data):
    """(record, content, offset) of each WARC record that warcio reads. Behind one that it does not,
    it is started again at the next line that begins a record."""
    start = 0
    while start < len(data):
        iterator = ArchiveIterator(io.BytesIO(data[start:]))
        last = -1
        try:
            with contextlib.redirect_stderr(io.StringIO()):
                for record in iterator:
                    content = record.content_stream().read()
                    offset = start + iterator.get_record_offset()
                    if offset == last:
                        break
                    last = offset
                    yield record, content, offset
            return
        except ArchiveLoadFailed:
            behind = start if last < 0 else last
            following = data.find(b"\nWARC/1.", behind + 1)
            if following < 0:
                return
            start = following + 1


def read_crawl(data, totals=None):
    """The pairs of a WARC or WAT file (decompressed), in order."""
    totals = totals or Totals()
    for record, content, offset in warc_records(data):
        totals.documents += 1
        kind = (record.content_type or "").split(";")[0].strip().lower()
        if record.rec_type == "metadata" and kind == "application/json":
            yield from read_wat(content, offset, totals)
        elif record.rec_type == "response" and record.http_headers:
            yield from read_response(record, content, offset, totals)
        else:
            totals.passed_over += 1


# --- WAT -----------------------------------------------------------------------------------------


def member(value, *names):
    """A member of a member ..., None where one is missing or no object."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def read_wat(content, offset, totals):
    document = json.loads(content.decode("utf-8", "replace"))
    header = member(document, "Envelope", "WARC-Header-Metadata")
    html = member(document, "Envelope", "Payload-Metadata", "HTTP-Response-Metadata", "HTML-Metadata")
    if member(header, "WARC-Type") != "response" or not isinstance(html, dict):
        totals.passed_over += 1
        return
    totals.pages += 1
    page_url = member(header, "WARC-Target-URI")
    base = member(html, "Head", "Base")
    links = member(html, "Links")
    images = [
        link
        for link in (links if isinstance(links, list) else ())
        if isinstance(member(link, "path"), str) and link["path"].startswith("IMG@/src")
    ]
    for number, link in enumerate(images):
        base_url = base if isinstance(base, str) else None
        pair = make_pair(totals, page_url, base_url, link.get("url"), link, offset, number)
        if pair:
            yield pair


# --- HTML ----------------------------------------------------------------------------------------


SPACES = "\t\n\f\r "  # of HTML


class ImageTokenizer(_tokenizer.HTMLTokenizer):
    def __iter__(self):
        for token in super().__iter__():
            if token["type"] == tokenTypes["StartTag"]:
                self.parser.note(token["name"], dict(token["data"]))
            yield token


class ImageParser(html5lib.HTMLParser):
    """Notes the start tags of images and of bases as they come; the tree, which decides how scripts
    and styles are read, is html5lib's."""

    def mainLoop(self):
        self.base, self.images = None, []
        self.tokenizer.__class__ = ImageTokenizer
        super().mainLoop()

    def note(self, name, attributes):
        if name == "base" and self.base is None:
            self.base = attributes.get("href")
        elif name in ("img", "image") and attributes.get("src", "").strip(SPACES):
            self.images.append((self.base, attributes))


def html_encoding(body, content_type):
    """The label that html5lib is told: the header's, or what is left when nothing tells."""
    label = re.search(r"charset\s*=\s*[\"']?([^\s;\"']+)", content_type, re.IGNORECASE)
    if label and webencodings.lookup(label.group(1)):
        return label.group(1), None
    try:
        body.decode("utf-8")
        return None, "utf-8"
    except UnicodeDecodeError:
        return None, "windows-1252"


def html_images(body, content_type=""):
    """(base, attributes) of each image of a page."""
    transport, default = html_encoding(body, content_type)
    parser = ImageParser()
    parser.parse(body, transport_encoding=transport, default_encoding=default or "windows-1252", useChardet=False)
    return parser.images


def is_html(content_type, body):
    if content_type is not None:
        return content_type.split(";")[0].strip().lower() in ("text/html", "application/xhtml+xml")
    return bool(re.match(rb"\s*<(!doctype html|html)", body, re.IGNORECASE))


def read_response(record, body, offset, totals):
    content_type = record.http_headers.get_header("Content-Type")
    if not body or not is_html(content_type, body):
        totals.passed_over += 1
        return
    totals.pages += 1
    page_url = record.rec_headers.get_header("WARC-Target-URI")
    for number, (base, attributes) in enumerate(html_images(body, content_type or "")):
        pair = make_pair(totals, page_url, base, attributes["src"], attributes, offset, number)
        if pair:
            yield pair
