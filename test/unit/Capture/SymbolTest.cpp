//===- SymbolTest.cpp - identity, linkage, types, records, places ----------===//
#include "test/unit/Capture/CaptureTesting.h"
#include <gtest/gtest.h>

using namespace handrail::ir;

TEST(Symbol, CFunctionsAreTheirNames) {
  Captured C("int open(const char *, int, ...);\n"
             "extern int stat64_(int) __asm__(\"stat64\");\n"
             "int f(void) { return open(\"x\", 0) + stat64_(1); }\n");
  EXPECT_EQ(C.symbol("open").Usr, "open");
  EXPECT_EQ(C.symbol("stat64_").Usr, "stat64_");
  EXPECT_EQ(C.symbol("f").Usr, "f");
  EXPECT_TRUE(C.symbol("open").CLinkage);
  EXPECT_EQ(C.symbol("open").Link, Linkage::External);
}

TEST(Symbol, ExternCInCxxIsTheSameFunction) {
  Captured C(
      "extern \"C\" { int open(const char *); int impl() { return open(\"x\"); } }\n"
      "namespace n { extern \"C\" int open(const char *); int g() { return n::open(\"y\"); } }\n",
      "t.cpp");
  EXPECT_EQ(C.symbol("open").Usr, "open");
  EXPECT_TRUE(C.symbol("open").Exported);
  EXPECT_TRUE(C.symbol("impl").Exported);
  EXPECT_FALSE(C.symbol("n::g").Exported);
  EXPECT_FALSE(C.symbol("n::g").CLinkage);
  unsigned Opens = 0;
  for (const handrail::ir::Symbol &S : C.U.Symbols)
    Opens += S.Usr == "open";
  EXPECT_EQ(Opens, 1u);
}

TEST(Symbol, InternalLinkageCarriesTheFile) {
  std::string Text =
      "static int g(void) { return 1; } static int v; int f(void) { return g() + v; }";
  Captured A(Text, "/a/t.c"), B(Text, "/b/t.c");
  EXPECT_EQ(A.symbol("g").Link, Linkage::Internal);
  EXPECT_EQ(A.symbol("v").Link, Linkage::Internal);
  EXPECT_NE(A.symbol("g").Usr, B.symbol("g").Usr);
  EXPECT_NE(A.symbol("v").Usr, B.symbol("v").Usr);
  EXPECT_TRUE(llvm::StringRef(A.symbol("g").Usr).ends_with("@/a/t.c"));
  EXPECT_EQ(A.symbol("f").Usr, B.symbol("f").Usr);
}

TEST(Symbol, LinkageOfInlineWeakAndTemplates) {
  Captured C("inline int i() { return 1; }\n"
             "__attribute__((weak)) int w() { return 2; }\n"
             "template <class T> T t(T x) { return x; }\n"
             "namespace { int a() { return 3; } }\n"
             "int f() { return i() + w() + t(1) + a(); }\n",
             "t.cpp");
  EXPECT_EQ(C.symbol("i").Link, Linkage::Inline);
  EXPECT_EQ(C.symbol("w").Link, Linkage::Weak);
  EXPECT_EQ(C.symbol("t").Link, Linkage::Inline);
  EXPECT_EQ(C.symbol("a").Link, Linkage::Internal);
  EXPECT_NE(C.function("t"), nullptr);
}

TEST(Symbol, NamesLeaveOutTemplateArgumentsAndInlineNamespaces) {
  Captured C(
      "namespace n { inline namespace v1 { template <class T> struct Box { void reset(T); }; } }\n"
      "void f(n::Box<int> &b) { b.reset(1); }\n",
      "t.cpp");
  EXPECT_EQ(C.U.name(C.symbol("n::Box::reset")), "n::Box::reset");
  EXPECT_EQ(C.U.str(C.record("n::Box").Name), "n::Box");
}

TEST(Symbol, StaticLocalsAreDistinct) {
  Captured C("int f(void) { static int n = 1; return ++n; } int g(void) { static int n = 2; return "
             "++n; }");
  EXPECT_NE(C.symbol("f::n").Usr, C.symbol("g::n").Usr);
  EXPECT_EQ(C.symbol("f::n").Init, Operand::integer(1));
  EXPECT_EQ(C.symbol("g::n").Init, Operand::integer(2));
}

