/* What glibc found out about this processor when the process started: a loader goes by the same. (Asking the processor
   again costs microseconds each time under a hypervisor.) The levels are those of sysdeps/x86/get-isa-level.h, the
   others the names that glibc before 2.37 has folders for (init_cpu_features in sysdeps/x86/cpu-features.c). C and C++.
 */
#pragma once

enum {
  bundle_processor_v2 = 1,
  bundle_processor_v3 = 2,
  bundle_processor_v4 = 4,
  bundle_processor_haswell = 8,
  bundle_processor_xeon_phi = 16,
  bundle_processor_avx512_1 = 32,
};

#ifdef __cplusplus
extern "C" {
#endif
/* These bits; none but on x86-64. */
unsigned bundle_processor_traits(void);
#ifdef __cplusplus
}
#endif
