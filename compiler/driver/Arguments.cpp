// Reading the command line of `tlc`.
#include "compiler/driver/Arguments.h"
#include "compiler/driver/Corridor.h"
#include "compiler/support/Diagnostics.h"
#include "runtime/io/Error.h"
#include <algorithm>
#include <functional>

namespace tl {
namespace {

struct Command {
  const char *name, *operand, *flags, *doc; // flags: those it takes, with spaces around each
};

const Command commands[] = {
    {"check", "FILE", " --json --verify --color ", "report the mistakes of a script; generates no code"},
    {"build", "FILE", " -o --target-cpu --without --time --json --color ", "compile a script into one native program"},
    {"run", "FILE [FLAGS]", " --target-cpu --time --color ",
     "build where needed, then run; words after the script go to the program"},
    {"explain", "FILE", " --target-cpu --color ",
     "print the parameters, the phases, and what a step costs; also TL0123"},
    {"test", "[FILE...]", " --color ", "check the gradients of layers, functions and objectives; default: std's"},
    {"emit", "FILE", " -o --target-cpu --without --time --color ", ""}, // written --emit=ROOM FILE
    {"new", "NAME", " ", "write a small script to start from"},
    {"doctor", "", " ", "say what was found where"},
    {"version", "", " ", ""},
    {"help", "", " ", ""},
};

struct Flag {
  const char *name, *value, *doc;
  std::function<void(Arguments &, const std::string &)> set;
};

const Flag flags[] = {
    {"-o", "OUT", "the file to write; default: the script's name without `.tl`",
     [](Arguments &a, const std::string &value) { a.output = value; }},
    {"--target-cpu", "CPU", "compile for a CPU that LLVM knows, such as x86-64-v3; default native",
     [](Arguments &a, const std::string &value) { a.cpu = value; }},
    {"--emit", "ROOM", "stop in a room of the corridor and print what is there",
     [](Arguments &a, const std::string &value) { a.command = "emit", a.room = value; }},
    {"--without", "NAMES", "leave out share, simplify, prune, cache, weigh, rows, normalize, fuse or reuse, for finding where a fault lies",
     [](Arguments &a, const std::string &value) { a.without = value; }},
    {"--color", "WHEN", "auto, always or never", [](Arguments &a, const std::string &value) { a.color = value; }},
    {"--time", "", "say how long each room took", [](Arguments &a, const std::string &) { a.isTimed = true; }},
    {"--json", "", "messages as JSON on standard output", [](Arguments &a, const std::string &) { a.json = true; }},
    {"--verify", "", "compare the messages with the `expected-error` comments of the script",
     [](Arguments &a, const std::string &) { a.verify = true; }},
};

[[noreturn]] void usage(const std::string &message) { throw Error(exitUsage, message); }

std::string didYouMean(const std::string &word, const std::vector<std::string> &candidates) {
  std::string near = nearest(word, candidates);
  return near.empty() ? "; see `tlc --help`" : "; did you mean `" + near + "`?";
}

const Flag &flagNamed(const std::string &name) {
  std::vector<std::string> names;
  for (const Flag &flag : flags) {
    if (name == flag.name)
      return flag;
    names.push_back(flag.name);
  }
  usage("unknown flag `" + name + "`" + didYouMean(name, names));
}

const Command &commandNamed(const std::string &name) {
  std::vector<std::string> names;
  for (const Command &command : commands) {
    if (name == command.name)
      return command;
    names.push_back(command.name);
  }
  usage("unknown command `" + name + "`" + didYouMean(name, names));
}

} // namespace

Arguments parseArguments(const std::vector<std::string> &words) {
  Arguments arguments;
  std::vector<std::string> operands, given;
  for (size_t i = 0; i < words.size(); ++i) {
    std::string word = words[i];
    if (operands.size() == 2 && operands[0] == "run") { // `tlc run digits.tl --lr 3`: from here on the program's own
      arguments.rest.assign(words.begin() + i + (word == "--"), words.end());
      break;
    }
    if (word == "--") {
      operands.insert(operands.end(), words.begin() + i + 1, words.end());
      break;
    }
    if (word == "--help" || word == "-h" || word == "--version") {
      arguments.command = word == "--version" ? "version" : "help";
      return arguments;
    }
    if (word.size() < 2 || word[0] != '-') {
      operands.push_back(word);
      continue;
    }
    size_t equals = word.find('=');
    const Flag &flag = flagNamed(word.substr(0, equals));
    std::string value;
    if (*flag.value && equals != std::string::npos)
      value = word.substr(equals + 1);
    else if (*flag.value && i + 1 < words.size())
      value = words[++i];
    else if (*flag.value || equals != std::string::npos)
      usage("`" + std::string(flag.name) +
            (*flag.value ? "` takes a value: " + std::string(flag.value) : "` takes no value"));
    flag.set(arguments, value);
    given.push_back(flag.name);
  }

  if (arguments.command.empty()) {
    if (operands.empty())
      usage("what shall `tlc` do? try `tlc check FILE` or `tlc --help`");
    arguments.command = operands.front();
    operands.erase(operands.begin());
  } else {
    std::erase(given, "--emit");
    std::vector<std::string> names = roomNames();
    if (!roomNamed(arguments.room))
      usage("unknown room `" + arguments.room + "`" + didYouMean(arguments.room, names));
  }
  const Command &command = commandNamed(arguments.command);
  for (const std::string &flag : given)
    if (std::string(command.flags).find(" " + flag + " ") == std::string::npos)
      usage("`tlc " + arguments.command + "` takes no `" + flag + "`");
  if (command.operand[0] == '[') { // any number
    arguments.files = operands;
    operands.clear();
  }
  size_t expected = *command.operand && command.operand[0] != '[' ? 1 : 0;
  if (operands.size() < expected)
    usage("`tlc " + arguments.command + "` needs a " + (arguments.command == "new" ? "name" : "script"));
  if (operands.size() > expected)
    usage("`tlc " + arguments.command + "` takes " + (expected ? "one word" : "none") + "; what is `" +
          operands[expected] + "`?");
  if (expected)
    arguments.operand = operands[0];
  if (arguments.command == "run" && arguments.operand == "-")
    usage("`tlc run -` would leave the program no standard input; write the script to a file, or `tlc build - -o PROGRAM`");
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
  for (const Command &command : commands)
    if (*command.doc)
      row(std::string("tlc ") + command.name + " " + command.operand, command.doc);
  row("tlc --emit=ROOM FILE", "stop in a room of the corridor and print what is there");
  text += "\n";
  for (const Flag &flag : flags)
    row(std::string(flag.name) + (flag.name[1] != '-' ? " " : *flag.value ? "=" : "") + flag.value, flag.doc);
  row("--version, --help", "");
  text += "\nrooms:";
  for (const std::string &name : roomNames())
    text += " " + name;
  text +=
      "\nFILE may be `-`, standard input.\nexit codes: 0 ok; 1 mistakes in the script, a failed check, or too little memory; 2 wrong use of tlc; 3 a file that cannot be read or "
      "written; 70 a fault of the compiler; `run`: the program's own\n";
  return text;
}

} // namespace tl
