// What is seen of the canvas. Elements stay as long as what they show does, so that the keyboard keeps its place.
const SVG = "http://www.w3.org/2000/svg";
const CLOSEST = 2;
const FARTHEST_OFF = 0.08;
const LEGIBLE = 0.55;

class Drawing {
  constructor(canvas) {
    this.canvas = canvas;
    this.edges = new Map();
    this.boxes = new Map();
    this.lines = new Map();
    this.view = canvas.root.querySelector(".view");
    this.scene = canvas.root.querySelector(".scene");
    this.layer = canvas.root.querySelector(".boxes");
    this.svg = canvas.root.querySelector(".edges");
    this.context = canvas.root.querySelector(".context");
    this.pan = { x: 0, y: 0, z: 1 };
  }

  // Everything that does not change with the network.
  words() {
    const { root, texts } = this.canvas;
    this.view.setAttribute("aria-label", texts.canvas);
    this.view.setAttribute("aria-description", texts.short_help);
    root.querySelector(".empty").textContent = texts.hint;
    root.querySelector(".short").textContent = texts.short_help;
    root.querySelector(".help summary").textContent = texts.keys;
    root.querySelector(".help dl").replaceChildren(...texts.help.flatMap(([keys, what]) => {
      const term = make("dt");
      term.append(...keys.split(/ (?=[+−0-9])| or /).map((key) => make("kbd", "", key)));
      return [term, make("dd", "", what)];
    }));
    for (const button of root.querySelectorAll(".tools [data-tool]")) {
      const word = texts[button.dataset.tool];
      const label = button.querySelector(".word");
      if (label) label.textContent = word;
      else button.setAttribute("aria-label", word);
      button.title = word;
    }
    this.lastContext = null;
  }

  draw() {
    const { items, places } = this.canvas;
    this.at = new Map([...items.values()].map((item) => [item.id, places.of(item)]));
    this.edges = edgesOf(items);
    this.drawBoxes(items);
    this.drawEdges(items);
    this.canvas.root.querySelector(".empty").hidden = [...items.values()].some((item) => !item.input);
    this.mark();
  }

  drawBoxes(items) {
    for (const [id, box] of this.boxes) {
      if (!items.has(id)) {
        box.remove();
        this.boxes.delete(id);
      }
    }
    for (const item of items.values()) {
      let box = this.boxes.get(item.id);
      if (!box) {
        box = make("div", "box");
        box.dataset.node = item.id;
        box.setAttribute("role", "button");
        this.layer.append(box);
        this.boxes.set(item.id, box);
      }
      const shown = JSON.stringify([item, this.canvas.textsJson.length]);
      if (box.shown !== shown) this.fill(box, item);
      box.shown = shown;
      const [x, y] = this.at.get(item.id);
      box.style.transform = `translate(${x}px, ${y}px)`;
    }
  }

  fill(box, item) {
    box.className = ["box", `family-${item.family}`, item.wrong && "faulty", item.shares && "sharing"]
      .filter(Boolean).join(" ");
    const label = this.label(item);
    box.setAttribute("aria-label", label);
    box.title = [item.wrong, item.words, label].filter(Boolean).join("\n");
    const marks = make("span", "marks");
    if (item.shares) {
      const mark = make("b", "", item.shares);
      mark.prepend(icon("link"));
      marks.append(mark);
    }
    if (item.frozen) marks.append(make("b", "", this.canvas.word("frozen")));
    for (const name of item.outputs ?? []) {
      const mark = make("b", "out", name);
      mark.prepend(icon("flag"));
      marks.append(mark);
    }
    box.replaceChildren(
      shortened("name", item.id), make("span", "note", item.note ?? ""),
      make("span", "kind", item.kind), make("span", "shape", item.shape),
      make("span", "fault", item.wrong ? "!" : ""), marks,
      ...(item.input ? [] : [make("span", "port in")]), make("span", "port out"),
    );
  }