TEST(Symbol, LambdasOfOneMacroAreDistinct) {
  Captured C(
      "#define TWO(a, b) (+[](int x) { return x + a; })(1) + (+[](int x) { return x - b; })(2)\n"
      "int f() { return TWO(1, 2); }\n",
      "t.cpp");
  unsigned Bodies = 0;
  for (const Function &F : C.U.Functions)
    Bodies += C.U.name(C.U.symbol(F.Sym)) == "f::(lambda)::operator()";
  EXPECT_EQ(Bodies, 2u);
}

TEST(Symbol, ConstantsAreVariablesNobodyWrites) {
  Captured C("static int flag = 1, written, escaped; static int *p = &escaped; const int k = 3; "
             "int ext = 4;\n"
             "static const char *name = \"n\";\n"
             "void set(void) { written = 1; }\n"
             "int f(void) { return flag + written + escaped + *p + k + ext + *name; }\n");
  EXPECT_TRUE(C.symbol("flag").Const);
  EXPECT_EQ(C.symbol("flag").Init, Operand::integer(1));
  EXPECT_FALSE(C.symbol("written").Const);
  EXPECT_FALSE(C.symbol("escaped").Const);
  EXPECT_TRUE(C.symbol("k").Const);
  EXPECT_FALSE(C.symbol("ext").Const);
  EXPECT_TRUE(C.symbol("name").Const);
  EXPECT_EQ(C.symbol("name").Init.Kind, OperandKind::String);
}

TEST(Symbol, InitialisersThatAreAddresses) {
  Captured C(
      "int g(void); static int (*fp)(void) = g; static int target; static int *p = &target;\n"
      "int f(void) { return fp() + *p; }\n");
  EXPECT_EQ(C.symbol("fp").Init.Kind, OperandKind::Func);
  EXPECT_EQ(&C.U.symbol(C.symbol("fp").Init.Index), &C.symbol("g"));
  EXPECT_EQ(C.symbol("p").Init.Kind, OperandKind::Global);
}

TEST(Symbol, FunctionsInTablesAreReached) {
  Captured C("#include \"t.h\"\nstruct ops { int (*op)(int); };\n"
             "static const struct ops table = {.op = helper};\n",
             "/x/t.c", {"-include", "/dev/null", "-D", "X"}, /*ExpectErrors=*/true);
  EXPECT_FALSE(C.Errors.empty()); // no such header; the other half is in the next line
  Captured D("static inline int helper(int x) { return x; }\nstruct ops { int (*op)(int); };\n"
             "static const struct ops table = {.op = helper};\n");
  EXPECT_NE(D.function("helper"), nullptr);
}

/// The initial values of \p S, one a line.
static std::string initialValues(const Captured &C, const handrail::ir::Symbol &S) {
  std::string Text;
  for (const InitialValue &V : S.Values) {
    for (const InitialStep &Step : V.Steps)
      Text += Step.Field ? "." + C.U.str(Step.Field).str() : "[" + std::to_string(Step.Index) + "]";
    bool Unknown = V.Value.Kind == OperandKind::Undef;
    Text += "=" + (Unknown ? "?" : C.U.name(C.U.symbol(V.Value.Index)).str()) + "\n";
  }
  return Text;
}

TEST(Symbol, TablesOfFunctionsListTheirFunctions) {
  Captured C("int f(void); int g(void); struct ops { const char *name; int (*op)(void), "
             "(*other)(void); };\n"
             "const struct ops one = {\"one\", f};\n"
             "static struct { int n; struct ops all[2]; const struct ops *more; } two =\n"
             "  {.n = 1, .all = {[1] = {.other = g, .op = (int (*)(void))2}}, .more = &one};\n"
             "static int (*hooks[])(void) = {f, 0, g};\n"
             "static const struct { int n; const char *text; } plain = {1, \"t\"};\n"
             "int call(void) { return two.all[0].op() + hooks[1]() + plain.n; }\n");
  EXPECT_EQ(initialValues(C, C.symbol("one")), ".op=f\n");
  EXPECT_EQ(initialValues(C, C.symbol("two")), ".all[1].op=?\n.all[1].other=g\n.more=one\n");
  EXPECT_EQ(initialValues(C, C.symbol("hooks")), "[0]=f\n[2]=g\n");
  EXPECT_EQ(initialValues(C, C.symbol("plain")), "");
}

