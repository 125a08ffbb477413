// RUN: %check_handrail %s -- -std=c++20 -I%runtime_include
// RUN: %check_tidy %s -- -std=c++20 -I%runtime_include
#include <handrail/refcount.h>

struct Image {
  int size = 0;
  void clear();
};

void not_asked(handrail::arc<Image> image) {
  image.get_mut()->clear(); // expect: shared-mutation: result of 'handrail::arc::get_mut' is null when the object is shared, and is used without asking
}

void not_asked_in_variable(handrail::arc<Image> image) {
  Image *mine = image.get_mut(); // note: access asked for here
  mine->size = 3;                // expect: shared-mutation
}

void asked(handrail::arc<Image> image) {
  if (Image *mine = image.get_mut())
    mine->clear();
}

void asked_before(handrail::arc<Image> image) {
  Image *mine = image.get_mut();
  if (mine == nullptr)
    return;
  mine->size = 3;
}

void asked_for_the_count(handrail::arc<Image> image) {
  if (image.use_count() == 1)
    image.get_mut()->clear();
}

int only_read(handrail::arc<Image> image) { return image->size; }

void asked_on_one_path(handrail::arc<Image> image, bool sure) {
  Image *mine = image.get_mut();
  if (!sure)
    if (!mine)
      return;
  mine->clear(); // expect: shared-mutation
}

void asked_in_a_condition(handrail::arc<Image> image, bool sure) {
  Image *mine = image.get_mut();
  if (!sure && !mine)
    return;
  mine->clear(); // expect: shared-mutation
}

// FIXME: where another function asks.
static bool is_there(Image *image) { return image != nullptr; }
void asked_by_another(handrail::arc<Image> image) {
  Image *mine = image.get_mut();
  if (is_there(mine))
    mine->clear(); // expect: shared-mutation
}
