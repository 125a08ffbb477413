// RUN: %check_handrail %s
// Virtual calls end in the methods of the classes that this file declares.
#include <cstdio>

namespace {

class Stream {
public:
  virtual ~Stream() = default;
  virtual bool open(const char *name) = 0;
  virtual int next() = 0;
  virtual void close() = 0;
  FILE *file = nullptr;
};

class Text : public Stream {
public:
  bool open(const char *name) override {
    file = std::fopen(name, "r");
    return file != nullptr;
  }
  int next() override { return std::fgetc(file); }
  void close() override { std::fclose(file); }
};

class Binary : public Stream {
public:
  bool open(const char *name) override {
    file = std::fopen(name, "rb");
    return file != nullptr;
  }
  int next() override { return std::fgetc(file); }
  void close() override { std::fclose(file); }
};

} // namespace

int read_after_close(Stream &s) {
  s.close();
  return std::fgetc(s.file); // expect: use-after-close
}

int read_before_close(Stream &s) {
  int c = std::fgetc(s.file);
  s.close();
  return c;
}

namespace {

class Visitor {
public:
  virtual ~Visitor() = default;
  virtual void visit(FILE *f) = 0;
};
class Count : public Visitor {
public:
  void visit(FILE *f) override { std::rewind(f); }
};

} // namespace

int visited(Visitor &v, const char *name) {
  FILE *f = std::fopen(name, "r");
  if (!f)
    return -1;
  v.visit(f);
  return 0; // expect: missing-close: 'f'
}

int visited_and_closed(Visitor &v, const char *name) {
  FILE *f = std::fopen(name, "r");
  if (!f)
    return -1;
  v.visit(f);
  return std::fclose(f);
}

namespace {

class Sink {
public:
  virtual ~Sink() = default;
  virtual void take(FILE *f) = 0;
};
class Owner : public Sink {
public:
  void take(FILE *f) override { std::fclose(f); }
};
class Guest : public Sink {
public:
  void take(FILE *f) override { std::rewind(f); }
};

} // namespace

int some_take(Sink &sink, const char *name) {
  FILE *f = std::fopen(name, "r");
  if (!f)
    return -1;
  sink.take(f);
  return 0;
}
