// RUN: %check_handrail %s
typedef int cudaError_t;
typedef struct CUstream_st *cudaStream_t;
typedef struct CUevent_st *cudaEvent_t;
extern "C" {
cudaError_t cudaMalloc(void **p, unsigned long n);
cudaError_t cudaFree(void *p);
cudaError_t cudaMemcpy(void *to, const void *from, unsigned long n, int kind);
cudaError_t cudaMallocHost(void **p, unsigned long n);
cudaError_t cudaFreeHost(void *p);
cudaError_t cudaStreamCreate(cudaStream_t *s);
cudaError_t cudaStreamSynchronize(cudaStream_t s);
cudaError_t cudaStreamDestroy(cudaStream_t s);
cudaError_t cudaEventCreate(cudaEvent_t *e);
cudaError_t cudaEventRecord(cudaEvent_t e, cudaStream_t s);
cudaError_t cudaEventDestroy(cudaEvent_t e);
}

int lost(const float *host, unsigned long n) {
  float *a = nullptr, *b = nullptr;
  if (cudaMalloc((void **)&a, n) != 0)
    return -1;
  if (cudaMalloc((void **)&b, n) != 0)
    return -1; // expect: missing-close: device memory 'a'
  cudaMemcpy(a, host, n, 1);
  cudaFree(a);
  cudaFree(b);
  return 0;
}

int right(const float *host, unsigned long n) {
  float *a = nullptr, *b = nullptr;
  int status = -1;
  if (cudaMalloc((void **)&a, n) == 0 && cudaMalloc((void **)&b, n) == 0)
    status = cudaMemcpy(a, host, n, 1);
  cudaFree(a);
  cudaFree(b);
  return status;
}

int wrong_end(unsigned long n) {
  void *p;
  if (cudaMallocHost(&p, n) != 0)
    return -1;
  cudaFree(p); // expect: mismatched-close: 'p'
  return 0;
}

int lost_event(cudaStream_t s) {
  cudaEvent_t e;
  if (cudaEventCreate(&e) != 0)
    return -1;
  if (cudaEventRecord(e, s) != 0)
    return -1; // expect: missing-close: event 'e'
  return cudaEventDestroy(e);
}

int after() {
  cudaStream_t s;
  if (cudaStreamCreate(&s) != 0)
    return -1;
  cudaStreamDestroy(s);
  return cudaStreamSynchronize(s); // expect: use-after-close: 's'
}

// The default stream is null.
int right_default() { return cudaStreamSynchronize(nullptr); }
