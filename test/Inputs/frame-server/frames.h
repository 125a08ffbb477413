// Frames are counted, and cameras are known to callers by handle.
#pragma once

#include <handrail/handle_table.h>
#include <handrail/refcount.h>
#include <handrail/task.h>

#include <functional>
#include <memory>
#include <string>

struct frame {
  int width = 0, height = 0;
  unsigned char pixels[64 * 48] = {};
};
using frame_ref = handrail::arc<frame>;

struct camera {
  std::string name;
  frame_ref last;
  long shown = 0;
};

class stream;
using stream_ref = std::shared_ptr<stream>;

/// A connection on which frames are sent.
class stream {
public:
  /// \p done runs when the stream is gone.
  void on_close(__attribute__((annotate("handrail:finalizer"))) std::function<void()> done);
  bool send(const frame &f);
  handrail::task<void> shut();

private:
  std::function<void()> done;
};

class server {
public:
  explicit server(handrail::table &cameras) : cameras(cameras) {}
  bool publish(handrail::handle id, frame_ref next);
  int watch(handrail::handle id, stream_ref to);
  handrail::task<void> serve(stream_ref to, handrail::handle id);
  void blank(handrail::handle id);

private:
  handrail::table &cameras;
  camera *latest = nullptr;
  int watching = 0;
};
