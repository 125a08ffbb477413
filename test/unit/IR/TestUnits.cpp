//===- TestUnits.cpp - units that the tests of lib/IR share ----*- C++ -*-===//

#include "test/unit/IR/TestUnits.h"
#include "lib/IR/Parser.h"
#include "lib/IR/Printer.h"
#include <gtest/gtest.h>

namespace handrail::ir {

llvm::StringRef richText() {
  return R"hir(unit "/src/rich.cpp" cxx errors
file 0 "/src/rich.cpp"
file 1 "/usr/include/stdio.h" system
file 2 "/src/größe.h"
file 3 "rich.hir"

record @conn name "ns::conn" polymorphic nontrivial system destructor @"c:@S@conn@F@~conn#" copyctor deleted movector user copyassign defaulted base rec @base base rec @"c:@S@mixin" !3:8-10:1 {
  fd : i32'fd_t' !4:7
  "odd name" : const u8 !3:10:3
  next : ptr<rec @conn>'conn *' !3:11:3
  bits : arr<u8, 16> !3:11:34
  tail : arr<f64> !3:12:3
}
record @value union moveassign user !3:14:8 {
  i : i64 !3:14:39
  d : f80 !3:14:47
}
record @2 "" !0 {}
record @3 "" !3:16:8 {
  "" : bool !3:16:16
}
record @base !0 {}
record @"c:@S@mixin" !0 {}
record @FILE !0 {}

declare @fopen : fn(ptr<const i8>, ptr<const i8>) -> ptr<rec @FILE>'FILE *' nothrow system header "/usr/include/stdio.h" attr "acquire_handle(\"file\")" attr "annotate:\x01\n" !1:257:14~2:9:1
declare @"c:@S@conn@F@~conn#" : fn(ptr<rec @conn>) -> void name "ns::conn::~conn" method virtual destructor pure parent @conn overrides @"c:@S@base@F@~base#" overrides @helper !3:20:9
declare @"c:@S@conn@F@conn#" : fn(ref<rec @conn>, ...) -> void name "ns::conn::conn" inline lang "c" method constructor !3:22:9
declare @helper : fn(...) -> other internal lang "c++" exported noreturn !3:23:9
declare @quick : fn(...) -> other !3:24:9
global @counter : i32'int' weak = -9223372036854775808 !3:25:8
global @names : const arr<ptr<const i8>, 2> internal const = "a\x00\"b\\" !5:1-6
global @hook : ptr<fn() -> (i32'rc_t')'hook_t'> = @quick !3:27:8
global @self : ptr<other> = @self !3:28:8
global @unknown : fn() -> fn(...) -> const bool = undef !3:29:8
global @table : const arr<rec @conn, 2> const {
  [0] "next" = @table
  [1] "odd name" = @helper
  "größe" = undef
} !3:29:9
declare @11 "" : fn() -> void !3:30:9
declare @12 "" : void !3:31:9
declare @main : fn(i32, ptr<ptr<i8>>, rec @conn) -> i32 !9:5-4
declare @"c:@lambda" : fn() -> void !3:118:8
declare @"c:@S@base@F@~base#" : fn(...) -> other !0

define @main(argc : i32 !3:33:14, &1 "" : ptr<ptr<i8>> !3:33:26, "odd arg" : rec @conn !3:33:48) !9:5-4 end !40:1 {
  local &3 "fd" : i32 !10:7
  local &4 "fd" : i32 !3:35:9
  local &5 "" : rec @conn !3:36:9
  closure 0 @"c:@lambda" !12:3-14:4 {
    ref implicit "fd" = &3 : ptr<i32> !3:38:5
    copy "x" = %1 : i32 !3:39:5
    this "" = &"odd arg" : ptr<rec @conn> !13:1
    init "moved" = undef : other !3:40:5
    init "nothing" : void !3:41:5
  }
  closure 1 !3:43:3 {}
  rewrite name !12:20 { 0 0 "" 7 2 " \"guard\"\n" }
  rewrite parameter !3:44:3 { 9 0 "f" }
  rewrite weak !0 { 9 3 "weak" }
  temps 40
bb0:
  decl &3 !10:3
  %0 = load &argc !3:47:3
  %1 = copy %0 : i64 !3:48:3
  %36 = call @fopen("name", "r\n") !11:3-20~1:3:4
  store &3, 9223372036854775807 : i64 !3:50:3
  copymem &5, &"odd arg" !3:51:3
  zero implicit macro &5 !3:52:3
  havoc &4 !3:53:3
  %2 = field &5, "next" !3:54:3
  %3 = index %2, -1 !3:55:3
  %38 = container %2, "next" !3:55:3
  %4 = load %3 !3:56:3
  %5 = add %0, 1 !3:57:3
  %6 = sub unsigned 7, %5 : u32 !3:58:3
  %7 = mul %5, %6 !3:59:3
  %8 = div unsigned %5, %6 !3:60:3
  %9 = rem %5, 10 !3:61:3
  %10 = and %5, -1 !3:62:3
  %11 = or %5, 1 !3:63:3
  %12 = xor %5, 0 !3:64:3
  %13 = shl 1, %5 !3:65:3
  %14 = shr unsigned %5, 1 !3:66:3
  %15 = eq %5, 1 !3:67:3
  %16 = ne %4, 0 : i32 !3:68:3
  %17 = lt unsigned %5, 3 !3:69:3
  %18 = le %5, 3 !3:70:3
  %19 = gt %5, 3 !3:71:3
  %20 = ge %5, 3 !3:72:3
  %21 = not %5 !3:73:3
  %22 = neg %5 !3:74:3
  %23 = bitnot %5 !3:75:3
  %24 = cast %5 : i8 !3:76:3
  %25 = cast inttoptr -1 : ptr<void> !3:77:3
  %26 = cast macro ptrtoint %25 : u64 !3:78:3
  %27 = cast pointer %25 : ptr<rec @conn> !3:79:3
  call discarded noreturn @helper(@counter, @helper, &3, undef) !3:80:3
  %28 = call indirect %4(%27) !3:81:3
  call indirect @hook() !3:82:3
  %29 = call indirect @quick(1) !3:83:3
  %30 = vcall implicit @"c:@S@conn@F@~conn#"(%27) !3:84:3
  %31 = new rec @conn !3:85:3
  %32 = new array i32'int' !3:86:3
  delete %31 !3:87:3
  delete array implicit %32 !3:88:3
  %33 = closure 0 !3:89:3
  %34 = closure 1 : ptr<rec @3> !3:90:3
  escape %33, "x", 1 !3:91:3
  escape undef !3:92:3
  await %33 !3:93:3
  %35 = await %34 : i32 !3:94:3
  %38 = threw !3:94:9
  %37 = copy %36 !3:95:3
  store %2, %37 !3:96:3
  end &3 !0
  branch %15, bb1, bb3 !3:98:3
bb1:
  switch %1, [1 -> bb1, -5..-2 -> bb3, 9223372036854775807 -> bb2], default bb5 !3:100:3
bb2:
  jump bb3 !3:102:3
bb3:
  throw %1 as "c:@S@B", "c:@S@A" to bb4 "c:@S@C", bb5 else bb6 !3:104:3
bb4:
  throw as "" to bb5 !3:106:3
bb5:
  throw !3:108:3
bb6:
  return !3:110:3
bb7:
  unreachable !39:1
bb8:
  return %1 !3:114:3
bb9:
  return -1 !3:116:3
}

define @"c:@lambda"() !3:118:8 end !3:118:32 {
bb0:
  return !3:118:25
}

define @11() !0 end !0 {
bb0:
  return undef !0
}
)hir";
}

Unit parsed(llvm::StringRef Text) {
  llvm::Expected<Unit> U = parseUnit(Text, "t.hir");
  if (U)
    return std::move(*U);
  ADD_FAILURE() << llvm::toString(U.takeError());
  return Unit();
}

std::string parseError(llvm::StringRef Text) {
  llvm::Expected<Unit> U = parseUnit(Text, "t.hir");
  return U ? "" : llvm::toString(U.takeError());
}

std::string printed(const Unit &U) {
  std::string Text;
  llvm::raw_string_ostream OS(Text);
  print(U, OS);
  return Text;
}

} // namespace handrail::ir
