"""Image-text pairs of a WAT file with FastWARC and simdjson, as one would write it in Python.

    extract.py FILE OUT      writes lines {"uid", "uuid", "url", "page_url", "texts": [[key, text], ...]},
                             compressed with zstd; printed as they are when OUT is -
"""
import hashlib
import json
import re
import sys
from urllib.parse import urljoin

import simdjson
import xxhash
import zstandard
from fastwarc.warc import ArchiveIterator, WarcRecordType

KEYS = ("alt", "title", "data-image-title")


def pairs(record):
    envelope = simdjson.loads(record)["Envelope"]
    header = envelope["WARC-Header-Metadata"]
    if header["WARC-Type"] != "response":
        return
    html = envelope["Payload-Metadata"]["HTTP-Response-Metadata"]["HTML-Metadata"]
    page_url = header["WARC-Target-URI"]
    base = urljoin(page_url, html["Head"].get("Base") or "")
    for link in html["Links"]:
        if not link["path"].startswith("IMG@/src"):
            continue
        texts = [(key, (link.get(key) or "").replace("\n", " ").strip()) for key in KEYS]
        texts = [(key, text) for key, text in texts if text]
        url = urljoin(base, re.sub("[\t\n]", "", link["url"].strip())).replace(" ", "%20")
        if texts and url.startswith(("http://", "https://")):
            uid = xxhash.xxh3_128_hexdigest(url.encode())
            uuid = hashlib.sha224(url.encode()).hexdigest()[:24]
            yield {"uid": uid, "uuid": uuid, "url": url, "page_url": page_url, "texts": texts}


out = sys.stdout if sys.argv[2] == "-" else zstandard.open(sys.argv[2], "wt", encoding="utf-8")
for record in ArchiveIterator(open(sys.argv[1], "rb"), record_types=WarcRecordType.metadata, parse_http=False):
    for pair in pairs(record.reader.read()):
        out.write(json.dumps(pair, ensure_ascii=False) + "\n")
out.close()
