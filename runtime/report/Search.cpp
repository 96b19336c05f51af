// What a search has tried: each setting's importance, all trials side by side as lines, and as a table.
#include "runtime/report/Html.h"
#include "runtime/report/Sections.h"

#include <algorithm>
#include <cmath>

namespace tl::report {

namespace {

constexpr double width = 900, height = 260, side = 70, top = 30, bottom = 24;

/// A line from bottom to top: of a setting, or of what decides.
struct Upright {
  std::string name;
  double low, high;
  bool isLogarithmic;
  std::vector<double> values; // choices, at equal distances

  double of(double value) const {
    double place = 0.5;
    if (!values.empty()) {
      auto at = double(std::find(values.begin(), values.end(), value) - values.begin());
      place = (at + 0.5) / double(values.size());
    } else if (high > low) {
      place = isLogarithmic ? std::log(value / low) / std::log(high / low) : (value - low) / (high - low);
    }
    return height - bottom - (height - top - bottom) * place;
  }
};

std::string label(double x, double y, const std::string &text) { return format("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">", x, y) + text + "</text>"; }

class Trials {
public:
  explicit Trials(const Json &search) : search(search), goal(search.at("goal")), isHigher(search.at("higher")), winner(search.at("winner")) {
    for (size_t i = 0; i < search.at("trials").size(); ++i)
      order.push_back(i);
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return isBefore(a, b); });
  }

  std::string importances() const {
    std::string rows;
    for (const Json &setting : search.at("settings")) {
      double share = setting.at("importance");
      rows += element("tr", "", element("th", "", escaped(setting.at("name").get<std::string>())) + element("td", "", number(share)) + element("td", "class=\"bar\"", format("<i style=\"width:%.1f%%\"></i>", 100 * share)));
    }
    return element("h3", "", "Importance") + element("p", "class=\"note\"", "the share of the variance of the trials' ranks that a setting explains alone, in up to five groups of near values") + element("table", "class=\"bars\"", rows) + "\n";
  }

  /// A line for each trial, the best quarter in front.
  std::string lines() const {
    std::vector<Upright> uprights;
    for (const Json &setting : search.at("settings"))
      uprights.push_back({setting.at("name"), setting.at("low"), setting.at("high"), setting.at("log"), setting.at("values")});
    Upright last{goal, INFINITY, -INFINITY, false, {}};
    for (size_t trial : order)
      if (double value = valueOf(trial); std::isfinite(value))
        last.low = std::min(last.low, value), last.high = std::max(last.high, value);
    if (last.low > last.high)
      return "";
    uprights.push_back(last);
    double apart = (width - 2 * side) / double(uprights.size() - 1);
    std::string picture;
    for (size_t place = order.size(); place-- > 0;) { // the best is drawn last
      size_t trial = order[place];
      if (!std::isfinite(valueOf(trial)))
        continue;
      std::string path, says = "trial " + std::to_string(trial);
      for (size_t i = 0; i < uprights.size(); ++i) {
        double value = i + 1 < uprights.size() ? search.at("trials")[trial].at("settings")[i].get<double>() : valueOf(trial);
        path += format("%c%.1f %.1f", i ? 'L' : 'M', side + apart * double(i), uprights[i].of(value));
        says += ", " + uprights[i].name + " " + exact(value);
      }
      bool isWinner = int64_t(trial) == winner, isFaint = 4 * place >= order.size() && !isWinner;
      picture += element("g", isWinner ? "class=\"c1\"" : isFaint ? "class=\"c7 faint\""
                                                                  : "class=\"c0\"",
                         element("title", "", escaped(says)) + "<path d=\"" + path + "\"/>") +
                 "\n";
    }
    for (size_t i = 0; i < uprights.size(); ++i) {
      const Upright &upright = uprights[i];
      double x = side + apart * double(i);
      picture += format("<path class=\"grid\" d=\"M%.1f %.0fV%.0f\"/>", x, top, height - bottom) + label(x, 12, escaped(upright.name));
      if (upright.values.empty())
        picture += label(x, height - bottom + 15, format("%.4g", upright.low)) + label(x, top - 4, format("%.4g", upright.high));
      for (double value : upright.values)
        picture += label(x + 14, upright.of(value) + 4, format("%.4g", value));
    }
    return element("figure", "", element("figcaption", "", "Trials, the best quarter in front, the winner in red") + element("div", "class=\"wide\"", format("<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"trials as lines\">", width, height) + picture + "</svg>")) + "\n";
  }

  std::string rows() const {
    std::vector<std::vector<std::string>> cells = {{"trial", escaped(goal), "epochs"}};
    for (const Json &setting : search.at("settings"))
      cells[0].push_back(escaped(setting.at("name").get<std::string>()));
    for (size_t trial : order) {
      const Json &about = search.at("trials")[trial];
      cells.push_back({std::to_string(trial) + (int64_t(trial) == winner ? ", the winner" : ""), std::isfinite(valueOf(trial)) ? number(valueOf(trial)) : "diverged", count(about.at("epochs"))});
      for (const Json &value : about.at("settings"))
        cells.back().push_back(number(value));
    }
    return folded("all trials", table(cells));
  }

  std::string script() const { return element("pre", "", escaped(search.at("script").get<std::string>())) + "\n"; }

private:
  double valueOf(size_t trial) const {
    const Json &value = search.at("trials")[trial].at("value");
    return value.is_null() ? NAN : value.get<double>();
  }
  /// Those that went furthest first, of them the best.
  bool isBefore(size_t a, size_t b) const {
    auto key = [&](size_t trial) {
      double value = valueOf(trial);
      return std::tuple(!std::isfinite(value), -search.at("trials")[trial].at("epochs").get<int64_t>(), isHigher ? -value : value, trial);
    };
    return key(a) < key(b);
  }

  const Json &search;
  std::string goal;
  bool isHigher;
  int64_t winner;
  std::vector<size_t> order;
};

} // namespace

std::string searchOf(const Run &run, const std::string &stage) {
  auto all = run.summary.find("tune");
  if (all == run.summary.end() || !all->contains(stage))
    return "";
  Trials trials((*all)[stage]);
  return element("h3", "", "Search") + trials.script() + trials.lines() + trials.importances() + trials.rows();
}

} // namespace tl::report
