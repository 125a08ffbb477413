//===- Describe.cpp - values and addresses in the words of the source ----===//

#include "lib/Solver/Explorer.h"

using namespace handrail::ir;

namespace handrail::solver {

std::string Explorer::describe(const Operand &O, unsigned Depth) const {
  if (Depth > 6)
    return "";
  switch (O.Kind) {
  case OperandKind::Int:
    return std::to_string(O.Value);
  case OperandKind::Local:
    return U.str(F.Locals[O.Index].Name).str();
  case OperandKind::Global:
    return U.name(U.symbol(O.Index)).str();
  case OperandKind::Func:
    return U.name(U.symbol(O.Index)).str();
  case OperandKind::Temp:
    break;
  default:
    return "";
  }
  const Op *Def = DefOf[O.Index];
  if (!Def)
    return "";
  auto Sub = [&](unsigned K) { return describe(Def->Operands[K], Depth + 1); };
  auto Infix = [&](const char *Sign) -> std::string {
    std::string A = Sub(0), B = Sub(1);
    if (A.empty() || B.empty())
      return "";
    return A + " " + Sign + " " + B;
  };
  switch (Def->Kind) {
  case OpKind::Load: {
    const Operand &A = Def->Operands[0];
    if (!A.isTemp())
      return describe(A, Depth + 1);
    std::string Inner = describe(A, Depth + 1);
    if (Inner.empty() || Inner[0] != '&')
      return Inner.empty() ? "" : "*" + Inner;
    return Inner.substr(1);
  }
  case OpKind::Field: {
    const Operand &A = Def->Operands[0];
    std::string Base = describe(A, Depth + 1);
    if (Base.empty())
      return "";
    bool Direct = !A.isTemp();
    if (Base[0] == '&') {
      Base = Base.substr(1);
      Direct = true;
    }
    return "&" + Base + (Direct ? "." : "->") + U.str(Def->Aux).str();
  }
  case OpKind::Index: {
    std::string Base = Sub(0), I = Sub(1);
    if (Base.empty())
      return "";
    if (Base[0] == '&')
      Base = Base.substr(1);
    return "&" + Base + "[" + I + "]";
  }
  case OpKind::Eq:
    return Infix("==");
  case OpKind::Ne:
    return Infix("!=");
  case OpKind::Lt:
    return Infix("<");
  case OpKind::Le:
    return Infix("<=");
  case OpKind::Gt:
    return Infix(">");
  case OpKind::Ge:
    return Infix(">=");
  case OpKind::And:
    return Infix("&");
  case OpKind::Add:
    return Infix("+");
  case OpKind::Sub:
    return Infix("-");
  case OpKind::Not: {
    std::string A = Sub(0);
    return A.empty() ? "" : "!" + A;
  }
  case OpKind::Cast:
    return Sub(0);
  case OpKind::Call: {
    if (Def->has(OF_Indirect))
      return "";
    std::string Name = U.name(U.symbol(Def->Aux)).str();
    size_t Colon = Name.rfind("::");
    return Name.substr(Colon == std::string::npos ? 0 : Colon + 2) + "()";
  }
  default:
    return "";
  }
}

std::string Explorer::describeAddress(const State &S, ValueId Addr) const {
  const ValueInfo &I = T[Addr];
  switch (I.Kind) {
  case ValueKind::LocalAddr:
    return U.str(F.Locals[I.A].Name).str();
  case ValueKind::GlobalAddr:
    return Index.symbolName(I.A).str();
  case ValueKind::Field: {
    if (I.B >= Index.Names.size())
      return "";
    const ValueInfo &B = T[I.A];
    if (B.Kind == ValueKind::Content || B.Kind == ValueKind::OpResult ||
        B.Kind == ValueKind::Joined) {
      std::string Base;
      if (auto It = ValueNames.find(I.A); It != ValueNames.end())
        Base = It->second;
      else if (B.Kind == ValueKind::Content)
        Base = describeAddress(S, B.A);
      if (Base.empty())
        return "";
      return Base + "->" + Index.Names[I.B];
    }
    std::string Base = describeAddress(S, I.A);
    return Base.empty() ? "" : Base + "." + Index.Names[I.B];
  }
  case ValueKind::Elem: {
    std::string Base = describeAddress(S, I.A);
    return Base.empty() ? "" : Base + "[" + std::to_string(I.C) + "]";
  }
  case ValueKind::ElemAt: {
    std::string Base = describeAddress(S, I.A);
    return Base.empty() ? "" : Base + "[…]";
  }
  case ValueKind::Content: {
    std::string Base = describeAddress(S, I.A);
    return Base.empty() ? "" : "*" + Base;
  }
  default:
    return "";
  }
}

void Explorer::nameValue(const State &S, ValueId Addr, ValueId V) {
  ValueKind K = T[V].Kind;
  if (K != ValueKind::OpResult && K != ValueKind::Content)
    return;
  if (ValueNames.count(V))
    return;
  std::string Name = describeAddress(S, Addr);
  if (!Name.empty())
    ValueNames.emplace(V, std::move(Name));
}

} // namespace handrail::solver
