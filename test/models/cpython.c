// RUN: %check_handrail %s
// RUN: %check_handrail %s --models=+heap --expect=heap
typedef struct _object {
  long ob_refcnt;
} PyObject;
typedef struct Py_buffer { void *buf; } Py_buffer;
typedef enum { PyGILState_LOCKED, PyGILState_UNLOCKED } PyGILState_STATE;
PyGILState_STATE PyGILState_Ensure(void);
void PyGILState_Release(PyGILState_STATE s);
int PyObject_GetBuffer(PyObject *o, Py_buffer *b, int flags);
void PyBuffer_Release(Py_buffer *b);
void _Py_Dealloc(PyObject *o);
static inline void Py_INCREF(PyObject *o) { o->ob_refcnt++; }
static inline void Py_DECREF(PyObject *o) {
  if (--o->ob_refcnt == 0)
    _Py_Dealloc(o);
}
PyObject *PyLong_FromLong(long n);
PyObject *PyList_New(long n);
PyObject *PyObject_CallNoArgs(PyObject *f);
int PyList_SetItem(PyObject *l, long i, PyObject *o);
int PyList_Append(PyObject *l, PyObject *o);
PyObject *PyList_GetItem(PyObject *l, long i);
int PyModule_AddObject(PyObject *m, const char *name, PyObject *o);

int forgotten_lock(PyObject *f) {
  PyGILState_STATE s = PyGILState_Ensure();
  if (!PyObject_CallNoArgs(f)) // heap: missing-close: object
    // heap@+1: missing-close: interpreter lock state 's'
    return -1; // expect: missing-close: interpreter lock state 's'
  PyGILState_Release(s);
  return 0;
}

int forgotten_buffer(PyObject *o, int n) {
  Py_buffer b;
  if (PyObject_GetBuffer(o, &b, 0) != 0)
    return -1;
  if (n < 0) {
    PyBuffer_Release(&b);
    return -1;
  }
  PyBuffer_Release(&b);
  return 0;
}

PyObject *lost_item(void) {
  PyObject *l = PyList_New(0);
  PyObject *n = PyLong_FromLong(1);
  if (!l || !n)
    return 0; // heap: missing-close: 'l' // heap: missing-close: 'n'
  if (PyList_Append(l, n) != 0)
    return 0; // heap: missing-close: 'l' // heap: missing-close: 'n'
  return l; // heap: missing-close: 'n'
}

PyObject *right_item(void) {
  PyObject *l = PyList_New(0);
  PyObject *n = PyLong_FromLong(1);
  if (l && n && PyList_Append(l, n) == 0) {
    Py_DECREF(n);
    return l;
  }
  if (l)
    Py_DECREF(l);
  if (n)
    Py_DECREF(n);
  return 0;
}

// The list takes the reference.
PyObject *right_stolen(void) {
  PyObject *l = PyList_New(1);
  if (!l)
    return 0;
  if (PyList_SetItem(l, 0, PyLong_FromLong(1)) != 0) {
    Py_DECREF(l);
    return 0;
  }
  return l;
}

void dropped_twice(void) {
  PyObject *n = PyLong_FromLong(1);
  if (!n)
    return;
  Py_DECREF(n);
  Py_DECREF(n); // heap: double-close: 'n'
}

void right_counted(PyObject *o) {
  PyObject *n = PyLong_FromLong(1);
  if (!n)
    return;
  Py_INCREF(n);
  Py_DECREF(n);
  Py_DECREF(n);
  Py_INCREF(o);
  Py_DECREF(o);
  Py_DECREF(o);
}

PyObject *right_borrowed(PyObject *l) {
  PyObject *n = PyList_GetItem(l, 0);
  if (n)
    Py_INCREF(n);
  return n;
}

int lost_when_adding_fails(PyObject *m) {
  PyObject *n = PyLong_FromLong(1);
  if (!n)
    return -1;
  return PyModule_AddObject(m, "n", n); // heap: missing-close: 'n'
}

// A type gets a reference for the module, which takes it over when it gets it.
extern PyObject Widget_Type;
PyObject *PyModule_Create2(void *def, int version);
int add_type(PyObject *m) {
  Py_INCREF(&Widget_Type);
  if (PyModule_AddObject(m, "Widget", &Widget_Type) < 0) {
    Py_DECREF(&Widget_Type);
    return -1;
  }
  if (PyList_Append(m, m) < 0)
    return -1;
  return 0;
}

// A list takes it over in any case.
int put(PyObject *l, PyObject *o) {
  Py_INCREF(o);
  if (!l) {
    Py_DECREF(o);
    return -1;
  }
  if (PyList_SetItem(l, 0, o) < 0)
    return -1;
  return 0;
}

int left(PyObject *l, PyObject *o) {
  Py_INCREF(o);
  if (PyList_Append(l, o) < 0)
    return -1; // heap: refcount-imbalance: reference to object 'o'
  if (PyList_Append(o, l) < 0) {
    Py_DECREF(o);
    return -1;
  }
  Py_DECREF(o);
  return 0;
}
