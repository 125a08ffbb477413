// The loop that resumes coroutines, so that their chains do not grow the stack.
#include "handrail/task.h"

#include <vector>

namespace handrail::detail {

namespace {

struct trampoline {
  bool active = false;
  std::vector<std::coroutine_handle<>> ready;

  void run(std::coroutine_handle<> h) {
    active = true;
    ready.push_back(h);
    while (!ready.empty()) {
      h = ready.back();
      ready.pop_back();
      h.resume();
    }
    active = false;
  }
};

thread_local trampoline here;

} // namespace

void resume(std::coroutine_handle<> h) {
  if (here.active)
    here.ready.push_back(h);
  else
    here.run(h);
}

void resume_nested(std::coroutine_handle<> h) {
  trampoline outer = std::exchange(here, {});
  here.run(h);
  here = std::move(outer);
}

} // namespace handrail::detail
