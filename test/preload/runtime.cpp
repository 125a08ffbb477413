// A program that is linked with the runtime: one report tells of its objects and of its
// descriptors, each once, with the test that opened them; and a descriptor that an object
// owns is not to be closed by its number.
//
// UNSUPPORTED: sanitizer
// RUN: %clang++ -std=c++20 -g %s -I%runtime_include %runtime_library -lpthread -ldl -o %t
// RUN: not %handrail run --error-exitcode=1 -- %t 2>&1 | FileCheck %s
// RUN: %clang++ -std=c++20 -g -DCORRECT %s -I%runtime_include %runtime_library -lpthread -ldl -o %t
// RUN: %handrail run -q --error-exitcode=1 -- %t 2>&1 | count 0
#include <fcntl.h>
#include <handrail/handle_table.h>
#include <handrail/handrail.h>
#include <handrail/unique.h>
#include <memory>

struct connection {
  int number;
};

int main() {
  auto &connections = *new handrail::table({.name = "connections"}); // one that ends closes its handles
  auto handle = connections.insert(connection{1});
  hr_test_begin("Net.Listens");
  auto *file = new handrail::unique_fd(open("/etc/passwd", O_RDONLY));
  hr_test_end();
  handrail::unique_fd closed(open("/etc/group", O_RDONLY));
#ifdef CORRECT
  delete file;
  (void)connections.close(*handle);
#else
  (void)file;
  (void)handle;
  close(*closed);
#endif
}

// CHECK: Leak of 1 file descriptor, opened here:
// CHECK-NEXT: #0 in main {{.*}}runtime.cpp:24
// CHECK: named /etc/passwd
// CHECK: owned by unique_fd
// CHECK: in test Net.Listens
// CHECK: Leak of 1 handle of type connection, opened here:
// CHECK-NEXT: #0 in main {{.*}}runtime.cpp:22
// CHECK: owned by connections
// CHECK: close of somebody else's handle: file descriptor {{[0-9]+}} (/etc/group) [wrong-owner]
// CHECK: it belongs to an object that says so
// CHECK: #0 in main {{.*}}runtime.cpp:33
// CHECK: SUMMARY: handrail: 2 handles leaked at 2 places
