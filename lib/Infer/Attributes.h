//===- Attributes.h - models from attributes in headers ----------*- C++ -*-===//
//
// What an analysis reads from declarations while it runs (lib/Model/DeclaredModels.h),
// written out: for runs that do not see the header, and to be completed by hand.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/Infer/Cppcheck.h"
#include "lib/Solver/Solver.h"

namespace handrail::infer {

/// Models of the functions in \p P that attributes speak of and \p Models do not know.
Imported importAttributes(const solver::Program &P, const model::ModelSet &Models);

} // namespace handrail::infer
