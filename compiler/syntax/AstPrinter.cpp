// The tree as text for `--emit=ast`: a declaration, item or statement a line, expressions as (operator operands…).
#include "compiler/syntax/Parser.h"
#include "compiler/syntax/AstWords.h"

namespace tl {
namespace {

using namespace ast;

class AstPrinter {
public:
  std::string print(const File &file) {
    for (const Use &use : file.uses)
      line("use " + join(use.path, "."));
    for (const Dim &dim : file.dims)
      doc(dim.doc), line("dim " + dim.name + " = " + show(dim.value));
    for (const Param &param : file.params) {
      doc(param.doc);
      line("param " + param.name + (param.type.empty() ? "" : ": " + param.type) + " = " + show(param.value) +
           (param.low ? " in [" + show(param.low) + ", " + show(param.high) + "]" : ""));
    }
    for (const Data &data : file.datas)
      print(data);
    for (const Definition &definition : file.definitions)
      print(definition);
    for (const Stage &stage : file.stages)
      print(stage);
    for (const Tune &tune : file.tunes)
      print(tune);
    for (const Folds &folds : file.folds)
      print(folds);
    for (const Test &test : file.tests) {
      line("test " + show(test.checkpoint) + " on " + test.data + "." + test.split);
      Indent body(*this);
      for (const Report &report : test.reports)
        line("report " + report.name + (report.arguments.empty() ? "" : "(" + show(report.arguments) + ")"));
      for (const Interval &interval : test.intervals)
        line("interval " + show(interval.share) + (interval.draws ? " draws " + show(interval.draws) : ""));
    }
    for (const Deploy &deploy : file.deploys) {
      line("deploy " + show(deploy.checkpoint));
      Indent body(*this);
      for (const auto &each : deploy.entries)
        line(each.name + "(" + join(each.inputs, ", ") + ") " +
             (each.next ? "repeats " + show(each.next) + (each.batch ? " batch " + show(each.batch) : "") : "-> " + join(each.outputs, ", ") + (each.by ? " by " + show(each.by) : "")));
    }
    return std::move(text);
  }

private:
  std::string text;
  int depth = 0;

  struct Indent {
    AstPrinter &printer;
    explicit Indent(AstPrinter &printer) : printer(printer) { ++printer.depth; }
    ~Indent() { --printer.depth; }
  };

  void line(const std::string &content) { text += std::string(size_t(2 * depth), ' ') + content + "\n"; }

  void doc(const std::string &lines) {
    for (size_t at = 0; at < lines.size();) {
      size_t end = std::min(lines.find('\n', at), lines.size());
      line("## " + lines.substr(at, end - at));
      at = end + 1;
    }
  }

  static std::string join(const std::vector<std::string> &parts, const std::string &between) {
    std::string joined;
    for (const std::string &part : parts)
      joined += (joined.empty() ? "" : between) + part;
    return joined;
  }

  void print(const Data &data) {
    doc(data.doc);
    line("data " + data.name);
    Indent body(*this);
    for (const Source &source : data.sources)
      line("source " + source.name + " " + source.reader + "(" + show(source.arguments) + ")" + show(source.where));
    for (const Statement &field : data.fields)
      print(field);
    for (const Split &split : data.splits) {
      std::string parts;
      for (const SplitPart &part : split.parts)
        parts += (parts.empty() ? " " : ", ") + part.name + " " + show(part.fraction) + show(part.where);
      line("split" + parts + " by " + split.by);
    }
    for (const AugmentRule &rule : data.augments)
      line("augment " + rule.split + (rule.field.empty() ? "" : " " + rule.field) + ": " + show(rule.steps, ", "));
  }

  void print(const Definition &made) {
    doc(made.doc);
    line(std::string(nameOf(made.kind)) + " " + made.name + "(" + show(made.formals) + ")" + show(made.results) +
         (made.better.empty() ? "" : " " + made.better + " is better") +
         (made.axes.empty() ? "" : " as curve(" + made.axes[0] + ", " + made.axes[1] + ")"));
    Indent body(*this);
    for (const Statement &requirement : made.requirements)
      print(requirement);
    for (const Slot &slot : made.slots) {
      static const char *kinds[] = {"weight", "buffer", "state"};
      line(std::string(kinds[int(slot.kind)]) + " " + slot.name + (slot.type ? ": " + show(*slot.type) : "") + " = " +
           show(slot.init) + (slot.roles.empty() ? "" : " " + join(slot.roles, " ")) +
           (slot.when ? " when " + show(slot.when) : ""));
    }
    for (const SubLayer &sub : made.subLayers)
      line(sub.name + " = " + show(sub.value));
    for (const Function &function : made.functions) {
      line("function " + function.name + "(" + show(function.formals) + ")" + show(function.results));
      Indent inner(*this);
      for (const Statement &statement : function.body.statements)
        print(statement);
    }
    for (const Statement &statement : made.body.statements)
      print(statement);
    for (const WeightRule &rule : made.weightRules)
      line(show(rule));
  }

