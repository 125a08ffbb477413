//===- ResourceModel.h - what an API does to handles, as data ----*- C++ -*-===//
//
// Plain structs. The reader (ModelReader.h) fills them from JSON; the solver
// reads them and knows no function by name. docs/models.md is the user's view,
// model.schema.json the exact one.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace handrail::model {

using KindId = uint32_t; ///< index into ModelSet::Kinds, sorted by id
inline constexpr uint32_t NoKind = UINT32_MAX;

/// A closed interval of values. Pointers are integers here: null is [0, 0].
struct ValueRange {
  int64_t Lo = 0, Hi = 0;
  bool contains(int64_t V) const { return Lo <= V && V <= Hi; }
  bool operator==(const ValueRange &) const = default;
};

enum class Representation : uint8_t { Int, Pointer, Object };

/// One sort of handle.
struct ResourceKind {
  std::string Id;     ///< `posix.fd`
  std::string Title;  ///< "file descriptor"; used in messages
  std::string Family; ///< what `--models +heap` and `-heap` name
  Representation Repr = Representation::Int;
  std::vector<ValueRange> Invalid;  ///< values that are no handle: [-inf, -1] for an fd
  std::vector<ValueRange> Immortal; ///< handles that nobody must release: [0, 2] for an fd
  bool OnByDefault = true;
  bool ReportLeak = true; ///< false: use after release is wanted, leaks are not
  /// An object that is held for a while: reported where some returns of a function
  /// give it back and others of the same class do not.
  bool Lock = false;
  bool LeakAtExit = false; ///< report what is still open when the process exits on purpose
  bool Refcounted = false;
  bool AsyncRelease = false;
  /// The result of releasing says whether all that was written has arrived: fclose.
  bool ReleaseTells = false;
  /// Releasing an invalid value is defined and does nothing: free(NULL).
  bool ReleaseInvalidOk = false;
  /// Using an invalid value fails with an error and harms nothing: read(-1).
  bool UseInvalidOk = false;
  /// A block of memory: fresh when acquired, and what it holds is lost on release. Both are so also
  /// while the kind is off, when only its own findings are not wanted.
  bool Memory = false;
  /// Releasing twice is a bug (false for unlock-like kinds that count).
  bool ReleaseChecksState = true;
  std::vector<std::string> ReleasedBy; ///< names for messages, the usual one first: "fclose"
  /// Ids of kinds that one of this kind must be released before: a statement before its database.
  std::vector<std::string> ReleaseBefore;
};

/// One step from a value to another one.
struct PlaceStep {
  enum KindT : uint8_t { Deref, Index, AnyIndex, Field } Kind = Deref;
  int64_t Number = 0; ///< Index
  std::string Name;   ///< Field
  bool operator==(const PlaceStep &) const = default;
};

/// Where a handle is, seen from a call: `return`, `arg0`, `*arg2`, `arg3[1]`,
/// `arg1->fd`. `arg3[1]` is short for what lies in element 1 of the array that
/// argument 3 points to.
struct Place {
  static constexpr int Return = -1;
  int Root = Return; ///< argument number from 0; `this` is argument 0 of a method
  std::vector<PlaceStep> Steps;
  bool operator==(const Place &) const = default;
};

enum class EffectKind : uint8_t {
  Acquire,   ///< At becomes an open handle of Kind
  Release,   ///< the handle At is closed (also when the call fails, unless When says otherwise)
  Use,       ///< the handle At must be open and valid
  Borrow,    ///< At (usually the result) is a handle that From still owns
  Transfer,  ///< ownership of At moves into To (a handle of its own), or, without To, out of sight
  Duplicate, ///< At becomes a new open handle that refers to what From refers to
  Retain,    ///< one more reference on At
  Unretain,  ///< one reference less; the last one closes
  Calls,     ///< the function At is called, with Data as its argument, before the call returns
  Stores,    ///< At (a callback, and its Data) is kept beyond the call; with Finalizes it runs when
             ///< that argument dies
  Sweeps,    ///< handles of Kind are closed by number, and At says nothing: close_range
  Sends,     ///< the memory At points to is copied to where we do not see: write, mq_send
  // Facts about values and memory; Kind is NoKind.
  Same, ///< At is the very value From: freopen returns argument 2, dup2 argument 1
  Copy, ///< what At points to becomes a copy of what From points to: memcpy, realloc
  Zero, ///< what At points to becomes zero: calloc, memset(p, 0, n)
};

/// The cases of a call that an effect belongs to, as a set of results.
/// Empty: always.
struct ReturnClass {
  std::vector<ValueRange> Values;
  bool always() const { return Values.empty(); }
  bool operator==(const ReturnClass &) const = default;
};

struct Effect {
  EffectKind Op = EffectKind::Use;
  KindId Kind = NoKind;
  Place At;
  std::optional<Place> From;      ///< Borrow, Duplicate, Same, Copy
  std::optional<Place> To;        ///< Transfer
  std::optional<Place> Data;      ///< Calls, Stores
  std::optional<Place> Finalizes; ///< Stores: the callback runs to finalise this
  ReturnClass When;
};

/// What one function does. Functions with equal effects share a model in JSON.
struct FunctionModel {
  std::string Name; ///< `open`, `std::fopen`, `ns::Class::method`
  std::vector<Effect> Effects;
  std::vector<ValueRange> Returns; ///< every value it can return, when that is known
  bool NoReturn = false;
  bool ExitsProcess = false; ///< noreturn by ending the process: leaks at exit do not matter there
  bool MayThrow = false;
  bool Pure = false;    ///< writes no memory that the caller can see but what effects say
  bool Errno = false;   ///< returns the address of errno
  bool Writes = false;  ///< puts data into the handle that it uses
  bool Settles = false; ///< its result says whether what was written to the handle has arrived
  /// What its result, or what it gives to a function that it calls, points to is not the caller's
  /// to keep.
  bool Lends = false;
  bool Exclusive = false; ///< its result is null when what it points to is shared
  bool Defers = false;    ///< what it releases goes when what depends on it has gone
  unsigned MinArgs = 0;   ///< effects apply only to calls with at least this many arguments
  /// Effects apply only when these arguments have these constant values
  /// (`fcntl(fd, F_DUPFD, …)`); a call with other values uses the next model of that name.
  std::vector<std::pair<unsigned, std::vector<ValueRange>>> ArgumentIs;
  std::string Source;      ///< file:line of the JSON entry
  bool BeforeBody = false; ///< wins over a body in the program
};

/// Everything known about APIs for one run. Lookups are by plain or qualified
/// name. Immutable once read; safe to share between threads.
struct ModelSet {
  std::vector<ResourceKind> Kinds;
  std::vector<FunctionModel> Functions;
  /// "stdio.h", "sys/socket.h", …: unmodelled functions there use, but do not keep.
  std::vector<std::string> CLibraryHeaders;
  std::vector<char> KindEnabled; ///< by KindId

  /// All models of a name in order of preference (the one with ArgumentIs
  /// first); empty when there is none. O(1).
  llvm::ArrayRef<uint32_t> find(llvm::StringRef Name) const;
  std::optional<KindId> kind(llvm::StringRef Id) const;
  /// True when \p Path ends in one of CLibraryHeaders as a whole path component.
  bool isCLibraryHeader(llvm::StringRef Path) const;

  llvm::StringMap<std::vector<uint32_t>> ByName;
  void index(); ///< rebuilds the look-up tables; called by the reader
};

} // namespace handrail::model
