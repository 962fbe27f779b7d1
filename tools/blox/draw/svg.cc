#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "tools/blox/draw/drawing.h"
#include "tools/blox/table.h"

namespace blox::tools {
namespace {

constexpr int kHeight = 44;     // of a box, in px
constexpr int kGapAcross = 70;  // between layers, room for arrows and their labels
constexpr int kGapDown = 22;
constexpr int kMargin = 16;
constexpr int kPerCharacter = 8;  // width of a character at 13 px, sans-serif, on the safe side

struct Box {
  int layer = 0;
  int x = 0;
  int y = 0;
  int width = 0;
};

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

// Sources stand just before the first that they feed or ask, so that no arrow of theirs passes behind other boxes.
void stand_near_readers(const Drawing& drawing, std::vector<Box>& boxes) {
  std::vector<int> nearest(boxes.size(), std::numeric_limits<int>::max());
  std::vector<bool> fed(boxes.size(), false);
  for (const Drawing::Arrow& arrow : drawing.arrows) {
    nearest[arrow.from] = std::min(nearest[arrow.from], boxes[arrow.to].layer);
    fed[arrow.to] = true;
  }
  for (size_t i = 0; i < boxes.size(); ++i) {
    if (!fed[i] && nearest[i] != std::numeric_limits<int>::max()) boxes[i].layer = std::max(0, nearest[i] - 1);
  }
}

// Longest distance from a source; as many rounds as there are nodes at most, so that cycles end.
std::vector<Box> layered(const Drawing& drawing) {
  std::vector<Box> boxes(drawing.nodes.size());
  for (size_t round = 0; round < drawing.nodes.size(); ++round) {
    bool moved = false;
    for (const Drawing::Arrow& arrow : drawing.arrows) {
      const int wanted = boxes[arrow.from].layer + 1;
      if (arrow.from == arrow.to || boxes[arrow.to].layer >= wanted) continue;
      if (wanted >= static_cast<int>(drawing.nodes.size())) continue;  // a cycle
      boxes[arrow.to].layer = wanted;
      moved = true;
    }
    if (!moved) break;
  }
  stand_near_readers(drawing, boxes);
  return boxes;
}

// Columns as wide as their widest box, boxes of a column one below the other in the order of the topology.
std::pair<int, int> place(const Drawing& drawing, std::vector<Box>& boxes) {
  int layers = 0;
  for (size_t i = 0; i < boxes.size(); ++i) {
    const size_t longest = std::max(width(drawing.nodes[i].path), width(drawing.nodes[i].class_name + drawing.nodes[i].replicas));
    boxes[i].width = static_cast<int>(longest) * kPerCharacter + 24;
    layers = std::max(layers, boxes[i].layer + 1);
  }
  int x = kMargin, bottom = kMargin;
  for (int layer = 0; layer < layers; ++layer) {
    int widest = 0, y = kMargin;
    for (Box& box : boxes) {
      if (box.layer != layer) continue;
      box.x = x;
      box.y = y;
      y += kHeight + kGapDown;
      widest = std::max(widest, box.width);
    }
    bottom = std::max(bottom, y);
    x += widest + kGapAcross;
  }
  return {std::max(x - kGapAcross + kMargin, 2 * kMargin), bottom};
}

std::string arrow_path(const Box& from, const Box& to) {
  const int x1 = from.x + from.width, y1 = from.y + kHeight / 2, x2 = to.x, y2 = to.y + kHeight / 2;
  if (x2 > x1) {
    const int bend = (x2 - x1) / 2;
    return fmt::format("M{} {} C{} {} {} {} {} {}", x1, y1, x1 + bend, y1, x2 - bend, y2, x2 - 2, y2);
  }
  const int low = std::max(from.y, to.y) + kHeight + kGapDown;  // back to an earlier layer: below both
  return fmt::format("M{} {} C{} {} {} {} {} {}", x1, y1, x1 + kGapAcross, low, x2 - kGapAcross, low, x2 - 2, y2);
}

}  // namespace

std::string to_svg(const Drawing& drawing) {
  std::vector<Box> boxes = layered(drawing);
  const auto [across, down] = place(drawing, boxes);
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" "
      "font-family=\"sans-serif\" font-size=\"13\">\n"
      "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" "
      "orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#445\"/></marker></defs>\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
      across, down + kGapDown);
  for (const Drawing::Arrow& arrow : drawing.arrows) {
    const Box &from = boxes[arrow.from], &to = boxes[arrow.to];
    out +=
        fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"#445\" stroke-width=\"1.4\"{} marker-end=\"url(#tip)\"/>\n",
                    arrow_path(from, to), arrow.query ? " stroke-dasharray=\"5 4\"" : "");
    if (arrow.label.empty()) continue;
    out += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" font-size=\"10\" fill=\"#667\">{}</text>\n",
                       (from.x + from.width + to.x) / 2, (from.y + to.y + kHeight) / 2 - 5, escaped(arrow.label));
  }
  for (size_t i = 0; i < boxes.size(); ++i) {
    const Box& box = boxes[i];
    out +=
        fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"7\" fill=\"#eef3fb\" stroke=\"#57a\"/>\n",
                    box.x, box.y, box.width, kHeight);
    out += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" font-weight=\"bold\">{}</text>\n",
                       box.x + box.width / 2, box.y + 19, escaped(drawing.nodes[i].path));
    out += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" fill=\"#557\">{}</text>\n",
                       box.x + box.width / 2, box.y + 35, escaped(drawing.nodes[i].class_name + drawing.nodes[i].replicas));
  }
  return out + "</svg>\n";
}

}  // namespace blox::tools
