// Objects that are opened and closed by methods, with or without a destructor that
// helps.
// RUN: %check_handrail %s -- -std=c++20
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

class Log {
public:
  bool Open(const char *path) {
    file_ = fopen(path, "a");
    return file_ != nullptr;
  }
  void Write(const char *text) { fputs(text, file_); }
  void Close() {
    if (file_) {
      fclose(file_);
      file_ = nullptr;
    }
  }

private:
  FILE *file_ = nullptr;
};

class SafeLog : public Log {
public:
  ~SafeLog() { Close(); }
};

bool forgotten(const char *path, const char *text) {
  Log log;
  if (!log.Open(path))
    return false;
  if (!text)
    return false; // expect: missing-close
  log.Write(text);
  log.Close();
  return true;
}

bool closed(const char *path, const char *text) {
  Log log;
  if (!log.Open(path))
    return false;
  if (text)
    log.Write(text);
  log.Close();
  return true;
}

bool closed_twice(const char *path, const char *text) {
  Log log;
  if (!log.Open(path))
    return false;
  log.Write(text);
  log.Close();
  log.Close();
  return true;
}

bool destructor_helps(const char *path, const char *text) {
  SafeLog log;
  if (!log.Open(path))
    return false;
  if (!text)
    return false;
  log.Write(text);
  return true;
}

class Twice {
public:
  ~Twice() { close(fd_); }
  bool Open(const char *path) {
    fd_ = open(path, O_RDONLY);
    return fd_ >= 0;
  }
  void Close() { close(fd_); }

private:
  int fd_ = -1;
};

void destructor_closes_again(const char *path) {
  Twice t;
  if (!t.Open(path))
    return;
  t.Close();
} // expect: double-close

void destructor_closes_once(const char *path) {
  Twice t;
  if (!t.Open(path))
    return;
}

// Opened again while it is open.
class Reader {
public:
  bool Open(const char *path) {
    fd_ = open(path, O_RDONLY);
    return fd_ >= 0;
  }
  bool Reopen(const char *path) {
    Close();
    return Open(path);
  }
  void Close() {
    if (fd_ != -1)
      close(fd_);
    fd_ = -1;
  }
  ~Reader() { Close(); }

private:
  int fd_ = -1;
};

void opened_twice(const char *a, const char *b) {
  Reader r;
  if (!r.Open(a))
    return;
  r.Open(b); // expect: missing-close
}

void reopened(const char *a, const char *b) {
  Reader r;
  if (!r.Open(a))
    return;
  r.Reopen(b);
}

// A pool that its own methods fill and drain.
class Pair {
public:
  bool Start() {
    int p[2];
    if (pipe(p) != 0)
      return false;
    in_ = p[0];
    out_ = p[1];
    return true;
  }
  ~Pair() {
    if (in_ != -1)
      close(in_);
    if (out_ != -1)
      close(out_);
  }

private:
  int in_ = -1, out_ = -1;
};

class HalfPair {
public:
  bool Start() {
    int p[2];
    if (pipe(p) != 0)
      return false;
    in_ = p[0];
    out_ = p[1];
    return true;
  }
  ~HalfPair() {
    if (in_ != -1)
      close(in_);
  }

private:
  int in_ = -1, out_ = -1;
};

bool pair() {
  Pair p;
  return p.Start();
}

bool half_pair() {
  HalfPair p;
  if (!p.Start())
    return false;
  return true; // expect: missing-close
}
