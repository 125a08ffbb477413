/*===- annotations.h - say in code what a function does to handles -*- C -*-===*\
|* For functions whose body Handrail cannot see: write the contract next to the *|
|* declaration, and every caller is checked against it.                         *|
|*                                                                              *|
|*   #include <handrail/annotations.h>                                          *|
|*                                                                              *|
|*   int  port_open(const char *name) HANDRAIL_ACQUIRE(posix.fd);               *|
|*   int  port_pair(int *out HANDRAIL_ACQUIRE(posix.fd));                       *|
|*   long port_send(int port HANDRAIL_USE(posix.fd), const void *data);         *|
|*   void port_close(int port HANDRAIL_RELEASE(posix.fd));                      *|
|*   void pool_add(pool *p, void *object, void (*drop)(void *) HANDRAIL_FINALIZER); *|
|*                                                                              *|
|* The word in parentheses is a resource kind: one that ships with Handrail     *|
|* (`handrail models` lists them) or one of the project's own handrail.json.    *|
|*                                                                              *|
|* This header needs nothing else: neither the runtime library nor C++. With a  *|
|* compiler other than Clang the macros are empty. A function with a body needs *|
|* no annotation, since the body is read; a function of somebody else's library *|
|* is better described in handrail.json (docs/models.md).                       *|
\*===----------------------------------------------------------------------===*/
#ifndef HANDRAIL_ANNOTATIONS_H
#define HANDRAIL_ANNOTATIONS_H

#include "config.h"

/* On a function: its result is an open handle, unless it is one of the kind's
   invalid values. On a pointer parameter: what it points to is, after the call. */
#define HANDRAIL_ACQUIRE(kind) HANDRAIL_ANNOTATE("handrail:acquire:" #kind)

/* On a parameter: the call releases this handle, also when it reports failure. */
#define HANDRAIL_RELEASE(kind) HANDRAIL_ANNOTATE("handrail:release:" #kind)

/* On a parameter: the handle must be open, and the callee does not keep it. */
#define HANDRAIL_USE(kind) HANDRAIL_ANNOTATE("handrail:use:" #kind)

/* On a function or method: its result is a handle that somebody else still
   owns; the caller must not release it. */
#define HANDRAIL_BORROW(kind) HANDRAIL_ANNOTATE("handrail:borrow:" #kind)

/* On a parameter that takes a function, a lambda or another callable: it is
   kept, and runs later to release the object that is registered with it. */
#define HANDRAIL_FINALIZER HANDRAIL_ANNOTATE("handrail:finalizer")

#endif
