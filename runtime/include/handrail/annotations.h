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
   invalid values. On a pointer parameter: what it points to is one after the call,
   when the call succeeds: when it returns 0, or true if it returns bool, or not
   null if it returns a pointer; always if it returns nothing. */
#define HANDRAIL_ACQUIRE(kind) HANDRAIL_ANNOTATE("handrail:acquire:" #kind)

/* The same where success looks different: zero, nonzero, null, nonnull, negative,
   nonnegative or positive. */
#define HANDRAIL_ACQUIRE_WHEN(kind, result) HANDRAIL_ANNOTATE("handrail:acquire:" #kind ":" #result)

/* On a parameter: the call releases this handle, also when it reports failure. On
   a pointer to a handle: what it points to. On a member function: the object. */
#define HANDRAIL_RELEASE(kind) HANDRAIL_ANNOTATE("handrail:release:" #kind)

/* The same, but only when the result is as said, which leaves the handle open
   otherwise. */
#define HANDRAIL_RELEASE_WHEN(kind, result) HANDRAIL_ANNOTATE("handrail:release:" #kind ":" #result)

/* On a parameter or a member function: the handle must be open, and the callee
   does not keep it. */
#define HANDRAIL_USE(kind) HANDRAIL_ANNOTATE("handrail:use:" #kind)

/* On a function or method: its result is a handle that somebody else still owns;
   the caller must not release it. That is the object of a method, otherwise the
   handle of the first parameter with HANDRAIL_USE. */
#define HANDRAIL_BORROW(kind) HANDRAIL_ANNOTATE("handrail:borrow:" #kind)

/* On a parameter: the callee owns the handle from then on, and the caller must
   not release it. */
#define HANDRAIL_TRANSFER(kind) HANDRAIL_ANNOTATE("handrail:transfer:" #kind)

/* The same, but only when the result is as said: the caller keeps it otherwise. */
#define HANDRAIL_TRANSFER_WHEN(kind, result)                                                       \
  HANDRAIL_ANNOTATE("handrail:transfer:" #kind ":" #result)

/* On a parameter or a member function: one more reference to the handle. Nothing
   is said about a handle that is counted. */
#define HANDRAIL_RETAIN(kind) HANDRAIL_ANNOTATE("handrail:retain:" #kind)

/* On a parameter: the pointer, or the handle in it, is not kept beyond the call.
   A parameter without any annotation may be. */
#define HANDRAIL_NO_ESCAPE HANDRAIL_ANNOTATE("handrail:no-escape")

/* On a parameter that takes a function: it is called before the call returns, and
   not kept. */
#define HANDRAIL_CALLS HANDRAIL_ANNOTATE("handrail:calls")

/* On a parameter that takes a function, a lambda or another callable: it is
   kept, and runs later to release the object that is registered with it. */
#define HANDRAIL_FINALIZER HANDRAIL_ANNOTATE("handrail:finalizer")

/* On a function, beside one of the above: introduces a kind of the project's own.
   Which values are no handle (a word as in HANDRAIL_ACQUIRE_WHEN, null for a
   pointer), and what messages call a handle:

     int port_open(const char *name) HANDRAIL_KIND(net.port, negative, "port")
         HANDRAIL_ACQUIRE(net.port);

   A source file whose functions name an unknown kind needs one such function. */
#define HANDRAIL_KIND(kind, invalid, title)                                                        \
  HANDRAIL_ANNOTATE("handrail:kind:" #kind ":" #invalid ":" title)

/* On a function: the compiler warns when the result is not looked at. */
#ifndef HANDRAIL_MUST_CHECK
#if defined(__GNUC__) || defined(__clang__)
#define HANDRAIL_MUST_CHECK __attribute__((warn_unused_result))
#else
#define HANDRAIL_MUST_CHECK
#endif
#endif

#endif
