//===- Schedule.cpp - components on several threads -----------------------===//

#include "lib/Solver/Schedule.h"
#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace handrail::solver {

namespace {

/// The components that wait for nothing, and how many others each still waits for.
class WorkList {
public:
  explicit WorkList(const CallGraph &Graph)
      : Callers(Graph.Components.size()), Waiting(Graph.Components.size()),
        Left(Graph.Components.size()) {
    for (uint32_t C = 0; C < Graph.Components.size(); ++C) {
      std::vector<uint32_t> Below = Graph.calleeComponents(C);
      Waiting[C] = static_cast<uint32_t>(Below.size());
      for (uint32_t B : Below)
        Callers[B].push_back(C);
      if (Below.empty())
        Ready.push_back(C);
    }
  }

  void work(llvm::function_ref<void(uint32_t)> Solve) {
    std::unique_lock Lock(Mutex);
    while (Left) {
      if (Ready.empty()) {
        Changed.wait(Lock);
        continue;
      }
      uint32_t C = Ready.back();
      Ready.pop_back();
      Lock.unlock();
      Solve(C);
      Lock.lock();
      finish(C);
    }
  }

private:
  /// Wakes as many threads as there is work for beside that of this one.
  void finish(uint32_t C) {
    size_t Before = Ready.size();
    for (uint32_t Caller : Callers[C])
      if (--Waiting[Caller] == 0)
        Ready.push_back(Caller);
    if (--Left == 0)
      Changed.notify_all();
    for (size_t K = Before + 1; K < Ready.size(); ++K)
      Changed.notify_one();
  }

  std::vector<std::vector<uint32_t>> Callers; ///< by component
  std::mutex Mutex;                           ///< guards what follows
  std::condition_variable Changed;
  std::vector<uint32_t> Waiting; ///< by component: callees that are not done
  std::vector<uint32_t> Ready;
  size_t Left;
};

} // namespace

void forEachBottomUp(const CallGraph &Graph, unsigned Threads,
                     llvm::function_ref<void(uint32_t Component)> Solve) {
  if (Threads <= 1) {
    for (uint32_t C = 0; C < Graph.Components.size(); ++C)
      Solve(C);
    return;
  }
  WorkList List(Graph);
  std::vector<std::jthread> Others; // joined at the end of the function
  for (unsigned K = 1; K < Threads; ++K)
    Others.emplace_back([&] { List.work(Solve); });
  List.work(Solve);
}

} // namespace handrail::solver
