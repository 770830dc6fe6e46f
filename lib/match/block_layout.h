/* Byte positions shared by the encoder and the decoder of blocks (docs/formats.md). */
#ifndef MC_MATCH_BLOCK_LAYOUT_H
#define MC_MATCH_BLOCK_LAYOUT_H

#include "match/block.h"

#define MC_BLOCK_MAGIC 0x424d434du /* "MCMB" */
#define MC_COLUMNS_DIRECTORY 16    /* four u32: bytes of each column */
#define MC_VARINT_MAX 5
#define MC_BLOCK_PLAIN_MAX (1u << 28)

void mc_block_store_header(void *block, const mc_block_info *info, uint64_t payload_checksum);

#endif
