// A chart of lines as SVG: an axis of steps, one of values, a band for each phase.
#include "runtime/report/Chart.h"
#include "runtime/io/Units.h"
#include "runtime/report/Html.h"

#include <algorithm>
#include <cmath>

namespace tl::report {

namespace {

constexpr double width = 460, height = 230, left = 52, right = 8, top = 22, bottom = 24; // of the picture, and around its plot

/// From values to places along one side of the plot.
struct Axis {
  double low, high, begin, end;
  bool isLogarithmic = false;

  double of(double value) const {
    if (isLogarithmic)
      return begin + (end - begin) * std::log(value / low) / std::log(high / low);
    return begin + (end - begin) * (value - low) / (high - low);
  }

  /// Round values: at 1, 2 or 5 times a power of ten, or at powers of ten.
  std::vector<double> ticks() const {
    std::vector<double> at;
    if (isLogarithmic) {
      double apart = std::max(1.0, std::ceil(std::log10(high / low) / 6));
      for (double power = std::ceil(std::log10(low) - 1e-9); power <= std::log10(high) + 1e-9; power += apart)
        at.push_back(std::pow(10.0, power));
      return at;
    }
    double rough = (high - low) / 5, unit = std::pow(10.0, std::floor(std::log10(rough)));
    double apart = unit * (rough > 5 * unit ? 10 : rough > 2 * unit ? 5
                                               : rough > unit       ? 2
                                                                    : 1);
    for (double k = std::ceil(low / apart - 1e-9); k * apart <= high + 1e-9 * apart && at.size() < 20; ++k)
      at.push_back(k * apart);
    return at;
  }
};

template <class Take> void eachFinite(const Chart &chart, const Take &take) {
  for (const Line &line : chart.lines)
    for (const Point &point : line.points)
      if (std::isfinite(point.value))
        take(point);
}

Axis axisOfValues(const Chart &chart) {
  std::vector<double> values;
  eachFinite(chart, [&](const Point &point) { values.push_back(point.value); });
  std::sort(values.begin(), values.end());
  Axis axis{values.front(), values.back(), height - bottom, top};
  // Where most values would lie along the bottom.
  axis.isLogarithmic = axis.low > 0 && values[values.size() / 2] < axis.high / 20;
  if (!axis.isLogarithmic) {
    double room = axis.high > axis.low ? (axis.high - axis.low) * 0.05 : std::max(1e-9, std::fabs(axis.high) * 0.1);
    axis.low -= room, axis.high += room;
  }
  return axis;
}

Axis axisOfSteps(const Chart &chart) {
  int64_t last = 1;
  eachFinite(chart, [&](const Point &point) { last = std::max(last, point.step); });
  for (const Band &band : chart.bands)
    last = std::max(last, band.to);
  return {0, double(last), left, width - right};
}

std::string label(double x, double y, const char *anchor, const std::string &text) {
  return format("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor) + text + "</text>";
}

std::string grid(const Axis &steps, const Axis &values) {
  std::string out;
  for (double value : values.ticks()) {
    double y = values.of(value);
    out += format("<path class=\"grid\" d=\"M%.0f %.1fH%.0f\"/>", left, y, width - right) + label(left - 5, y + 3.5, "end", format("%.4g", std::fabs(value) < 1e-12 ? 0 : value));
  }
  for (double step : steps.ticks())
    if (step == std::floor(step))
      out += label(steps.of(step), height - bottom + 15, steps.of(step) > width - right - 12 ? "end" : "middle", withCommas(int64_t(step)));
  return out;
}

/// Every second band is shaded; a line stands where something thaws.
std::string bandsOf(const Chart &chart, const Axis &steps) {
  std::string out;
  for (size_t i = 0; i < chart.bands.size() && chart.bands.size() > 1; ++i) {
    const Band &band = chart.bands[i];
    double from = steps.of(double(band.from)), wide = steps.of(double(band.to)) - from;
    std::string says = "phase " + band.name + ", steps " + withCommas(band.from + 1) + " to " + withCommas(band.to) + (band.thaw.empty() ? "" : "; becomes trainable: " + band.thaw);
    out += "<g>" + element("title", "", escaped(says));
    if (i % 2 == 1)
      out += format("<rect class=\"band\" x=\"%.1f\" y=\"%.0f\" width=\"%.1f\" height=\"%.0f\"/>", from, top, wide, height - top - bottom);
    if (!band.thaw.empty())
      out += format("<path class=\"thaw\" d=\"M%.1f %.0fV%.0f\"/>", from, top - 6, height - bottom);
    std::string shown = band.thaw.empty() ? band.name : band.name + " + " + band.thaw;
    if (double(shown.size()) * 6 > wide)
      shown = band.name;
    if (double(shown.size()) * 6 <= wide)
      out += label(from + 3, top - 8, "start", escaped(shown));
    out += "</g>\n";
  }
  return out;
}

/// At most two points a pixel, the least and the greatest there, so that what stands out is kept.
std::vector<Point> thinned(const std::vector<Point> &points, const Axis &steps) {
  if (points.size() < 1000)
    return points;
  std::vector<Point> out;
  for (size_t begin = 0, end; begin < points.size(); begin = end) {
    auto pixel = [&](size_t i) { return std::floor(steps.of(double(points[i].step))); };
    for (end = begin; end < points.size() && pixel(end) == pixel(begin); ++end) {
    }
    auto less = [](const Point &a, const Point &b) { return a.value < b.value; };
    auto [low, high] = std::minmax_element(points.begin() + std::ptrdiff_t(begin), points.begin() + std::ptrdiff_t(end), less);
    out.push_back(*std::min(low, high));
    if (low != high)
      out.push_back(*std::max(low, high));
  }
  return out;
}

std::string curveOf(const Line &line, const Axis &steps, const Axis &values) {
  std::string path, points, kind = "class=\"c" + std::to_string(line.colour % colours) + (line.isFaint ? " faint" : "") + "\"";
  bool isDrawing = false, hasPoints = line.points.size() <= 60 && !line.isFaint;
  for (const Point &point : thinned(line.points, steps)) {
    bool isFinite = std::isfinite(point.value);
    if (isFinite) {
      double x = steps.of(double(point.step)), y = values.of(point.value);
      path += format("%c%.1f %.1f", isDrawing ? 'L' : 'M', x, y);
      bool isBest = std::find(line.bestSteps.begin(), line.bestSteps.end(), point.step) != line.bestSteps.end();
      if (hasPoints)
        points += format("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%s\">", x, y, isBest ? "4" : "2") +
                  element("title", "", escaped(line.label) + " " + exact(point.value) + " at step " + withCommas(point.step) + (isBest ? ", the best so far" : "")) + "</circle>";
    }
    isDrawing = isFinite;
  }
  return element("g", kind, "<path d=\"" + path + "\"/>" + points) + "\n";
}

std::string legendOf(const Chart &chart) {
  std::string out;
  for (const Line &line : chart.lines)
    if (!line.points.empty())
      out += element("span", "class=\"key c" + std::to_string(line.colour % colours) + (line.isFaint ? " faint" : "") + "\"", "<i></i>" + escaped(line.label) + " " + number(line.points.back().value)) + " ";
  return element("div", "class=\"legend\"", out);
}

} // namespace

std::string drawn(const Chart &chart) {
  bool isEmpty = true;
  eachFinite(chart, [&](const Point &) { isEmpty = false; });
  if (isEmpty)
    return "";
  Axis steps = axisOfSteps(chart), values = axisOfValues(chart);
  std::string picture = bandsOf(chart, steps) + grid(steps, values);
  for (const Line &line : chart.lines)
    picture += curveOf(line, steps, values);
  std::string title = escaped(chart.title);
  return element("figure", "", element("figcaption", "", title) + format("<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"", width, height) + title + "\">" + picture + "</svg>" + legendOf(chart)) + "\n";
}

} // namespace tl::report
