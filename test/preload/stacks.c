// Stacks that are no thread's: of signal handlers and coroutines. What is told has the
// right place, and nothing is read that is not there.
//
// RUN: %clang -g %s -o %t && %check_run %s -- %t
// RUN: %clang -g -O2 -fomit-frame-pointer %s -o %t && %check_run %s -- %t
// RUN: %clang -g %s -o %t && %handrail run -- %t 2>&1 | FileCheck %s
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

static ucontext_t outside, inside;
static volatile int last; // no call is the last thing that a function does

__attribute__((noinline)) static void in_a_coroutine(void) {
  for (int i = 0; i < 2; ++i) {
    open("/etc/passwd", O_RDONLY); // leak: file x2
    swapcontext(&inside, &outside);
  }
}

__attribute__((noinline)) static void in_a_handler(int number) {
  (void)number;
  last = open("/etc/group", O_RDONLY); // leak: file x2
}

/// Runs code that no table describes on a stack of one page, with nothing behind it.
__attribute__((noinline)) static void unknown_code(void) {
#ifdef __x86_64__
  static const unsigned char code[] = {
      0x55,             // push %rbp
      0x48, 0x89, 0xe5, // mov %rsp, %rbp
      0x48, 0x89, 0xf4, // mov %rsi, %rsp
      0xff, 0xd7,       // call *%rdi
      0xc9,             // leave
      0xc3};
  char *area = mmap(NULL, 3 * 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memcpy(area, code, sizeof code);
  mprotect(area, 4096, PROT_READ | PROT_EXEC);
  munmap(area + 2 * 65536, 65536);
  void (*call)(void (*)(void), char *) = (void (*)(void (*)(void), char *))(void *)area;
  void body(void);
  call(body, area + 2 * 65536);
  munmap(area, 2 * 65536);
#endif
}
#ifdef __x86_64__
void body(void) { close(open("/etc/hosts", O_RDONLY)); }
#endif

int main(void) {
  static char stack[65536];
  getcontext(&inside);
  inside.uc_stack.ss_sp = stack;
  inside.uc_stack.ss_size = sizeof stack;
  inside.uc_link = &outside;
  makecontext(&inside, in_a_coroutine, 0);
  swapcontext(&outside, &inside);
  swapcontext(&outside, &inside);

  stack_t other = {.ss_sp = malloc(65536), .ss_size = 65536};
  sigaltstack(&other, NULL);
  struct sigaction action = {.sa_handler = in_a_handler, .sa_flags = SA_ONSTACK};
  sigaction(SIGUSR1, &action, NULL);
  raise(SIGUSR1);
  signal(SIGUSR2, in_a_handler);
  raise(SIGUSR2);
  unknown_code();
  return 0;
}
// CHECK: #0 in in_a_coroutine
// CHECK: named /etc/passwd
// CHECK: #0 in in_a_handler
// CHECK: in main {{.*}}stacks.c
