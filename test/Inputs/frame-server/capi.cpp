// What other languages link to.
#include "frames.h"

#include <cstdint>

namespace {
struct session {
  handrail::handle camera;
  long frames;
};
} // namespace

extern "C" {

/// A number that stands for a session with camera \p id.
std::intptr_t frames_open(std::uint64_t id) {
  auto *s = new session();
  s->frames = static_cast<long>(id);
  return reinterpret_cast<std::intptr_t>(s); // expect: raw-handle: hidden in
}

long frames_count(std::intptr_t handle) { return reinterpret_cast<session *>(handle)->frames; }

/// A frame for code that counts references itself; -1 when there is nothing to show.
int frames_borrow(frame *picture, int width, frame **out) {
  frame_ref::retain_raw(picture);
  if (picture->width < width)
    return -1; // expect: refcount-imbalance: reference to counted object 'picture' taken by
  if (!out) {
    frame_ref::release_raw(picture);
    return -1;
  }
  *out = picture;
  return 0;
}
}

/// A copy of a picture for two readers.
void show_twice(void (*show)(std::shared_ptr<frame>)) {
  auto *copy = new frame();
  std::shared_ptr<frame> left(copy);
  show(left);
  std::shared_ptr<frame> right(copy); // expect: duplicate-owner:
  show(right);
}