  label(item) {
    const { canvas } = this;
    return [
      item.id, item.kind === item.id ? "" : item.kind, item.shape,
      item.note && canvas.word("parameters", { count: item.note }),
      item.shares && canvas.word("shares", { owner: item.shares }),
      item.frozen && canvas.word("frozen"),
      ...(item.outputs ?? []).map((name) => canvas.word("is_output", { name })),
      !item.input && (item.reads.length ? canvas.word("reads", { sources: item.reads.join(", ") })
        : canvas.word("reads_nothing")),
      item.wrong,
    ].filter(Boolean).join(", ");
  }

  drawEdges(items) {
    const corners = [...this.at.values()];
    const paths = new Map();
    for (const [key, edge] of this.edges) paths.set(key, this.path(edge, corners));
    for (const item of items.values()) {
      if (this.at.has(item.shares)) {
        paths.set(`shares ${item.id}`, sharingPath(this.at.get(item.shares), this.at.get(item.id)));
      }
    }
    for (const [key, line] of this.lines) {
      if (!paths.has(key)) {
        line.remove();
        this.lines.delete(key);
      }
    }
    for (const [key, path] of paths) this.drawLine(key, path);
    this.drawJoining();
  }

  path(edge, corners) {
    const target = this.at.get(edge.target);
    const bends = this.canvas.places.bends(edge, this.canvas.items);
    return edgePath(outPort(this.at.get(edge.source)), inPort(target, edge.place, edge.of), target, corners, bends);
  }

  drawLine(key, path) {
    let line = this.lines.get(key);
    if (!line) {
      line = this.newLine(key);
      this.svg.append(line);
      this.lines.set(key, line);
    }
    if (line.path !== path) for (const part of line.children) part.setAttribute("d", path);
    line.path = path;
    const edge = this.edges.get(key);
    if (edge) line.setAttribute("aria-label", this.canvas.word("edge", edge));
  }

  newLine(key) {
    const line = document.createElementNS(SVG, "g");
    const shown = document.createElementNS(SVG, "path");
    line.append(shown);
    if (!this.edges.has(key)) {
      shown.setAttribute("class", "share");
      return line;
    }
    line.setAttribute("class", "edge");
    line.dataset.edge = key;
    line.setAttribute("role", "button");
    line.setAttribute("tabindex", "-1");
    shown.setAttribute("class", "line");
    const hit = document.createElementNS(SVG, "path");
    hit.setAttribute("class", "hit");
    line.append(hit);
    return line;
  }

  // The edge that is being drawn, to the pointer or to the box that the keyboard is at.
  drawJoining() {
    const { joining, current } = this.canvas;
    const line = this.svg.querySelector(".joining");
    line.setAttribute("d", "");
    this.view.classList.toggle("busy", Boolean(joining));
    if (!joining) return;
    const from = this.at.get(joining.from);
    const target = current?.node !== joining.from && this.at.get(current?.node);
    const start = joining.back ? inPort(from) : outPort(from);
    const end = joining.at ?? (target && (joining.back ? outPort(target) : inPort(target)));
    if (end) line.setAttribute("d", joining.back ? curve(end, start) : curve(start, end));
  }

  // Which box or edge the keyboard is at, which block is chosen, and what can be done there.
  mark() {
    const { current, chosen, joining } = this.canvas;
    const stop = current?.node ?? (current ? null : this.boxes.keys().next().value);
    for (const [id, box] of this.boxes) {
      box.tabIndex = id === stop ? 0 : -1;
      box.classList.toggle("chosen", id === chosen);
      box.classList.toggle("current", id === current?.node);
      box.classList.toggle("joined", id === joining?.from);
      box.setAttribute("aria-pressed", String(id === chosen));
    }
    for (const [key, line] of this.lines) {
      const on = key === current?.edge;
      line.classList.toggle("current", on);
      if (this.edges.has(key)) line.setAttribute("tabindex", on ? "0" : "-1");
    }
    this.drawJoining();
    drawContext(this.canvas, this);
  }

