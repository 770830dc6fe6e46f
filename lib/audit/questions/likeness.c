/* Both divergences are sums over entries of terms that are never negative, which fixed point adds
 * up exactly. Ranks are doubled, so that mean ranks are whole numbers and their products, too, add
 * up exactly. */
#include "audit/questions/likeness.h"

#include <math.h>
#include <stdlib.h>

/* What a share adds to the divergence. */
static double part(double share, double mean) {
    return share > 0 ? share * log2(share / mean) / 2 : 0;
}

void mc_likeness_add(mc_likeness *likeness, double a, double b) {
    double mean = (a + b) / 2, term = part(a, mean) + part(b, mean);
    mc_sum_add(&likeness->divergence, term > 0 ? term : 0, 1); /* rounding may leave -1e-20 */
    mc_sum_add(&likeness->variation, fabs(a - b) / 2, 1);
}

/* Rounding may leave a bit more than all. */
static double at_most_one(double value) {
    return value < 1 ? value : 1;
}

double mc_likeness_divergence(const mc_likeness *likeness) {
    return at_most_one(mc_sum_value(&likeness->divergence));
}

double mc_likeness_variation(const mc_likeness *likeness) {
    return at_most_one(mc_sum_value(&likeness->variation));
}

static int compare_a(const void *x, const void *y) {
    const mc_count_pair *p = x, *q = y;
    return (p->a > q->a) - (p->a < q->a);
}

static int compare_b(const void *x, const void *y) {
    const mc_count_pair *p = x, *q = y;
    return (p->b > q->b) - (p->b < q->b);
}

/* The end of the run of pairs from first on with the same a. */
static size_t end_of_a(const mc_count_pair *pairs, size_t first, size_t n) {
    size_t end = first + 1;
    while (end < n && pairs[end].a == pairs[first].a)
        end++;
    return end;
}

static size_t end_of_b(const mc_count_pair *pairs, size_t first, size_t n) {
    size_t end = first + 1;
    while (end < n && pairs[end].b == pairs[first].b)
        end++;
    return end;
}

/* Puts doubled ranks in the place of counts: of the ranks first + 1 to end, first + 1 + end. */
static void rank(mc_count_pair *pairs, size_t n) {
    qsort(pairs, n, sizeof *pairs, compare_a);
    for (size_t first = 0, end; first < n; first = end) {
        end = end_of_a(pairs, first, n);
        for (size_t i = first; i < end; i++)
            pairs[i].a = first + 1 + end;
    }
    qsort(pairs, n, sizeof *pairs, compare_b);
    for (size_t first = 0, end; first < n; first = end) {
        end = end_of_b(pairs, first, n);
        for (size_t i = first; i < end; i++)
            pairs[i].b = first + 1 + end;
    }
}

double mc_rank_correlation(mc_count_pair *pairs, size_t n) {
    if (n < 2)
        return NAN;
    rank(pairs, n);
    mc_wide aa = 0, bb = 0, ab = 0;
    for (size_t i = 0; i < n; i++) {
        aa += (mc_wide)pairs[i].a * pairs[i].a;
        bb += (mc_wide)pairs[i].b * pairs[i].b;
        ab += (mc_wide)pairs[i].a * pairs[i].b;
    }
    /* Doubled ranks sum up to n (n + 1), ties or not; times n, so that means stay whole. */
    mc_wide square = (mc_wide)n * (n + 1) * n * (n + 1);
    mc_wide spread_a = aa * n - square, spread_b = bb * n - square;
    if (spread_a == 0 || spread_b == 0)
        return NAN;
    double together = ab * n >= square ? (double)(ab * n - square) : -(double)(square - ab * n);
    return together / sqrt((double)spread_a * (double)spread_b);
}
