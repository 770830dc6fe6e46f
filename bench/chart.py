"""Draws docs/scale.json as SVG, for light and dark backgrounds.

usage: chart.py SCALE.JSON      writes scale-entries.svg and scale-threads.svg beside it
"""
import json
import math
import os
import sys
from html import escape

COLOURS = ["c1", "c2", "c3", "c4"]
STYLE = """
  .paper { fill: #ffffff } .grid { stroke: #e2e5e9 } .axis { stroke: #8a929c }
  text { fill: #24292f; font: 13px system-ui, sans-serif } .title { font-weight: 600 }
  .faint { fill: #59636e } .ideal { stroke: #8a929c; stroke-dasharray: 5 5 }
  .c1 { stroke: #0969da; fill: #0969da } .c2 { stroke: #bc4c00; fill: #bc4c00 }
  .c3 { stroke: #1a7f37; fill: #1a7f37 } .c4 { stroke: #8250df; fill: #8250df }
  polyline { fill: none !important; stroke-width: 2 } text.name { stroke: none }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117 } .grid { stroke: #262c36 } .axis { stroke: #6e7681 }
    text { fill: #e6edf3 } .faint { fill: #9198a1 } .ideal { stroke: #6e7681 }
    .c1 { stroke: #58a6ff; fill: #58a6ff } .c2 { stroke: #f0883e; fill: #f0883e }
    .c3 { stroke: #3fb950; fill: #3fb950 } .c4 { stroke: #bc8cff; fill: #bc8cff }
  }
"""


def short(value):
    """A number as a tick shows it: 5k, 5M, 0.2."""
    for unit, name in ((1e6, "M"), (1e3, "k")):
        if value >= unit:
            return f"{value / unit:g}{name}"
    return f"{value:g}"


class Log:
    """A logarithmic axis over the given values, from power of ten to power of ten (or, for
    at=values, over them with a tick each)."""

    def __init__(self, values, ticks=None):
        self.ticks = ticks or [10.0 ** e for e in range(
            math.floor(math.log10(min(values))), math.ceil(math.log10(max(values))) + 1)]
        self.low, self.high = math.log10(self.ticks[0]), math.log10(self.ticks[-1])
        if self.low == self.high:
            self.high += 1

    def place(self, value):
        return (math.log10(value) - self.low) / (self.high - self.low)


class Linear:
    """An axis from low to a round number above all values."""

    def __init__(self, values, low=0, step=None):
        top = max(values)
        if not step:
            step = 10 ** math.floor(math.log10(top))
            step = next(step * f for f in (0.2, 0.5, 1, 2) if top / (step * f) <= 6)
        count = math.ceil((top - low) / step)
        self.ticks = [low + step * i for i in range(count + 1)]
        self.low, self.high = low, max(self.ticks[-1], low + step)

    def place(self, value):
        return (value - self.low) / (self.high - self.low)


