// Changes scripts token by token: what comes out is wrong in one place and right in all others, as people's slips are.
#pragma once
#include <random>
#include <string>
#include <vector>

namespace tl::fuzz {

/// Cuts a text into tokens, spaces, line ends and comments; joined again they are the text.
std::vector<std::string> tokensOf(const std::string &text);

/// A script with a few tokens dropped, doubled, swapped, replaced by others of it or by strange ones.
std::string mutated(const std::string &text, std::minstd_rand &random);

/// `text` with a piece of `other`: a bracket with what it holds, or some lines.
std::string spliced(const std::string &text, const std::string &other, std::minstd_rand &random);

} // namespace tl::fuzz
