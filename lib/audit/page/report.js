/* What a report gains with a script: a choice of light and dark, text to copy, read-outs and zoom
   on figures, and the table of all entries. The page is complete without it, but for that table.
   Text of the data is only ever set as textContent. */
(() => {
  "use strict";

  /* --- elements and numbers --------------------------------------------------------------- */

  const SVG = "http://www.w3.org/2000/svg";

  function make(tag, properties = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name in element && typeof value !== "string") element[name] = value;
      else element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  }

  function draw(tag, attributes = {}, text) {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (text !== undefined) element.textContent = text;
    return element;
  }

  const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
  const precise = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 5 });
  const brief = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });

  const formats = {
    count: (v) => grouped.format(v),
    real: (v) => (Number.isInteger(v) ? grouped.format(v) : precise.format(v)),
    share: (v) => precise.format(v * 100) + "%",
  };

  function tickText(value, form) {
    if (form === "share") return brief.format(value * 100) + "%";
    let unit = 0;
    for (; Math.abs(value) >= 999.5 && unit < 4; unit++) value /= 1000;
    return precise.format(value) + ["", "k", "M", "B", "T"][unit];
  }

  /* Characters that cannot be seen, or that change how others are shown. */
  const hidden = new RegExp(
    "([\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5" +
      "\\u180b-\\u180f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ud800-\\udfff\\ufeff" +
      "\\uffa0\\ufff0-\\ufffb\\ufffe\\uffff\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}])",
    "u");

  /* A string of the data as an element: isolated, what is hidden shown as an escape. */
  function entryElement(text) {
    const element = make("bdi", { class: "entry" });
    text.split(hidden).forEach((part, i) => {
      if (i % 2 === 0) {
        element.append(part);
        return;
      }
      const code = part.codePointAt(0).toString(16);
      element.append(make("span", { class: "esc" },
        code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`));
    });
    return element;
  }

  function cutText(text, longest) {
    const points = Array.from(text.slice(0, 2 * longest + 2));
    return points.length > longest ? points.slice(0, longest).join("") + "…" : text;
  }

  /* --- light and dark --------------------------------------------------------------------- */

  const root = document.documentElement;
  root.classList.add("scripted");

  /* A page opened from disk may have no storage: the choice then lasts as long as the page. */
  function stored(name, value) {
    try {
      if (value === undefined) return window.localStorage.getItem(name);
      window.localStorage.setItem(name, value);
    } catch {
      /* nothing is kept */
    }
    return null;
  }

  const darkScheme = window.matchMedia("(prefers-color-scheme: dark)");

  function isDark() {
    const chosen = root.dataset.theme;
    return chosen ? chosen === "dark" : darkScheme.matches;
  }

  const chosenTheme = stored("metacurate-theme");
  if (chosenTheme === "light" || chosenTheme === "dark") root.dataset.theme = chosenTheme;

  function addThemeButton() {
    const button = make("button", { type: "button", class: "theme" });
    const label = () => {
      button.textContent = isDark() ? "Light colours" : "Dark colours";
    };
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      stored("metacurate-theme", root.dataset.theme);
      label();
    });
    darkScheme.addEventListener("change", label);
    label();
    document.querySelector(".top").append(button);
  }

  /* --- text to copy ----------------------------------------------------------------------- */

  function addCopyButton() {
    const code = document.getElementById("command");
    if (!code) return;
    const button = make("button", { type: "button" }, "Copy");
    const said = make("span", { class: "unseen", role: "status" });
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = said.textContent = "Copied";
      } catch {
        window.getSelection().selectAllChildren(code);
        button.textContent = said.textContent = "Selected";
      }
      setTimeout(() => {
        button.textContent = "Copy";
      }, 2000);
    });
    code.closest(".command").append(button, said);
  }

  /* --- figures: scales -------------------------------------------------------------------- */

  class Scale {
    constructor(log, low, high, from, to) {
      Object.assign(this, { log, low, high, from, to });
    }
    /* Values without a logarithm are at the low end. */
    at(value) {
      const part = this.log
        ? value > 0 ? Math.log(value / this.low) / Math.log(this.high / this.low) : 0
        : (value - this.low) / (this.high - this.low);
      return this.from + part * (this.to - this.from);
    }
    value(place) {
      const part = (place - this.from) / (this.to - this.from);
      return this.log
        ? this.low * Math.pow(this.high / this.low, part)
        : this.low + part * (this.high - this.low);
    }
    ticks(apart) {
      const about = Math.max(2, Math.abs(this.to - this.from) / apart);
      const found = this.log ? this.logTicks(about) : [];
      return found.length >= 2 ? found : this.linearTicks(about);
    }
    logTicks(about) {
      const decades = Math.log10(this.high / this.low);
      const every = Math.max(1, Math.ceil(decades / about));
      const within = decades * 3 <= about * 1.3 ? [1, 2, 5] : [1];
      const first = Math.floor(Math.log10(this.low) + 1e-9);
      const found = [];
      for (let p = Math.ceil(first / every) * every; p <= Math.log10(this.high); p += every)
        for (const k of within) {
          const value = k * Math.pow(10, p);
          if (value >= this.low * (1 - 1e-9) && value <= this.high * (1 + 1e-9)) found.push(value);
        }
      return found;
    }
    linearTicks(about) {
      const size = (this.high - this.low) / about;
      const power = Math.pow(10, Math.floor(Math.log10(size)));
      const step = power * [1, 2, 5, 10].find((k) => k * power >= size * (1 - 1e-9));
      const found = [];
      for (let i = Math.ceil(this.low / step - 1e-9); i * step <= this.high + step * 1e-9; i++)
        found.push(i * step);
      return found;
    }
  }

  const markers = [
    "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0",
    "m-2.8 -2.8h5.6v5.6h-5.6z",
    "m0 -3.6l3.4 6.2h-6.8z",
    "m0 -3.8l3.8 3.8l-3.8 3.8l-3.8 -3.8z",
  ];

  /* --- figures: one size of one figure, drawn for any range -------------------------------- */

  class View {
    constructor(svg, data) {
      this.svg = svg;
      this.data = data;
      [this.left, this.top, this.right, this.bottom] = svg.dataset.box.split(" ").map(Number);
      this.width = svg.viewBox.baseVal.width;
      this.parts = [".axes", ".marks", ".rules", ".ends"].map((name) => svg.querySelector(name));
      this.originals = this.parts.map((part) => [...part.childNodes]);
      this.cross = draw("g", { class: "cross" });
      svg.append(this.cross);
      this.setRange(data.x, data.y);
    }
    setRange(x, y) {
      this.x = new Scale(this.data.x.log, x.low, x.high, this.left, this.right);
      this.y = new Scale(this.data.y.log, y.low, y.high, this.bottom, this.top);
    }
    /* As the page came. */
    restore() {
      this.setRange(this.data.x, this.data.y);
      this.parts.forEach((part, i) => part.replaceChildren(...this.originals[i]));
    }
    render(x, y) {
      this.setRange(x, y);
      const [axes, marks, rules, ends] = this.parts;
      axes.replaceChildren(...this.axisNodes());
      marks.replaceChildren(...this.data.series.filter((s) => !s.off)
        .flatMap((s) => this.seriesNodes(s)));
      rules.replaceChildren(...this.data.rules.flatMap((r) => this.ruleNodes(r)));
      ends.replaceChildren();
    }
    axisNodes() {
      const nodes = [];
      const { left, right, bottom } = this;
      for (const value of this.y.ticks(44)) {
        const y = this.y.at(value);
        nodes.push(draw("path", { class: "grid", d: `M${left} ${y}L${right} ${y}` }),
          draw("text", { class: "tick", "text-anchor": "end", x: left - 8, y: y + 4 },
            tickText(value, this.data.y.form)));
      }
      for (const value of this.x.ticks(this.data.x.form === "share" ? 72 : 56)) {
        const x = this.x.at(value);
        nodes.push(draw("path", { class: "axis", d: `M${x} ${bottom}L${x} ${bottom + 5}` }),
          draw("text", { class: "tick", "text-anchor": "middle", x, y: bottom + 19 },
            tickText(value, this.data.x.form)));
      }
      nodes.push(draw("path", { class: "axis", d: `M${left} ${bottom}L${right} ${bottom}` }));
      return nodes;
    }
    isDrawn(s, i) {
      if (s.y[i] === null) return false;
      return s.mark === "dots" || ((!this.y.log || s.y[i] > 0) && (!this.x.log || s.x[i] > 0));
    }
    place(s, i, values = s.y) {
      return `${this.x.at(s.x[i]).toFixed(1)} ${this.y.at(values[i]).toFixed(1)}`;
    }
    seriesNodes(s) {
      const drawn = s.x.map((_, i) => i).filter((i) => this.isDrawn(s, i));
      const path = (name, d) => draw("path", { class: `${name} s${s.look}`, d });
      if (s.mark === "bars")
        return [path("bars", drawn.map((i) => {
          const [l, r] = [this.x.at(s.x[i] - 0.4), this.x.at(s.x[i] + 0.4)];
          const y = this.y.at(s.y[i]);
          return `M${l} ${this.bottom}L${l} ${y}L${r} ${y}L${r} ${this.bottom}z`;
        }).join(""))];
      if (s.mark === "band")
        return [path("band", drawn.length === 0 ? "" : "M" + [
          ...drawn.map((i) => this.place(s, i)),
          ...drawn.reverse().map((i) => this.place(s, i, s.low)),
        ].join("L") + "z")];
      const dots = path("marker", this.spaced(s, drawn)
        .map((i) => `M${this.place(s, i)}${markers[s.look]}`).join(""));
      if (s.mark === "dots") return [dots];
      const line = drawn.map((i, k) => (k > 0 && drawn[k - 1] === i - 1 ? "L" : "M") +
        this.place(s, i));
      return [path("line", line.join("")), dots];
    }
    /* Of a line's points those that have a marker. */
    spaced(s, drawn) {
      let x = -1e9, y = -1e9;
      return drawn.filter((i) => {
        const [px, py] = [this.x.at(s.x[i]), this.y.at(s.y[i])];
        if (s.mark === "line" && Math.hypot(px - x, py - y) < 56) return false;
        [x, y] = [px, py];
        return true;
      });
    }
    ruleNodes(rule) {
      const scale = rule.across ? this.y : this.x;
      const range = [Math.min(scale.from, scale.to), Math.max(scale.from, scale.to)];
      const at = scale.at(rule.at);
      if (at < range[0] || at > range[1]) return [];
      const line = rule.across
        ? `M${this.left} ${at}L${this.right} ${at}`
        : `M${at} ${this.top}L${at} ${this.bottom}`;
      const leftwards = rule.across || at > (this.left + this.right) / 2;
      return [draw("path", { class: "rule", d: line }),
        draw("text", {
          class: "note",
          "text-anchor": leftwards ? "end" : "start",
          x: rule.across ? this.right - 4 : at + (leftwards ? -6 : 6),
          y: rule.across ? at - 6 : this.top + 12,
        }, rule.label ?? "")];
    }
    /* Where a pointer is, in units of the figure. */
    locate(event) {
      const box = this.svg.getBoundingClientRect();
      const unit = this.width / box.width;
      return { x: (event.clientX - box.left) * unit, y: (event.clientY - box.top) * unit };
    }
    isShown() {
      return this.svg.getClientRects().length > 0;
    }
  }

  /* --- figures: reading and zooming -------------------------------------------------------- */

  class Plot {
    constructor(element) {
      this.data = JSON.parse(element.querySelector("script").textContent);
      this.stage = element.querySelector(".stage");
      this.views = [...this.stage.querySelectorAll(":scope > svg")]
        .map((svg) => new View(svg, this.data));
      this.named = this.data.series.find((s) => s.names);
      this.stops = this.named
        ? this.named.x.map((_, i) => i).sort((a, b) => this.named.x[a] - this.named.x[b])
        : [...new Set(this.data.series.filter((s) => s.mark !== "band").flatMap((s) => s.x))]
          .filter((v) => !this.data.x.log || v > 0).sort((a, b) => a - b);
      this.range = this.full();
      this.current = null;
      this.addElements(element);
      this.listen();
    }
    full() {
      return { low: this.data.x.low, high: this.data.x.high };
    }
    get view() {
      return this.views.find((v) => v.isShown()) ?? this.views[0];
    }
    addElements(element) {
      const button = (text, label, run) => {
        const b = make("button", { type: "button", "aria-label": label, title: label }, text);
        b.addEventListener("click", run);
        return b;
      };
      const tools = make("div", { class: "tools", role: "group",
        "aria-label": `Zoom: ${this.data.title}` },
        button("+", "Zoom in", () => this.zoom(0.5)),
        button("−", "Zoom out", () => this.zoom(2)),
        this.resetButton = button("Reset", "Reset the zoom", () => this.reset()));
      this.resetButton.disabled = true;
      element.insertBefore(tools, this.stage);
      this.addSwitches(element);
      this.readout = make("div", { class: "readout", hidden: true });
      this.said = make("div", { class: "unseen", "aria-live": "polite" });
      this.stage.append(this.readout);
      element.append(this.said);
      this.stage.tabIndex = 0;
      this.stage.setAttribute("role", "application");
      this.stage.setAttribute("aria-roledescription", "interactive figure");
      this.stage.setAttribute("aria-label", `${this.data.title}. Left and right arrows read ` +
        "values, plus and minus zoom, shift with arrows moves, 0 resets.");
    }

    /* The legend's items switch their series on and off; one is always on. */
    addSwitches(element) {
      const items = [...element.querySelectorAll(".legend li")];
      if (items.length < 2) return;
      items.forEach((item, i) => {
        const s = this.data.series[i];
        const button = make("button", { type: "button", "aria-pressed": "true" },
          ...item.childNodes);
        button.addEventListener("click", () => {
          if (!s.off && this.data.series.filter((other) => !other.off).length === 1) return;
          s.off = !s.off;
          button.setAttribute("aria-pressed", String(!s.off));
          this.setRange(this.range.low, this.range.high);
        });
        item.append(button);
      });
    }

    /* - reading - */

    isVisible(stop) {
      const x = this.named ? this.named.x[stop] : stop;
      const { low, high } = this.range;
      return (x >= low && x <= high) || (this.named && this.data.x.log && x <= 0);
    }
    /* What a stop says: a head and rows of a name and a value. */
    describe(stop) {
      const { x, y, series } = this.data;
      if (this.named) {
        const name = this.named.names[stop];
        return {
          head: name === null ? "not known" : cutText(name, 80),
          rows: [[x.label, formats[x.form](this.named.x[stop])],
            [y.label, formats[y.form](this.named.y[stop])]],
          points: [[this.named.x[stop], this.named.y[stop]]],
        };
      }
      const rows = [], points = [];
      for (const s of series) {
        const i = s.off ? -1 : s.x.indexOf(stop);
        if (i < 0 || s.y[i] === null) continue;
        if (s.mark === "band") {
          rows.push([s.name, `${formats[y.form](s.low[i])} to ${formats[y.form](s.y[i])}`]);
        } else {
          rows.push([s.name, formats[y.form](s.y[i])]);
          points.push([stop, s.y[i]]);
        }
      }
      return { head: `${x.label}: ${formats[x.form](stop)}`, rows, points };
    }
    show(index, aloud) {
      this.current = index;
      const stop = this.stops[index];
      const { head, rows, points } = this.describe(stop);
      const view = this.view;
      const at = view.x.at(points.length > 0 ? points[0][0] : stop);
      view.cross.replaceChildren(
        draw("path", { d: `M${at} ${view.top}L${at} ${view.bottom}` }),
        ...points.filter(([x, y]) => this.named || !view.y.log || y > 0)
          .map(([x, y]) => draw("circle", { cx: view.x.at(x), cy: view.y.at(y), r: 5 })));
      const title = make("strong");
      title.append(this.named ? entryElement(head) : head);
      this.readout.replaceChildren(title, ...rows.map(([name, value]) =>
        make("div", { class: "row" }, make("span", {}, name), make("span", {}, value))));
      this.readout.hidden = false;
      this.placeReadout(view, at);
      if (aloud)
        this.said.textContent = `${head}. ${rows.map((r) => r.join(" ")).join(", ")}`;
    }
    placeReadout(view, at) {
      const box = view.svg.getBoundingClientRect();
      const place = (at / view.width) * box.width;
      const size = this.readout.offsetWidth;
      const left = place + 14 + size <= box.width ? place + 14 : place - 14 - size;
      this.readout.style.left = `${Math.max(0, Math.min(left, box.width - size))}px`;
      this.readout.style.top = `${(view.top / view.width) * box.width + 6}px`;
    }
    hide() {
      this.current = null;
      this.readout.hidden = true;
      for (const view of this.views) view.cross.replaceChildren();
    }
    nearest(view, place) {
      let best = -1, distance = Infinity;
      this.stops.forEach((stop, i) => {
        if (!this.isVisible(stop)) return;
        const d = this.named
          ? Math.hypot(view.x.at(this.named.x[stop]) - place.x,
            view.y.at(this.named.y[stop]) - place.y)
          : Math.abs(view.x.at(stop) - place.x);
        if (d < distance) [best, distance] = [i, d];
      });
      return best;
    }
    step(by) {
      const visible = this.stops.map((_, i) => i).filter((i) => this.isVisible(this.stops[i]));
      if (visible.length === 0) return;
      const at = visible.indexOf(this.current);
      const next = at < 0 && Number.isFinite(by) ? (by > 0 ? 0 : visible.length - 1)
        : Math.max(0, Math.min(visible.length - 1, at + by));
      this.show(visible[next], true);
    }

    /* - zooming: x is chosen, y follows what is to be seen - */

    setRange(low, high) {
      const full = this.full();
      const scale = new Scale(this.data.x.log, full.low, full.high, 0, 1);
      let [a, b] = [scale.at(low), scale.at(high)];
      const size = Math.min(1, Math.max(b - a, 1e-4));
      const middle = (a + b) / 2;
      a = Math.max(0, Math.min(1 - size, middle - size / 2));
      b = a + size;
      this.hide();
      this.resetButton.disabled = size > 0.9999;
      this.range = size > 0.9999 ? full : { low: scale.value(a), high: scale.value(b) };
      if (size > 0.9999 && !this.data.series.some((s) => s.off)) {
        for (const view of this.views) view.restore();
        return;
      }
      const y = this.visibleHeights();
      for (const view of this.views) view.render(this.range, y);
    }
    visibleHeights() {
      const { log } = this.data.y;
      let low = Infinity, high = -Infinity;
      const cover = (v) => {
        if (v === null || v === undefined || (log && v <= 0)) return;
        low = Math.min(low, v);
        high = Math.max(high, v);
      };
      for (const s of this.data.series.filter((other) => !other.off))
        for (let i = 0; i < s.x.length; i++) {
          const after = s.x[Math.min(i + 1, s.x.length - 1)], before = s.x[Math.max(i - 1, 0)];
          const near = s.mark === "dots"
            ? s.x[i] >= this.range.low && s.x[i] <= this.range.high
            : after >= this.range.low && before <= this.range.high;
          if (!near) continue;
          cover(s.y[i]);
          if (s.low) cover(s.low[i]);
          if (s.mark === "bars") cover(0);
        }
      if (low > high) return this.data.y;
      if (log) return { low: low / 1.1, high: Math.max(high * 1.1, low * 1.01) };
      const pad = (high - low) * 0.05 || Math.abs(high) * 0.05 || 1;
      return { low: low === 0 ? 0 : low - pad, high: high + pad };
    }
    /* By factor about a value of x, or about the middle. */
    zoom(factor, about) {
      const scale = new Scale(this.data.x.log, this.range.low, this.range.high, 0, 1);
      const centre = about === undefined ? 0.5 : scale.at(about);
      this.setRange(scale.value(centre * (1 - factor)), scale.value(centre + (1 - centre) * factor));
    }
    pan(by) {
      const scale = new Scale(this.data.x.log, this.range.low, this.range.high, 0, 1);
      this.setRange(scale.value(by), scale.value(1 + by));
    }
    reset() {
      const { low, high } = this.full();
      this.setRange(low, high);
    }

    /* - events - */

    listen() {
      for (const view of this.views) this.listenTo(view);
      this.stage.addEventListener("keydown", (event) => this.press(event));
      this.stage.addEventListener("blur", () => this.hide());
    }
    listenTo(view) {
      const { svg } = view;
      let start = null;
      svg.addEventListener("pointerdown", (event) => {
        if (event.button === 0) start = view.locate(event).x;
      });
      svg.addEventListener("pointermove", (event) => {
        const place = view.locate(event);
        if (start !== null && Math.abs(place.x - start) > 6) {
          svg.setPointerCapture(event.pointerId);
          this.showBrush(view, start, place.x);
          return;
        }
        const index = this.nearest(view, place);
        if (index >= 0) this.show(index, false);
      });
      svg.addEventListener("pointerup", (event) => {
        const place = view.locate(event);
        if (start !== null && Math.abs(place.x - start) > 6) {
          const ends = [start, place.x].sort((a, b) => a - b).map((x) => view.x.value(x));
          this.setRange(ends[0], ends[1]);
        }
        start = null;
      });
      svg.addEventListener("pointercancel", () => {
        start = null;
        this.hide();
      });
      svg.addEventListener("pointerleave", () => {
        if (start === null) this.hide();
      });
      svg.addEventListener("dblclick", () => this.reset());
      /* The wheel scrolls the page, unless the figure was chosen or Ctrl is held. */
      svg.addEventListener("wheel", (event) => {
        if (document.activeElement !== this.stage && !event.ctrlKey) return;
        event.preventDefault();
        this.zoom(event.deltaY < 0 ? 0.8 : 1.25, view.x.value(view.locate(event).x));
      }, { passive: false });
    }
    showBrush(view, from, to) {
      this.hide();
      const x = Math.max(view.left, Math.min(from, to));
      const end = Math.min(view.right, Math.max(from, to));
      view.cross.replaceChildren(draw("rect", { x, y: view.top, width: Math.max(0, end - x),
        height: view.bottom - view.top }));
    }
    press(event) {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      const moves = {
        ArrowRight: () => (event.shiftKey ? this.pan(0.25) : this.step(1)),
        ArrowLeft: () => (event.shiftKey ? this.pan(-0.25) : this.step(-1)),
        PageDown: () => this.step(10),
        PageUp: () => this.step(-10),
        Home: () => this.step(-Infinity),
        End: () => this.step(Infinity),
        "+": () => this.zoom(0.5),
        "=": () => this.zoom(0.5),
        "-": () => this.zoom(2),
        0: () => this.reset(),
        Escape: () => this.hide(),
      };
      const move = moves[event.key];
      if (!move) return;
      event.preventDefault();
      move();
    }
  }

  /* --- the table of all entries: its rows --------------------------------------------------- */

  function decode(text) {
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes;
  }

  async function unpack(text) {
    if (typeof DecompressionStream === "undefined")
      throw new Error("This browser cannot unpack the table (it lacks DecompressionStream). " +
        "Newer ones can; counts.npy has the counts, too.");
    const parts = text.split(".").map((part) => new Response(
      new Blob([decode(part)]).stream().pipeThrough(new DecompressionStream("gzip"))).json());
    return Object.assign({}, ...await Promise.all(parts));
  }

  /* The text of the file beside the page, which hands it over by calling metacurateEntries. */
  function loadFile(name, key) {
    return new Promise((resolve, reject) => {
      window.metacurateEntries = (itsKey, text) => {
        if (itsKey === key) resolve(text);
        else reject(new Error(`${name} belongs to another report: write both anew.`));
      };
      const script = make("script", { src: name });
      script.addEventListener("error", () =>
        reject(new Error(`${name} could not be loaded: it must be in the same folder.`)));
      document.head.append(script);
    });
  }

  const STATES = ["", "none kept", "never matched", "dead"];

  class Rows {
    constructor(data) {
      Object.assign(this, data);
      this.source = new Int16Array(this.n).fill(-1);
      let at = 0;
      for (const [source, length] of data.runs) {
        this.source.fill(source, at, at + length);
        at += length;
      }
      this.cutSizes = new Map(data.cut);
      this.state = new Uint8Array(this.n);
      for (let i = 0; i < this.n; i++)
        this.state[i] = this.before[i] === 0 ? 2 : this.after && this.after[i] === 0 ? 1 : 0;
      for (const row of data.dead) this.state[row] = 3;
      this.keys = {};
    }
    id(row) {
      return this.ids ? this.ids[row] : row;
    }
    share(row) {
      return this.before[row] > 0 ? this.after[row] / this.before[row] : NaN;
    }
    /* A number for each row, in whose order a column sorts. */
    key(column) {
      this.keys[column] ??= {
        id: () => Float64Array.from({ length: this.n }, (_, i) => i),
        entry: () => this.entryRanks(),
        source: () => Float64Array.from(this.source),
        before: () => Float64Array.from(this.before),
        after: () => Float64Array.from(this.after),
        share: () => Float64Array.from({ length: this.n }, (_, i) =>
          (this.before[i] > 0 ? this.share(i) : -1)),
        state: () => Float64Array.from(this.state),
      }[column]();
      return this.keys[column];
    }
    entryRanks() {
      const order = Uint32Array.from({ length: this.n }, (_, i) => i);
      const text = this.entries.map((e) => e ?? "");
      order.sort((a, b) => (text[a] < text[b] ? -1 : text[a] > text[b] ? 1 : a - b));
      const ranks = new Float64Array(this.n);
      order.forEach((row, rank) => {
        ranks[row] = rank > 0 && text[row] === text[order[rank - 1]] ? ranks[order[rank - 1]] : rank;
      });
      return ranks;
    }
    /* Rows that hold a text, in either case, are in a state and are of a source. */
    find(text, state, source) {
      this.lower ??= this.entries.map((e) => (e ?? "").toLowerCase());
      const wanted = text.toLowerCase();
      const found = new Uint32Array(this.n);
      let n = 0;
      for (let i = 0; i < this.n; i++)
        if ((state === "" || this.isIn(i, state)) && (source === "" || this.source[i] === +source) &&
          (wanted === "" || this.lower[i].includes(wanted)))
          found[n++] = i;
      return found.slice(0, n);
    }
    isIn(row, state) {
      if (state === "matched") return this.before[row] > 0;
      return this.state[row] === STATES.indexOf(state);
    }
    sort(rows, column, direction) {
      if (column === "id" && direction === 1) return rows;
      const key = this.key(column);
      return rows.sort((a, b) => direction * (key[a] - key[b]) || a - b);
    }
  }

  /* --- the table of all entries: what is seen of it ------------------------------------------ */

  const PAGE = 50;

  function keptText(share) {
    return share > 0 && share < 0.001 ? "<0.1%" : (share * 100).toFixed(1) + "%";
  }

  class Table {
    constructor(view, rows) {
      this.rows = rows;
      this.column = "before";
      this.direction = -1;
      this.page = 0;
      const balanced = rows.after !== null;
      this.columns = [
        ["entry", "Entry"],
        ...(rows.sources.length > 0 ? [["source", "Source"]] : []),
        ["before", balanced ? "Before" : "Count", "n"],
        ...(balanced ? [["after", "After", "n"], ["share", "Share kept", "n"]] : []),
        ["state", "State"],
        ["id", "No.", "n"],
      ];
      this.build(view, balanced);
      this.refresh();
    }
    build(view, balanced) {
      const option = (value, text) => make("option", { value }, text);
      this.search = make("input", { type: "search", autocomplete: "off", spellcheck: "false" });
      this.state = make("select", {}, option("", "all"), option("matched", "matched"),
        ...(balanced ? [option("none kept", "matched, none kept")] : []),
        option("never matched", "never matched"), option("dead", "dead"));
      this.source = make("select", {}, option("", "all"),
        ...this.rows.sources.map((name, i) => option(String(i), cutText(name, 40))));
      this.status = make("div", { class: "status", role: "status" });
      const label = (text, control, style = "") => make("label", { class: style }, text, control);
      const controls = make("div", { class: "controls", role: "search",
        "aria-label": "Entries" },
        label("Search the entries", this.search, "search"), label("State", this.state));
      if (this.rows.sources.length > 0) controls.append(label("Source", this.source));
      this.body = make("tbody");
      const table = make("table", {},
        make("caption", { id: "all-caption" }, "Counts of the entries"),
        make("thead", {}, make("tr", {}, ...this.columns.map((c) => this.headCell(c)))),
        this.body);
      this.scroll = make("div", { class: "scroll", role: "region",
        "aria-labelledby": "all-caption" }, table);
      this.scroll.tabIndex = 0;
      view.replaceChildren(controls, this.status, this.scroll, this.buildPager());
      let timer = 0;
      this.search.addEventListener("input", () => {
        clearTimeout(timer);
        timer = setTimeout(() => this.refresh(), 120);
      });
      this.state.addEventListener("change", () => this.refresh());
      this.source.addEventListener("change", () => this.refresh());
    }
    headCell([column, text, style]) {
      const button = make("button", { type: "button" }, text);
      const cell = make("th", { scope: "col", "data-column": column, class: style ?? "" }, button);
      button.addEventListener("click", () => {
        const numeric = !["entry", "source", "id"].includes(column);
        this.direction = this.column === column ? -this.direction : numeric ? -1 : 1;
        this.column = column;
        this.refresh();
      });
      return cell;
    }
    buildPager() {
      const button = (text, label, page) => {
        const b = make("button", { type: "button", "aria-label": label }, text);
        b.addEventListener("click", () => this.turn(page()));
        return b;
      };
      this.back = [button("First", "First page", () => 0),
        button("Previous", "Previous page", () => this.page - 1)];
      this.forth = [button("Next", "Next page", () => this.page + 1),
        button("Last", "Last page", () => this.pages - 1)];
      this.pageInput = make("input", { type: "number", min: "1", "aria-label": "Page" });
      this.pageInput.addEventListener("change", () => this.turn(+this.pageInput.value - 1));
      this.pageCount = make("span");
      return make("nav", { class: "pager", "aria-label": "Pages of the table" },
        ...this.back, "Page", this.pageInput, this.pageCount, ...this.forth);
    }
    get pages() {
      return Math.max(1, Math.ceil(this.found.length / PAGE));
    }
    turn(page) {
      this.page = Math.max(0, Math.min(this.pages - 1, Math.floor(page) || 0));
      this.render();
    }
    refresh() {
      this.found = this.rows.sort(
        this.rows.find(this.search.value, this.state.value, this.source.value),
        this.column, this.direction);
      for (const cell of this.scroll.querySelectorAll("th[data-column]")) {
        if (cell.dataset.column === this.column)
          cell.setAttribute("aria-sort", this.direction > 0 ? "ascending" : "descending");
        else cell.removeAttribute("aria-sort");
      }
      this.turn(0);
    }
    render() {
      const first = this.page * PAGE;
      const shown = this.found.slice(first, first + PAGE);
      this.body.replaceChildren(...Array.from(shown, (row) => this.rowElement(row)));
      this.scroll.scrollTop = 0;
      this.pageInput.max = String(this.pages);
      this.pageInput.value = String(this.page + 1);
      this.pageCount.textContent = `of ${grouped.format(this.pages)}`;
      for (const b of this.back) b.disabled = this.page === 0;
      for (const b of this.forth) b.disabled = this.page === this.pages - 1;
      const all = grouped.format(this.rows.n);
      const n = grouped.format(this.found.length);
      this.status.textContent = this.found.length === 0
        ? `None of ${all} entries`
        : `${grouped.format(first + 1)} to ${grouped.format(first + shown.length)} of ` +
          (this.found.length < this.rows.n ? `${n} found among ${all} entries` : `${all} entries`);
    }
    rowElement(row) {
      const { rows } = this;
      const none = () => make("span", { class: "none" }, "–");
      const cells = {
        entry: () => this.entryCell(row),
        source: () => (rows.source[row] < 0 ? none() : cutText(rows.sources[rows.source[row]], 40)),
        before: () => grouped.format(rows.before[row]),
        after: () => grouped.format(rows.after[row]),
        share: () => (rows.before[row] > 0 ? keptText(rows.share(row)) : none()),
        state: () => STATES[rows.state[row]],
        id: () => grouped.format(rows.id(row)),
      };
      return make("tr", {}, ...this.columns.map(([column, , style]) => {
        const cell = column === "entry" ? make("th", { scope: "row" })
          : make("td", { class: style ?? "" });
        const content = cells[column]();
        cell.append(...(Array.isArray(content) ? content : [content]));
        return cell;
      }));
    }
    entryCell(row) {
      const text = this.rows.entries[row];
      if (text === null) return make("span", { class: "none" }, "not known");
      if (text === "") return make("span", { class: "none" }, "empty");
      const size = this.rows.cutSizes.get(row);
      if (size === undefined) return entryElement(text);
      return [entryElement(text + "…"), " ",
        make("span", { class: "cut" }, `(${grouped.format(size)} bytes)`)];
    }
  }

  function prepareTable() {
    const section = document.getElementById("all");
    if (!section) return;
    const view = document.getElementById("all-view");
    const { file, key } = section.dataset;
    const load = async () => {
      view.replaceChildren(make("p", { class: "status", role: "status" }, "Loading the table …"));
      try {
        const inline = document.getElementById("all-rows");
        const text = file ? await loadFile(file, key) : inline.textContent;
        new Table(view, new Rows(await unpack(text)));
        return true;
      } catch (failure) {
        view.replaceChildren(make("p", { class: "warning", role: "alert" }, failure.message));
        return false;
      }
    };
    if (file) {
      const button = make("button", { type: "button" }, "Load the table");
      button.addEventListener("click", async () => {
        if (await load()) view.querySelector("input").focus();
      });
      view.append(button);
    } else if (typeof IntersectionObserver === "undefined") {
      load();
    } else {
      const observer = new IntersectionObserver((seen) => {
        if (!seen.some((s) => s.isIntersecting)) return;
        observer.disconnect();
        load();
      }, { rootMargin: "800px" });
      observer.observe(section);
    }
  }

  /* --- all of it --------------------------------------------------------------------------- */

  document.addEventListener("DOMContentLoaded", () => {
    addThemeButton();
    addCopyButton();
    for (const element of document.querySelectorAll(".plot")) new Plot(element);
    prepareTable();
  });
})();
