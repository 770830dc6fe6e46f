/* Byte layout of a match index file (docs/formats.md).
 *
 *   magic (8) | blocks | document (JSON) | ledger (zstd) | block table | trailer (64)
 *
 * Trailer: offset of the document, its size, the ledger's stored and plain size, the number of
 * blocks, XXH64 of document, ledger and table, XXH64 of the 48 bytes before, magic: u64 each. */
#ifndef MC_MATCH_INDEX_LAYOUT_H
#define MC_MATCH_INDEX_LAYOUT_H

#define MC_INDEX_MAGIC "MCMIDX\0\1" /* the last byte is the version */
#define MC_INDEX_HEADER_SIZE 8
#define MC_INDEX_TRAILER_SIZE 64
#define MC_INDEX_ENTRY_SIZE 32 /* offset, size, first text, texts: u64 each */
#define MC_INDEX_LEDGER_MAX (64u << 20)

#endif
