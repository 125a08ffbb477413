// RUN: %check_handrail %s -- -std=c++17 -isystem %inputs/std
// RUN: %check_tidy %s -- -std=c++17 -isystem %inputs/std
#include <functional>
#include <memory>

struct FILE;
extern "C" FILE *fopen(const char *, const char *);
extern "C" int fclose(FILE *);
void log(const char *);

struct Channel {
  void onClose(__attribute__((annotate("handrail:finalizer"))) std::function<void()> callback);
  void drop();
  std::function<void()> extra;
  int closed;
};
using ChannelRef = std::shared_ptr<Channel>;

std::shared_ptr<FILE> captures_resource(const char *path) {
  FILE *f = fopen(path, "r");
  return std::shared_ptr<FILE>(f, [f](FILE *) { fclose(f); }); // expect: finalizer-capture: captures 'f', the resource it finalizes
}

std::shared_ptr<FILE> uses_parameter(const char *path) {
  FILE *f = fopen(path, "r");
  return std::shared_ptr<FILE>(f, [](FILE *stream) { fclose(stream); });
}

std::shared_ptr<FILE> through_variables(const char *path) {
  FILE *f = fopen(path, "r");
  auto close = [f](FILE *) { fclose(f); }; // expect: finalizer-capture
  std::function<void(FILE *)> deleter = close;
  return std::shared_ptr<FILE>(f, deleter);
}

void captures_owner(ChannelRef channel) {
  channel->onClose([channel] { channel->drop(); }); // expect: finalizer-capture: captures 'channel', the owner that keeps it and then never dies
}

void captures_copy_of_owner(ChannelRef channel) {
  auto self = channel;
  channel->onClose([self] { self->drop(); }); // expect: finalizer-capture: captures 'self'
}

// What the owner or the resource knows may be captured.
void captures_member(ChannelRef channel) {
  channel->onClose([closed = channel->closed] {
    if (closed)
      log("closed");
  });
}

void captures_weakly(ChannelRef channel) {
  std::weak_ptr<Channel> weak(channel);
  channel->onClose([weak] { weak.lock()->drop(); });
}

void captures_weakly_at_once(ChannelRef channel) {
  channel->onClose([weak = std::weak_ptr<Channel>(channel)] { weak.lock()->drop(); });
}

std::shared_ptr<FILE> dangles(const char *path) {
  int closed = 0;
  return std::shared_ptr<FILE>(fopen(path, "r"), [&closed](FILE *f) { closed += fclose(f); }); // expect: finalizer-capture: captures 'closed' by reference
}

std::shared_ptr<FILE> callers_own(const char *path, int &closed) {
  return std::shared_ptr<FILE>(fopen(path, "r"), [&closed](FILE *f) { closed += fclose(f); });
}

int outlives(const char *path) {
  int closed = 0;
  std::shared_ptr<FILE> f(fopen(path, "r"), [&closed](FILE *stream) { closed += fclose(stream); });
  return closed;
}

void whole_scope(const char *path, ChannelRef channel) {
  FILE *f = fopen(path, "r");
  std::shared_ptr<FILE> owner;
  owner.reset(f, [=](FILE *stream) { // expect: finalizer-capture: captures its whole scope, 'path' included
    log(path);
    fclose(stream);
  });
}

void named_value(const char *path, int level) {
  std::shared_ptr<FILE> owner;
  owner.reset(fopen(path, "r"), [level](FILE *stream) {
    if (level > 2)
      log("closed");
    fclose(stream);
  });
}

// `[=]` that needs nothing captures nothing.
void empty_default(const char *path) {
  std::shared_ptr<FILE> owner;
  owner.reset(fopen(path, "r"), [=](FILE *stream) { fclose(stream); });
}

struct Server : Channel {
  void start() {
    onClose([this] { drop(); }); // expect: finalizer-capture: captures 'this', the owner that keeps it
  }
  void watch(Channel *other) {
    other->onClose([this] { drop(); });
  }
};

// A callback that is no finalizer may capture what it likes.
void each(std::function<void()> callback);
void no_finalizer(ChannelRef channel) {
  each([&] { channel->drop(); });
}

// FIXME: limit: stored first, made a finalizer elsewhere.
void stored_first(ChannelRef channel) {
  channel->extra = [channel] { channel->drop(); };
  channel->onClose(channel->extra);
}
