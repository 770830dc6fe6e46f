/* The path for AVX-512: eight texts at a time. */
#if defined(__x86_64__)

#include <immintrin.h>

#define LANES 8
#define KERNEL mc_expected_bits_avx512
#define NOT_BELOW_ZERO(x) _mm512_max_pd((x), _mm512_setzero_pd())
#include "audit/expected_kernel.h"

#else
typedef int no_avx512;
#endif
