// The header stands alone, in C and in C++, and leaves object code as it was.
// RUN: %clang -std=c99 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I %runtime_include %s
// RUN: %clang -x c++ -std=c++11 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I %runtime_include %s
// RUN: %clang -std=c99 -fsyntax-only -Xclang -ast-dump -I %runtime_include %s | FileCheck %s
// RUN: %clang -std=c99 -E -P '-DHANDRAIL_ANNOTATE(text)=' -I %runtime_include %s | FileCheck %s --check-prefix=EMPTY
// RUN: %clang -std=c99 -S -o %t.with -I %runtime_include %s
// RUN: %clang -std=c99 -S -o %t.without '-DHANDRAIL_ANNOTATE(text)=' -I %runtime_include %s
// RUN: cmp %t.with %t.without
#include <handrail/annotations.h>

// CHECK: FunctionDecl {{.*}} port_open
// CHECK: AnnotateAttr {{.*}} "handrail:acquire:posix.fd"
int port_open(const char *name) HANDRAIL_ACQUIRE(posix.fd);

// CHECK: FunctionDecl {{.*}} port_pair
// CHECK: ParmVarDecl {{.*}} out
// CHECK: AnnotateAttr {{.*}} "handrail:acquire:posix.fd"
int port_pair(int *out HANDRAIL_ACQUIRE(posix.fd));

// CHECK: ParmVarDecl {{.*}} port
// CHECK: AnnotateAttr {{.*}} "handrail:use:posix.fd"
long port_send(int port HANDRAIL_USE(posix.fd), const void *data);

// CHECK: AnnotateAttr {{.*}} "handrail:release:posix.fd"
void port_close(int port HANDRAIL_RELEASE(posix.fd));

// CHECK: FunctionDecl {{.*}} port_shared
// CHECK: AnnotateAttr {{.*}} "handrail:borrow:posix.fd"
int port_shared(void) HANDRAIL_BORROW(posix.fd);

// CHECK: ParmVarDecl {{.*}} drop
// CHECK: AnnotateAttr {{.*}} "handrail:finalizer"
// EMPTY: void pool_add(void *object, void (*drop)(void *){{ *}});
void pool_add(void *object, void (*drop)(void *) HANDRAIL_FINALIZER);

int twice(const char *name) {
  int first = port_open(name);
  port_close(first);
  return port_shared();
}
