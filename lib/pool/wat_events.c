#include "pool/wat_block.h"

enum { QUOTE = 1, BACKSLASH = 2, BRACKET = 4, AT_SIGN = 8 };

static inline masks classify(const char *data) {
    static const unsigned char kinds[256] = {
        ['"'] = QUOTE,   ['\\'] = BACKSLASH, ['{'] = BRACKET, ['}'] = BRACKET,
        ['['] = BRACKET, [']'] = BRACKET,    ['@'] = AT_SIGN,
    };
    masks m = {0};
    for (unsigned k = 0; k < 64; k++) {
        unsigned char c = (unsigned char)data[k];
        uint64_t bit = UINT64_C(1) << k;
        m.high |= c & 0x80u ? bit : 0;
        if (kinds[c] == 0)
            continue;
        m.quote |= kinds[c] == QUOTE ? bit : 0;
        m.backslash |= kinds[c] == BACKSLASH ? bit : 0;
        m.bracket |= kinds[c] == BRACKET ? bit : 0;
        m.mark |= kinds[c] == AT_SIGN && (k == 0 || data[k - 1] == 'G') ? bit : 0;
    }
    return m;
}

size_t mc_wat_find_portable(mc_wat_scan *scan, const char *data, size_t size,
                            uint32_t events[MC_WAT_EVENTS_MAX]) {
    return find_events(scan, data, size, events);
}
