// One chart: axes, lines, and the values at the place that is looked at.
const SVG = "http://www.w3.org/2000/svg";
const MARGIN = { left: 50, right: 14, top: 8, bottom: 22 };
const MARK = 3.2;
const FEW = 40;

class Panel {
  constructor(chart, metric) {
    this.chart = chart;
    this.metric = metric;
    this.kind = kindOf(metric);
    this.paths = new Map();
    this.svg = svg("svg", { "aria-hidden": "true" });
    this.axes = this.svg.appendChild(svg("g", { class: "axes" }));
    this.area = this.svg.appendChild(svg("g", { class: "lines" }));
    this.hair = this.svg.appendChild(svg("line", { class: "hair", visibility: "hidden" }));
    this.tip = make("div", "tip");
    this.tip.hidden = true;
    this.said = make("output", "unseen");
    this.plot = make("div", "plot", this.svg, this.tip);
    this.plot.tabIndex = 0;
    this.plot.setAttribute("role", "application");
    this.title = make("figcaption", "");
    this.element = make("figure", `panel ${this.kind}`, this.title, this.plot, this.said);
    this.element.dataset.metric = metric;
    this.listen();
  }

  listen() {
    this.plot.addEventListener("pointermove", (event) => {
      const box = this.plot.getBoundingClientRect();
      this.chart.lookAt(this.x(event.clientX - box.left));
    });
    this.plot.addEventListener("pointerleave", () => this.chart.lookAt(null));
    this.plot.addEventListener("blur", () => this.chart.lookAt(null));
    this.plot.addEventListener("keydown", (event) => this.press(event));
  }

  // The keyboard goes from point to point; a screen reader hears the values.
  press(event) {
    const xs = this.lines.find(({ xs: points, role }) => role !== "raw" && points.length)?.xs ?? [];
    const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity }[event.key];
    if (event.key === "Escape") this.chart.lookAt(null);
    if (by === undefined || !xs.length || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const here = this.chart.looked;
    const from = here === null ? (by < 0 ? xs.length : -1) : nearest(xs, here);
    this.chart.lookAt(xs[Math.max(0, Math.min(xs.length - 1, from + by))]);
    this.said.textContent = this.tip.innerText;
  }

  x(pixels) {
    const inside = this.width - MARGIN.left - MARGIN.right;
    return Math.max(0, Math.min(1, (pixels - MARGIN.left) / inside)) * this.last;
  }

  // Draws some runs up to epoch `last`.
  draw(polls, last, settings) {
    const { width, height } = this.plot.getBoundingClientRect();
    if (!width) return;
    Object.assign(this, { width, height, last, polls });
    this.log = settings.log && this.kind !== "share";
    this.words();
    this.lines = polls.flatMap((poll, place) =>
      linesOf(poll, this.metric, settings, place, polls.length).map((line) => ({ ...line, place })));
    const mode = [this.log, settings.view, polls.map(({ url }) => url)].join();
    const values = this.lines.flatMap(({ ys, low = [], high = [] }) => [...ys, ...low, ...high]).filter((y) => y !== null && (!this.log || y > 0));
    this.range = range(this.kind, values, this.log, settings.view === "batches", mode === this.mode ? this.range : null);
    if (values.length) this.mode = mode;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.drawAxes();
    this.drawLines(settings.gap && this.kind !== "rate" ? polls : []);
    this.look();
  }

  words() {
    const name = this.chart.nameOf(this.metric);
    this.title.textContent = name;
    this.plot.setAttribute("aria-label", this.chart.word("chart", { name }));
  }

  across(epoch) {
    return MARGIN.left + (epoch / this.last) * (this.width - MARGIN.left - MARGIN.right);
  }

  up(value) {
    const [low, high] = this.range;
    const share = this.log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
    return this.height - MARGIN.bottom - share * (this.height - MARGIN.bottom - MARGIN.top);
  }

  drawAxes() {
    const right = this.width - MARGIN.right;
    const pieces = (this.log ? logTicks(this.range) : linearTicks(this.range)).flatMap((tick) => {
      const y = this.up(tick).toFixed(1);
      return [svg("line", { x1: MARGIN.left, x2: right, y1: y, y2: y }),
        text(MARGIN.left - 6, y, this.tick(tick), "end", "middle")];
    });
    for (const epoch of epochTicks(this.last, this.width)) {
      pieces.push(text(this.across(epoch), this.height - 5, String(epoch), epoch === this.last ? "end" : "middle"));
    }
    this.axes.replaceChildren(...pieces);
  }

