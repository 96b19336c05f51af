// Nodes of a function that is being built: small ones made, and the weights behind one found.
#pragma once
#include "compiler/evaluate/Elaborator.h"

namespace tl {

/// A node as a value whose axes have no names.
TensorValue plain(NodeId node, const TensorType &type);
/// A number in every element of a type.
NodeId constant(Elaborator &elaborator, double number, const TensorType &type, ast::Span span);

/// The weights that a value depends on by a path that gradients can take.
std::set<std::string> gradientSources(const Function &function, NodeId value);
/// The weights that a value depends on through a `stop_gradient`: what teaches is not meant to learn.
std::set<std::string> stoppedSources(const Function &function, NodeId value);

}  // namespace tl
