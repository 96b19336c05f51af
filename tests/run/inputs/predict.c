/* Asks a deployed model of a library about one image: predict DEPLOY RUN. */
#include "runtime/abi/Model.h"
#include <stdio.h>

int main(int count, char **words) {
  char problem[400];
  if (count != 3)
    return 2;
  TlModel *model = tlOpen(words[1], words[2], 2, problem, sizeof problem);
  if (!model) {
    printf("cannot open: %s\n", problem);
    return 1;
  }
  size_t bytes = 0;
  unsigned char *image = tlInput(model, "image", &bytes);
  if (!image || bytes != 64 || tlInput(model, "sound", &bytes) || bytes != 0 || tlOutput(model, "sound", &bytes))
    return 1;
  for (int i = 0; i < 8; ++i)
    for (int j = 0; j < 8; ++j)
      image[8 * i + j] = (unsigned char)(i * j % 17);
  tlRun(model, 0);
  const float *probability = tlOutput(model, "probability", &bytes);
  if (!probability || bytes != sizeof *probability)
    return 1;
  printf("{\"probability\": %.9g, \"probabilities\": [", (double)*probability);
  const float *all = tlOutput(model, "probabilities", &bytes);
  for (size_t i = 0; i < bytes / sizeof *all; ++i)
    printf("%s%.9g", i ? ", " : "", (double)all[i]);
  printf("]}\n");
  tlClose(model);
  volatile float least = 1e-39f; /* below the least normal number: still a number here */
  return !(least * 1.0f > 0.0f);
}
