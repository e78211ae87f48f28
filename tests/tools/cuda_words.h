/* SPDX-License-Identifier: Apache-2.0 */
/* The words of CUDA that kernels use, declared for clang, so that `make lint` needs no CUDA. */
#define __CUDACC__
#define __global__             __attribute__((global))
#define __device__             __attribute__((device))
#define __shared__             __attribute__((shared))
#define __forceinline__        inline __attribute__((always_inline))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))

struct Index {
    unsigned x, y, z;
};
extern __device__ const Index threadIdx, blockIdx, blockDim, gridDim;

__device__ void __syncwarp();
__device__ int __any_sync(unsigned mask, int x);
__device__ float __shfl_xor_sync(unsigned mask, float x, int distance);
__device__ double __shfl_xor_sync(unsigned mask, double x, int distance);
__device__ unsigned __float_as_uint(float x);
__device__ float __uint_as_float(unsigned x);

__device__ float exp(float x), sqrt(float x), fabs(float x), fmax(float x, float y);
__device__ double exp(double x), exp2(double x), log2(double x), sqrt(double x), fabs(double x),
    fmax(double x, double y);
__device__ float fma(float a, float b, float c);
__device__ double fma(double a, double b, double c), erfc(double x);