  void print(const Stage &stage) {
    doc(stage.doc);
    line(stage.kind + " " + stage.name + ": " + stage.model + " on " +
         stage.data + (stage.withoutLabels ? " without labels" : ""));
    Indent body(*this);
    for (const Rule &rule : stage.rules)
      print(rule);
    for (const Phase &phase : stage.phases) {
      line("phase " + phase.name);
      Indent inner(*this);
      for (const Rule &rule : phase.rules)
        print(rule);
    }
  }

  void print(const Tune &tune) {
    line("tune " + tune.stage);
    Indent body(*this);
    for (const Varied &varied : tune.varied)
      line("vary " + varied.name + " in " + (varied.scale.empty() ? "" : varied.scale + " ") +
           (varied.low ? "[" + show(varied.low) + ", " + show(varied.high) + "]" : "{" + show(varied.choices, ", ") + "}"));
    for (const Tune::Key &trials : tune.trials)
      line("trials " + show(trials.value));
    for (const Tune::Goal &goal : tune.goals)
      line((goal.isGreatest ? "maximise " : "minimise ") + show(goal.watched));
    for (const Tune::Key &method : tune.methods)
      line("by " + show(method.value));
  }

  void print(const Folds &folds) {
    line("folds " + folds.stage);
    Indent body(*this);
    for (const Tune::Key &parts : folds.parts)
      line("parts " + show(parts.value) + (folds.by.empty() ? "" : " by " + folds.by));
    for (const Watched &report : folds.reports)
      line("report " + show(report));
  }

  static std::string show(const Checkpoint &checkpoint) { return checkpoint.stage + (checkpoint.isTuned ? ".tuned." : ".") + checkpoint.which; }

  std::string show(const Watched &watched) {
    return watched.split + "." + watched.metric + (watched.arguments.empty() ? "" : "(" + show(watched.arguments) + ")");
  }

  void print(const Rule &rule) {
    std::string content = keyOf(rule.kind);
    if (rule.kind == Rule::Kind::Adapt)
      return line(content + " " + show(*rule.selector) + " with " + show(rule.value));
    if (rule.kind == Rule::Kind::SampleBy)
      return line("sample " + rule.text + (rule.text.empty() ? "by " : " by ") + show(rule.value) + (rule.from ? " from " + show(rule.from) : ""));
    if (rule.kind == Rule::Kind::KeepBest)
      return line(content + " " + show(*rule.watched) + (rule.value ? " as " + show(rule.value) : ""));
    bool isLength = rule.kind == Rule::Kind::Epochs || rule.kind == Rule::Kind::Steps;
    bool isAfterSelector = rule.kind == Rule::Kind::Freeze || isLength, isRate = rule.kind == Rule::Kind::Rate;
    if (!rule.text.empty() && !isAfterSelector && !isRate)
      content += " " + rule.text;
    if (rule.value && rule.kind != Rule::Kind::Freeze)
      content += " " + show(rule.value) + (rule.isFactor ? "x" : "");
    if (rule.selector)
      content += (!isRate             ? " "
                  : rule.text.empty() ? " for "
                                      : " per ") +
                 show(*rule.selector);
    if (rule.value && rule.kind == Rule::Kind::Freeze)
      content += " in " + show(rule.value);
    if (!rule.text.empty() && isAfterSelector)
      content += " " + rule.text;
    if (rule.watched)
      content += " " + show(*rule.watched);
    line(content);
  }

  void print(const Statement &statement) { line(show(statement)); }

  std::string show(const Statement &statement) {
    std::string names = join(statement.names, ", ");
    switch (statement.kind) {
    case Statement::Kind::Bind:
      return names + " = " + show(statement.value);
    case Statement::Kind::Assign:
      return names + " <- " + show(statement.value);
    case Statement::Kind::Metric:
      return "metric " + names + " = " + show(statement.value);
    case Statement::Kind::Require:
      return "require " + show(statement.value) + " else " + quoted(statement.message);
    case Statement::Kind::Value:
      break;
    }
    return show(statement.value);
  }

  std::string show(const Block &block) {
    std::string shown = "{";
    for (const Statement &statement : block.statements)
      shown += (shown.size() == 1 ? " " : "; ") + show(statement);
    return shown + " }";
  }

  std::string show(const std::vector<Formal> &formals) {
    std::string shown;
    for (const Formal &formal : formals)
      shown += (shown.empty() ? "" : ", ") + formal.name + (formal.type ? ": " + show(*formal.type) : "") +
               (formal.value ? " = " + show(formal.value) : "");
    return shown;
  }

  std::string show(const std::vector<Type> &results) {
    std::string shown;
    for (const Type &type : results)
      shown += (shown.empty() ? " -> " : ", ") + show(type);
    return shown;
  }

  std::string show(const Type &type) { return type.name + (type.hasDims ? "[" + show(type.dims, ", ") + "]" : ""); }

