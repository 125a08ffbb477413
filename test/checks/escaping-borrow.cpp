// RUN: %check_handrail %s -- -std=c++20 -I%runtime_include
// RUN: %check_tidy %s -- -std=c++20 -I%runtime_include
#include <handrail/handle_table.h>

#include <cstdio>

struct Image {
  int size;
  int pixels[16];
  Image *next;
};
Image *last;
int total;

void stored_in_global(handrail::table &images, handrail::handle id) {
  (void)images.with<Image>(id, [](Image &image) {
    last = &image; // expect: escaping-borrow: 'image', which 'handrail::table::with' lends for the length of the call, is stored
    return 0;
  });
}

void stored_in_variable(handrail::table &images, handrail::handle id) {
  Image *found = nullptr;
  (void)images.with<Image>(id, [&](Image &image) {
    found = &image; // expect: escaping-borrow: is stored
    return 0;
  });
}

void part_is_stored(handrail::table &images, handrail::handle id) {
  int *pixels = nullptr;
  (void)images.with<Image>(id, [&](Image &image) {
    pixels = image.pixels; // expect: escaping-borrow
    return 0;
  });
}

void content_is_stored(handrail::table &images, handrail::handle id) {
  int size = 0;
  (void)images.with<Image>(id, [&](Image &image) {
    size = image.size;
    total += image.size;
    return 0;
  });
}

void written_through(handrail::table &images, handrail::handle id, Image &other) {
  (void)images.with<Image>(id, [&](Image &image) {
    image.size = 3;
    image.next = &other;
    Image *here = &image;
    here->size = 4;
    return 0;
  });
}

void returned(handrail::table &images, handrail::handle id) {
  auto found = images.with<Image>(id, [](Image &image) {
    return &image; // expect: escaping-borrow: is returned
  });
}

class Viewer {
public:
  void show(handrail::table &images, handrail::handle id) {
    current = images.peek<Image>(id); // expect: escaping-borrow: result of 'handrail::table::peek' is lent, and is stored where it outlives the loan
  }
  int look(handrail::table &images, handrail::handle id) {
    Image *image = images.peek<Image>(id);
    size = image ? image->size : 0;
    return size;
  }

private:
  Image *current = nullptr;
  int size = 0;
};

// Handles that belong to other handles.
int number_of_closed_stream(const char *name) {
  FILE *f = fopen(name, "r");
  if (!f)
    return -1;
  int fd = fileno(f);
  fclose(f);
  return fd; // expect: escaping-borrow: file descriptor is returned, and what it belongs to is released
}

int number_of_stream(FILE *f) {
  int fd = fileno(f);
  return fd;
}

// FIXME: what a function of the program does with it.
static void remember(Image *image) { last = image; }
void stored_by_another(handrail::table &images, handrail::handle id) {
  (void)images.with<Image>(id, [](Image &image) {
    remember(&image);
    return 0;
  });
}
