// The compiled functions of the hand-made program: a line fitted by gradient descent with momentum, with noise from the
// counters, so that a wrong seed, step, batch or slot changes every bit that follows.
#include "runtime/abi/Variants.h"
#include "runtime/data/Philox.h"
#include "tests/unit/program/HandmadeLayout.h"

#include <cmath>
#include <cstring>
#include <unistd.h>

using namespace handmade;

template <class T> static T *at(char *arena, int64_t offset) { return reinterpret_cast<T *>(arena + offset); }
template <class T> static const T *at(const char *arena, int64_t offset) {
  return reinterpret_cast<const T *>(arena + offset);
}

enum Scalar { Lr, FullEpochs, Delay, Nudge, PhaseStep, PhaseSteps, StageStep, StageSteps };

static float answer(char *variables, const float *x, float noise) {
  const float *w = at<float>(variables, wAt);
  float mean = *at<float>(variables, meanAt), deviation = *at<float>(variables, deviationAt);
  float y = *at<float>(variables, bAt);
  for (int i = 0; i < 3; ++i)
    y += w[i] * ((x[i] - mean) / deviation + noise);
  return y;
}

static void init(char *variables, char *, const char *, char *, const double *, const uint32_t *counters, int32_t *, int64_t,
                 int64_t, TlTeam *) {
  std::memset(variables, 0, variablesBytes);
  auto bits = tl::data::philox({7, 0, 0, 0}, {counters[0], counters[1]});
  for (int i = 0; i < 3; ++i)
    at<float>(variables, wAt)[i] = float(bits[i]) * 0x1p-32f;
}

static void fit(char *, char *, const char *input, char *output, const double *, const uint32_t *, int32_t *, int64_t, int64_t,
                TlTeam *) {
  float origin = *at<float>(input, xAt), count = 0;
  double sum = 0, squares = 0;
  for (int r = 0; r < batch; ++r)
    for (int i = 0; i < 3; ++i) {
      float valid = at<float>(input, validAt)[r];
      double away = valid * (double(at<float>(input, xAt)[3 * r + i]) - origin);
      sum += away, squares += away * away, count += valid;
    }
  *at<float>(output, 0) = origin, *at<float>(output, 192) = count;
  *at<double>(output, 64) = sum, *at<double>(output, 128) = squares;
}

// Threads take rows r ≡ thread; sums are over rows in order, by thread 0, so they do not depend on the threads.
template <bool trains, bool isBiasFrozen>
static void step(char *variables, char *work, const char *input, char *output, const double *scalars,
                 const uint32_t *counters, int32_t *, int64_t thread, int64_t threads, TlTeam *team) {
  float *error = at<float>(work, 0), *noise = at<float>(work, 256);
  for (int64_t r = thread; r < batch; r += threads) {
    auto bits = tl::data::philox({uint32_t(r), 1, counters[2], counters[3]}, {counters[0], counters[1]});
    noise[r] = trains && scalars[Nudge] != 0 ? (float(bits[0]) * 0x1p-32f - 0.5f) * 0.1f : 0;
    float valid = at<float>(input, validAt)[r];
    error[r] = valid * (answer(variables, at<float>(input, xAt) + 3 * r, noise[r]) - at<float>(input, targetAt)[r]);
  }
  tlBarrier(team);
  if (thread == 0) {
    float loss = 0, count = 0, gradient[4] = {};
    float mean = *at<float>(variables, meanAt), deviation = *at<float>(variables, deviationAt);
    for (int r = 0; r < batch; ++r) {
      loss += error[r] * error[r], count += at<float>(input, validAt)[r];
      for (int i = 0; i < 3; ++i)
        gradient[i] += error[r] * ((at<float>(input, xAt)[3 * r + i] - mean) / deviation + noise[r]);
      gradient[3] += error[r];
    }
    *at<float>(output, 0) = loss, *at<float>(output, 64) = count;
    if (trains) {
      float rate = float(scalars[Lr] * (1 - 0.5 * scalars[PhaseStep] / scalars[PhaseSteps]));
      for (int i = 0; i < (isBiasFrozen ? 3 : 4); ++i) {
        float *w = i < 3 ? at<float>(variables, wAt) + i : at<float>(variables, bAt);
        float *slot = i < 3 ? at<float>(variables, wSlotAt) + i : at<float>(variables, bSlotAt);
        *slot = 0.9f * *slot + gradient[i] / count;
        *w -= rate * *slot;
      }
      ++*at<int32_t>(variables, updatesAt);
      if (scalars[Delay] > 0)
        usleep(useconds_t(scalars[Delay]));
    }
  }
  tlBarrier(team);
}

static void test(char *variables, char *work, const char *input, char *output, const double *scalars,
                 const uint32_t *counters, int32_t *kernel, int64_t thread, int64_t threads, TlTeam *team) {
  step<false, false>(variables, work, input, output, scalars, counters, kernel, thread, threads, team);
  float *table = at<float>(output, 128);
  std::memset(table, 0, 4 * sizeof(float));
  for (int r = 0; r < batch; ++r) {
    bool isHot = answer(variables, at<float>(input, xAt) + 3 * r, 0) > 0;
    table[2 * at<int32_t>(input, labelAt)[r] + isHot] += at<float>(input, validAt)[r];
  }
}

static void predict(char *variables, char *, const char *input, char *output, const double *, const uint32_t *, int32_t *, int64_t,
                    int64_t, TlTeam *) {
  float y = answer(variables, at<float>(input, xAt), 0);
  *at<float>(output, 0) = y;
  *at<int32_t>(output, 64) = y > 0;
  at<float>(output, 128)[0] = y, at<float>(output, 128)[1] = 2 * y;
}

extern "C" const TlVariant tlVariants[] = {{"{}", tlDescriptor, tlFunctions}, {nullptr, nullptr, nullptr}};
extern "C" const TlFunction tlFunctions[] = {init, fit, step<true, false>, step<true, true>, step<false, false>, test,
                                             predict};
