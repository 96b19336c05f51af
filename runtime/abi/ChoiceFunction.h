// The function that chooses what continues a text, beside those of its model: see Deploy.
#pragma once
#include <string>

namespace tl::abi {

/// Of a deployed function that repeats, `deploy lm.best { write(text) repeats sample() batch 8 }`: for one text after the other it makes "token" i32[1]
/// of the "scores" f32[1, v] for what comes next, a row of what the model gives: of one text's tokens i32[1, t] and their number "FIELD.length" i32[1],
/// or of one token of each of b texts, i32[b, 1], all of them at "position" i32[]. It may also ask for "seen" f32[1, v]: 1 at each token of the text so
/// far, 0 elsewhere.
inline std::string choiceFunctionOf(const std::string &deploy) { return deploy + ".choice"; }

} // namespace tl::abi
