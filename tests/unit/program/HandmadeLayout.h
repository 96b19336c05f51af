// Where the hand-made program keeps what: the memory plan that a compiler would have made.
#pragma once
#include <cstdint>

namespace handmade {

constexpr int64_t batch = 16;
constexpr int64_t wAt = 0, bAt = 64, wSlotAt = 128, bSlotAt = 192, updatesAt = 256, meanAt = 320, deviationAt = 384,
                  variablesBytes = 448;
constexpr int64_t xAt = 0, targetAt = 192, validAt = 256, labelAt = 320, inputBytes = 384;
constexpr int64_t outputBytes = 256, workBytes = 1024;

}  // namespace handmade
