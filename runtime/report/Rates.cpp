// What `lr_find` has seen: the loss of each step against the learning rate it had.
#include "runtime/report/Html.h"
#include "runtime/report/Sections.h"

#include <algorithm>
#include <cmath>

namespace tl::report {

constexpr double width = 460, height = 230, left = 52, right = 8, top = 12, bottom = 24;

std::string ratesOf(const Run &run, const std::string &stage) {
  auto all = run.summary.find("lr_find");
  if (all == run.summary.end() || !all->contains(stage))
    return "";
  const Json &found = (*all)[stage], &points = found.at("points");
  double low = points.front()[0], high = points.back()[0], suggestion = found.at("suggestion"), least = INFINITY, most = -INFINITY;
  for (const Json &point : points)
    for (int i : {2, 3})
      least = std::min(least, point[i].get<double>()), most = std::max(most, point[i].get<double>());
  if (!(low < high && least < most))
    return "";
  auto x = [&](double value) { return left + (width - left - right) * std::log(value / low) / std::log(high / low); };
  auto y = [&](double loss) { return height - bottom - (height - top - bottom) * (loss - least) / (most - least); };
  std::string lines[2], picture;
  for (const Json &point : points)
    for (int i : {0, 1})
      lines[i] += format("%c%.1f %.1f", lines[i].empty() ? 'M' : 'L', x(point[0]), y(point[2 + i]));
  auto text = [](double at, double below, const char *anchor, double value) { return format("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%.3g</text>", at, below, anchor, value); };
  picture += format("<path class=\"grid\" d=\"M%.0f %.0fH%.0f\"/>", left, height - bottom, width - right) + text(left - 5, height - bottom, "end", least) + text(left - 5, top + 8, "end", most);
  picture += text(left, height - 8, "start", low) + text(width - right, height - 8, "end", high) + text(x(suggestion), height - 8, "middle", suggestion);
  picture += format("<path class=\"thaw\" d=\"M%.1f %.0fV%.0f\"/>", x(suggestion), top, height - bottom);
  picture += element("g", "class=\"c0 faint\"", "<path d=\"" + lines[0] + "\"/>") + element("g", "class=\"c0\"", "<path d=\"" + lines[1] + "\"/>");
  std::string param = escaped(found.at("param").get<std::string>());
  return element("div", "class=\"charts\"", element("figure", "", element("figcaption", "", "Loss while " + param + " grows; suggested: " + number(suggestion)) + format("<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"loss by rate\">", width, height) + picture + "</svg>")) + "\n";
}

} // namespace tl::report
