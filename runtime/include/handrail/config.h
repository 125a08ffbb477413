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

/* HANDRAIL says whether tracking is compiled in: 0 leaves types and tables alone
   and no trace of the ledger in object code; anything else lets the environment
   choose the level when the program starts (docs/runtime.md). */
#ifndef HANDRAIL
#define HANDRAIL 1
#endif

/* Part of the library's interface, also where everything else is hidden. */
#ifndef HANDRAIL_API
#if defined(__GNUC__)
#define HANDRAIL_API __attribute__((visibility("default")))
#else
#define HANDRAIL_API
#endif
#endif

/* Translation units that differ in HANDRAIL may be linked together: whatever
   depends on it lives in an inline namespace of its own. */
#if HANDRAIL
#define HANDRAIL_LEVEL_NAMESPACE tracked
#else
#define HANDRAIL_LEVEL_NAMESPACE untracked
#endif

#endif