class Panel:
    """One plot: a box on the page, two axes, lines in it."""

    def __init__(self, left, title, x_name, x, y, width=330, height=240, top=52):
        self.box = (left, top, width, height)
        self.x, self.y = x, y
        self.parts = [f'<text class="title" x="{left}" y="{top - 22}">{escape(title)}</text>']
        for tick in y.ticks:
            at = self.height_of(tick)
            self.parts += [
                f'<line class="grid" x1="{left}" x2="{left + width}" y1="{at:.1f}" y2="{at:.1f}"/>',
                f'<text class="faint" text-anchor="end" x="{left - 8}" y="{at + 4:.1f}">'
                f'{short(tick)}</text>']
        bottom = top + height
        self.parts.append(
            f'<line class="axis" x1="{left}" x2="{left + width}" y1="{bottom}" y2="{bottom}"/>')
        for tick in x.ticks:
            at = self.left_of(tick)
            self.parts += [
                f'<line class="axis" x1="{at:.1f}" x2="{at:.1f}" y1="{bottom}" y2="{bottom + 5}"/>',
                f'<text class="faint" text-anchor="middle" x="{at:.1f}" y="{bottom + 20}">'
                f'{short(tick)}</text>']
        self.parts.append(f'<text class="faint" text-anchor="middle" x="{left + width / 2}" '
                          f'y="{bottom + 40}">{escape(x_name)}</text>')

    def left_of(self, value):
        return self.box[0] + self.x.place(value) * self.box[2]

    def height_of(self, value):
        return self.box[1] + (1 - self.y.place(value)) * self.box[3]

    def line(self, points, colour, dots=True):
        places = [(self.left_of(x), self.height_of(y)) for x, y in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        self.parts.append(f'<polyline class="{colour}" points="{path}"/>')
        if dots:
            self.parts += [f'<circle class="{colour}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>'
                           for x, y in places]

    def label(self, x, y, text, dx=0, dy=-10, anchor="middle"):
        self.parts.append(f'<text text-anchor="{anchor}" x="{self.left_of(x) + dx:.1f}" '
                          f'y="{self.height_of(y) + dy:.1f}">{escape(text)}</text>')


def legend(names, left, top):
    parts = []
    for name, colour in zip(names, COLOURS):
        parts += [f'<circle class="{colour}" cx="{left}" cy="{top - 4}" r="4"/>',
                  f'<text x="{left + 10}" y="{top}">{escape(name)}</text>']
        left += 30 + 7 * len(name)
    return parts


def write_svg(path, width, height, title, parts):
    lines = "\n".join(f"  {part}" for part in parts)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
                   f'width="{width}" height="{height}" role="img">\n'
                   f"  <title>{escape(title)}</title>\n  <style>{STYLE}  </style>\n"
                   f'  <rect class="paper" width="{width}" height="{height}" rx="6"/>\n'
                   f"{lines}\n</svg>\n")


def draw_entries(points, path):
    names = list(dict.fromkeys(row["name"] for point in points for row in point["rows"]))
    sizes = [point["entries"] for point in points]
    panels = []
    for left, title, figure in (
            (64, "Matching: ns a byte of raw text, one thread",
             lambda row: 1e3 / row["mb_per_second"]),
            (484, "Compiling the list: seconds", lambda row: row["compile_seconds"])):
        lines = {name: [(point["entries"], figure(row)) for point in points
                        for row in point["rows"] if row["name"] == name] for name in names}
        panel = Panel(left, title, "entries", Log(sizes, sizes),
                      Log([y for line in lines.values() for _, y in line]))
        for name, colour in zip(names, COLOURS):
            panel.line(lines[name], colour)
        panels += panel.parts
    write_svg(path, 850, 380, "Cost of matching and compiling against the number of entries",
              panels + legend(names, 70, 364))


def draw_threads(rows, path):
    one = rows[0]["mb_per_second"]
    threads = [row["threads"] for row in rows]
    rates = [row["mb_per_second"] for row in rows]
    ideal = [(n, one * n) for n in threads]
    step = math.ceil(max(threads) / 16)
    panel = Panel(64, "Matching: MB of raw text a second", "threads",
                  Linear(threads, step=step), Linear(rates + [y for _, y in ideal]))
    panel.line(ideal, "ideal", dots=False)
    panel.line(list(zip(threads, rates)), "c1")
    for row in rows if len(rows) <= 8 else rows[-1:]:
        panel.label(row["threads"], row["mb_per_second"], f"{row['over_one']:.2f} x", dy=20)
    write_svg(path, 430, 380, "Rate of matching against the number of threads",
              panel.parts + legend([rows[0]["name"]], 70, 364)
              + ['<line class="ideal" x1="196" x2="224" y1="360" y2="360"/>',
                 '<text x="232" y="364">one thread, times threads</text>'])


def draw(path):
    """Draws the charts of a scale.json beside it."""
    with open(path, encoding="utf-8") as file:
        scale = json.load(file)
    folder = os.path.dirname(path)
    if scale["entries"]:
        draw_entries(scale["entries"], os.path.join(folder, "scale-entries.svg"))
    if scale["threads"]:
        draw_threads(scale["threads"], os.path.join(folder, "scale-threads.svg"))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    draw(sys.argv[1])
