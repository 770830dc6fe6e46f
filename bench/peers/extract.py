"""Image-text pairs of a WAT file with FastWARC and simdjson, as one would write it in Python.

    extract.py FILE      prints {"url": ..., "texts": [[key, text], ...]} lines
"""
import json
import re
import sys
from urllib.parse import urljoin

import simdjson
from fastwarc.warc import ArchiveIterator, WarcRecordType

KEYS = ("alt", "title", "data-image-title")


parser = simdjson.Parser()  # used again once nothing refers to what it parsed before


def pairs(record):
    envelope = parser.parse(record)["Envelope"]
    header = envelope["WARC-Header-Metadata"]
    if header["WARC-Type"] != "response":
        return
    html = envelope["Payload-Metadata"]["HTTP-Response-Metadata"]["HTML-Metadata"]
    base = urljoin(header["WARC-Target-URI"], html["Head"].get("Base") or "")
    for link in html["Links"]:
        if not link["path"].startswith("IMG@/src"):
            continue
        texts = [(key, (link.get(key) or "").replace("\n", " ").strip()) for key in KEYS]
        texts = [(key, text) for key, text in texts if text]
        url = urljoin(base, re.sub("[\t\n]", "", link["url"].strip())).replace(" ", "%20")
        if texts and url.startswith(("http://", "https://")):
            yield url, texts


for record in ArchiveIterator(open(sys.argv[1], "rb"), record_types=WarcRecordType.metadata, parse_http=False):
    for url, texts in pairs(record.reader.read()):
        sys.stdout.write(json.dumps({"url": url, "texts": texts}, ensure_ascii=False) + "\n")
