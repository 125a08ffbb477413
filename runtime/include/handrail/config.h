/*===- config.h - what the compiler at hand can do ---------------*- C -*-===*\
|* Included by every public header; C99 and C++ alike. A program may define a  *|
|* macro below itself before the first include, and its definition then wins.  *|
\*===----------------------------------------------------------------------===*/
#ifndef HANDRAIL_CONFIG_H
#define HANDRAIL_CONFIG_H

/* HANDRAIL_ANNOTATE(text) attaches text to a declaration where the compiler
   keeps such notes for tools (Clang does) and is nothing elsewhere. Object code
   is the same either way. */
#ifndef HANDRAIL_ANNOTATE
#if defined(__has_attribute)
#if __has_attribute(annotate)
#define HANDRAIL_ANNOTATE(text) __attribute__((annotate(text)))
#endif
#endif
#endif
#ifndef HANDRAIL_ANNOTATE
#define HANDRAIL_ANNOTATE(text)
#endif

#endif
