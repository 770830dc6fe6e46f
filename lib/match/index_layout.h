/* Byte layout of a match index file (docs/formats.md).
 *
 *   magic (8) | blocks | document (JSON) | block table | ledger (zstd) | entries (zstd) | trailer
 * (96)
 *
 * Trailer, u64 each: offset of the document, its size, number of blocks, stored and plain size of
 * the ledger, stored and plain size of the entries, XXH64 of document and table, of the stored
 * ledger, of the stored entries, of the 80 bytes before; then the magic. */
#ifndef MC_MATCH_INDEX_LAYOUT_H
#define MC_MATCH_INDEX_LAYOUT_H

#define MC_INDEX_MAGIC "MCMIDX\0\2" /* the last byte is the version */
#define MC_INDEX_HEADER_SIZE 8
#define MC_INDEX_TRAILER_SIZE 96
#define MC_INDEX_ENTRY_SIZE 32 /* offset, size, first text, texts: u64 each */
#define MC_INDEX_LEDGER_MAX (64u << 20)
#define MC_INDEX_ENTRIES_MAX (1ull << 32)
#define MC_ZSTD_RATIO_MAX 32768 /* a block of zstd, of 128 KiB at most, takes 4 bytes at least */

#endif
