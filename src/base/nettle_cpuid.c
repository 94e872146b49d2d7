/* Answers nettle's questions about the processor from what glibc has found out already.

   libnettle.a picks its code in a constructor, by three CPUID instructions at every start of the program, hashing or
   not. Under a hypervisor each of them leaves the virtual machine, which takes up to six microseconds: a start of
   `bundle inspect` got 18 of its 850 back. The linker meets this function before nettle's own of that name; should
   nettle rename that, it is linked again and all is as before. In C, for the reason that resolve/processor.c gives. */
#if defined(__x86_64__)
#include <stdint.h>
#include <string.h>
#include <sys/platform/x86.h>

/* eax, ebx, ecx, edx of the leaf `input`. Leaf 0 names the vendor, which only decides how nettle's memxor is done, and
   is answered with zeros. */
void _nettle_cpuid(uint32_t input, uint32_t* registers);

void _nettle_cpuid(uint32_t input, uint32_t* registers) {
  memset(registers, 0, 4 * sizeof *registers);
  if (input != 1 && input != 7) return;
  const struct cpuid_feature* leaf =
      __x86_get_cpuid_feature_leaf(input == 1 ? CPUID_INDEX_1 : CPUID_INDEX_7);
  memcpy(registers, leaf->cpuid_array, 4 * sizeof *registers);
}
#else
typedef int nothing_to_answer_here;
#endif
