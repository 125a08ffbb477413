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

// CHECK: FunctionDecl {{.*}} line_open
// CHECK: AnnotateAttr {{.*}} "handrail:kind:phone.line:null:line"
// CHECK: AnnotateAttr {{.*}} "handrail:acquire:phone.line"
// CHECK: WarnUnusedResultAttr
struct line *line_open(int number) HANDRAIL_KIND(phone.line, null, "line") HANDRAIL_ACQUIRE(phone.line) HANDRAIL_MUST_CHECK;

// CHECK: FunctionDecl {{.*}} line_each
// CHECK: AnnotateAttr {{.*}} "handrail:calls"
// CHECK: AnnotateAttr {{.*}} "handrail:no-escape"
void line_each(void (*each)(void *) HANDRAIL_CALLS, void *data HANDRAIL_NO_ESCAPE);

// CHECK: FunctionDecl {{.*}} line_poll
// CHECK: AnnotateAttr {{.*}} "handrail:acquire:phone.line:positive"
int line_poll(struct line **line HANDRAIL_ACQUIRE_WHEN(phone.line, positive));

// CHECK: FunctionDecl {{.*}} line_close
// CHECK: AnnotateAttr {{.*}} "handrail:release:phone.line:zero"
int line_close(struct line *line HANDRAIL_RELEASE_WHEN(phone.line, zero));

// CHECK: FunctionDecl {{.*}} line_give
// CHECK: AnnotateAttr {{.*}} "handrail:transfer:phone.line"
// CHECK: AnnotateAttr {{.*}} "handrail:transfer:phone.line:zero"
// CHECK: AnnotateAttr {{.*}} "handrail:retain:phone.line"
int line_give(struct line *given HANDRAIL_TRANSFER(phone.line), struct line *perhaps HANDRAIL_TRANSFER_WHEN(phone.line, zero),
              struct line *shared HANDRAIL_RETAIN(phone.line));

int twice(const char *name) {
  int first = port_open(name);
  port_close(first);
  return port_shared();
}
