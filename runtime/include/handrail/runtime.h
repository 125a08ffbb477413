//===- runtime.h - everything --------------------------------------*- C++ -*-===//
//
// Includes every header of the runtime but the C interface (handrail.h).
//
//===----------------------------------------------------------------------===//
#ifndef HANDRAIL_RUNTIME_H
#define HANDRAIL_RUNTIME_H

#include "annotations.h"
#include "async_resource.h"
#include "async_scope.h"
#include "error.h"
#include "executor.h"
#include "exit_case.h"
#include "guard.h"
#include "handle.h"
#include "handle_table.h"
#include "ledger.h"
#include "managed.h"
#include "namespace.h"
#include "refcount.h"
#include "resource.h"
#include "resource_type.h"
#include "result.h"
#include "scope.h"
#include "task.h"
#include "unique.h"

#endif
