// Reading the command line of `tlc`, whose commands and flags are in Options.td.
#include "compiler/driver/Arguments.h"
#include "compiler/driver/Rooms.h"
#include "compiler/support/Diagnostics.h"
#include "runtime/io/Error.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Option/ArgList.h"
#include "llvm/Option/Option.h"
#include "llvm/Option/OptTable.h"

namespace tl {
namespace {

using llvm::StringRef;
using namespace llvm::opt;
using namespace std::string_literals;

enum {
  OPT_INVALID,
#define OPTION(...) LLVM_MAKE_OPT_ID(__VA_ARGS__),
#include "compiler/driver/Options.inc"
#undef OPTION
};

constexpr OptTable::Info options[] = {
#define OPTION(...) LLVM_CONSTRUCT_OPT_INFO(__VA_ARGS__),
#include "compiler/driver/Options.inc"
#undef OPTION
};

#define OPTTABLE_STR_TABLE_CODE
#define OPTTABLE_PREFIXES_TABLE_CODE
#define OPTTABLE_SUBCOMMANDS_CODE
#define OPTTABLE_SUBCOMMAND_IDS_TABLE_CODE
#include "compiler/driver/Options.inc"

struct Options : GenericOptTable {
  Options()
      : GenericOptTable(OptionStrTable, OptionPrefixesTable, options, /*IgnoreCase=*/false, OptionSubCommands, OptionSubCommandIDsTable) {
    setDashDashParsing(true);
  }
};

[[noreturn]] void usage(const std::string &message) { throw Error(exitUsage, message); }

std::string orSuggestion(const std::string &near) {
  return near.empty() ? "; see `tlc --help`" : "; did you mean `" + near + "`?";
}

[[noreturn]] void unknownFlag(const Options &table, const std::string &flag) {
  std::string near;
  table.findNearest(flag, near, Visibility(), /*MinimumLength=*/4, /*MaximumDistance=*/flag.size() / 3);
  usage("unknown flag `" + flag + "`" + orSuggestion(near));
}

const OptTable::SubCommand &commandNamed(const std::string &name) {
  std::vector<std::string> names;
  for (const OptTable::SubCommand &command : OptionSubCommands) {
    if (name == command.Name)
      return command;
    names.push_back(command.Name);
  }
  usage("unknown command `" + name + "`" + orSuggestion(nearest(name, names)));
}

void takeOperands(Arguments &arguments, const OptTable::SubCommand &command, std::vector<std::string> operands) {
  StringRef form = command.Usage;
  bool takesAny = form.ends_with("[FILE...]");
  size_t expected = !takesAny && (form.contains(" FILE") || form.contains(" NAME")) ? 1 : 0;
  if (operands.size() < expected)
    usage("`tlc "s + command.Name + "` needs a " + (form.contains("NAME") ? "name" : "script"));
  if (operands.size() > expected && !takesAny)
    usage("`tlc "s + command.Name + "` takes " + (expected ? "one word" : "none") + "; what is `" +
          operands[expected] + "`?");
  if (expected)
    arguments.operand = operands[0];
  else
    arguments.files = std::move(operands);
}

} // namespace

Arguments parseArguments(const std::vector<std::string> &words) {
  std::vector<const char *> texts;
  for (const std::string &word : words)
    texts.push_back(word.c_str());
  Options table;
  unsigned missingAt = 0, missing = 0;
  InputArgList given = table.ParseArgs(texts, missingAt, missing);

  auto inputs = llvm::to_vector(given.filtered(OPT_INPUT));
  if (inputs.size() > 1 && StringRef(inputs[0]->getValue()) == "run" && inputs[1]->getIndex() + 1 < words.size()) {
    auto own = words.begin() + inputs[1]->getIndex() + 1; // `tlc run digits.tl --lr 3`: from here on the program's own
    Arguments arguments = parseArguments({words.begin(), own});
    arguments.rest.assign(own + (*own == "--"), words.end());
    return arguments;
  }

  Arguments arguments;
  if (Arg *asked = given.getLastArg(OPT_help, OPT_version)) {
    arguments.command = asked->getOption().getName();
    return arguments;
  }
  if (Arg *unknown = given.getLastArg(OPT_UNKNOWN))
    unknownFlag(table, unknown->getSpelling().str());
  if (missing)
    usage("`" + words[missingAt] + "` takes a value; see `tlc --help`");

  std::vector<std::string> operands = given.getAllArgValues(OPT_INPUT);
  arguments.room = given.getLastArgValue(OPT_emit);
  if (given.hasArg(OPT_emit))
    operands.insert(operands.begin(), "emit");
  if (operands.empty())
    usage("what shall `tlc` do? try `tlc check FILE` or `tlc --help`");
  arguments.command = operands.front();
  operands.erase(operands.begin());
  const OptTable::SubCommand &command = commandNamed(arguments.command);
  if (arguments.command == "emit" && !roomNamed(arguments.room))
    usage("unknown room `" + arguments.room + "`" + orSuggestion(nearest(arguments.room, roomNames())));
  for (Arg *arg : given)
    if (!arg->getOption().matches(OPT_INPUT) && !arg->getOption().isRegisteredSC(command.Name))
      usage("`tlc " + arguments.command + "` takes no `" + arg->getOption().getPrefixedName().str() + "`");

  takeOperands(arguments, command, std::move(operands));
  if (arguments.command == "run" && arguments.operand == "-")
    usage("`tlc run -` would leave the program no standard input; write the script to a file, or `tlc build - -o PROGRAM`");

  arguments.output = given.getLastArgValue(OPT_output);
  arguments.cpu = given.getLastArgValue(OPT_target_cpu);
  arguments.without = given.getLastArgValue(OPT_without);
  arguments.color = given.getLastArgValue(OPT_color, "auto");
  arguments.isTimed = given.hasArg(OPT_time);
  arguments.hasLines = given.hasArg(OPT_line_tables);
  arguments.json = given.hasArg(OPT_json);
  arguments.verify = given.hasArg(OPT_verify);
  arguments.kind = given.getLastArgValue(OPT_kind, arguments.kind);
  if (arguments.kind != "program" && arguments.kind != "library")
    usage("`--kind` takes program or library, not `" + arguments.kind + "`");
  StringRef gradients = given.getLastArgValue(OPT_gradients, "fused");
  if (gradients != "fused" && gradients != "flat")
    usage("`--gradients` takes fused or flat, not `" + gradients.str() + "`");
  arguments.hasFlatGradients = gradients == "flat";
  if (arguments.color != "auto" && arguments.color != "always" && arguments.color != "never")
    usage("`--color` takes auto, always or never, not `" + arguments.color + "`");
  return arguments;
}

std::string helpText() {
  std::string text = "tlc: from a script to one native program\n\n";
  auto row = [&](std::string left, const std::string &right) {
    left.resize(std::max<size_t>(left.size() + 2, 24), ' ');
    text += "  " + left + right + "\n";
  };
  for (const OptTable::SubCommand &command : OptionSubCommands)
    if (*command.HelpText)
      row(command.Usage, command.HelpText);
  text += "\n";
  Options table;
  for (const OptTable::Info &option : options)
    if (option.HelpText)
      row(table.getOptionPrefixedName(option.ID).str() + (option.MetaVar ? option.MetaVar : ""), option.HelpText);
  text += "\nrooms:";
  for (const std::string &name : roomNames())
    text += " " + name;
  text +=
      "\nFILE may be `-`, standard input.\nexit codes: 0 ok; 1 mistakes in the script, a failed check, or too little memory; 2 wrong use of tlc; 3 a file that cannot be read or "
      "written; 70 a fault of the compiler; `run`: the program's own\n";
  return text;
}

} // namespace tl
