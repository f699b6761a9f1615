/*
 * What the machine can do on one thread: the same protocol as serve.mjs. peer.ts compiles it when there is a
 * compiler, for the machine's vectors and for those of 128 bits. Fused loops over plain arrays, for the compiler to
 * vectorize; the peak is 128 bit wide in both, because WebAssembly's vectors are.
 */
#define _POSIX_C_SOURCE 199309L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef float lanes __attribute__((vector_size(16)));

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + 1e-9 * time.tv_nsec;
}

static float *array(size_t count) {
  float *values = aligned_alloc(64, (count * sizeof(float) + 63) / 64 * 64);
  if (values == NULL) {
    fprintf(stderr, "no memory for %zu floats\n", count);
    exit(1);
  }
  for (size_t i = 0; i < count; i++) values[i] = (float)(i % 1000) / 1000 - 0.5f;
  return values;
}

static float *x, *y, *m, *v;
static size_t size;
static int step;

/* 28 bytes of traffic for each parameter: four arrays read, three written. */
static void adam(void) {
  step++;
  const float rate = 0.001f / (1 - powf(0.9f, step)), root = 1 / sqrtf(1 - powf(0.999f, step));
  float *restrict p = x, *restrict first = m, *restrict second = v;
  const float *restrict g = y;
  for (size_t i = 0; i < size; i++) {
    first[i] = 0.9f * first[i] + 0.1f * g[i];
    second[i] = 0.999f * second[i] + 0.001f * g[i] * g[i];
    p[i] -= rate * first[i] / (sqrtf(second[i]) * root + 1e-8f);
  }
}

static void momentum(void) {
  float *restrict p = x, *restrict velocity = m;
  const float *restrict g = y;
  for (size_t i = 0; i < size; i++) {
    velocity[i] = 0.9f * velocity[i] + g[i];
    p[i] -= 0.001f * velocity[i];
  }
}

/* tanh as 1 − 2/(e^2x + 1), with e^x = 2^n · e^r: what a fused kernel can do, to about 1e-7. */
static inline float hyperbolic_tangent(float value) {
  const float limited = value > 9 ? 9 : value < -9 ? -9 : value;
  const float exponent = limited * 2 * 1.44269504f;
  const float shifted = exponent + 12582912.0f; /* 1.5 · 2^23: the sum keeps the nearest integer */
  const float whole = shifted - 12582912.0f;
  const float r = (exponent - whole) * 0.693147181f;
  const float series =
      1 + r * (1 + r * (1 / 2.f + r * (1 / 6.f + r * (1 / 24.f + r * (1 / 120.f + r / 720.f)))));
  union {
    int bits;
    float value;
  } power = {((int)whole + 127) << 23};
  return 1 - 2 / (series * power.value + 1);
}

static void chain(void) {
  float *restrict out = m;
  const float *restrict in = x;
  for (size_t i = 0; i < size; i++) out[i] = hyperbolic_tangent(in[i] * 2 + 1) * 0.5f;
}

static void triad(void) {
  float *restrict out = m;
  const float *restrict a = x, *restrict b = y;
  for (size_t i = 0; i < size; i++) out[i] = a[i] + 3 * b[i];
}

/* Keeps a value in a vector register and unknown to the compiler: nothing merges, folds or leaves out the sums. */
#if defined(__x86_64__)
#define OPAQUE(value) __asm__ volatile("" : "+x"(value))
#elif defined(__aarch64__)
#define OPAQUE(value) __asm__ volatile("" : "+w"(value))
#else
#error "the peak is written for x86-64 and arm64"
#endif

/* As many products as a matrix product of this size has, in registers: 10 sums hide the latency. */
static void peak(void) {
  lanes s0 = {0}, s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0, s8 = s0, s9 = s0, a = s0, b = s0;
  OPAQUE(a);
  OPAQUE(b);
  for (size_t rounds = size * size * size / (10 * 4); rounds > 0; rounds--) {
#define STEP(sum) \
  sum = sum * a + b; \
  OPAQUE(sum);
    STEP(s0) STEP(s1) STEP(s2) STEP(s3) STEP(s4) STEP(s5) STEP(s6) STEP(s7) STEP(s8) STEP(s9)
#undef STEP
  }
}

static const struct {
  const char *id;
  void (*run)(void);
  size_t size;
} workloads[] = {
    {"adam-1e6", adam, 1000000},  {"adam-1e7", adam, 10000000},   {"adam-100", adam, 1000000},
    {"sgd-1e6", momentum, 1000000}, {"matmul-64", peak, 64},      {"matmul-256", peak, 256},
    {"matmul-1024", peak, 1024},  {"chain-1e6", chain, 1000000},  {"triad-1e7", triad, 10000000},
};

int main(void) {
  char id[64];
  double budget;
  puts("{\"name\": \"C limit, 1 thread\"}");
  fflush(stdout);
  while (scanf("%63s %lf", id, &budget) == 2) {
    size_t chosen = 0, known = sizeof workloads / sizeof workloads[0];
    while (chosen < known && strcmp(workloads[chosen].id, id) != 0) chosen++;
    if (chosen == known) {
      puts("{\"absent\": true}");
    } else {
      if (workloads[chosen].run != peak && size != workloads[chosen].size) {
        x = array(workloads[chosen].size);
        y = array(workloads[chosen].size);
        m = array(workloads[chosen].size);
        v = array(workloads[chosen].size);
        memset(m, 0, workloads[chosen].size * sizeof(float));
        memset(v, 0, workloads[chosen].size * sizeof(float));
      }
      size = workloads[chosen].size;
      workloads[chosen].run();
      size_t count = 0;
      const double start = now();
      double elapsed;
      do {
        workloads[chosen].run();
        count++;
        elapsed = now() - start;
      } while (elapsed < budget);
      printf("{\"seconds\": %.9g}\n", elapsed / count);
    }
    fflush(stdout);
  }
  return 0;
}