  element({ node, edge }) {
    return node ? this.boxes.get(node) : this.lines.get(edge);
  }

  // Looking around.

  look({ x, y, z }) {
    this.pan = { x, y, z };
    this.scene.style.transform = `translate(${x}px, ${y}px) scale(${z})`;
    this.view.style.setProperty("--grid", `${GRID * 3 * z * 2 ** Math.max(0, Math.ceil(Math.log2(0.6 / z)))}px`);
    this.view.style.backgroundPosition = `${x}px ${y}px`;
    this.canvas.root.querySelector(".scale").textContent = `${Math.round(z * 100)}%`;
    drawContext(this.canvas, this);
    this.canvas.places.keepView(this.pan);
  }

  open(kept = this.canvas.places.view) {
    if (kept) this.look(kept);
    else this.fit(LEGIBLE);
    if (this.canvas.chosen) this.show(this.canvas.chosen);
  }

  // Everything at once, or, where that would be too small, its beginning.
  fit(smallest = FARTHEST_OFF) {
    const corners = [...this.at.values()];
    if (!corners.length) return;
    const left = Math.min(...corners.map(([x]) => x)) - GAP;
    const right = Math.max(...corners.map(([x]) => x)) + WIDTH + GAP;
    const top = Math.min(...corners.map(([, y]) => y)) - GAP - 14;
    const bottom = Math.max(...corners.map(([, y]) => y)) + HEIGHT + GAP;
    const { clientWidth, clientHeight } = this.view;
    const wanted = Math.min(1, clientWidth / (right - left), clientHeight / (bottom - top));
    const z = Math.max(smallest, wanted);
    const [aside, above] = [clientWidth - (right - left) * z, clientHeight - (bottom - top) * z];
    this.look({ x: Math.max(0, aside / 2) - left * z, y: Math.min(Math.max(0, above / 2), GAP) - top * z, z });
  }

  // Zooms by `factor` around a point of the view, or its middle.
  zoom(factor, at = [this.view.clientWidth / 2, this.view.clientHeight / 2]) {
    const { x, y, z } = this.pan;
    const closer = Math.min(CLOSEST, Math.max(FARTHEST_OFF, z * factor));
    this.look({ x: at[0] - ((at[0] - x) * closer) / z, y: at[1] - ((at[1] - y) * closer) / z, z: closer });
  }

  shift(dx, dy) {
    this.look({ ...this.pan, x: this.pan.x + dx, y: this.pan.y + dy });
  }

  // Brings a box into view, with as little movement as possible.
  show(id) {
    const [left, top] = this.at.get(id) ?? [0, 0];
    const { x, y, z } = this.pan;
    const inward = (low, high, room, before, after) =>
      low < before ? before - low : high > room - after ? Math.max(room - after - high, before - low) : 0;
    const dx = inward(left * z + x, (left + WIDTH) * z + x, this.view.clientWidth, 12, 12);
    const dy = inward(top * z + y, (top + HEIGHT) * z + y, this.view.clientHeight, 46, 28);
    if (dx || dy) this.shift(dx, dy);
  }

  // From the screen to the canvas.
  point(clientX, clientY) {
    const { left, top } = this.view.getBoundingClientRect();
    return [(clientX - left - this.pan.x) / this.pan.z, (clientY - top - this.pan.y) / this.pan.z];
  }

  middle() {
    const { x, y, z } = this.pan;
    return [(this.view.clientWidth / 2 - x) / z - WIDTH / 2, (this.view.clientHeight / 2 - y) / z - HEIGHT / 2];
  }
}

// Names differ at their ends: those stay where one is cut.
function shortened(kind, name) {
  const end = name.length > 14 ? 6 : 0;
  const shown = make("span", kind);
  shown.append(make("span", "", name.slice(0, name.length - end)), name.slice(name.length - end));
  return shown;
}

function icon(name) {
  const picture = make("i", "", name);
  picture.setAttribute("aria-hidden", "true");
  return picture;
}

function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}
