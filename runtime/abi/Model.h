/* What a library that `tlc build --kind=library` made offers: deployed models of the script, called from C. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct TlModel TlModel;

/* Opens what the script deploys under that name, with the weights of a run folder. NULL where it cannot be: `problem`, of `room`
   bytes, then says why. It computes on `threads` threads; 0: one for each core. What one thread opened, that thread calls. */
TlModel *tlOpen(const char *deploy, const char *run, int threads, char *problem, size_t room);

/* Where the values of an input lie, row-major, in the type that the data declares, and how many bytes they are; they stay until
   others are written. NULL where nothing depends on an input of that name. */
void *tlInput(TlModel *model, const char *name, size_t *bytes);

/* Computes every output of the inputs. Where the model draws random numbers, each `number` draws its own. */
void tlRun(TlModel *model, int64_t number);

/* The same of an output, until the next tlRun. NULL where there is none of that name. */
const void *tlOutput(const TlModel *model, const char *name, size_t *bytes);

void tlClose(TlModel *model);

#ifdef __cplusplus
}
#endif
