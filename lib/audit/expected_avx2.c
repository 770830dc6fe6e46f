/* The path for AVX2: four texts at a time. */
#if defined(__x86_64__)

#include <immintrin.h>

#define LANES 4
#define KERNEL mc_expected_bits_avx2
#define NOT_BELOW_ZERO(x) _mm256_max_pd((x), _mm256_setzero_pd())
#include "audit/expected_kernel.h"

#else
typedef int no_avx2;
#endif
