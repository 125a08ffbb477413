// Calls through sixteen functions; built with frame pointers and without.
#include "frames.h"

void DEEP(int more, void (*leaf)(void *), void *argument) {
  if (more)
    DEEP(more - 1, leaf, argument);
  else
    leaf(argument);
  asm volatile(""); // no tail call
}
