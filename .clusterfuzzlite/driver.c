// Plays files with a target where there is no clang: a program of gcc has this main and these hooks of the Go
// compiler's instrumentation in place of libFuzzer. Usage: TARGET FILE…
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(char *data, size_t size);

void __sanitizer_cov_trace_cmp1(uint8_t a, uint8_t b) {}
void __sanitizer_cov_trace_cmp2(uint16_t a, uint16_t b) {}
void __sanitizer_cov_trace_cmp4(uint32_t a, uint32_t b) {}
void __sanitizer_cov_trace_cmp8(uint64_t a, uint64_t b) {}
void __sanitizer_cov_trace_const_cmp1(uint8_t a, uint8_t b) {}
void __sanitizer_cov_trace_const_cmp2(uint16_t a, uint16_t b) {}
void __sanitizer_cov_trace_const_cmp4(uint32_t a, uint32_t b) {}
void __sanitizer_cov_trace_const_cmp8(uint64_t a, uint64_t b) {}
void __sanitizer_cov_8bit_counters_init(char *start, char *end) {}
void __sanitizer_cov_pcs_init(const uintptr_t *start, const uintptr_t *end) {}
void __sanitizer_weak_hook_strcmp(void *pc, const char *a, const char *b, int result) {}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    FILE *f = fopen(argv[i], "rb");
    if (f == NULL || fseek(f, 0, SEEK_END) != 0) {
      perror(argv[i]);
      return 2;
    }
    long size = ftell(f);
    rewind(f);
    char *data = malloc(size + 1);
    if (data == NULL || fread(data, 1, size, f) != (size_t)size) {
      perror(argv[i]);
      return 2;
    }
    fclose(f);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
  }
  printf("%d inputs played\n", argc - 1);
  return 0;
}
