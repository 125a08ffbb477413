#include "frames.h"

#include <handrail/guard.h>

/// What the camera sees from now on.
bool server::publish(handrail::handle id, frame_ref next) {
  const auto known = cameras.with<camera>(id, [&](camera &c) {
    c.last = next;
    c.shown = 0;
    latest = &c; // expect: escaping-borrow: which 'handrail::table::with' lends
    return true;
  });
  return known.has_value();
}

/// A frame without a picture, for cameras that are switched off.
void server::blank(handrail::handle id) {
  (void)cameras.with<camera>(id, [](camera &c) {
    frame *picture = c.last.get_mut();
    picture->width = 0; // expect: shared-mutation: result of 'handrail::arc::get_mut'
    picture->height = 0;
    return 0;
  });
}

int server::watch(handrail::handle id, stream_ref to) {
  ++watching;
  to->on_close([this, to] { // expect: finalizer-capture: captures 'to', the owner that keeps it
    --watching;
    to->send(frame());
  });
  return watching;
}

handrail::task<void> server::serve(stream_ref to, handrail::handle id) {
  handrail::async_guard closing([to] { return to->shut(); });
  frame_ref next;
  (void)cameras.with<camera>(id, [&](camera &c) {
    next = c.last;
    return 0;
  });
  if (!next || !to->send(*next)) {
    closing.close(); // expect: async-close: 'handrail::async_guard::close' only starts
    co_return;
  }
  co_await closing.close();
}
