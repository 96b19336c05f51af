// The command line of a compiled program: one table of flags, filled from the script's parameters and the fixed ones.
#include "runtime/program/CommandLine.h"
#include "runtime/io/Error.h"
#include "runtime/readers/Pictures.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>

namespace tl::program {

namespace {

struct Flag {
  std::string name, value, doc;  // value: what to write for it in the help; "" for a switch
  std::function<void(const std::string &)> set;
  bool isValueOptional = false;
};

[[noreturn]] void usage(const std::string &message) { throw Error(exitUsage, message); }

template <class Number> bool parseWhole(const std::string &text, Number &value) {
  const char *begin = text.data(), *end = begin + text.size();
  if (begin != end && *begin == '+')
    ++begin;
  auto [stop, error] = std::from_chars(begin, end, value);
  return error == std::errc() && stop == end;
}

std::function<void(const std::string &)> wholeNumber(const std::string &flag, int64_t &into, int64_t least) {
  return [flag, &into, least](const std::string &text) {
    if (!parseWhole(text, into) || into < least)
      usage("`--" + flag + "` takes a whole number of at least " + std::to_string(least) + ", not `" + text + "`");
  };
}

std::function<void(const std::string &)> mebibytes(const std::string &flag, int64_t &bytes) {
  return [flag, &bytes](const std::string &text) {
    int64_t count = 0;
    if (!parseWhole(text, count) || count < 0 || count > INT64_MAX >> 20)
      usage("`--" + flag + "` takes a whole number of MiB, not `" + text + "`");
    bytes = count << 20;
  };
}

std::function<void(const std::string &)> text(std::string &into) {
  return [&into](const std::string &value) { into = value; };
}

std::function<void(const std::string &)> turnOn(bool &into) {
  return [&into](const std::string &) { into = true; };
}

std::string kebab(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

std::string rangeText(const abi::Param &param) {
  return "[" + paramText(param, param.low) + ", " + paramText(param, param.high) + "]";
}

void setParam(const abi::Param &param, const std::string &value, double &into) {
  std::string flag = "`--" + kebab(param.name) + "`";
  if (param.type == "bool") {
    bool isTrue = value.empty() || value == "true" || value == "1" || value == "yes" || value == "on";
    bool isFalse = value == "false" || value == "0" || value == "no" || value == "off";
    if (!isTrue && !isFalse)
      usage(flag + " takes `true` or `false`, not `" + value + "`");
    into = isTrue;
    return;
  }
  double number = 0;
  if (!parseWhole(value, number) || !std::isfinite(number))
    usage(flag + " takes a number, not `" + value + "`");
  if (param.type == "int" && number != std::floor(number))
    usage(flag + " takes a whole number, not `" + value + "`");
  if (param.bounded && (number < param.low || number > param.high))
    usage(flag + " is " + value + ", outside its range " + rangeText(param) + " (declared at " + param.place + ")");
  into = number;
}

std::vector<Flag> paramFlags(const abi::Program &program, Options &options) {
  std::vector<Flag> flags;
  for (size_t i = 0; i < program.params.size(); ++i) {
    const abi::Param &param = program.params[i];
    std::string doc = param.doc + (param.doc.empty() ? "" : "; ") + "default " + paramText(param, param.value);
    if (param.bounded)
      doc += ", in " + rangeText(param);
    auto set = [&param, &options, i](const std::string &value) {
      setParam(param, value, options.params[i]);
      options.isParamGiven[i] = true;
    };
    flags.push_back({kebab(param.name), param.type, doc, set, param.type == "bool"});
  }
  return flags;
}

std::vector<Flag> trainingFlags(Options &o) {
  return {
      {"seed", "N", "where all random numbers come from; default 0",
       [&o](const std::string &value) {
         if (!parseWhole(value, o.seed))
           usage("`--seed` takes a whole number from 0 to 18446744073709551615, not `" + value + "`");
         o.isSeedGiven = true;
       }},
      {"out", "DIR", "the run folder; default runs/NAME-NNN with the next free number", text(o.out)},
      {"resume", "[=RUN]", "continue the newest run, or the one named, where its newest checkpoint left it",
       [&o](const std::string &value) { o.resume = true, o.resumePath = value; }, true},
      {"max-steps", "N", "end each phase after N steps", wholeNumber("max-steps", o.maxSteps, 1)},
      {"limit-batches", "N", "use only the first N batches of an epoch, and of each evaluation",
       wholeNumber("limit-batches", o.limitBatches, 1)},
      {"smoke", "", "try everything quickly: 3 steps an epoch, 1 epoch a phase, 2 batches an evaluation",
       turnOn(o.smoke)},
      {"log-every", "N", "a line in metrics.jsonl every N steps; default 50", wholeNumber("log-every", o.logEvery, 1)},
      {"checkpoint-every", "N", "save every N steps too, not only after each epoch",
       wholeNumber("checkpoint-every", o.checkpointEvery, 1)},
      {"cache-budget", "MIB", "keep features of frozen layers only up to this; default half of the memory that is left",
       mebibytes("cache-budget", o.cacheBytes)},
      {"dry-run", "", "check data, memory and weights, print the phases, train nothing", turnOn(o.dryRun)},
      {"profile", "", "print where the time went", turnOn(o.profile)},
  };
}

std::vector<Flag> commonFlags(Options &o) {
  return {
      {"data", "DIR", "the folder of the data files; default $TL_DATA, then beside the script, then here",
       text(o.data)},
      {"data-budget", "MIB", "hold data only up to this, read what is more in pieces (results do not depend on it); default half of the memory that is left",
       mebibytes("data-budget", o.dataBytes)},
      {"threads", "N", "threads to compute with (results do not depend on it); default one a core",
       [&o](const std::string &value) {
         if (!parseWhole(value, o.threads) || o.threads < 1 || o.threads > 1024)
           usage("`--threads` takes a whole number from 1 to 1024, not `" + value + "`");
       }},
      {"json", "", "results as JSON on standard output", turnOn(o.json)},
      {"phases", "", "print the parameters and the phase table", turnOn(o.phases)},
      {"describe", "", "print the program's descriptor as JSON", turnOn(o.describe)},
      {"version", "", "print what the program was made from and by", turnOn(o.version)},
      {"help", "", "print this", turnOn(o.help)},
  };
}

std::vector<Flag> commandFlags(Options &o) {
  return {
      {"run", "DIR", "test, predict: the run folder; default the newest", text(o.run)},
      {"which", "NAME", "test, predict: which checkpoint, best, last or another that is kept; default what the script says", text(o.which)},
      {"seconds", "S", "bench: length of a round; default 2",
       [&o](const std::string &value) {
         if (!parseWhole(value, o.seconds) || !(o.seconds > 0))
           usage("`--seconds` takes a number above 0, not `" + value + "`");
       }},
      {"rounds", "R", "bench: number of rounds; default 4", wholeNumber("rounds", o.rounds, 1)},
      {"merged", "", "export: weights that have adapters as the layers read them, without the adapters", turnOn(o.merged)},
      {"adapter", "", "export: what adapters have alone, into a folder as PEFT lays it out", turnOn(o.adapter)},
      {"huggingface", "FOLDER", "export: a published model's folder, as the weights came from one", [&o](const std::string &value) { o.huggingface = value; }},
      {"vectors", "FILE", "export: a table of words as programs for word vectors read it, `.bin` in their binary form, `.tsv` for the projector of TensorBoard, else as text; packed where it ends in `.gz`", text(o.vectors)},
      {"dtype", "f32|bf16|f16", "export --huggingface: what real numbers are rounded to, and config.json says of them; default f32",
       [&o](const std::string &value) {
         if (value != "f32" && value != "bf16" && value != "f16")
           usage("`--dtype` is f32, bf16 or f16, not `" + value + "`");
         o.dtype = value;
       }},
      {"table", "PATH", "export --vectors: which table, where several have a row for each word", text(o.table)},
      {"by", "FUNCTION", "export --vectors: in place of a table the deployed function that answers a word with its vector", text(o.by)},
      {"to", "FILE", "report: where to write it; default report.html in the run's folder, of several runs here",
       [&o](const std::string &value) {
         if (value.empty())
           usage("`--to` takes the name of a file, and here is none");
         o.to = value;
       }},
      {"tokens", "N", "what continues a text: how many tokens it adds; default 200", wholeNumber("tokens", o.tokens, 1)},
      {"stop", "TEXT", "what continues a text: it ends before TEXT, if that comes",
       [&o](const std::string &value) {
         if (value.empty())
           usage("`--stop` takes a text, and here is none");
         o.stop = value;
       }},
  };
}

std::vector<Flag> allFlags(const abi::Program &program, Options &options) {
  std::vector<Flag> flags = paramFlags(program, options);
  for (auto group : {trainingFlags, commonFlags, commandFlags})
    for (Flag &flag : group(options))
      flags.push_back(flag);
  return flags;
}

std::vector<std::string> commandNames(const abi::Program &program) {
  std::vector<std::string> names;
  for (const abi::Stage &stage : program.stages)
    names.push_back(stage.name);
  if (!program.tests.empty())
    names.push_back("test");
  for (const abi::Deploy &deploy : program.deploys)
    names.push_back(deploy.name);
  names.push_back("bench");
  names.push_back("export");
  names.push_back("report");
  names.push_back("lr_find");
  return names;
}

std::string sections(const std::string &title, const std::vector<Flag> &flags) {
  if (flags.empty())
    return "";
  std::string out = "\n" + title + "\n";
  for (const Flag &flag : flags) {
    std::string left = "  --" + flag.name + (flag.value.empty() || flag.value[0] == '[' ? "" : " ") + flag.value;
    left.resize(std::max<size_t>(left.size() + 2, 26), ' ');
    out += left + flag.doc + "\n";
  }
  return out;
}

size_t editDistance(const std::string &a, const std::string &b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row.back();
}

std::string orSuggestion(const std::string &word, const std::vector<std::string> &candidates, const std::string &dashes) {
  if (auto near = suggest(word, candidates))
    return "; did you mean `" + dashes + *near + "`?";
  return "; `--help` lists them";
}

/// `run` and `./run/` are one.
bool isSameFolder(const std::string &a, const std::string &b) {
  auto plain = [](std::string path) {
    while (path.size() > 1 && path.back() == '/')
      path.pop_back();
    while (path.starts_with("./"))
      path.erase(0, path.find_first_not_of('/', 1));
    return path;
  };
  return plain(a) == plain(b);
}

}  // namespace

bool Options::isGiven(const std::string &flag) const { return std::find(given.begin(), given.end(), flag) != given.end(); }

std::optional<std::string> suggest(const std::string &word, const std::vector<std::string> &candidates) {
  std::optional<std::string> best;
  size_t least = std::max<size_t>(2, word.size() / 3) + 1;
  for (const std::string &candidate : candidates)
    if (size_t distance = editDistance(word, candidate); distance < least)
      least = distance, best = candidate;
  return best;
}

std::string numberText(double value) {
  char text[64];
  return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
}

std::string paramText(const abi::Param &param, double value) {
  if (param.type == "bool")
    return value != 0 ? "true" : "false";
  return numberText(value);
}

Options parseCommandLine(const abi::Program &program, const std::vector<std::string> &arguments) {
  Options options;
  for (const abi::Param &param : program.params)
    options.params.push_back(param.value);
  options.isParamGiven.resize(program.params.size());
  std::vector<Flag> flags = allFlags(program, options);
  std::vector<std::string> names;
  for (const Flag &flag : flags)
    names.push_back(flag.name);
  bool onlyOperands = false, hasCommand = false;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string &argument = arguments[i];
    if (argument == "--" && !onlyOperands) {
      onlyOperands = true;
      continue;
    }
    if (argument == "-h" && !onlyOperands) {
      options.help = true;
      continue;
    }
    if (onlyOperands || argument.size() < 2 || argument[0] != '-') {
      if (hasCommand)
        options.operands.push_back(argument);
      else
        options.command = argument, hasCommand = true;
      continue;
    }
    size_t equals = argument.find('=');
    std::string name = kebab(argument.substr(0, equals));
    name.erase(0, name.compare(0, 2, "--") == 0 ? 2 : 1);
    auto flag = std::find_if(flags.begin(), flags.end(), [&](const Flag &f) { return f.name == name; });
    bool isNegated = false;
    if (flag == flags.end() && name.compare(0, 3, "no-") == 0) {
      flag = std::find_if(flags.begin(), flags.end(), [&](const Flag &f) { return f.name == name.substr(3); });
      isNegated = flag != flags.end() && flag->value == "bool";
      if (!isNegated)
        flag = flags.end();
    }
    if (flag == flags.end())
      usage("unknown flag `--" + name + "`" + orSuggestion(name, names, "--"));
    if (!flag->value.empty() && options.isGiven(flag->name))
      usage("`--" + flag->name + "` is given twice; which of the values is meant?");
    options.given.push_back(flag->name);
    if (isNegated)
      flag->set("false");
    else if (equals != std::string::npos) {
      if (flag->value.empty())
        usage("`--" + name + "` takes no value");
      flag->set(argument.substr(equals + 1));
    } else if (flag->value.empty() || flag->isValueOptional)
      flag->set("");
    else if (i + 1 == arguments.size())
      usage("`--" + name + "` needs a value: `--" + name + " " + flag->value + "`");
    else
      flag->set(arguments[++i]);
  }
  if (!options.resumePath.empty() && !options.out.empty() && !isSameFolder(options.resumePath, options.out))
    usage("`--resume=" + options.resumePath + "` goes on in that folder, and `--out " + options.out +
          "` names another one; leave out `--out` to go on, or `--resume` to start a new run");
  std::vector<std::string> commands = commandNames(program);
  if (hasCommand && std::find(commands.begin(), commands.end(), options.command) == commands.end())
    usage("unknown command `" + options.command + "`" + orSuggestion(options.command, commands, ""));
  if (options.isGiven("to") && options.command != "report")
    usage("`--to` says where a report goes; use `report --to " + options.to + "`");
  bool takesOperands = options.command == "bench" || options.command == "export" || options.command == "report" || options.command == "lr_find";
  for (const abi::Deploy &deploy : program.deploys)
    takesOperands |= options.command == deploy.name;
  if (!options.operands.empty() && !takesOperands)
    usage("unexpected `" + options.operands[0] + "` after `" + options.command + "`");
  return options;
}

static bool takesPicture(const abi::Program &program, const abi::Deploy &deploy, const std::string &input) {
  return std::any_of(program.data.begin(), program.data.end(), [&](const abi::Data &data) {
    return data.name == deploy.data && std::any_of(data.fields.begin(), data.fields.end(), [&](const abi::Field &field) { return field.name == input && data::isOfPictures(data, field); });
  });
}

/// What the fields of a table may be given by.
static std::string columnsOf(const abi::Program &program, const abi::Deploy &deploy) {
  for (const abi::Data &data : program.data)
    for (const abi::Field &field : data.fields)
      if (data.name == deploy.data && !field.columns.empty() && field.columns.front().find_first_not_of("0123456789") != std::string::npos &&
          std::find(deploy.inputs.begin(), deploy.inputs.end(), field.name) != deploy.inputs.end())
        return "; `" + field.name + "` also by the names of its columns, as `" + field.columns.front() + "=VALUE`";
  return "";
}

std::string helpText(const abi::Program &program) {
  Options unused;
  unused.params.resize(program.params.size());
  unused.isParamGiven.resize(program.params.size());
  std::string out = program.name + ": made by " + program.compiler + " from " + program.source + "\n\nusage: " +
                    program.name + " [COMMAND] [FLAGS]\n\ncommands\n";
  auto command = [&out](std::string left, const std::string &doc) {
    if (left.size() > 22)
      left += "\n" + std::string(26, ' ');
    else
      left.resize(24, ' ');
    out += "  " + left + doc + "\n";
  };
  command("(none)", "all stages in order, then the tests");
  for (const abi::Stage &stage : program.stages)
    command(stage.name, stage.kind + " " + stage.model + " on " + stage.data + ", this stage only");
  if (!program.tests.empty())
    command("test", "measure a finished run on the test data");
  for (const abi::Deploy &deploy : program.deploys) {
    std::string inputs;
    for (const std::string &name : deploy.inputs)
      inputs += " " + name + (takesPicture(program, deploy, name) ? "=PATH|VALUE|@FILE" : "=VALUE|@FILE");
    command(deploy.name + inputs, "answer one record, or JSON lines from standard input" + columnsOf(program, deploy));
  }
  command("bench STAGE[.PHASE]", "time the training step on one fixed batch");
  command("export STAGE.best FILE", "write a run's weights as a safetensors file, with --huggingface FOLDER as a published model, with --adapter its adapters alone, or with --vectors FILE as word vectors");
  command("lr_find STAGE [PARAM]", "try growing learning rates from step to step, and suggest one");
  command("report [RUN...]", "make the page of a run anew, which each run leaves as report.html, or one of several runs beside each other");
  out += sections("parameters of the script", paramFlags(program, unused));
  out += sections("training", trainingFlags(unused));
  out += sections("any command", commonFlags(unused));
  out += sections("some commands", commandFlags(unused));
  out += "\nexit codes: 0 ok, 1 too little memory, 2 usage, 3 bad data or checkpoint, or a file that cannot be read or written, 4 diverged, "
         "70 a fault of the compiler, 130 and 143 stopped and saved\n";
  return out;
}

}  // namespace tl::program
