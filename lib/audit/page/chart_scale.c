/* Scales and ticks: steps of 1, 2 or 5 times a power of ten; decades on a logarithmic scale, with
 * their 2 and 5 where there are few. */
#include "audit/page/chart_scale.h"

#include <math.h>

double mc_scale_at(const mc_scale *s, double value) {
    double part;
    if (s->log)
        part = value > 0 ? log(value / s->low) / log(s->high / s->low) : 0;
    else
        part = (value - s->low) / (s->high - s->low);
    return s->from + part * (s->to - s->from);
}

/* The smallest step of 1, 2, 5, 10, ... that is at least size. */
static double round_step(double size) {
    double power = pow(10, floor(log10(size)));
    static const double steps[] = {1, 2, 5};
    for (size_t i = 0; i < 3; i++)
        if (power * steps[i] >= size * (1 - 1e-9))
            return power * steps[i];
    return power * 10;
}

static size_t linear_ticks(const mc_scale *s, double n_about, double ticks[MC_TICKS_MAX]) {
    double step = round_step((s->high - s->low) / fmin(fmax(n_about, 1), MC_TICKS_MAX - 2));
    size_t n = 0;
    for (double i = ceil(s->low / step - 1e-9); n < MC_TICKS_MAX; i++) {
        if (i * step > s->high + step * 1e-9)
            break;
        ticks[n++] = i * step;
    }
    return n;
}

static size_t log_ticks(const mc_scale *s, double n_about, double ticks[MC_TICKS_MAX]) {
    static const double all[] = {1, 2, 5};
    double first = floor(log10(s->low) + 1e-9), last = ceil(log10(s->high) - 1e-9);
    double decades = log10(s->high / s->low);
    double every = fmax(1, ceil(decades / n_about));
    size_t n_within = decades * 3 <= n_about * 1.3 ? 3 : 1, n = 0;
    for (double power = ceil(first / every) * every; power <= last; power += every)
        for (size_t i = 0; i < n_within && n < MC_TICKS_MAX; i++) {
            double value = all[i] * pow(10, power);
            if (value >= s->low * (1 - 1e-9) && value <= s->high * (1 + 1e-9))
                ticks[n++] = value;
        }
    return n;
}

size_t mc_scale_ticks(const mc_scale *s, double apart, double ticks[MC_TICKS_MAX]) {
    double n_about = fmin(fmax(fabs(s->to - s->from) / apart, 2), MC_TICKS_MAX - 2);
    size_t n = s->log ? log_ticks(s, n_about, ticks) : 0;
    return n >= 2 ? n : linear_ticks(s, n_about, ticks);
}

void mc_scale_range(bool log, bool round, double *low, double *high) {
    if (!(*low <= *high) || !isfinite(*low) || !isfinite(*high) || (log && *low <= 0)) {
        *low = log ? 1 : 0;
        *high = log ? 10 : 1;
    }
    if (log && round && *high > *low) {
        *low = 1 / round_step(1 / *low);
        *high = round_step(*high);
    }
    if (!log && round && *high > *low) {
        double step = round_step((*high - *low) / 6);
        *low = floor(*low / step + 1e-9) * step;
        *high = ceil(*high / step - 1e-9) * step;
    }
    if (*low < *high)
        return;
    if (log) {
        *low /= 2;
        *high *= 2;
    } else {
        double half = fmax(0.5, fabs(*high) / 2);
        *low -= *low > 0 && round ? *low : half;
        *high += half;
    }
}
