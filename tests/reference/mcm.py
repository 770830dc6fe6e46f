"""Reads match indexes (.mcm) as docs/formats.md lays them out, in the most obvious way."""
import json
import struct
from collections import namedtuple

import xxhash
import zstandard

MAGIC = b"MCMIDX\0\2"

# ids is a tuple; language a string or None; empty says that the text has no byte.
Text = namedtuple("Text", "record number uid text_hash empty ids language")


def leb128(data, at):
    """The number that begins at `at`, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def numbers(data):
    """All numbers of a column."""
    at, out = 0, []
    while at < len(data):
        value, at = leb128(data, at)
        out.append(value)
    return out


def languages_of(column, n_texts):
    if not column:
        return [None] * n_texts
    n_codes, at = leb128(column, 0)
    codes = [None]
    for _ in range(n_codes):
        size = column[at]
        codes.append(column[at + 1 : at + 1 + size].decode())
        at += 1 + size
    places = numbers(column[at:])
    assert len(places) == n_texts
    return [codes[place] for place in places]


def block_texts(block):
    magic, n_texts, first_record, n_records, n_ids, columns_size, zero, _, _, zero2 = struct.unpack_from(
        "<4sIQIIIIIIQ", block
    )
    checksum, head_checksum = struct.unpack_from("<QQ", block, 48)
    assert magic == b"MCMB" and zero == 0 and zero2 == 0
    assert xxhash.xxh64_intdigest(block[:56]) == head_checksum
    assert xxhash.xxh64_intdigest(block[64:]) == checksum
    columns = block[64 + 24 * n_texts :][:columns_size]
    sizes = struct.unpack_from("<5I", columns)
    parts, at = [], 20
    for size in sizes:
        parts.append(columns[at : at + size])
        at += size
    assert columns[at:] == bytes(8)
    steps, text_numbers, set_sizes, id_steps = map(numbers, parts[:4])
    text_numbers = text_numbers or [0] * n_texts
    languages = languages_of(parts[4], n_texts)
    assert len(steps) == len(text_numbers) == len(set_sizes) == n_texts and len(id_steps) == n_ids
    record, at = first_record, 0
    for i in range(n_texts):
        record += steps[i]
        uid_low, uid_high, text_hash = struct.unpack_from("<QQQ", block, 64 + 24 * i)
        n = max(set_sizes[i] - 1, 0)
        ids, last = [], 0
        for step in id_steps[at : at + n]:
            last += step
            ids.append(last)
        at += n
        yield Text(record, text_numbers[i], uid_high << 64 | uid_low, text_hash, set_sizes[i] == 0,
                   tuple(ids), languages[i])
    assert at == n_ids and record < first_record + max(n_records, 1)


class Index:
    """document: what the index says of itself; texts(): all its texts, in order."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        assert self.data[:8] == self.data[-8:] == MAGIC
        trailer = struct.unpack("<11Q", self.data[-96:-8])
        at, size, n_blocks, ledger, ledger_plain, entries, self.entries_plain = trailer[:7]
        assert xxhash.xxh64_intdigest(self.data[-96:-16]) == trailer[10]
        self.document = json.loads(self.data[at : at + size])
        table = self.data[at + size :][: 32 * n_blocks]
        assert xxhash.xxh64_intdigest(self.data[at : at + size] + table) == trailer[7]
        self.blocks = [struct.unpack_from("<4Q", table, 32 * i) for i in range(n_blocks)]
        ledger_at = at + size + len(table)
        self.packed_entries = self.data[ledger_at + ledger :][:entries]
        assert ledger_at + ledger + entries + 96 == len(self.data)
        assert xxhash.xxh64_intdigest(self.data[ledger_at : ledger_at + ledger]) == trailer[8]
        assert xxhash.xxh64_intdigest(self.packed_entries) == trailer[9]

    def texts(self):
        n = 0
        for offset, size, first_text, n_texts in self.blocks:
            assert first_text == n
            yield from block_texts(self.data[offset : offset + size])
            n += n_texts

    def entries(self):
        """id -> bytes, of the entries that occur in the shard."""
        if not self.entries_plain:
            return {}
        data = zstandard.ZstdDecompressor().decompress(self.packed_entries, self.entries_plain)
        out, at, entry = {}, 0, 0
        while at < len(data):
            step, size = struct.unpack_from("<II", data, at)
            entry += step
            out[entry] = data[at + 8 : at + 8 + size]
            at += 8 + size
        return out
