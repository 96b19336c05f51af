// Data declarations: sources and their facts, splits, vocabularies, and which augmentations may touch what.
#pragma once
#include "compiler/data/DimsAndParams.h"
#include "compiler/data/ScriptFiles.h"
#include "compiler/stages/Stages.h"
#include "runtime/pictures/Steps.h"
#include <functional>

namespace tl {

namespace data { struct Facts; }

/// `corpus.text` of `words(text, vocabulary = corpus.text)`; null where the step fits its own.
const ast::Expr *sharedVocabulary(const ast::Statement &step);

/// A step that is done where pictures are read: a call, or behind `|>` its name alone.
struct PictureCall {
  const ast::Expr *step;
  size_t given; // its first argument that is its own: the picture may be piped in
};
/// Whether an expression is such a step, where the script declares nothing of that name; then whether it draws, and its name.
bool isPictureStep(const ast::Expr &expr, const Library &library);
bool isDrawnStep(const ast::Expr &step);
const std::string &nameOfStep(const ast::Expr &step);

class DataChecks {
public:
  DataChecks(Declared &declared, const ScriptFiles &files, Dims &dims, Draft &draft)
      : declared(declared), files(files), dims(dims), draft(draft) {}

  /// Reads the facts of all data of the script. Dims that sources name are evaluated for that.
  void checkAll();
  /// Once its fields are known.
  void checkAugments(const DataPlan &plan);
  void warnOfUnreadTests();

  /// Null where the script has none of that name.
  DataPlan *planOf(const std::string &data);
  std::deque<DataPlan> plans;

private:
  void checkInOrder(const ast::Data &data, std::vector<std::string> &open);
  void check(const ast::Data &data, DataPlan &plan);
  void checkSource(const ast::Source &source, DataPlan &plan);
  bool checkColumns(const ast::Source &source, const std::vector<abi::Field> &found, const abi::Data &facts);
  // Classes.cpp
  void takeClassNames(DataPlan &plan);
  void checkClassNames(const abi::Field &known, const DataPlan::SourceClasses &trained, const DataPlan::SourceClasses &other, const DataPlan &plan);
  void checkClasses(const DataPlan &plan);
  // Splits.cpp
  bool checkFiles(const ast::Source &source, const abi::Source &described, const data::Facts &found, DataPlan &plan);
  void checkSplits(const ast::Data &data, abi::Data &facts);
  void reportLeftOut(const ast::Split &split, const std::string &source, double rest, const abi::Data &facts);
  void checkSharedRecords(const DataPlan &plan);
  // Conditions.cpp
  void checkConditions(const ast::Data &data, DataPlan &plan);
  bool checkConditionFits(const ast::Expr &where, const ast::Data &data, const DataPlan &plan);
  void addConditions(const ast::Data &data, DataPlan &plan);
  void countKept(const ast::Expr &where, DataPlan &plan);
  // Tokens.cpp
  std::optional<std::map<std::string, std::string>> tokenOptions(const ast::Statement &step, DataPlan &plan);
  bool readTokenizer(const ast::Statement &step, DataPlan &plan, std::map<std::string, std::string> &options);
  std::string phraseScores(const ast::Expr &value);
  bool chooseTokenizer(const ast::Statement &step, const std::string &kind, DataPlan &plan, std::map<std::string, std::string> &options);
  void takeTokenizer(std::shared_ptr<const abi::Tokenizer> files, DataPlan &plan);
  void addLength(const ast::Argument &argument, const std::string &field, std::map<std::string, std::string> &options);
  bool checkTexts(const ast::Statement &step, const DataPlan &plan);
  bool checkStepFits(const ast::Statement &step, const ast::Data &data);
  // Pictures.cpp
  bool takePictureSteps(const ast::Statement &statement, const std::set<std::string> &bound, DataPlan &plan);
  void takePictureChoice(const ast::Expr &choice, const std::set<std::string> &bound, DataPlan &plan);
  bool checkPictureField(const ast::Expr &field, const ast::Expr &first, const std::set<std::string> &bound, const DataPlan &plan);
  std::optional<pictures::Steps> pictureSteps(const std::vector<PictureCall> &calls);
  static std::string drawnStepsOf(const ast::Source &source, const DataPlan &plan);
  // PictureCalls.cpp
  std::optional<pictures::Step> pictureStep(const PictureCall &said);
  std::optional<pictures::Size> pictureSize(const ast::Expr &size, const std::string &step, bool isShorterSide);
  std::optional<pictures::Filter> pictureFilter(const ast::Expr &value);
  // Vocabularies.cpp
  const DataPlan *vocabularyOwner(const ast::Statement &step, const DataPlan &plan);
  void fitVocabularies(DataPlan &plan);
  bool ifTrain(const DataPlan &plan, const std::string &field, const std::function<void(const abi::Source &, const abi::Split &)> &fit);
  void joinPhrases(const abi::Field &field, DataPlan &plan);
  void fitTokenizer(DataPlan &plan);
  const ast::Argument *argumentOfStep(const std::string &field, const std::string &name, const DataPlan &plan) const;
  void checkLeast(abi::Field &field, const DataPlan &plan);
  bool haveSameColumns(const ast::Statement &step, const abi::Field &mine, const abi::Field &theirs);
  void checkMost(const std::string &field, const DataPlan &plan);

  Declared &declared;
  const ScriptFiles &files;
  Dims &dims;
  Draft &draft;
};

}  // namespace tl
