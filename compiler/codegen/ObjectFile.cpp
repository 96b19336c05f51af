// Machine code for a module: LLVM's own optimiser and back end, set for code whose vectors are written out already.
#include "compiler/codegen/ObjectFile.h"
#include "compiler/kernels/Signature.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/Parallel.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/Utils/SplitModule.h"

using namespace llvm;

namespace tl {

static std::string nameIn(size_t variant, StringRef name) { return variant == 0 ? name.str() : ("variant." + Twine(variant) + "." + name).str(); }

static GlobalVariable *addConstant(Module &module, Constant *value, const Twine &name) {
  return new GlobalVariable(module, value->getType(), /*isConstant=*/true, GlobalValue::ExternalLinkage, value, name);
}

static GlobalVariable *addTable(Module &module, ArrayRef<Constant *> entries, const Twine &name) {
  auto *type = ArrayType::get(PointerType::get(module.getContext(), 0), entries.size());
  return addConstant(module, ConstantArray::get(type, entries), name);
}

/// Adds the constants by which the runtime finds the program (runtime/abi/Program.h), and the others of the executable.
static void addSymbols(Module &module, StringRef descriptor, ArrayRef<Function *> functions, const VariantPlace &variant) {
  GlobalVariable *text = addConstant(module, ConstantDataArray::getString(module.getContext(), descriptor, /*AddNull=*/true), nameIn(variant.number, "tlDescriptor"));
  SmallVector<Constant *> entries(functions.begin(), functions.end());
  GlobalVariable *table = addTable(module, entries, nameIn(variant.number, "tlFunctions"));
  if (variant.number > 0) {
    text->setVisibility(GlobalValue::HiddenVisibility);
    table->setVisibility(GlobalValue::HiddenVisibility);
    return;
  }
  auto *pointer = PointerType::get(module.getContext(), 0);
  auto ofOther = [&](size_t number, StringRef name) {
    auto *made = new GlobalVariable(module, pointer, /*isConstant=*/true, GlobalValue::ExternalLinkage, nullptr, nameIn(number, name));
    made->setVisibility(GlobalValue::HiddenVisibility);
    return made;
  };
  SmallVector<Constant *> words; // of each TlVariant three
  for (size_t i = 0; i < variant.dims.size(); ++i) {
    words.push_back(addConstant(module, ConstantDataArray::getString(module.getContext(), variant.dims[i], /*AddNull=*/true), "dims." + Twine(i)));
    words.push_back(i == 0 ? text : ofOther(i, "tlDescriptor"));
    words.push_back(i == 0 ? table : ofOther(i, "tlFunctions"));
  }
  words.append(3, ConstantPointerNull::get(pointer));
  addTable(module, words, "tlVariants");
}

/// What the compiler of each function knows of the machine and of its callers.
static void describeFunctions(Module &module, const TargetCpu &cpu, ArrayRef<Function *> entries) {
  std::string width = std::to_string(cpu.target.lanes * 32);
  for (Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.setLinkage(GlobalValue::InternalLinkage);
    function.addFnAttr("target-cpu", cpu.name);
    if (!cpu.features.empty())
      function.addFnAttr("target-features", cpu.features);
    function.addFnAttr("prefer-vector-width", width);
    function.addFnAttr("min-legal-vector-width", width);
    function.addFnAttr(Attribute::NoUnwind);
  }
  // What is read-only overlaps nothing that is written; the rest is written by other threads between barriers, so it must
  // not be `noalias`: a barrier could be moved across.
  for (Function *entry : entries)
    for (auto [i, argument] : enumerate(functionArguments)) {
      if (!argument.isPointer || !argument.bytes)
        continue;
      entry->addParamAttr(i, Attribute::getWithAlignment(module.getContext(), Align(argument.bytes == 1 ? tlAlignment : argument.bytes)));
      if (argument.isReadOnly) {
        entry->addParamAttr(i, Attribute::NoAlias);
        entry->addParamAttr(i, Attribute::ReadOnly);
      }
    }
}

/// What code needs whose vectors, tiles and calls are chosen already: clean scalars, loads kept in registers, loops of a few
/// steps unrolled whole. LLVM's own pipelines would vectorise, inline and interleave for as much time again and gain nothing.
static const char *const pipeline = "function(sroa,early-cse<memssa>,instcombine<no-verify-fixpoint>,simplifycfg,"
                                    "loop-mssa(loop-rotate,licm),early-cse<memssa>,loop(loop-unroll-full),"
                                    "gvn,dse,instcombine<no-verify-fixpoint>,simplifycfg)";

static void optimise(Module &module, TargetMachine &machine) {
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager callGraph;
  ModuleAnalysisManager modules;
  PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(callGraph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, callGraph, modules);
  ModulePassManager passes;
  cantFail(builder.parsePassPipeline(passes, pipeline));
  passes.run(module, modules);
}

/// What is worth a thread of its own: a tenth of a second.
static constexpr unsigned instructionsOfAPart = 3000;

/// One part of a program: its optimised text, or its object file.
static std::string compilePart(Module &module, TargetMachine &machine, Output output) {
  optimise(module, machine);
  if (output == Output::LlvmIr) {
    std::string text;
    raw_string_ostream(text) << module;
    return text;
  }
  SmallString<0> bytes;
  raw_svector_ostream stream(bytes);
  legacy::PassManager emitter;
  if (machine.addPassesToEmitFile(emitter, stream, nullptr, CodeGenFileType::ObjectFile))
    report_fatal_error("the target writes no object files");
  emitter.run(module);
  return bytes.str().str();
}

Expected<std::vector<std::string>> compileModule(mlir::ModuleOp source, const TargetCpu &cpu, StringRef descriptor,
                                                 const std::vector<std::string> &functions, Output output,
                                                 unsigned mostParts, const VariantPlace &variant) {
  Expected<const llvm::Target *> target = findTarget();
  if (!target)
    return target.takeError();
  auto makeMachine = [&] {
    TargetOptions options;
    options.AllowFPOpFusion = FPOpFusion::Standard; // a multiply and an add fuse only where a kernel says so
    options.FunctionSections = options.DataSections = true;
    return std::unique_ptr<TargetMachine>((*target)->createTargetMachine(
        programTriple, cpu.name, cpu.features, options, Reloc::PIC_, std::nullopt, CodeGenOptLevel::Aggressive));
  };
  std::unique_ptr<TargetMachine> machine = makeMachine();

  LLVMContext context;
  std::unique_ptr<Module> module = mlir::translateModuleToLLVMIR(source, context, "program");
  if (!module)
    return createStringError("the module does not translate to LLVM");
  module->setTargetTriple(programTriple);
  module->setDataLayout(machine->createDataLayout());
  module->setPICLevel(PICLevel::BigPIC);
  module->setPIELevel(PIELevel::Large);
  SmallVector<Function *> entries;
  for (const std::string &name : functions) {
    Function *function = module->getFunction(name);
    if (!function || function->isDeclaration() || function->arg_size() != functionArguments.size())
      return createStringError("the module has no function `" + name + "` of the program's signature");
    entries.push_back(function);
  }
  describeFunctions(*module, cpu, entries);
  if (variant.number > 0) // parts of a program know each other by name
    for (GlobalValue &value : module->global_values())
      if (!value.isDeclaration())
        value.setName(nameIn(variant.number, value.getName()));
  addSymbols(*module, descriptor, entries, variant);
  // By size and not by cores, so that the bytes are the same on any machine.
  unsigned parts = std::clamp<unsigned>(module->getInstructionCount() / instructionsOfAPart, 1, mostParts);
  if (parts == 1)
    return std::vector<std::string>{compilePart(*module, *machine, output)};

  // An LLVM context serves one thread, hence bitcode between this one and the parts' own.
  std::vector<SmallString<0>> bitcode;
  SplitModule(
      *module, parts,
      [&](std::unique_ptr<Module> part) {
        raw_svector_ostream stream(bitcode.emplace_back());
        WriteBitcodeToFile(*part, stream);
      },
      /*PreserveLocals=*/false, /*RoundRobin=*/true);
  std::vector<std::string> compiled(bitcode.size());
  parallelFor(0, bitcode.size(), [&](size_t i) {
    LLVMContext own;
    std::unique_ptr<Module> part = cantFail(parseBitcodeFile(MemoryBufferRef(bitcode[i].str(), "part"), own));
    compiled[i] = compilePart(*part, *makeMachine(), output);
  });
  return compiled;
}

} // namespace tl
