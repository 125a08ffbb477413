// With AllowOpaquePairs a pointer to a named type may be a handle when the program
// both makes and ends it; what hides its type stays an error.
// RUN: %check_handrail %s --option raw-handle.AllowOpaquePairs=true
// RUN: %check_tidy %s --config='{CheckOptions: {handrail-raw-handle.AllowOpaquePairs: true}}'
struct Widget {
  int size;
};
struct Gadget {
  int size;
};

extern "C" Widget *widget_new() { return new Widget{1}; }
extern "C" void widget_delete(Widget *w) { delete w; }

extern "C" Gadget *gadget_new() {
  return new Gadget{1}; // expect: raw-handle
}

extern "C" void *hidden_new() {
  return new Widget{2}; // expect: raw-handle
}
