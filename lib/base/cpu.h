/* Which instruction set the fast paths may use, chosen at run time. */
#ifndef MC_BASE_CPU_H
#define MC_BASE_CPU_H

typedef enum mc_isa {
    MC_ISA_PORTABLE = 0,
    MC_ISA_AVX2 = 1,  /* AVX2, BMI1, BMI2, LZCNT, POPCNT */
    MC_ISA_AVX512 = 2 /* besides: AVX-512 F, BW, DQ, VL, CD, VBMI, VBMI2 */
} mc_isa;

/* "portable", "avx2", "avx512". */
const char *mc_isa_name(mc_isa isa);

/* The best set this processor and system offer. */
mc_isa mc_cpu_best(void);

/* The set to use: the best there is, or the one the environment variable METACURATE_ISA names.
 * What the processor lacks is never chosen: the best below it is then. */
mc_isa mc_cpu_isa(void);

#endif
