//===- resource_type.h - what the runtime knows about a type ----*- C++ -*-===//
//
// One constant record per type: its name for messages, how an object is closed
// and destroyed, and what else it can do. A type needs no base class. What it
// offers is found:
//
//   struct log_file {
//     void close(const handrail::exit_case &);   // or close(): the close hook
//     std::string resource_name() const;         // names one object in messages
//     int native_handle() const;                 // the descriptor behind it
//     using capabilities = handrail::capabilities<readable>; // base classes
//   };
//
// *Closing* is logical and happens at most once, when the last table entry of
// an object goes; *destroying* happens when the last reference goes, possibly
// later. A hook may throw or return a failed result<void>: the error goes to
// whoever closed. Specialise resource_traits<T> for types you cannot change.
//
// Thread safety: constants. Two types are the same if their records have the
// same address.
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_RESOURCE_TYPE_H
#define HANDRAIL_RESOURCE_TYPE_H

#include "exit_case.h"
#include "result.h"

#include <concepts>
#include <memory>
#include <string>
#include <string_view>

namespace handrail {

/// Lists the base classes that table::query may look an object up by.
template <class... Bases> struct capabilities {};

struct capability {
  const resource_type *type;
  void *(*cast)(void *object) noexcept;
};

/// Invariant: lives as long as any object or handle of the type; `destroy` is
/// never null.
struct resource_type {
  std::string_view name;
  std::size_t size;
  std::size_t align;
  void (*destroy)(const resource_type &, void *object) noexcept;
  /// The close hook, or null. May throw.
  result<void> (*close)(const resource_type &, void *object, const exit_case &);
  /// The object's own name, or null.
  std::string (*describe)(const resource_type &, const void *object);
  const capability *capability_list;
  std::size_t capability_count;
  void *context; ///< for types made at run time
  /// The descriptor behind the object, or null.
  int (*native)(const resource_type &, const void *object) = nullptr;
  /// Small and without a close hook: what most are, asked in one load.
  bool plain = false;
};

/// To be specialised for types that cannot be changed: may have static members
/// close(T &, const exit_case &), name(const T &) and native_handle(const T &).
template <class T> struct resource_traits {};

namespace detail {

/// Bytes of an object whose memory a table keeps: what is larger costs more than its allocation.
inline constexpr std::size_t max_kept = 256;

template <class T> constexpr std::string_view type_name() {
  constexpr std::string_view text = __PRETTY_FUNCTION__;
  constexpr std::size_t begin = text.find("T = ") + 4;
  constexpr std::size_t end = text.find_first_of(";]", begin);
  return text.substr(begin, end - begin);
}

template <class F> result<void> as_result(F &&f) {
  using R = decltype(f());
  if constexpr (std::same_as<R, result<void>>) {
    return f();
  } else {
    f();
    return {};
  }
}

template <class T>
concept closes_by_traits =
    requires(T &t, const exit_case &how) { resource_traits<T>::close(t, how); };
template <class T>
concept closes_with_case = requires(T &t, const exit_case &how) { t.close(how); };
template <class T>
concept closes = requires(T &t) { t.close(); };

template <class T> result<void> close_object(const resource_type &, void *p, const exit_case &how) {
  T &object = *static_cast<T *>(p);
  if constexpr (closes_by_traits<T>)
    return as_result([&]() -> decltype(auto) { return resource_traits<T>::close(object, how); });
  else if constexpr (closes_with_case<T>)
    return as_result([&]() -> decltype(auto) { return object.close(how); });
  else if constexpr (closes<T>)
    return as_result([&]() -> decltype(auto) { return object.close(); });
  else
    return {};
}

template <class T> std::string describe_object(const resource_type &, const void *p) {
  const T &object = *static_cast<const T *>(p);
  if constexpr (requires { resource_traits<T>::name(object); })
    return std::string(resource_traits<T>::name(object));
  else if constexpr (requires { object.resource_name(); })
    return std::string(object.resource_name());
  else
    return {};
}

template <class T>
concept native_by_traits = requires(const T &t) { int{resource_traits<T>::native_handle(t)}; };
template <class T>
concept has_native = requires(const T &t) { int{t.native_handle()}; };
template <class T> int native_of(const resource_type &, const void *p) {
  const T &object = *static_cast<const T *>(p);
  if constexpr (native_by_traits<T>)
    return resource_traits<T>::native_handle(object);
  else
    return object.native_handle();
}

template <class T> void destroy_object(const resource_type &, void *p) noexcept {
  std::destroy_at(static_cast<T *>(p));
}

template <class T, class Base> void *cast_to(void *p) noexcept {
  return static_cast<Base *>(static_cast<T *>(p));
}

template <class T> constexpr resource_type make_resource_type() {
  resource_type r{type_name<T>(), 0, 1, nullptr, nullptr, nullptr, nullptr, 0, nullptr};
  if constexpr (std::is_object_v<T> && std::is_destructible_v<T> && !std::is_abstract_v<T>) {
    r.size = sizeof(T);
    r.align = alignof(T);
    r.destroy = &destroy_object<T>;
    if constexpr (closes_by_traits<T> || closes_with_case<T> || closes<T>)
      r.close = &close_object<T>;
    if constexpr (
        requires(const T &t) { resource_traits<T>::name(t); } ||
        requires(const T &t) { t.resource_name(); })
      r.describe = &describe_object<T>;
    if constexpr (native_by_traits<T> || has_native<T>)
      r.native = &native_of<T>;
    r.plain = !r.close && r.size <= max_kept && r.align <= __STDCPP_DEFAULT_NEW_ALIGNMENT__;
  }
  return r;
}

/// For owners whose traits say a name and nothing else.
template <class Traits> struct named_by_traits {
  static constexpr resource_type value{
      Traits::name, 0, 1,      [](const resource_type &, void *) noexcept {}, nullptr, nullptr,
      nullptr,      0, nullptr};
};

template <class T> struct type_record;

template <class T, class List> struct capability_table;
template <class T, class... Bases> struct capability_table<T, capabilities<Bases...>> {
  static constexpr capability list[sizeof...(Bases)] = {
      {&type_record<Bases>::value, &cast_to<T, Bases>}...};
  static constexpr std::size_t size = sizeof...(Bases);
};

template <class T> struct HANDRAIL_API type_record {
  static constexpr resource_type make() {
    resource_type r = make_resource_type<T>();
    if constexpr (requires { typename T::capabilities; }) {
      r.capability_list = capability_table<T, typename T::capabilities>::list;
      r.capability_count = capability_table<T, typename T::capabilities>::size;
    }
    return r;
  }
  static const resource_type value;
};
template <class T> constinit inline const resource_type type_record<T>::value = make();

} // namespace detail

/// The record of \p T.
template <class T>
inline constexpr const resource_type &type_of = detail::type_record<std::remove_cv_t<T>>::value;

} // namespace handrail

#endif
