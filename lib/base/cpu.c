/* Asking the processor; the compiler's builtin also checks that the system saves the registers. */
#include "base/cpu.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"portable", "avx2", "avx512"};

const char *mc_isa_name(mc_isa isa) {
    return names[isa];
}

mc_isa mc_cpu_best(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi") ||
        !__builtin_cpu_supports("bmi2") || !__builtin_cpu_supports("popcnt"))
        return MC_ISA_PORTABLE;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl") ||
        !__builtin_cpu_supports("avx512cd") || !__builtin_cpu_supports("avx512vbmi") ||
        !__builtin_cpu_supports("avx512vbmi2"))
        return MC_ISA_AVX2;
    return MC_ISA_AVX512;
#else
    return MC_ISA_PORTABLE;
#endif
}

mc_isa mc_cpu_isa(void) {
    mc_isa best = mc_cpu_best();
    const char *forced = getenv("METACURATE_ISA");
    if (!forced)
        return best;
    for (int isa = MC_ISA_PORTABLE; isa < (int)best; isa++)
        if (strcmp(forced, names[isa]) == 0)
            return (mc_isa)isa;
    return best;
}
