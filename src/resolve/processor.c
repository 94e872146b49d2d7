// In C, for glibc's <sys/platform/x86.h> is none that every C++ compiler reads (clang 14 lacks its _Bool).
#include "resolve/processor.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/platform/x86.h>

static unsigned is_intel(void) {
  unsigned largest = 0, b = 0, c = 0, d = 0;
  __cpuid(0, largest, b, c, d);
  return b == signature_INTEL_ebx && c == signature_INTEL_ecx && d == signature_INTEL_edx;
}

unsigned bundle_processor_traits(void) {
  unsigned traits = 0;
  const unsigned v2 = CPU_FEATURE_ACTIVE(CMPXCHG16B) && CPU_FEATURE_ACTIVE(LAHF64_SAHF64) &&
                      CPU_FEATURE_ACTIVE(POPCNT) && CPU_FEATURE_ACTIVE(SSE3) && CPU_FEATURE_ACTIVE(SSSE3) &&
                      CPU_FEATURE_ACTIVE(SSE4_1) && CPU_FEATURE_ACTIVE(SSE4_2);
  const unsigned v3 = v2 && CPU_FEATURE_ACTIVE(AVX) && CPU_FEATURE_ACTIVE(AVX2) && CPU_FEATURE_ACTIVE(F16C) &&
                      CPU_FEATURE_ACTIVE(FMA) && CPU_FEATURE_ACTIVE(LZCNT) && CPU_FEATURE_ACTIVE(MOVBE);
  const unsigned v4 = v3 && CPU_FEATURE_ACTIVE(AVX512F) && CPU_FEATURE_ACTIVE(AVX512BW) &&
                      CPU_FEATURE_ACTIVE(AVX512CD) && CPU_FEATURE_ACTIVE(AVX512DQ) && CPU_FEATURE_ACTIVE(AVX512VL);
  if (v2) traits |= bundle_processor_v2;
  if (v3) traits |= bundle_processor_v3;
  if (v4) traits |= bundle_processor_v4;
  if (!CPU_FEATURE_ACTIVE(AVX2) || !is_intel()) return traits;
  const unsigned is_phi = CPU_FEATURE_ACTIVE(AVX512CD) && CPU_FEATURE_ACTIVE(AVX512ER);
  if (is_phi && CPU_FEATURE_ACTIVE(AVX512PF)) {
    traits |= bundle_processor_xeon_phi;
  } else if (CPU_FEATURE_ACTIVE(BMI1) && CPU_FEATURE_ACTIVE(BMI2) && CPU_FEATURE_ACTIVE(LZCNT) &&
             CPU_FEATURE_ACTIVE(MOVBE) && CPU_FEATURE_ACTIVE(POPCNT)) {
    traits |= bundle_processor_haswell;
  }
  if (!is_phi && CPU_FEATURE_ACTIVE(AVX512CD) && CPU_FEATURE_ACTIVE(AVX512BW) && CPU_FEATURE_ACTIVE(AVX512DQ) &&
      CPU_FEATURE_ACTIVE(AVX512VL))
    traits |= bundle_processor_avx512_1;
  return traits;
}
#else
unsigned bundle_processor_traits(void) { return 0; }
#endif