  drawLines(gaps) {
    const wanted = new Map();
    gaps.forEach((poll, place) => wanted.set(`gap ${place}`,
      { class: `gap colour${gaps.length > 1 ? place : 1}`, d: this.between(gapOf(poll, this.metric)) }));
    this.lines.filter(({ high }) => high).forEach((line) => {
      const rows = line.xs.flatMap((x, number) => (line.high[number] === null ? [] : [[x, line.low[number], line.high[number]]]));
      wanted.set(`band ${line.role} ${line.place}`, { class: `band colour${line.colour}`, d: this.between(rows) });
    });
    this.lines.forEach((line) => {
      const key = `${line.role} ${line.place}`;
      const kind = `${line.kind} ${line.role} colour${line.colour}`;
      wanted.set(key, { class: kind, d: this.path(line), "stroke-dasharray": line.kind === "raw" ? "" : line.dash });
      if (line.kind === "points" || line.marks || line.xs.length === 1) {
        wanted.set(`${key} marks`, { class: `marks ${kind}`, d: this.marks(line) });
      }
    });
    for (const [key, path] of this.paths) if (!wanted.has(key)) { path.remove(); this.paths.delete(key); }
    for (const [key, attributes] of wanted) {
      if (!this.paths.has(key)) this.paths.set(key, this.area.appendChild(svg("path", {})));
      set(this.paths.get(key), attributes);
    }
  }

  path({ xs, ys, kind }) {
    let drawing = false;
    let d = "";
    xs.forEach((x, number) => {
      const y = ys[number];
      if (y === null || (this.log && y <= 0)) { drawing = false; return; }
      const [left, top] = [this.across(x).toFixed(1), this.up(y).toFixed(1)];
      d += !drawing ? `M${left} ${top}` : kind === "steps" ? `H${left}V${top}` : `L${left} ${top}`;
      drawing = true;
    });
    return d;
  }

  // A point of training is round, one of validation a square on its corner; of many, every few are marked.
  marks({ xs, ys, kind }) {
    const every = Math.ceil(xs.length / FEW);
    return xs.map((x, number) => {
      if ((xs.length - 1 - number) % every || ys[number] === null || (this.log && ys[number] <= 0)) return "";
      const [left, top] = [this.across(x), this.up(ys[number])];
      if (kind === "points") return `M${left} ${top - MARK - 1}l${MARK + 1} ${MARK + 1}l${-MARK - 1} ${MARK + 1}l${-MARK - 1} ${-MARK - 1}z`;
      return `M${left - MARK} ${top}a${MARK} ${MARK} 0 1 0 ${2 * MARK} 0a${MARK} ${MARK} 0 1 0 ${-2 * MARK} 0`;
    }).join("");
  }

  between(rows) {
    const known = rows.filter(([, training, validation]) => !this.log || (training > 0 && validation > 0));
    if (known.length < 2) return "";
    const there = known.map(([epoch, value]) => `${this.across(epoch).toFixed(1)} ${this.up(value).toFixed(1)}`);
    const back = known.map(([epoch, , value]) => `${this.across(epoch).toFixed(1)} ${this.up(value).toFixed(1)}`);
    return `M${there.join("L")}L${back.reverse().join("L")}z`;
  }

  // Shows the values at the place that is looked at, in all panels at once.
  look() {
    const { looked } = this.chart;
    const found = looked === null ? [] : this.found(looked);
    this.tip.hidden = found.length === 0;
    this.hair.setAttribute("visibility", found.length ? "visible" : "hidden");
    if (!found.length) return;
    const left = this.across(looked);
    set(this.hair, { x1: left, x2: left, y1: MARGIN.top, y2: this.height - MARGIN.bottom });
    this.tip.replaceChildren(make("b", "", this.chart.place(looked, this.polls[0])), ...found.map(({ line, value, band }) =>
      make("span", `value colour${line.colour}`, make("i", "dot"), this.label(line), " ", make("b", "", this.value(value)),
        band ? ` (${this.value(band[0])} – ${this.value(band[1])})` : "")));
    const beside = left > this.width / 2;
    this.tip.style.left = beside ? "" : `${left + 10}px`;
    this.tip.style.right = beside ? `${this.width - left + 10}px` : "";
  }

  found(looked) {
    return this.lines.flatMap((line) => {
      if (line.role === "raw" || !line.xs.length || looked > line.xs.at(-1) + 1) return [];
      const raw = line.role === "training" && this.lines.find((other) => other.role === "raw" && other.place === line.place);
      const place = nearest(line.xs, looked);
      const value = (raw || line).ys[place];
      const band = line.high && [line.low[place], line.high[place]];
      return value === null || value === undefined ? [] : [{ line, value, band }];
    });
  }

  label({ role, place }) {
    const role_ = role === "rate" ? "" : this.chart.word(role);
    return this.polls.length > 1 ? [this.polls[place].info.name, role_].filter(Boolean).join(", ") : role_ || this.chart.nameOf(this.metric);
  }

  tick(value) {
    if (this.kind === "share") return `${Number((value * 100).toFixed(1))}%`;
    return plain(value, 3);
  }

  value(value) {
    return this.kind === "share" ? `${(value * 100).toFixed(2)}%` : plain(value, 4);
  }
}


// A number with so many digits that count, and no more zeros than it needs.
function plain(value, digits) {
  const short = Number(value.toPrecision(digits));
  return short !== 0 && Math.abs(short) < 1e-3 ? short.toExponential().replace("e-", "e−") : String(short);
}

function svg(tag, attributes) {
  return set(document.createElementNS(SVG, tag), attributes);
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
  }
  return element;
}

function text(x, y, words, anchor, baseline = "auto") {
  const element = svg("text", { x, y, "text-anchor": anchor, "dominant-baseline": baseline });
  element.textContent = words;
  return element;
}
