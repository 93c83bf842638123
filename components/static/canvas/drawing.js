// What is seen of the canvas. Elements stay as long as what they show does, so that the keyboard keeps its place.
const SVG = "http://www.w3.org/2000/svg";

class Drawing extends Looking {
  constructor(canvas) {
    super(canvas);
    this.edges = new Map();
    this.boxes = new Map();
    this.lines = new Map();
    this.layer = canvas.root.querySelector(".boxes");
    this.svg = canvas.root.querySelector(".edges");
    this.context = canvas.root.querySelector(".context");
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
      const names = keys.split(/ (?=[+−0-9])/);
      return [make("dt", "", ...names.map((key) => make("kbd", "", key))), make("dd", "", what)];
    }));
    for (const button of root.querySelectorAll(".tools [data-tool]")) {
      const word = texts[button.dataset.tool];
      const label = button.querySelector(".word");
      if (label) label.textContent = word;
      else button.setAttribute("aria-label", word);
      button.title = word;
    }
    this.lastContext = null;
    for (const box of this.boxes.values()) box.shown = null;
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
      const shown = JSON.stringify(item);
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
    if (item.shares) marks.append(make("b", "", icon("link"), item.shares));
    if (item.frozen) marks.append(make("b", "", this.canvas.word("frozen")));
    for (const name of item.outputs ?? []) marks.append(make("b", "out", icon("flag"), name));
    box.replaceChildren(
      make("span", "name", ...nameParts(item.id)), make("span", "note", item.note ?? ""),
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
}
