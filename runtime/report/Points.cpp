// A curve that a test has measured, as SVG: its points, and the line on which both of their numbers are equal, where these are shares.
#include "runtime/report/Chart.h"
#include "runtime/report/Html.h"

#include <algorithm>
#include <cmath>

namespace tl::report {

namespace {

constexpr double side = 300, left = 44, right = 12, top = 12, bottom = 40;

/// From `low` to `high` in the plot; at least from 0 to 1 where all lies there.
struct Range {
  double low, high;

  explicit Range(const std::vector<double> &values) {
    low = *std::min_element(values.begin(), values.end()), high = *std::max_element(values.begin(), values.end());
    if (low >= 0 && high <= 1)
      low = 0, high = 1;
    else if (low == high)
      low -= 1, high += 1;
  }
  bool isShare() const { return low == 0 && high == 1; }
  double part(double value) const { return (value - low) / (high - low); }
};

double rightOf(const Range &range, double x) { return left + (side - left - right) * range.part(x); }
double above(const Range &range, double y) { return side - bottom - (side - top - bottom) * range.part(y); }

std::string text(double x, double y, const char *anchor, const std::string &content, const char *more = "") {
  return format("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>", x, y, anchor, more) + content + "</text>";
}

std::string grid(const Range &across, const Range &up) {
  std::string out;
  for (int i = 0; i <= 4; ++i) {
    double x = across.low + i * (across.high - across.low) / 4, y = up.low + i * (up.high - up.low) / 4;
    out += format("<path class=\"grid\" d=\"M%.0f %.1fH%.0fM%.1f %.0fV%.0f\"/>", left, above(up, y), side - right, rightOf(across, x), top, side - bottom);
    out += text(left - 5, above(up, y) + 3.5, "end", format("%.3g", y)) + text(rightOf(across, x), side - bottom + 15, i == 4 ? "end" : "middle", format("%.3g", x));
  }
  if (across.isShare() && up.isShare())
    out += format("<path class=\"thaw\" d=\"M%.0f %.0fL%.0f %.0f\"/>", left, side - bottom, side - right, top);
  return out;
}

/// As it is read: `false_positives` is a name of the script.
std::string words(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return escaped(name);
}

} // namespace

std::string drawnPoints(const Json &curve) {
  std::vector<double> x, y;
  for (const Json &point : curve.at("points"))
    if (point.at(0).is_number() && point.at(1).is_number())
      x.push_back(point[0].get<double>()), y.push_back(point[1].get<double>());
  if (x.empty())
    return element("p", "class=\"note\"", "no point of it is a number");
  Range across(x), up(y);
  std::string path, dots;
  for (size_t i = 0; i < x.size(); ++i) {
    path += format("%c%.1f %.1f", i == 0 ? 'M' : 'L', rightOf(across, x[i]), above(up, y[i]));
    dots += format("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\">", rightOf(across, x[i]), above(up, y[i])) + element("title", "", exact(x[i]) + ", " + exact(y[i])) + "</circle>";
  }
  std::string named[] = {words(curve.at("axes").at(0).get<std::string>()), words(curve.at("axes").at(1).get<std::string>())};
  std::string picture = grid(across, up) + element("g", "class=\"c0\"", "<path d=\"" + path + "\"/>" + dots) +
                        text((left + side - right) / 2, side - 6, "middle", named[0]) + text(12, (top + side - bottom) / 2, "middle", named[1], format(" transform=\"rotate(-90 12 %.1f)\"", (top + side - bottom) / 2).c_str());
  return element("div", "class=\"charts\"", element("figure", "", format("<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"", side, side) + named[1] + " by " + named[0] + "\">" + picture + "</svg>")) + "\n";
}

} // namespace tl::report
