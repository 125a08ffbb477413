// fork(): a child of a program with threads can use the runtime.
//
// The locks are held over the call, so that none stays locked by a thread that the
// child does not have. Handles that other threads were using stay in use there.
#include "table_parts.h"

#include "locks.h"
#include "service.h"

#include <pthread.h>

namespace handrail::detail {

struct fork_lock {
  static void prepare() noexcept {
    lock_service();
    lock_notes();
    lock_sites();
    lock_managed();
    tables().mutex.lock();
    for (table_core *c = tables().first; c; c = c->next_) {
      c->steal_all();
      c->mutex_.lock();
      if (c->ids_)
        c->ids_->lock();
    }
    lock_ledger(); // last: events are written under the others
    lock_growth();
  }
  static void release() noexcept {
    unlock_growth();
    unlock_ledger();
    for (table_core *c = tables().first; c; c = c->next_) {
      if (c->ids_)
        c->ids_->unlock();
      c->mutex_.unlock();
      c->give_up_all();
    }
    tables().mutex.unlock();
    unlock_managed();
    unlock_sites();
    unlock_notes();
    unlock_service();
  }
  static void child() noexcept {
    if (this_thread.uses)
      this_thread.uses->thread = 0;
    // What other threads were leaving they have left; their records are free.
    for (use_record *r = all_uses(); r; r = r->next)
      if (r != this_thread.uses) {
        for (use_cell &c : r->cells)
          if (c.load(std::memory_order_relaxed) & use_record::leaving)
            c.store(0, std::memory_order_relaxed);
        r->taken.store(false, std::memory_order_release);
      }
    for (table_core *c = tables().first; c; c = c->next_)
      for (std::atomic<table_core::magazine *> &place : c->magazines_)
        if (table_core::magazine *m = place.load(std::memory_order_relaxed))
          m->exit(); // whoever was about to enter it is not here
    release();
    restart_service();
  }
};

void prepare_for_fork() noexcept {
  pthread_atfork(fork_lock::prepare, fork_lock::release, fork_lock::child);
}

} // namespace handrail::detail
