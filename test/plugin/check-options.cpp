// Options of one check are clang-tidy's CheckOptions, which win over handrail.json.
// REQUIRES: tidy-plugin
// RUN: rm -rf %t && mkdir %t && cp %s %t/a.cpp
// RUN: echo '{"version": 1, "checks": {"options": {"raw-handle": {"AllowOpaquePairs": "false"}}}}' > %t/handrail.json
// RUN: %clang_tidy --checks='-*,handrail-*' --quiet %t/a.cpp -- 2>&1 | FileCheck --check-prefix=OFF %s
// RUN: %clang_tidy --checks='-*,handrail-*' --quiet --config='{CheckOptions: {handrail-raw-handle.AllowOpaquePairs: true}}' \
// RUN:   %t/a.cpp -- 2>&1 | FileCheck --allow-empty --check-prefix=ON %s
struct Widget {
  int size;
};

extern "C" Widget *widget_new() { return new Widget{1}; }
extern "C" void widget_delete(Widget *w) { delete w; }

// OFF: [handrail-raw-handle]
// ON-NOT: warning:
