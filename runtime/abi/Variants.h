// The programs of one executable: where searches vary dims, each combination of their values is compiled code of its own.
#pragma once
#include "runtime/abi/Program.h"

extern "C" {

/// Values of the dims that are varied, as JSON, `{"depth": 4}`, the descriptor of the program with them, and the functions that it lists.
struct TlVariant {
  const char *dims, *descriptor;
  const TlFunction *functions;
};

/// All of them. The first is that of the script's own values, with `tlDescriptor` and `tlFunctions`. Their params, data and stages have the same
/// names in the same order. Ends with nulls.
extern const TlVariant tlVariants[];
}
