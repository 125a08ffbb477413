// RUN: %check_handrail %s
#define _GNU_SOURCE
#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>

int leak(const char *name) {
  sem_t *sem = sem_open(name, O_CREAT, 0600, 1);
  if (sem == SEM_FAILED)
    return -1;
  if (sem_wait(sem) < 0)
    return -1; // expect: missing-close: 'sem'
  sem_post(sem);
  return sem_close(sem);
}

int unchecked(const char *name) {
  sem_t *sem = sem_open(name, 0);
  sem_wait(sem); // expect: unchecked-handle: 'sem'
  return sem_close(sem);
}

int ok_unnamed(sem_t *sem) {
  if (sem_init(sem, 0, 1) < 0)
    return -1;
  return sem_post(sem);
}

int destroyed(void) {
  sem_t sem;
  if (sem_init(&sem, 0, 1) < 0)
    return -1;
  if (sem_destroy(&sem) < 0)
    return -1;
  return sem_post(&sem); // expect: use-after-close
}

int leak_queue(const char *name) {
  struct mq_attr attributes;
  mqd_t queue = mq_open(name, O_RDONLY);
  if (queue == (mqd_t)-1)
    return -1;
  if (mq_getattr(queue, &attributes) < 0)
    return -1; // expect: missing-close: 'queue'
  return mq_close(queue);
}
