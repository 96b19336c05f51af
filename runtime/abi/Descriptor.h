// The descriptor every compiled program carries: what the runtime is driven by. `tlc` fills these structs and embeds
// them as JSON; the runtime reads them back. The runtime knows no model: all it knows stands here.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

/// NLOHMANN_DEFINE_TYPE_INTRUSIVE as templates: the two files that read or write a whole descriptor pay for them, not each that
/// includes this page.
#define TL_JSON(Type, ...)                                                                       \
  template <class Json, std::enable_if_t<nlohmann::detail::is_basic_json<Json>::value, int> = 0> \
  friend void to_json(Json &nlohmann_json_j, const Type &nlohmann_json_t) {                      \
    NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(NLOHMANN_JSON_TO, __VA_ARGS__))                     \
  }                                                                                              \
  template <class Json, std::enable_if_t<nlohmann::detail::is_basic_json<Json>::value, int> = 0> \
  friend void from_json(const Json &nlohmann_json_j, Type &nlohmann_json_t) {                    \
    NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(NLOHMANN_JSON_FROM, __VA_ARGS__))                   \
  }

namespace tl::abi {

/// A run-time value of the script (`param lr = 1e-3 in [1e-5, 1e-1]`): a typed command-line flag of the program.
struct Param {
  std::string name, type;  // type: "real", "int" or "bool"
  double value = 0;        // default
  bool bounded = false;
  double low = 0, high = 0;  // inclusive, where bounded
  std::string doc, place;    // place: file:line:col in the script
  TL_JSON(Param, name, type, value, bounded, low, high, doc, place)
};

/// A step of a condition, on a stack: a "constant", a "scalar" by its name, an element of a "field" by its name, or an operation of the calculus.
struct ConditionStep {
  std::string op, name;
  double value = 0;  // of a constant; of a field: which element
  TL_JSON(ConditionStep, op, name, value)
};

/// A number that compiled code reads.
struct Scalar {
  std::string name, changes;  // changes: with each "step", "phase" or "stage"; "": a param, which a run is given once
  TL_JSON(Scalar, name, changes)
};

/// What a declaration requires of run-time values, and what is said where it does not hold. See runtime/abi/Requirement.h.
struct Requirement {
  std::vector<ConditionStep> condition;
  std::string text, place;
  TL_JSON(Requirement, condition, text, place)
};

/// A named tensor at an offset of some arena.
struct Port {
  std::string name, dtype;  // dtype: a name of ElementTypes.def
  std::vector<int64_t> shape;
  int64_t offset = 0;  // bytes, a multiple of 64
  TL_JSON(Port, name, dtype, shape, offset)
};

/// A tensor that lives through a stage.
struct Variable {
  std::string path;  // unique within its stage, and its name in checkpoints; nothing is read off it
  std::string kind;  // "parameter", "buffer", "slot", "counter", "fitted", "accumulator", "table" (a fact of the data; or `of` a parameter that is bytes the steps of its
                     // rows, see KeptRows.h), "live": what trains where the parameter `of` is an average; it starts as that does once all is loaded. So does what is "fitted"
                     // `of` a parameter, and stays so
  std::string dtype;
  std::vector<int64_t> shape;
  int64_t offset = 0;  // bytes within the stage's variables arena
  std::string role;    // "@bias", "@norm", … or ""
  std::string place;
  std::string vocabulary = {};  // digest of the one whose words it has a row, a column or an element for each; several joined by "+"; "" where none
  std::string of = {};     // of a slot, a live weight, steps, what a weight began as, a gradient that is stored, a parameter or buffer of an adapter: the path of the parameter that it serves
  std::string state = {};  // of a slot: which of the optimizer's, "m"
  std::string range = {};  // of an accumulator: the range of gradients that it lies in
  TL_JSON(Variable, path, kind, dtype, shape, offset, role, place, vocabulary, of, state, range)
};

/// A published tokenizer, whole: the texts of `tokenizer.json` and `tokenizer_config.json`, and where they came from, for messages.
struct Tokenizer {
  std::string json, path, config = "{}", configPath;
  TL_JSON(Tokenizer, json, path, config, configPath)
};

/// Words that stand together as one, by round, each pair with a blank between: "new york", of which a later round may have "new_york city".
using Phrases = std::vector<std::vector<std::string>>;

/// One file set that a data declaration reads: `source train idx("images", "labels")`.
struct Source {
  std::string name, reader;        // reader: "idx", "csv", "cifar", "text", "lines", …
  std::vector<std::string> files;  // as written; found by tl::data::findFile (TL_DATA, beside the script, here; also with .gz)
  std::map<std::string, std::string> options;  // reader options, e.g. csv: {"label": "species"}
  int64_t records = 0;                         // a fact read at compile time, verified at start
  std::string digest;                          // of the facts: see tl::data::Facts::digest
  std::string place;
  int64_t window = 1;                          // record r is entries r to r + window - 1 of what the files hold
  int64_t leftOut = 0;                         // records without a text, or damaged pictures, which are not among `records`
  std::shared_ptr<const Tokenizer> tokenizer = {};  // its data's, which alone is written down
  std::map<std::string, Phrases> phrases = {};      // by field of tokens, as its data's fields have them, which alone are written down
  TL_JSON(Source, name, reader, files, options, records, digest, place, window, leftOut)
};

/// A raw column of a record, as the reader delivers it: `image: u8[28, 28]`, `label: i32[]` with 10 classes. A field of
/// tokens, `text: i32[64]`, may have another one beside it, `i32[]`: how many of them are no padding.
struct Field {
  std::string name, dtype;
  std::vector<int64_t> shape;  // of one record
  int64_t classes = 0;         // > 0: a class number in [0, classes), checked for every record at start
  std::vector<std::string> classNames;
  std::string tokens = {};                  // what a token is: "characters", "words" or "pieces", or of a table's names "categories"; "" for a field of numbers
  std::vector<std::string> vocabulary = {}; // of tokens: the text of each number, fitted on the train split or its tokenizer's
  std::map<std::string, int64_t> special = {}; // of tokens: "padding", "unknown", "mask", …, those that there are
  bool hasStart = false;                    // of tokens: the first of a record is the start token
  std::vector<std::string> of = {};         // of tokens: the texts of a record that are joined in it
  std::string lengthOf = {};                // the field whose tokens it counts; "" for one that scripts name
  std::string beside = {};                 // the field of tokens for each of which it has a number: of which text it is, or the class of its word
  Phrases phrases = {};                     // of words: those that become one before they have a number; no round where its words stay alone
  std::vector<int64_t> counts = {};         // of a vocabulary that is fitted: how often each entry stands in train; for the compiler alone
  std::vector<std::string> columns = {};    // of a table: what its columns are called, that a record may be given by
  bool mayLack = false;                     // of a table's numbers: a hole is NaN
  int64_t rows = 0, before = 0;             // of a window over the rows of a table: how many it has, and how many of the record's stand before them; rows 0: all
  TL_JSON(Field, name, dtype, shape, classes, classNames, tokens, vocabulary, special, hasStart, of, lengthOf, beside, phrases, columns, mayLack, rows, before)
};

/// The field that says which records belong together: two numbers made of what a column of the table has.
inline constexpr const char *groupField = "group";

/// Whether it has tokens that a text is cut into: categories of a table stand one by one.
inline bool hasText(const Field &field) { return !field.tokens.empty() && field.tokens != "categories"; }

/// Whether an entry of a vocabulary is a special token, no word of a text.
inline bool isSpecial(const Field &field, int64_t entry) {
  return std::any_of(field.special.begin(), field.special.end(), [&](const auto &special) { return special.second == entry; });
}

/// The one that counts the tokens of another; null: there is none.
inline const Field *lengthsOf(const std::vector<Field> &fields, const Field &tokens) {
  for (const Field &field : fields)
    if (field.lengthOf == tokens.name)
      return &field;
  return nullptr;
}

/// Whether a text of that name is joined in a field of tokens.
inline bool isMadeOf(const Field &field, const std::string &text) { return std::find(field.of.begin(), field.of.end(), text) != field.of.end(); }

/// A named part of a source. By hash: record r belongs to the split whose [from, to) holds
/// philox(hashSeed, digest of the record's bytes) / 2^32, so it is stable under re-ordering. By position: of the n
/// entries of the source, those from floor(from · n) to floor(to · n) - 1, every `step`-th window of them.
struct Split {
  std::string name, source;
  double from = 0, to = 1;
  std::string place;
  std::string by = "hash";  // or "position"
  int64_t step = 1;
  std::vector<ConditionStep> where = {};  // of its records, those alone that meet it; empty: all
  std::string condition = {};             // as it is written
  int64_t kept = -1, of = 0;              // then how many do, of how many, when the script is compiled
  TL_JSON(Split, name, source, from, to, place, by, step, where, condition, kept, of)
};

/// Values fitted on the train split before a stage starts, by running `function` over every record of the split. For each
/// batch it puts out an "origin" (f32), "sum" and "squares" of what its elements are away from there (f64), and their
/// "count" (f32), each of the shape of the values: of the batch, mean = origin + sum/count and
/// Σ (x - mean)² = squares - sum²/count. Means and deviations of all batches together are written to the variables named.
struct Fit {
  std::string name, split, function;
  std::string meanVariable, deviationVariable;  // paths (same in every stage that uses the data); "" where unused
  std::vector<int64_t> shape;                   // of each value: [] for a number, [13] for the columns of a table
  TL_JSON(Fit, name, split, function, meanVariable, deviationVariable, shape)
};

struct Data {
  std::string name;
  std::vector<Source> sources;
  std::vector<Field> fields;  // the same for every source
  std::vector<Split> splits;
  std::vector<Fit> fits;  // in order; a later one may use an earlier one's values
  std::shared_ptr<const Tokenizer> tokenizer = {};  // of fields whose tokens are "pieces"
  std::map<std::string, int64_t> classesKept = {};  // by field, where conditions leave of its classes only the first ones

