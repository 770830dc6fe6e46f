/* Distances of words: the usual table, of which three rows are kept. */
#include "nearest.h"

#include <string.h>

enum { LONGEST = 39 };

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

size_t nearest_distance(const char *a, const char *b) {
    size_t n = strlen(a), k = strlen(b), rows[3][LONGEST + 1];
    if (n > LONGEST || k > LONGEST)
        return n + k;
    for (size_t j = 0; j <= k; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *row = rows[i % 3], *before = rows[(i + 2) % 3], *two_before = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= k; j++) {
            row[j] =
                least(least(row[j - 1], before[j]) + 1, before[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], two_before[j - 2] + 1);
        }
    }
    return rows[n % 3][k];
}

int nearest_is_slip(const char *word, size_t distance) {
    return distance <= 1 + strlen(word) / 5;
}
