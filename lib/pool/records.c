/* The record scanner and a line count that the compiler turns into vector code. */
#include "pool/records.h"

static size_t find(const char *data, char c, size_t from, size_t to) {
    const char *hit = from < to ? memchr(data + from, c, to - from) : NULL;
    return hit ? (size_t)(hit - data) : to;
}

/* Goes on inside quotes to where they close. False when data does not tell. */
static bool close_quotes(mc_record_scan *scan, const char *data, size_t size, bool final) {
    while (scan->at < size) {
        size_t quote = find(data, '"', scan->at, size);
        if (scan->at < scan->known_at) {
            size_t stop = quote < scan->known_at ? quote : scan->known_at;
            if (find(data, '\n', scan->at, stop) < stop) {
                scan->at = scan->known_at;
                scan->quoted = scan->known_quoted;
                if (!scan->quoted)
                    return true;
                continue;
            }
        }
        scan->at = quote;
        if (quote == size || (quote + 1 == size && !final))
            return false;
        if (quote + 1 < size && data[quote + 1] == '"') {
            scan->at = quote + 2;
        } else {
            scan->at = quote + 1;
            scan->quoted = false;
            return true;
        }
    }
    return false;
}

bool mc_record_next(mc_record_scan *scan, const char *data, size_t size, bool final, size_t *end) {
    for (;;) {
        if (scan->quoted && !close_quotes(scan, data, size, final))
            return false;
        if (scan->at >= size)
            return false;
        if (scan->clear < scan->at)
            scan->clear = scan->at;
        size_t feed = find(data, '\n', scan->at, scan->clear);
        if (feed < scan->clear) {
            scan->start = scan->at = *end = feed + 1;
            return true;
        }
        scan->at = scan->clear;
        if (scan->at == size)
            return false;
        if (scan->quotes && data[scan->at] == '"') {
            scan->quoted = scan->at == scan->start || data[scan->at - 1] == ',';
            scan->at++;
        } else {
            scan->clear = scan->quotes ? find(data, '"', scan->clear, size) : size;
        }
    }
}

size_t mc_count_lines(const char *data, size_t size) {
    enum { LANES = 64, ROWS = 255 }; /* a lane is a byte: ROWS is what it can count to */
    size_t n = 0;
    while (size >= LANES) {
        size_t rows = size / LANES < ROWS ? size / LANES : ROWS;
        uint8_t lanes[LANES] = {0};
        for (size_t r = 0; r < rows; r++, data += LANES)
            for (size_t i = 0; i < LANES; i++)
                lanes[i] = (uint8_t)(lanes[i] + (data[i] == '\n'));
        for (size_t i = 0; i < LANES; i++)
            n += lanes[i];
        size -= rows * LANES;
    }
    for (size_t i = 0; i < size; i++)
        n += data[i] == '\n';
    return n;
}
