#include <sys/socket.h>

int accept_one(int listener) {
  int fd = accept(listener, nullptr, nullptr);
  return fd;
}

int main(int argc, char **argv) {
  return accept_one(3);
}
