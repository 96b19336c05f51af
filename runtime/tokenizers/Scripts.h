// Scripts as tokenizers part them: Latin, Greek, Han with the two Japanese alphabets, and what is common to several, such as digits and signs. The table is
// made from what PyPI's `tokenizers` answers.
#pragma once
#include <cstdint>

namespace tl::tokenizers {

/// Tells scripts apart; 0 of what stands in any, as a space does.
uint8_t scriptOf(char32_t code);

} // namespace tl::tokenizers