  std::string show(const std::vector<Argument> &arguments) {
    std::string shown;
    for (const Argument &argument : arguments)
      shown += (shown.empty() ? "" : ", ") + (argument.name.empty() ? "" : argument.name + " = ") +
               show(argument.value) + (argument.only ? " for " + show(*argument.only) : "") +
               (argument.except ? " except " + show(*argument.except) : "");
    return shown;
  }

  std::string show(const Selector &selector) {
    static const char *words[] = {"", "and", "or", "except", "below", "above", ""};
    if (selector.kind == Selector::Kind::Pattern)
      return "\"" + selector.text + "\"";
    if (selector.kind == Selector::Kind::Path) {
      std::string shown;
      for (const Selector::Part &part : selector.parts)
        shown += (shown.empty() ? "" : ".") + part.name + (part.index.empty() ? "" : show(part.index));
      return shown;
    }
    return std::string("(") + words[int(selector.kind)] + show(selector.operands, " ") + ")";
  }

  std::string show(const std::vector<Selector> &selectors, const char *before) {
    std::string shown;
    for (const Selector &selector : selectors)
      shown += before + show(selector);
    return shown;
  }

  std::string show(const std::vector<IndexItem> &items) {
    std::string shown;
    for (const IndexItem &item : items) {
      shown += shown.empty() ? "" : ", ";
      if (item.start)
        shown += show(item.start);
      if (item.kind == IndexItem::Kind::All)
        shown += ":";
      else if (item.kind == IndexItem::Kind::NewAxis)
        shown += "none";
      else if (item.kind != IndexItem::Kind::At)
        shown += "..";
      if (item.stop)
        shown += show(item.stop);
    }
    return "[" + shown + "]";
  }

  std::string show(const std::vector<ExprPtr> &all, const char *between, size_t from = 0) {
    std::string shown;
    for (size_t i = from; i < all.size(); ++i)
      shown += (i == from ? "" : between) + show(all[i]);
    return shown;
  }

  static std::string quoted(const std::string &content) {
    std::string shown = "\"";
    for (char c : content)
      shown += c == '\n'   ? "\\n"
               : c == '\t' ? "\\t"
               : c == '"'  ? "\\\""
               : c == '\\' ? "\\\\"
                           : std::string(1, c);
    return shown + "\"";
  }

  std::string show(const ExprPtr &pointer) {
    const Expr &expr = *pointer;
    switch (expr.kind) {
    case Expr::Kind::Number: {
      char digits[40];
      snprintf(digits, sizeof digits, "%.17g", expr.number);
      return expr.text.empty() ? digits : expr.text;
    }
    case Expr::Kind::Bool:
      return expr.number != 0 ? "true" : "false";
    case Expr::Kind::String:
      return quoted(expr.text);
    case Expr::Kind::None:
      return "none";
    case Expr::Kind::Name:
      return expr.text;
    case Expr::Kind::Ellipsis:
      return "..";
    case Expr::Kind::Member:
      return show(expr.operands[0]) + "." + expr.text;
    case Expr::Kind::Call:
      return show(expr.operands[0]) + "(" + show(expr.arguments) + ")";
    case Expr::Kind::Index:
      return show(expr.operands[0]) + show(expr.items);
    case Expr::Kind::Unary:
    case Expr::Kind::Binary:
      return "(" + expr.text + " " + show(expr.operands, " ") + ")";
    case Expr::Kind::Pipe:
      return "(|> " + show(expr.operands, " ") + ")";
    case Expr::Kind::Over:
      return "(over " + show(expr.operands, " ") + ")";
    case Expr::Kind::On:
      return "(on " + show(expr.operands, " ") + ")";
    case Expr::Kind::As:
      return "(as " + show(expr.operands[0]) + " [" + show(expr.operands, ", ", 1) + "])";
    case Expr::Kind::List:
      return "[" + show(expr.operands, ", ") + "]";
    case Expr::Kind::If:
      return "(if " + show(expr.operands[0]) + " " + show(*expr.thenBlock) +
             (expr.elseBlock ? " else " + show(*expr.elseBlock) : "") + ")";
    case Expr::Kind::Lambda:
      return "(fn(" + join(expr.names, ", ") + ") " + show(*expr.thenBlock) + ")";
    case Expr::Kind::From: {
      std::string shown = "(from " + show(expr.operands, " ");
      for (const WeightRule &rule : expr.weightRules)
        shown += " (" + show(rule) + ")";
      return shown + ")";
    }
    }
    return "";
  }

  std::string show(const Condition &where) { return where.value ? " where " + show(where.value) : ""; }

  std::string show(const WeightRule &rule) {
    if (rule.kind == WeightRule::Kind::Take)
      return show(rule.target) + " = " + show(rule.value);
    return (rule.kind == WeightRule::Kind::New ? "new" : "ignore") + show(rule.selectors, " ");
  }
};

} // namespace

std::string printAst(const File &file) { return AstPrinter().print(file); }

} // namespace tl
