// RUN: %check_handrail %s -- -std=c++17
// RUN: %check_tidy %s -- -std=c++17
// What a class destroys because it owns it is no scope that it guards, however it is
// destroyed: by a deleter, or through a std::function.
#include <functional>
#include <memory>

struct Node {
  int kind;
};
struct NodeDeleter {
  void operator()(Node *n);
};

// Made by functions alone, as a guard would be.
class Tree {
public:
  static Tree parse(int source);
  Tree(Tree &&) = default;
  bool errored() const { return bad; }

private:
  Tree() = default;
  std::unique_ptr<Node, NodeDeleter> top;
  bool bad = false;
};

class Task {
public:
  explicit Task(std::function<void()> work) : work(std::move(work)) {}

private:
  std::function<void()> work;
};
Task make_task(int number);

void try_all(int sources) {
  for (int i = 0; i < sources; ++i)
    Tree::parse(i);
  make_task(1);
}

class AtEnd {
public:
  explicit AtEnd(std::function<void()> work) : work(std::move(work)) {}
  AtEnd(AtEnd &&) = default;
  ~AtEnd() {
    if (work)
      work();
  }

private:
  std::function<void()> work;
};
AtEnd at_end(int number);

void acts_at_once(int number) {
  at_end(number); // expect: guard-misuse: guard of type 'AtEnd' is a temporary
}

void acts_later(int number) {
  AtEnd last = at_end(number);
  try_all(number);
}