  /// How many classes the records that are read may have; 0 of a field without.
  int64_t classesOf(const Field &field) const {
    auto kept = classesKept.find(field.name);
    return kept == classesKept.end() ? field.classes : kept->second;
  }

  template <class Json, std::enable_if_t<nlohmann::detail::is_basic_json<Json>::value, int> = 0>
  friend void to_json(Json &json, const Data &data) {
    json = {{"name", data.name}, {"sources", data.sources}, {"fields", data.fields}, {"splits", data.splits}, {"fits", data.fits}, {"classesKept", data.classesKept}};
    if (data.tokenizer)
      json["tokenizer"] = *data.tokenizer;
  }
  template <class Json, std::enable_if_t<nlohmann::detail::is_basic_json<Json>::value, int> = 0>
  friend void from_json(const Json &json, Data &data) {
    json.at("name").get_to(data.name);
    json.at("sources").get_to(data.sources);
    json.at("fields").get_to(data.fields);
    json.at("splits").get_to(data.splits);
    json.at("fits").get_to(data.fits);
    json.at("classesKept").get_to(data.classesKept);
    if (json.contains("tokenizer"))
      data.tokenizer = std::make_shared<const Tokenizer>(json["tokenizer"].template get<Tokenizer>());
    for (Source &source : data.sources) {
      source.tokenizer = data.tokenizer;
      for (const Field &field : data.fields)
        if (!field.phrases.empty())
          source.phrases[field.name] = field.phrases;
    }
  }
};

/// What a compiled function calls, as a profile tells of it. A kernel computes many words of a script; the one place that it has is that of the
/// product or the sum that it is made around.
struct Kernel {
  int64_t asked = 0, place = 0;  // in Program::places: the line of the script that asks for it, the line that computes it
  int64_t flops = 0, bytes = 0;  // of one run: additions and multiplications; what it reads and writes
  int64_t runs = 1;              // in a call of the function: one for each step of a scan
  template <class Json, std::enable_if_t<nlohmann::detail::is_basic_json<Json>::value, int> = 0>
  friend void to_json(Json &json, const Kernel &kernel) {
    json = {kernel.asked, kernel.place, kernel.flops, kernel.bytes, kernel.runs};  // without names: a program has thousands
  }
  template <class Json, std::enable_if_t<nlohmann::detail::is_basic_json<Json>::value, int> = 0>
  friend void from_json(const Json &json, Kernel &kernel) {
    json.at(0).get_to(kernel.asked);
    json.at(1).get_to(kernel.place);
    json.at(2).get_to(kernel.flops);
    json.at(3).get_to(kernel.bytes);
    json.at(4).get_to(kernel.runs);
  }
};

/// A compiled function. Inputs are named after raw fields ("image": [batch, 28, 28]), of data beside the stage's own as inputName says, plus "valid" (f32[batch], 1 for a
/// record, 0 for padding of the last batch) where it is used. Outputs: see Stage and Deploy; the function that ends a step, or the one
/// that is called before it where the step is logged, also puts out "gradient_norm", f32[], before gradients are clipped, and
/// "learning_rate", f32[], where the optimizer has one.
struct Function {
  std::string name;
  int64_t workBytes = 0;
  int64_t stackBytes = 0;  // of the kernel that puts most on the stack of its thread: copies of what its tiles read
  int64_t inputBytes = 0, outputBytes = 0;  // ends of the last input and output
  std::vector<Port> inputs, outputs;
  bool parallel = false;  // false: so small that only thread 0 has work; call it with a team of one
  std::vector<Kernel> kernels;  // in the order in which they are called
  TL_JSON(Function, name, workBytes, stackBytes, inputBytes, outputBytes, inputs, outputs, parallel, kernels)
};

/// A measured quantity: outputs "NAME.sum" and, where it has one, "NAME.count" of a step or evaluate function, added up
/// over batches in double; value = finish(sum / count). "loss" is always the first; of phases that take turns each has its own, of its name. One of all records at once has outputs "NAME.0",
/// "NAME.1", … of an evaluate function alone, which are the inputs "0", "1", … of a function that is called behind the last batch.
struct Metric {
  std::string name;
  bool counted = true;        // false: a plain sum (a confusion matrix)
  std::string finish;         // "" or "exp" or "sqrt"
  std::string better;         // "lower", "higher" or ""
  std::string place;
  std::vector<int64_t> shape; // [] for a number
  std::string function = {};  // of all records at once: puts out "value"; "": this is a sum
  std::vector<std::string> parts = {}; // of each of its inputs: "rows", those of the batches' real records below each other, or "sum", in double
  int64_t list = 0;                    // in place of a value, at most so many records: those whose number of part 0 is above 0, the greatest first; part 1, where there is one, is what was answered
  std::vector<std::string> terms = {}; // of a total over several batches: the metrics that it is made of, times the outputs "NAME.0", "NAME.1", …, which are the same
                                       // throughout a run; what it puts out itself is of the one batch
  std::vector<std::string> axes = {};  // of a curve, which has [n, 2] numbers: what a point's two are; NaN: there is none
  bool isAside = false;                // of a test: measured for a total that has it as a term, and not told
  TL_JSON(Metric, name, counted, finish, better, place, shape, function, parts, list, terms, axes, isAside)
};

/// Whether it is one number, which other records would have given otherwise.
inline bool hasInterval(const Metric &metric) { return metric.shape.empty() && metric.list == 0 && !metric.isAside; }

/// Which metric of which split decides: `keep best(val.accuracy)`, `stop early(val.loss, patience = 2)`.
struct Watch {
  bool enabled = false;
  std::string split, metric;  // split: "train" or "val"
  bool higher = false;        // higher is better
  int64_t patience = 0;       // epochs without improvement, for stop early
  std::string place;
  TL_JSON(Watch, enabled, split, metric, higher, patience, place)
};

/// "val.accuracy"
inline std::string nameOf(const Watch &watch) { return watch.split + "." + watch.metric; }

/// A checkpoint that a stage keeps beside its last one: of the epoch with the best value. `keep best(val.loss)` keeps "best", `keep best(val.accuracy) as accurate` "accurate".
struct Kept {
  std::string name;
  Watch by;
  TL_JSON(Kept, name, by)
};

/// How the val split is measured in a phase.
struct Evaluation {
  std::string function;          // one batch, evaluation mode; "" where there is no val split
  std::string featuresFunction;  // as Phase::featuresFunction
  std::string notCached;
  int64_t featuresFlops = 0, flops = 0;  // of one call of each
  TL_JSON(Evaluation, function, featuresFunction, notCached, featuresFlops, flops)
};

/// Where the gradients lie that a step has stored before its update reads them, those of the phase's trained parameters one after
/// the other and then the count that they are divided by, if any: bytes of the variables arena, all of one element type; those between
/// tensors mean nothing. Whoever adds ranges of equal phases up, element by element, gets that of all their batches together.
struct Range {
  std::string name;  // of phases that train the same it is the same one
  int64_t offset = 0, bytes = 0;
  std::string dtype;
  TL_JSON(Range, name, offset, bytes, dtype)
};

/// Which records an epoch of a phase takes, and in which order: see data::Sampling.
struct Sample {
  std::string way;       // "": each record once, shuffled; "balanced", "alike" or "rising"
  std::string field;     // by which
  std::string function;  // puts out "value", f32[batch], by which records are alike or rise; "" where they are balanced, by a field as it is
  bool isLength = false; // of a field of tokens: by how many it has
  double from = 0;       // of those that rise: the share of the records that a phase begins with
  TL_JSON(Sample, way, field, function, isLength, from)
};

/// What training does until another phase begins. Phases that take turns follow each other, the first with `turn` 0, and have the length, sampling and `stop early` of the
/// whole alike.
struct Phase {
  std::string name, place;
  int64_t turn = 0, times = 0;       // its place among those that take turns, and for how many steps in a row; times 0: it takes none
  std::string loss = "loss";         // the metric that its steps make small
  int64_t epochs = 0, steps = 0;     // one of the two is > 0; steps: exactly that many optimizer steps
  std::string epochsParam;           // the `param` that gives epochs or steps at run time; "" where constant
  std::string stepFunction;
  std::string updateFunction;        // ends a step: reads the gradients that the calls of the step function have stored; "" where they
                                     // are not stored, and the step function updates
  Range gradients;                   // where they are stored
  std::string loggedFunction;        // called before the function that ends a step that is logged, with the same input; "" where there is
                                     // nothing that only a log shows
  std::vector<std::string> trainable, frozen;  // parameter paths
  int64_t trainableCount = 0, frozenCount = 0; // elements
  std::vector<std::string> fresh;    // slots and counters that this phase is the first to use, as `init` wrote them
  Watch stopEarly;
  bool batchStatistics = false;      // a layer takes statistics over the records of a batch: see data::batchSpan
  std::string featuresFunction;      // raw fields of a batch -> values that a record has throughout the phase; inputs of the
                                     // step of the same names, "features.0", …; "" where there are none
  std::string notCached;             // why there are none, where parameters are frozen
  int64_t featuresFlops = 0, stepFlops = 0;    // of one call of each
  Evaluation evaluation;
  std::vector<Requirement> requirements;       // of the number of steps; checked before the stage trains
  Sample sample = {};
  TL_JSON(Phase, name, place, turn, times, loss, epochs, steps, epochsParam, stepFunction, updateFunction, gradients, loggedFunction, trainable, frozen,
          trainableCount, frozenCount, fresh, stopEarly, batchStatistics, featuresFunction, notCached, featuresFlops,
          stepFlops, requirements, evaluation, sample)
};

/// A step in making a variable's value of tensors of a file. All tensors are row-major, of the variable's element type.
struct LoadStep {
  std::string op;  // "tensor": one of the file; "new": the variable's value so far; "permute", "reshape", "slice", "concat", "pad", "rows"
  std::string tensor, dtype;      // of a "tensor": its name and its element type in the file
  std::vector<int64_t> shape;     // of the result
  std::vector<int64_t> operands;  // earlier steps, each used once
  std::vector<int64_t> numbers;   // permute: the operand's axes; slice: its starts; concat: the axis; pad: elements before each axis;
                                  // rows: the axis, then for each place along it that of the first operand, or -1: the second one's;
                                  // tensor: of word vectors, the rows that are wanted, in ascending order
  double value = 0;               // pad
  std::string vocabulary = {};    // of a "tensor": as a Variable's, where it is known
  std::string exported = {};      // of a "tensor" of a published model: its name where the model is published again
  TL_JSON(LoadStep, op, tensor, dtype, shape, operands, numbers, value, vocabulary, exported)
};

struct LoadedTensor {
  std::string path;             // of the variable
  std::vector<LoadStep> steps;  // the last one's result is its value
  std::string words = {};       // where its rows are loaded to their words: how many were found, in words
  TL_JSON(LoadedTensor, path, steps, words)
};

/// Weights taken from an earlier stage or a file when a stage starts.
struct Load {
  std::string stage, which;   // stage and "last" or one that it keeps; stage "" where file is set
  std::string file, digest;   // a file, or an index of files; digest: see weights::WeightFile::digest
  std::vector<LoadedTensor> tensors;
  std::vector<std::string> fresh, ignored;  // paths here that start anew, names there that are declared ignored
  std::vector<std::pair<std::string, int64_t>> rules;  // as written, and how many tensors each decides
  std::string place;
  std::string layer = {};                   // the path of what says so; "" of a stage's adapters
  std::string config = {};                  // of a published model: its config.json
  std::vector<LoadedTensor> named = {};     // of it: what starts anew and has a name there all the same
  int64_t openBytes = 0;                    // what is held of the file while it is open, besides tensors: the words of its rows
  double factor = 1;                        // times what is loaded; then it is added up in double with those before it, where `isAdded`
  bool isAdded = false;                     // to what the load before this one has made of the same tensors
  std::map<std::string, std::string> files = {};  // of a published model: what else of its folder the script goes by, which an export has as well
  TL_JSON(Load, stage, which, file, digest, tensors, fresh, ignored, rules, place, layer, config, named, openBytes, factor, isAdded, files)
};

/// What it is of, as scripts say it: "a.best", "w.safetensors", "0.5 * a.best".
inline std::string sourceOf(const Load &load) {
  char factor[32];
  snprintf(factor, sizeof factor, "%g * ", load.factor);
  return (load.factor == 1 ? "" : factor) + (load.file.empty() ? load.stage + "." + load.which : load.file);
}

/// What of a layer's load is left out, as the `from` of a layer that holds it loads the same weights. What they are called in a published model holds on.
struct Overridden {
  Load load;
  std::string by; // that other load, as scripts say it
  TL_JSON(Overridden, load, by)
};

/// How the weights of one adapter are published, in a file of their own beside its configuration.
struct PublishedAdapter {
  std::string adapter, path;          // its name; of the weight or layer that it adapts
  std::string config;                 // JSON; lists are those of all adapters, put together
  std::vector<LoadedTensor> tensors;
  std::string problem = {};           // why it has no place in such a file; "" where it has
  TL_JSON(PublishedAdapter, adapter, path, config, tensors, problem)
};

/// Data that a stage trains on beside its own: of each of its steps one batch, in an order and with epochs of its own.
struct Beside {
  std::string data, trainSplit, valSplit;  // splits as of Stage
  int64_t batch = 0;
  std::string evaluateFunction;  // what is measured on its records; "" where it has no val split
  std::vector<Fit> fits;         // as Data::fits, by functions of the stage
  TL_JSON(Beside, data, trainSplit, valSplit, batch, evaluateFunction, fits)
};

/// What an input of a stage's functions is called: a field of its own data (`data` "") as it is, "text", of data beside it "corpus/text".
inline std::string inputName(const std::string &data, const std::string &field) { return data.empty() ? field : data + "/" + field; }
/// The data and the field.
inline std::pair<std::string, std::string> partsOfInput(const std::string &name) {
  const size_t slash = name.find('/');
  return slash == std::string::npos ? std::pair(std::string(), name) : std::pair(name.substr(0, slash), name.substr(slash + 1));
}
inline bool isBeside(const Port &input) { return input.name.find('/') != std::string::npos; }

/// A table whose rows a field numbers, as it is: where a record's number has no row, training ends in NaN.
struct Lookup {
  std::string field, place;              // place: of the indexing
  std::vector<int64_t> starts, limits;   // by axis of a record: the elements that are looked up
  int64_t rows = 0;
  bool operator==(const Lookup &) const = default;
  TL_JSON(Lookup, field, place, starts, limits, rows)
};

/// What a variable of the kind "table" is, from the start on: a fact of a vocabulary, which data::valuesOf makes of its entries or of how often each occurs.
struct Table {
  std::string variable;  // its path
  std::string data, field; // whose vocabulary
  std::string fact;      // "counts", "huffman_nodes", "huffman_signs", "subwords"
  std::vector<int64_t> counts; // none where the fact is of the entries alone
  std::vector<int64_t> sizes = {}; // of subwords: the least and most characters of a piece, and how many numbers pieces have
  TL_JSON(Table, variable, data, field, fact, counts, sizes)
};

struct Stage {
  std::string name, kind, model, data, place;  // kind: "pretrain", "finetune", or "load", which has no phases: it is what it loads
  std::string trainSplit, valSplit;            // names of abi::Data::splits; "" where it reads none
  int64_t batch = 0;             // records of one call; 0 where it has no phases
  int64_t accumulate = 1;        // calls of the step function before an update
  std::string precision = "f32"; // of the factors of products in its steps and its evaluation; "bf16": summed in f32
  int64_t variablesBytes = 0;
  std::vector<Variable> variables;
  std::vector<Table> tables;
  std::string initFunction;      // writes every other variable's initial value
  std::vector<Load> loads;       // applied after init, those of a layer before those of what holds it
  std::vector<Overridden> overridden;
  std::vector<Phase> phases;
  std::string evaluateFunction;  // one batch, evaluation mode
  std::string mergeFunction;     // puts out, by its path, what each adapted weight is to the layers; "" where none is adapted, or one has an `unmerged` adapter
  std::vector<PublishedAdapter> adapters;
  std::string unmerged;          // the name of an adapter that acts on what a layer gives and makes no other weight of any
  std::vector<Metric> metrics;   // of the step and evaluate functions alike
  std::vector<Kept> kept = {};  // the one called "best" first, where there is one
  std::vector<Lookup> lookups;   // of its steps
  std::vector<Beside> beside;
  TL_JSON(Stage, name, kind, model, data, place, trainSplit, valSplit, beside, batch, accumulate, precision, variablesBytes, variables,
          tables, initFunction, loads, overridden, phases, evaluateFunction, mergeFunction, adapters, unmerged, metrics, kept, lookups)
};

/// What a search tries of one param or of one dim, which has listed values: the executable has a program for each, see runtime/abi/Variants.h.
struct Setting {
  std::string name;
  std::vector<double> values;  // one of these; none: between the bounds
  double low = 0, high = 0;    // inclusive; whole numbers where the param is an "int"
  bool isLog = false;          // alike by their ratios, not by their differences
  std::string place;
  TL_JSON(Setting, name, values, low, high, isLog, place)
};

/// `tune cls { vary lr in log [1e-5, 1e-2];  trials 40;  minimise val.loss;  by asha() }`: where the stage would be trained, trials of it are,
/// and the winner's checkpoints become its own. See runtime/tune.
struct Search {
  std::string stage, place;
  std::vector<Setting> settings;
  int64_t trials = 0;
  Watch goal;
  std::string proposals;             // who says what to try: "random", "quasi_random", "grid" or "tpe"
  std::string halving;               // who stops trials early: "asha", "hyperband" or "": nobody
  int64_t eta = 0, least = 0;        // of halving: one of how many goes on, and the epochs of the first rung
  int64_t workers = 1;               // trials that are decided on side by side, however many run at once; 0: all
  int64_t start = 0;                 // of "tpe": how many trials are drawn evenly first
  TL_JSON(Search, stage, place, settings, trials, goal, proposals, halving, eta, least, workers, start)
};

/// `folds cls { parts 5;  report val.loss }`: before the stage is trained, it is trained for each of so many parts of its records on all others, and measured on that part, which
/// is `val` then. See runtime/data/Folds.h.
struct Folds {
  std::string stage, place;
  int64_t parts = 0;
  std::string by = {};  // a field: parts are alike in its classes, or, of `group`, have all records of a group or none; "" where content alone decides
  std::vector<Watch> report;
  std::map<std::string, int64_t> vocabularies = {};  // fields whose vocabulary is fitted on `train`, and how often an entry stands there at least
  TL_JSON(Folds, stage, place, parts, by, report, vocabularies)
};

/// `test cls.best on digits.test { report accuracy, confusion }`
struct Test {
  std::string name, stage, which, data, split, function, place;
  int64_t batch = 0;
  std::vector<Metric> metrics;
  double interval = 0;  // the share of `draws` of as many records that the bounds hold, of each metric that hasInterval; 0: there are none
  int64_t draws = 0;    // then "NAME.sum.rows" and so on are outputs as well: what each record adds, a row for each
  TL_JSON(Test, name, stage, which, data, split, function, place, batch, metrics, interval, draws)
};

/// `deploy cls.best { predict(image) -> class, probability }`: one record in (raw fields, batch 1), named values out.
/// `nearest(word) -> words by near` asks the whole model, and what is no field is a token.
/// With `repeats`, `deploy lm.best { generate(text) repeats sample() }`: of a text's tokens i32[1, t] and their number "FIELD.length" the function makes
/// "scores" of what comes next. `tokenFunction`, "" where there is none, makes the same of one token of each of b texts, i32[b, 1], at "position" i32[];
/// its outputs "cache.N" are its inputs of these names the next time. What chooses a token of the scores: ChoiceFunction.h.
struct Deploy {
  std::string name, stage, which, data, function, place;
  std::vector<std::string> inputs;  // fields of the data
  std::vector<std::string> tokenInputs = {}, tokenOutputs = {};  // of what is asked of the whole model: inputs that are no fields but one token each of
                                                                 // the data's text, i32[1]; outputs that are tokens of it
  bool repeats = false;
  std::string tokenFunction;
  std::string classes = {};               // the field whose class names the outputs `class`, `labels` and `label_probabilities` have; "": they are numbers
  std::vector<std::string> ofWords = {};  // outputs of a value for each token, where the data has a class for each word: a word's is that of its first token
  TL_JSON(Deploy, name, stage, which, data, function, place, inputs, tokenInputs, tokenOutputs, repeats, tokenFunction, classes, ofWords)
};

struct Program {
  std::string name, source, sourceText, digest, compiler;  // digest: SHA-256 of all that training depends on
  std::map<std::string, std::string> parts;                 // digests of what that consists of: "data `d`", "phase `p` of stage `s`", …
  std::string cpu;                                          // LLVM's name of the CPU compiled for
  std::vector<std::string> cpuFeatures;                     // features the code needs: "avx512f", …; checked at start
  std::string explain;                                      // what `tlc explain` printed; `./prog --phases`
  std::vector<Param> params;
  std::vector<Requirement> requirements;  // of params; checked before anything else
  std::vector<Scalar> scalars;  // params, then "phase.step" (0-based), "phase.steps", "stage.step", "stage.steps"
  std::vector<Data> data;
  std::vector<Stage> stages;
  std::vector<Search> searches;  // at most one of a stage
  std::vector<Test> tests;
  std::vector<Deploy> deploys;
  std::vector<Function> functions;
  std::vector<std::string> places;  // "digits.tl:12", of kernels
  std::vector<Folds> folds;         // at most one of a stage
  TL_JSON(Program, name, source, sourceText, digest, compiler, parts, cpu, cpuFeatures, explain, params, requirements, scalars,
          data, stages, searches, tests, deploys, functions, places, folds)
};

template <class Item> const Item *ofStage(const std::vector<Item> &items, const std::string &stage) {
  auto found = std::find_if(items.begin(), items.end(), [&](const Item &item) { return item.stage == stage; });
  return found == items.end() ? nullptr : &*found;
}

/// The search for what to set in a stage, and the folds that it is measured by; null: it has none.
inline const Search *searchOf(const Program &program, const std::string &stage) { return ofStage(program.searches, stage); }
inline const Folds *foldsOf(const Program &program, const std::string &stage) { return ofStage(program.folds, stage); }

}  // namespace tl::abi
