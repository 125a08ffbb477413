// RUN: %check_handrail %s -- -std=c++20 -I%runtime_include
// RUN: %check_tidy %s -- -std=c++20 -I%runtime_include
#include <handrail/refcount.h>

struct Image {
  int size = 0;
};
using owner = handrail::arc<Image>;
bool prepare();

int raw_reference(Image *image) {
  owner::retain_raw(image);
  if (!prepare())
    return -1; // expect: refcount-imbalance: reference to counted object 'image' taken by 'handrail::arc::retain_raw'
  owner::release_raw(image);
  return 0;
}

int given_back(Image *image) {
  owner::retain_raw(image);
  bool done = prepare();
  owner::release_raw(image);
  return done ? 0 : -1;
}

void exclusive(owner image) {
  image.get_mut()->size = 1; // expect: shared-mutation
}

void asked(owner image) {
  if (Image *mine = image.get_mut())
    mine->size = 1;
}

void lost(owner image) {
  Image *raw = std::move(image).into_raw();
  if (!raw)
    return;
  if (raw->size == 0)
    return; // expect: missing-close: counted object 'raw'
  owner::release_raw(raw);
}

void taken_back(owner image) {
  Image *raw = std::move(image).into_raw();
  owner again = owner::from_raw(raw);
}
