// The door of a library: runtime/abi/Model.h around a Model.
#include "runtime/abi/Model.h"
#include "runtime/program/CpuCheck.h"
#include "runtime/program/Model.h"
#include "runtime/program/OwnProgram.h"

#include <cfenv>
#include <cstdio>

using namespace tl;
using namespace tl::program;

namespace {

/// Compiled code takes the least numbers for 0; the caller's own arithmetic stays as it is.
struct CallersArithmetic {
  CallersArithmetic() { std::fegetenv(&kept); }
  ~CallersArithmetic() { std::fesetenv(&kept); }
  std::fenv_t kept;
};

Options optionsFor(const abi::Program &program, const char *run, int threads) {
  Options options = parseCommandLine(program, {});
  options.run = run;
  options.threads = threads;
  return options;
}

const abi::Deploy &deployNamed(const abi::Program &program, const std::string &name) {
  std::string names;
  for (const abi::Deploy &deploy : program.deploys) {
    if (deploy.name == name && deploy.repeats)
      throw Error(exitUsage, "`" + name + "` continues a text token by token, which a library does not offer; ask the program");
    if (deploy.name == name)
      return deploy;
    names += (names.empty() ? "; there is `" : ", `") + deploy.name + "`";
  }
  throw Error(exitUsage, "nothing is deployed as `" + name + "`" + names);
}

} // namespace

struct TlModel {
  TlModel(Variants programs, const Options &options, const char *deploy)
      : variants(std::move(programs)), context(variants, variantOf(variants, options.run), options),
        model(context, deployNamed(context.program, deploy), RunFolder::ofFinishedRun(context)) {}
  Variants variants;
  Context context;
  Model model;
};

TlModel *tlOpen(const char *deploy, const char *run, int threads, char *problem, size_t room) {
  CallersArithmetic kept;
  try {
    Variants variants = ownPrograms();
    const abi::Program &program = variants.own().program;
    checkCpu(program.cpu, program.cpuFeatures);
    Options options = optionsFor(program, run, threads);
    return new TlModel(std::move(variants), options, deploy);
  } catch (const std::exception &error) {
    std::snprintf(problem, room, "%s", error.what());
    return nullptr;
  }
}

void *tlInput(TlModel *model, const char *name, size_t *bytes) {
  const abi::Port *port = model->model.whole.port(name);
  *bytes = port ? size_t(memory::bytesOf(*port)) : 0;
  return model->model.whole.input(name);
}

void tlRun(TlModel *model, int64_t number) {
  CallersArithmetic kept;
  flushDenormals();
  model->model.whole.run(number);
}

const void *tlOutput(const TlModel *model, const char *name, size_t *bytes) {
  for (const abi::Port &port : model->model.whole.outputs())
    if (port.name == name) {
      *bytes = size_t(memory::bytesOf(port));
      return model->model.whole.output(port);
    }
  *bytes = 0;
  return nullptr;
}

void tlClose(TlModel *model) { delete model; }
