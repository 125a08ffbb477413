//===- DeclaredModels.h - what a program's headers say of functions -*- C++ -*-===//
#pragma once

#include "lib/Solver/Solver.h"

namespace handrail::solver {

/// \p Models and what attributes in the program's declarations add to them;
/// nothing when they add nothing.
std::optional<model::ModelSet> withDeclaredModels(const Program &P, const model::ModelSet &Models);

} // namespace handrail::solver
