// RUN: %check_handrail %s -- -std=c++17
// RUN: %check_tidy %s -- -std=c++17
#include <cstdio>
#include <memory>

extern "C" int open(const char *name, int flags, ...);
extern "C" int dup(int fd);
extern "C" int close(int fd);

struct Image {
  int size;
};

void two_shared(Image *raw) {
  std::shared_ptr<Image> first(raw); // note: given to its first owner here
  std::shared_ptr<Image> second(raw); // expect: duplicate-owner: pointer 'raw' is given to a second owner, which does not know of the first
}

void copied(Image *raw) {
  std::shared_ptr<Image> first(raw);
  std::shared_ptr<Image> second(first);
}

void mixed(Image *raw, bool share) {
  std::unique_ptr<Image> first(raw);
  std::shared_ptr<Image> second;
  if (share)
    second.reset(raw); // expect: duplicate-owner
}

void one_or_the_other(Image *raw, bool share) {
  if (share)
    std::shared_ptr<Image> first(raw);
  else
    std::unique_ptr<Image> second(raw);
}

void given_up(Image *raw) {
  std::unique_ptr<Image> first(raw);
  first.release();
  std::shared_ptr<Image> second(raw);
}

void another_image(Image *raw, Image *next) {
  std::shared_ptr<Image> first(raw);
  raw = next;
  std::shared_ptr<Image> second(raw);
}

void does_not_own(Image *raw) {
  std::shared_ptr<Image> first(raw);
  std::shared_ptr<Image> second(raw, [](Image *) {});
}

int two_streams(const char *name) {
  int fd = open(name, 2);
  if (fd < 0)
    return -1;
  FILE *in = fdopen(fd, "r");
  if (!in) {
    close(fd);
    return -1;
  }
  FILE *out = fdopen(fd, "w"); // expect: duplicate-owner: file descriptor 'fd' opened by 'open' is given to a second owner by 'fdopen', while it belongs to the result of 'fdopen'
  if (out)
    fclose(out);
  fclose(in);
  return 0;
}

int duplicated(const char *name) {
  int fd = open(name, 2);
  if (fd < 0)
    return -1;
  FILE *in = fdopen(fd, "r");
  if (!in) {
    close(fd);
    return -1;
  }
  int other = dup(fd);
  FILE *out = other < 0 ? nullptr : fdopen(other, "w");
  if (out)
    fclose(out);
  else if (other >= 0)
    close(other);
  fclose(in);
  return 0;
}

// FIXME: two members that are made from one parameter.
struct Pair {
  explicit Pair(Image *raw) : first(raw) { fill(raw); }
  void fill(Image *raw) { second.reset(raw); }
  std::shared_ptr<Image> first, second;
};