TEST(Symbol, TablesThatPointAtEachOther) {
  Captured C("struct node { int (*op)(void); const struct node *next; }; int f(void);\n"
             "static const struct node a, b = {f, &a}; static const struct node a = {f, &b};\n"
             "int call(void) { return a.next->op(); }\n");
  EXPECT_EQ(initialValues(C, C.symbol("a")), ".op=f\n.next=b\n");
  EXPECT_EQ(initialValues(C, C.symbol("b")), ".op=f\n.next=a\n");
}

TEST(Symbol, TablesOfClasses) {
  Captured C("int f(); int g(); int h(); struct Base { int (*op)(); };\n"
             "struct Ops : Base { int (*more)(); constexpr Ops(int (*a)(), int (*b)()) : Base{a}, "
             "more(b) {} };\n"
             "constexpr Ops table(f, g);\n"
             "Base made(); static Base late = made();\n"
             "int call() { return table.more() + late.op(); }\n",
             "t.cpp");
  EXPECT_EQ(initialValues(C, C.symbol("table")), ".op=f\n.more=g\n");
  EXPECT_EQ(C.symbol("late").Init, Operand::undef());
}

TEST(Symbol, RecordsListFieldsInOrder) {
  Captured C(
      "struct in { int a; }; struct s { int fd; union { char *p; long l; }; struct { int x, y; };\n"
      "  struct in one, *many; unsigned : 3; char name[4]; };\n"
      "int f(struct s *p) { return p->fd; }\n");
  const Record &R = C.record("s");
  std::vector<std::string> Names;
  for (const Field &F : R.Fields)
    Names.push_back(C.U.str(F.Name).str());
  EXPECT_EQ(Names, (std::vector<std::string>{"fd", "p", "x", "y", "one", "many", "name"}));
  EXPECT_EQ(C.record("in").Fields.size(), 1u); // part of s, so it is complete too
  EXPECT_EQ(C.U.type(R.Fields.back().Ty).Kind, TypeKind::Array);
  EXPECT_EQ(C.U.type(R.Fields.back().Ty).Count, 4u);
}

TEST(Symbol, RecordsBehindPointersStayNames) {
  Captured C("struct far { int a, b; }; struct near { struct far *p; };\n"
             "void *f(struct near *n) { return n->p; }\n");
  EXPECT_EQ(C.record("near").Fields.size(), 1u);
  EXPECT_TRUE(C.record("far").Fields.empty());
}

TEST(Symbol, ClassFacts) {
  Captured C(
      "struct M { ~M(); };\n"
      "struct Owner { int *p; Owner(); Owner(const Owner &) = delete; Owner(Owner &&) noexcept;\n"
      "  Owner &operator=(Owner &&) = default; virtual ~Owner(); };\n"
      "struct Plain { int a; }; struct Holds { M m; }; struct Derived : Owner { int b; };\n"
      "void f() { Owner o; Plain p; Holds h; Derived d; p.a = 1; }\n",
      "t.cpp");
  const Record &Owner = C.record("Owner");
  EXPECT_EQ(Owner.CopyCtor, SpecialMember::Deleted);
  EXPECT_EQ(Owner.MoveCtor, SpecialMember::User);
  EXPECT_EQ(Owner.MoveAssign, SpecialMember::Defaulted);
  EXPECT_TRUE(Owner.Polymorphic);
  EXPECT_FALSE(Owner.Trivial);
  ASSERT_NE(Owner.Destructor, None);
  EXPECT_EQ(C.U.name(C.U.symbol(Owner.Destructor)), "Owner::~Owner");
  EXPECT_TRUE(C.record("Plain").Trivial);
  EXPECT_EQ(C.record("Plain").Destructor, None);
  EXPECT_NE(C.record("Holds").Destructor, None);
  ASSERT_EQ(C.record("Derived").Bases.size(), 1u);
  EXPECT_EQ(C.U.str(C.U.Records[C.U.type(C.record("Derived").Bases[0]).Record].Name), "Owner");
}

