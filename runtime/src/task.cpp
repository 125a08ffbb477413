// The loop that resumes coroutines, so that their chains do not grow the stack.
#include "handrail/task.h"

#include <vector>

namespace handrail::detail {

namespace {

/// What is to be resumed next, the last one first. Lives on the stack of the loop,
/// so that tasks can run in destructors after this thread's variables are gone.
class ready_list {
public:
  void push(std::coroutine_handle<> h) {
    if (count_ < std::size(few_))
      few_[count_++] = h;
    else
      many_.push_back(h);
  }
  std::coroutine_handle<> pop() noexcept {
    if (many_.empty())
      return count_ ? few_[--count_] : nullptr;
    const std::coroutine_handle<> h = many_.back();
    many_.pop_back();
    return h;
  }

private:
  std::coroutine_handle<> few_[8];
  std::size_t count_ = 0;
  std::vector<std::coroutine_handle<>> many_;
};

constinit thread_local ready_list *here = nullptr;

void run(std::coroutine_handle<> h) {
  ready_list ready;
  here = &ready;
  for (; h; h = ready.pop())
    h.resume();
}

} // namespace

void resume(std::coroutine_handle<> h) {
  if (here)
    return here->push(h);
  run(h);
  here = nullptr;
}

void resume_nested(std::coroutine_handle<> h) {
  ready_list *const outer = here;
  run(h);
  here = outer;
}

} // namespace handrail::detail
