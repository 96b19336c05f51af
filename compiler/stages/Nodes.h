// Nodes of a function that is being built: small ones made, and the weights behind one found.
#pragma once
#include "compiler/evaluate/Elaborator.h"

namespace tl {

/// A node as a value whose axes have no names.
TensorValue plain(NodeId node, const TensorType &type);
/// A number in every element of a type.
NodeId constant(Elaborator &elaborator, double number, const TensorType &type, ast::Span span);

/// Whether a value depends on any such op.
bool dependsOn(const Function &function, NodeId value, const std::set<Op> &ops);
/// The weights that a value depends on by a path that gradients can take.
std::set<std::string> gradientSources(const Function &function, NodeId value);
/// The weights that a value depends on through a `stop_gradient`: what teaches is not meant to learn.
std::set<std::string> stoppedSources(const Function &function, NodeId value);
/// The inputs that a value depends on, by name.
std::set<std::string> inputsOf(const Function &function, NodeId value);
/// The fields that a value depends on of data beside the stage's own.
std::set<std::string> fieldsBeside(const Function &function, NodeId value, const std::string &data);

}  // namespace tl
