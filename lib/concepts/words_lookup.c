/* The rare cases of lookup: long words and misfits, found by binary search. */
#include "concepts/words_lookup.h"

#include "base/hash.h"

static int compare(const mc_words *v, const mc_long_word *entry, uint64_t hash, const char *word,
                   size_t size) {
    if (entry->hash != hash)
        return entry->hash < hash ? -1 : 1;
    if (entry->size != size)
        return entry->size < size ? -1 : 1;
    return memcmp(v->long_bytes + entry->offset, word, size);
}

mc_word_info mc_words_find_long(const mc_words *v, const char *word, size_t size) {
    uint64_t hash = mc_hash64(word, size);
    size_t bucket = (size_t)(hash >> (64 - v->header.long_bits));
    uint32_t low = v->long_starts[bucket], high = v->long_starts[bucket + 1];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const mc_long_word *entry = &v->long_words[middle];
        int order = compare(v, entry, hash, word, size);
        if (order == 0)
            return mc_info(entry->code, entry->next, entry->previous);
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

mc_word_info mc_words_find(const mc_words *v, const char *word, size_t size) {
    mc_word_info info = 0;
    if (size <= 8) {
        uint64_t key = mc_short_key(word, size);
        info = mc_short_info(mc_short_slot(v, key), key);
    } else if (size <= 16) {
        uint64_t key[2] = {MC_WORDS_BLANKS, MC_WORDS_BLANKS};
        memcpy(key, word, size);
        info = mc_wide_info(mc_wide_slot(v, key[0], key[1]), key[0], key[1]);
    } else {
        return mc_words_find_long(v, word, size);
    }
    return info || v->header.n_misfits == 0 ? info : mc_words_find_long(v, word, size);
}

mc_word_pair mc_words_find_pair(const mc_words *v, uint64_t key) {
    const mc_word_pair *slot = mc_pair_slot(v, key);
    if (slot->key == key)
        return *slot;
    uint32_t low = 0, high = v->header.n_pair_misfits;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (v->pair_misfits[middle].key == key)
            return v->pair_misfits[middle];
        if (v->pair_misfits[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    return (mc_word_pair){.key = key};
}
