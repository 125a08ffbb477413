// A plugin in a program with another LLVM, with one that does not tell, or without its
// second half ends the program with a message instead of finding nothing.
// REQUIRES: tidy-plugin
// RUN: %clang %s -rdynamic -DVERSION=7 -o %t.other
// RUN: not %t.other %plugin 2>&1 | FileCheck --check-prefix=OTHER %s
// RUN: %clang %s -o %t.silent
// RUN: not %t.silent %plugin 2>&1 | FileCheck --check-prefix=SILENT %s
// RUN: rm -rf %t.alone && mkdir %t.alone && cp %plugin %t.alone/plugin.so
// RUN: not clang-tidy -load=%t.alone/plugin.so --version 2>&1 | FileCheck --check-prefix=ALONE %s
#include <dlfcn.h>
#include <stdio.h>

#ifdef VERSION
void LLVMGetVersion(unsigned *major, unsigned *minor, unsigned *patch) {
  *major = VERSION;
  *minor = 1;
  *patch = 0;
}
#endif

int main(int argc, char **argv) {
  dlopen(argv[argc - 1], RTLD_LAZY | RTLD_GLOBAL);
  puts("still running");
  return 0;
}

// OTHER: handrail: error: this plugin is built for clang-tidy {{[0-9]+}}, not for 7: load libhandrail_tidy-7.so
// SILENT: handrail: error: cannot tell which LLVM this program is built with
// ALONE: handrail: error: cannot load the checks: {{.*}}libhandrail_tidy_module-{{[0-9]+}}.so
// OTHER-NOT: still running
// SILENT-NOT: still running
// ALONE-NOT: LLVM version
