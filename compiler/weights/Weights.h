// The door of the weights: what a stage's model keeps at which place, what is loaded into it, and over whose words it is.
#pragma once
#include "compiler/evaluate/Declared.h"
#include "compiler/weights/ParameterTree.h"

namespace tl {

namespace weights {
class WeightFile;
}

struct Origin;
struct RemapArguments;

/// A stage as far as its weights go.
struct StageWeights {
  const ast::Stage *ast = nullptr;
  std::shared_ptr<Instance> instance;  // the model
  ParameterTree tree;
  std::map<std::string, std::set<std::string>> vocabularies;  // of weights: digests of those they are over, by path
  std::vector<ast::Span> loadSpans;                           // of what each of the stage's loads names
  std::string vocabularyOf(const std::string &path) const;    // as abi::Variable has it
};

/// The vocabularies of a script's data, and the weights that have a row, a column or an element for each of their words.
class Vocabularies {
public:
  Vocabularies(const Declared &declared, const std::vector<abi::Data> &datas) : declared(declared), datas(datas) {}

  /// The field whose vocabulary has this digest, and its name in the script; null where the script has none.
  const abi::Field *fieldOf(const std::string &vocabulary, std::string &name) const;
  /// Those of the stage's weights, as `probe`, which runs its model on fields of `data`, and of data beside it, uses them.
  void find(StageWeights &stage, const abi::Data &data, const Function &probe) const;
  /// One error for each `X from …`, with what it would mix up.
  void check(const StageWeights &stage, const std::vector<abi::Load> &loads) const;

private:
  const Declared &declared;
  const std::vector<abi::Data> &datas;
};

/// The files that stages load from. Each is opened once, as one of word vectors is gone through for its words.
class WeightFiles {
public:
  /// Throws tl::Error.
  std::shared_ptr<const weights::WeightFile> open(const std::string &path);

private:
  std::map<std::string, std::shared_ptr<const weights::WeightFile>> opened;
};

/// What each `X from …` of a stage loads.
class Loads {
public:
  /// The stage that a checkpoint is of, which stands before the one that loads, and "last" or the name of one that it keeps; null after an error.
  using Trained = std::function<const StageWeights *(const ast::Checkpoint &, std::string &which)>;
  Loads(const Declared &declared, const Vocabularies &vocabularies, WeightFiles &files, Trained trained)
      : declared(declared), vocabularies(vocabularies), files(files), trained(std::move(trained)) {}

  /// Adds loads for each of the stage's layers that says where it comes from; what is wrong with one has been reported. Each weight is
  /// loaded once, by the outermost layer that loads all of it.
  void resolve(StageWeights &stage, abi::Stage &into) const;

private:
  /// What a load is made of: a checkpoint or a file, and how often it counts.
  struct Share {
    const ast::Expr *source;
    double factor;
  };
  /// The loads of one layer, several where they are added up, and what each names.
  struct Made {
    std::vector<abi::Load> loads;
    std::vector<ast::Span> spans;
    std::string source() const; // as scripts say it
  };
  void loadInside(const StageWeights &stage, const Instance &instance, std::set<const Instance *> &seen, std::vector<Made> &into) const;
  Made loadsOf(const StageWeights &stage, const Instance &instance) const;
  bool addShares(const ast::Expr &expr, double factor, std::vector<Share> &into) const;
  void checkMix(const StageWeights &stage, const ast::Expr &source, const abi::Load &load) const;
  std::optional<abi::Load> load(const StageWeights &stage, const Instance &instance, const ast::Expr &source) const;
  bool openFile(const std::string &name, const ast::Expr &source, Origin &origin, abi::Load &load) const;
  bool openStage(const ast::Expr &source, Origin &origin, abi::Load &load) const;
  std::optional<RemapArguments> remapArguments(const ast::Definition &remap, const Callee &callee, const Values &names) const;

  const Declared &declared;
  const Vocabularies &vocabularies;
  WeightFiles &files;
  Trained trained;
};

/// How a stage's adapters are published, and what is loaded of such files: `adapt S with LoRA(8) from "adapter_model.safetensors"`.
class AdapterFiles {
public:
  /// `rules`: of what is adapted, by path. `program` has the stages before this one, and of this one the loads of its layers.
  AdapterFiles(const Declared &declared, WeightFiles &files, const abi::Program &program, const std::map<std::string, const ast::Rule *> &rules)
      : declared(declared), files(files), program(program), rules(rules) {}

  /// Describes how each adapter is published, and adds a load for each rule that says where its adapters come from.
  void describe(StageWeights &stage, abi::Stage &into) const;

private:
  abi::PublishedAdapter published(const StageWeights &stage, const TreeEntry &adapter, const abi::Stage &described) const;
  std::string moduleOf(const StageWeights &stage, const std::string &adapted, const abi::Stage &described) const;
  std::string configOf(const Instance &adapter, const RemapArguments &arguments) const;
  std::optional<abi::Load> load(const ast::Rule &rule, const std::vector<const abi::PublishedAdapter *> &adapters) const;
  void checkTwice(const abi::Load &own, ast::Span span, const std::vector<abi::Load> &others) const;
  void checkConfig(const std::string &folder, ast::Span span, const std::vector<const abi::PublishedAdapter *> &adapters, const weights::WeightFile &weights) const;

  const Declared &declared;
  WeightFiles &files;
  const abi::Program &program;
  const std::map<std::string, const ast::Rule *> &rules;
};

}  // namespace tl