TEST(Symbol, MethodFacts) {
  Captured C("struct B { virtual int v(); virtual ~B() {} }; struct D : B { D() {} int v() "
             "override { return 1; }\n"
             "  static int s() { return 2; } };\n"
             "int f() { D d; return d.v() + D::s(); }\n",
             "t.cpp");
  EXPECT_FALSE(C.symbol("B::v").Pure);
  const handrail::ir::Symbol &V = C.symbol("D::v");
  EXPECT_TRUE(V.Method && V.Virtual);
  ASSERT_EQ(V.Overrides.size(), 1u);
  EXPECT_EQ(C.U.name(C.U.symbol(V.Overrides[0])), "B::v");
  EXPECT_EQ(C.U.str(C.U.Records[V.Parent].Name), "D");
  EXPECT_TRUE(C.symbol("D::D").Constructor);
  EXPECT_TRUE(C.symbol("B::~B").Destructor);
  EXPECT_FALSE(C.symbol("D::s").Method);
}

TEST(Symbol, TypesKeepTheUsersNames) {
  Captured C("typedef int handle_t; typedef struct s { handle_t h; } s_t;\n"
             "handle_t f(s_t *p, const char *const q) { handle_t v = p->h; return v + *q; }\n");
  const Function &F = *C.function("f");
  EXPECT_EQ(C.U.str(C.U.type(F.Locals[0].Ty).Name), "s_t *");
  EXPECT_EQ(C.U.str(C.U.type(F.Locals[2].Ty).Name), "handle_t");
  EXPECT_EQ(C.U.type(F.Locals[2].Ty).Kind, TypeKind::Int);
  EXPECT_TRUE(C.U.type(F.Locals[2].Ty).Signed);
  const Type &Q = C.U.type(F.Locals[1].Ty);
  EXPECT_TRUE(Q.Const);
  EXPECT_TRUE(C.U.type(Q.Elem).Const);
}

TEST(Place, ExpressionsAndStatements) {
  Captured C("int g(int);\n"
             "int f(int a) {\n"
             "  int b = g(a +\n"
             "            1);\n"
             "  return b;\n"
             "}\n");
  EXPECT_EQ(C.place("f", OpKind::Call), "3:11-4:15");
  EXPECT_EQ(C.place("f", OpKind::Decl), "3:7-3:8");
  EXPECT_EQ(C.place("f", OpKind::Add), "3:13-4:14");
  EXPECT_EQ(C.place("f", OpKind::End), "5:3-5:11"); // the return that ends it
  const Function &F = *C.function("f");
  EXPECT_EQ(C.U.loc(F.EndLoc).Line, 6u);
  EXPECT_EQ(C.U.loc(F.Blocks.back().Term.Loc).Line, 5u);
}

TEST(Place, ScopesEndAtTheirBrace) {
  Captured C("int g(int *);\n"
             "void f(void) {\n"
             "  {\n"
             "    int a;\n"
             "    g(&a);\n"
             "  }\n"
             "}\n");
  EXPECT_EQ(C.place("f", OpKind::End), "6:3-6:4");
  EXPECT_EQ(C.U.loc(C.function("f")->Blocks[0].Term.Loc).Line, 7u);
}

TEST(Place, MacrosShowTheirUseAndKeepTheirSpelling) {
  Captured C("int g(int);\n"
             "#define CALL(x) g(x)\n"
             "int f(int a) { return CALL(g(a)); }\n");
  const Function &F = *C.function("f");
  std::vector<const Op *> Calls;
  for (const Op &O : F.Blocks[0].Ops)
    if (O.Kind == OpKind::Call)
      Calls.push_back(&O);
  ASSERT_EQ(Calls.size(), 2u);
  const SourceLoc &Argument = C.U.loc(Calls[0]->Loc), &Body = C.U.loc(Calls[1]->Loc);
  EXPECT_EQ(Argument.Line, 3u); // where the user wrote it
  EXPECT_EQ(Argument.Col, 28u);
  EXPECT_FALSE(Calls[0]->has(OF_Macro));
  EXPECT_EQ(Body.Line, 3u);
  EXPECT_EQ(Body.Col, 23u);
  EXPECT_EQ(Body.SpellLine, 2u);
  EXPECT_TRUE(Calls[1]->has(OF_Macro));
}

TEST(Place, LineDirectivesAreFollowed) {
  Captured C("int g(void);\n#line 100 \"gram.y\"\nint f(void) { return g(); }\n", "/d/gram.c");
  const SourceLoc &L = C.U.loc(C.function("f")->Blocks[0].Ops[0].Loc);
  EXPECT_EQ(L.Line, 100u);
  EXPECT_TRUE(llvm::StringRef(C.U.Files[L.File].Path).ends_with("/gram.y"));
}
