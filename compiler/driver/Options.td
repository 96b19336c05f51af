// The commands of `tlc` and the flags each takes, for reading the command line and for the help.
include "llvm/Option/OptParser.td"

def Build : SubCommand<"build", "compile a script into one native program", "tlc build FILE">;
def Check : SubCommand<"check", "report the mistakes of a script; generates no code", "tlc check FILE">;
def Doctor : SubCommand<"doctor", "say what was found where", "tlc doctor">;
def Emit : SubCommand<"emit", "stop in a room of the corridor and print what is there", "tlc --emit=ROOM FILE">;
def Explain : SubCommand<"explain", "print the parameters, the phases, and what a step costs; also TL0123", "tlc explain FILE">;
def Help : SubCommand<"help", "", "tlc help">;
def New : SubCommand<"new", "write a small script to start from", "tlc new NAME">;
def Run : SubCommand<"run", "build where needed, then run; words after the script go to the program", "tlc run FILE [FLAGS]">;
def Test : SubCommand<"test", "check the gradients of layers, functions and objectives; default: std's", "tlc test [FILE...]">;
def Version : SubCommand<"version", "", "tlc version">;

/// A flag with a value, behind `=` or in the next word; `value` is how the help writes it.
multiclass Valued<string dashes, string name, string value, string text, list<SubCommand> commands> {
  def "" : Separate<[dashes], name, commands>, MetaVarName<value>, HelpText<text>;
  def _EQ : Joined<[dashes], name # "=", commands>, Alias<!cast<Option>(NAME)>;
}

defm color : Valued<"--", "color", "=WHEN", "auto, always or never", [Build, Check, Emit, Explain, Run, Test]>;
defm emit : Valued<"--", "emit", "=ROOM", "stop in a room of the corridor and print what is there", [Emit]>;
defm gradients : Valued<"--", "gradients", "=HOW",
                        "fused into the updates, or flat: in one range before them, for who adds those of several machines; default fused",
                        [Build, Check, Emit, Explain, Run]>;
def line_tables : Flag<["-"], "g", [Build]>, HelpText<"keep line tables, by which `perf annotate` and debuggers show the script">;
def help : Flag<["--"], "help">, HelpText<"print this">;
def : Flag<["-"], "h">, Alias<help>;
def json : Flag<["--"], "json", [Build, Check]>, HelpText<"messages as JSON on standard output">;
defm kind : Valued<"--", "kind", "=KIND", "program, or library: its deployed models for C; default program", [Build]>;
defm output : Valued<"-", "o", " OUT", "the file to write; default: the script's name without `.tl`", [Build, Emit]>;
defm target_cpu : Valued<"--", "target-cpu", "=CPU", "compile for a CPU that LLVM knows, such as x86-64-v3; default native",
                         [Build, Emit, Explain, Run]>;
def time : Flag<["--"], "time", [Build, Emit, Run]>, HelpText<"say how long each room took">;
def verify : Flag<["--"], "verify", [Check]>,
             HelpText<"compare the messages with the `expected-error` comments of the script">;
def version : Flag<["--"], "version">, HelpText<"print what `tlc` was made from">;
defm without : Valued<"--", "without", "=NAMES",
                      "leave out share, simplify, prune, cache, weigh, rows, winograd, tiles, normalize, fuse or reuse, for finding where a fault lies",
                      [Build, Emit]>;
