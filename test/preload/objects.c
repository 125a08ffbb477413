// What the C library makes in memory that the program has, and what it returns.
//
// RUN: %clang -g %s -o %t -pthread && %check_run %s -- %t
#define _GNU_SOURCE
#include <fcntl.h>
#include <glob.h>
#include <iconv.h>
#include <locale.h>
#include <netdb.h>
#include <pthread.h>
#include <regex.h>
#include <semaphore.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void checked(int failed) {
  if (failed)
    abort();
}

static void locks(void) {
  static pthread_mutex_t m[2], by_value = PTHREAD_MUTEX_INITIALIZER;
  checked(pthread_mutex_init(&m[0], NULL)); // leak: mutex
  checked(pthread_mutex_init(&m[1], NULL));
  pthread_mutex_lock(&m[1]);
  checked(pthread_mutex_destroy(&m[1]) == 0); // in use: it stays
  pthread_mutex_unlock(&m[1]);
  pthread_mutex_destroy(&m[1]);
  pthread_mutex_destroy(&m[1]); // misuse: double-close
  pthread_mutex_destroy(&by_value);
  static pthread_cond_t c[2];
  checked(pthread_cond_init(&c[0], NULL)); // leak: cond
  checked(pthread_cond_init(&c[1], NULL));
  pthread_cond_destroy(&c[1]);
  static pthread_rwlock_t l[2];
  checked(pthread_rwlock_init(&l[0], NULL)); // leak: rwlock
  checked(pthread_rwlock_init(&l[1], NULL));
  pthread_rwlock_destroy(&l[1]);
  static pthread_barrier_t b[2];
  checked(pthread_barrier_init(&b[0], NULL, 1)); // leak: barrier
  checked(pthread_barrier_init(&b[1], NULL, 1));
  pthread_barrier_destroy(&b[1]);
  static pthread_key_t k[2];
  checked(pthread_key_create(&k[0], NULL)); // leak: tls-key
  checked(pthread_key_create(&k[1], NULL));
  pthread_key_delete(k[1]);
}

static void semaphores(void) {
  static sem_t s[3];
  checked(sem_init(&s[0], 0, 1)); // leak: semaphore
  checked(sem_init(&s[1], 0, 1));
  sem_destroy(&s[1]);
  char name[64];
  snprintf(name, sizeof name, "/handrail-%d", (int)getpid());
  sem_t *first = sem_open(name, O_CREAT, 0600, 1); // leak: named-semaphore
  sem_t *again = sem_open(name, 0);                // the same one, counted
  checked(first != again);
  sem_close(again);
  sem_unlink(name);
  snprintf(name, sizeof name, "/handrail2-%d", (int)getpid());
  first = sem_open(name, O_CREAT, 0600, 1);
  again = sem_open(name, 0);
  sem_close(first);
  sem_close(again);
  sem_unlink(name);
}

static void texts(void) {
  static regex_t r[3];
  checked(regcomp(&r[0], "a", 0)); // leak: regex
  checked(regcomp(&r[1], "a", 0));
  regfree(&r[1]);
  checked(regcomp(&r[2], "(", REG_EXTENDED) == 0);
  iconv_open("UTF-8", "LATIN1"); // leak: iconv
  iconv_close(iconv_open("UTF-8", "LATIN1"));
  checked(iconv_open("no such", "thing") != (iconv_t)-1);
  locale_t l = newlocale(LC_ALL_MASK, "C.UTF-8", (locale_t)0); // leak: locale
  duplocale(l);                                                // leak: locale
  freelocale(duplocale(l));
  freelocale(newlocale(LC_ALL_MASK, "C.UTF-8", (locale_t)0));
  l = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  l = newlocale(LC_TIME_MASK, "C", l); // made of the first, which is no more
  freelocale(l);
  static glob_t g[2];
  checked(glob("/etc/passw*", 0, NULL, &g[0])); // leak: glob
  checked(glob("/etc/passw*", 0, NULL, &g[1]));
  checked(glob("/etc/group", GLOB_APPEND, NULL, &g[1]));
  globfree(&g[1]);
}

static void others(void) {
  struct addrinfo hints = {.ai_flags = AI_NUMERICHOST}, *out;
  checked(getaddrinfo("127.0.0.1", "80", &hints, &out)); // leak: addrinfo
  checked(getaddrinfo("127.0.0.1", "80", &hints, &out));
  freeaddrinfo(out);
  checked(getaddrinfo("not numeric", "80", &hints, &out) == 0);
  static posix_spawnattr_t a[2];
  checked(posix_spawnattr_init(&a[0])); // leak: spawn-attr
  checked(posix_spawnattr_init(&a[1]));
  posix_spawnattr_destroy(&a[1]);
  static posix_spawn_file_actions_t f[2];
  checked(posix_spawn_file_actions_init(&f[0])); // leak: spawn-actions
  checked(posix_spawn_file_actions_init(&f[1]));
  posix_spawn_file_actions_destroy(&f[1]);
}

int main(void) {
  locks();
  semaphores();
  texts();
  others();
  return 0;
}
