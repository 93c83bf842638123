// The keyboard: one stop of the Tab key for the whole canvas, arrow keys from box to box, letters for what is done.
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const NUDGE = 16;
const PAN = 60;

class Keys {
  constructor(canvas) {
    this.canvas = canvas;
    const view = canvas.root.querySelector(".view");
    view.onkeydown = (event) => this.press(event);
    view.onfocus = () => canvas.current || this.first(0);
    view.addEventListener("focusin", ({ target }) => this.arrived(target));
  }

  // Whatever gets the focus in another way, as by Tab or by a screen reader.
  arrived(target) {
    const node = target.closest?.(".box")?.dataset.node;
    const edge = target.closest?.("[data-edge]")?.dataset.edge;
    const { current } = this.canvas;
    if (node && current?.node !== node) this.canvas.goTo({ node }, { focus: false });
    if (edge && current?.edge !== edge) this.canvas.goTo({ edge }, { focus: false });
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.isComposing) return;
    const inContext = event.target.closest(".context");
    if (inContext ? this.inContext(event) : this.run(event)) {
      event.preventDefault();
      // Streamlit's own keys and the page's shortcuts are not meant here.
      event.stopPropagation();
    }
  }

  inContext({ key }) {
    if (key !== "Escape") return false;
    this.canvas.goTo(this.canvas.current);
    return true;
  }

  run(event) {
    const { canvas } = this;
    const { current } = canvas;
    if (event.key in ARROWS) return this.arrow(ARROWS[event.key], event.altKey);
    const key = letter(event);
    if (key === "Escape") return this.escape();
    if (canvas.joining) return this.whileJoining(event.key);
    if (this.around(key)) return true;
    if (current?.edge) return this.onEdge(key);
    return current?.node ? this.onBox(key, canvas.items.get(current.node)) : false;
  }

  arrow(direction, alt) {
    const { canvas } = this;
    const { current } = canvas;
    if (current?.edge) return this.alongEdge(direction);
    if (!current) return this.first(0);
    if (alt) {
      canvas.move(current.node, direction[0] * NUDGE, direction[1] * NUDGE);
      return true;
    }
    const next = this.next(current.node, direction);
    if (next) {
      if (canvas.joining) canvas.joining.at = null;
      canvas.goTo({ node: next });
    } else if (!canvas.joining) canvas.drawing.shift(-direction[0] * PAN, -direction[1] * PAN);
    return true;
  }

  // In this direction on the screen; where nothing is, up and down follow the edges.
  next(id, direction) {
    const { items } = this.canvas;
    const [boxes, from] = [this.middles(), this.middleOf(id)];
    const along = direction[1] < 0 ? items.get(id).reads[0]
      : direction[1] > 0 ? [...items.values()].find(({ reads }) => reads.includes(id))?.id : null;
    return neighbour(boxes, from, direction, true) ?? along ?? neighbour(boxes, from, direction, false);
  }

  middles() {
    return [...this.canvas.items.keys()].map((id) => this.middleOf(id));
  }

  middleOf(id) {
    const [x, y] = this.canvas.drawing.at.get(id);
    return { id, x, y };
  }

  escape() {
    const { canvas } = this;
    if (canvas.pointer.cancelDrag) canvas.pointer.cancelDrag();
    else if (canvas.joining) canvas.cancel();
    else if (canvas.current?.edge) canvas.goTo({ node: canvas.drawing.edges.get(canvas.current.edge).target });
    else return false;
    return true;
  }

  whileJoining(key) {
    const { canvas } = this;
    const { node } = canvas.current ?? {};
    if (key === "Enter" || key === " ") {
      if (node && node !== canvas.joining.from) canvas.joinTo(node);
      return true;
    }
    return key !== "Tab";
  }

  // What can be done wherever the keyboard is.
  around(key) {
    const { canvas } = this;
    if (key === "/") canvas.palette.enter();
    else if (key === "+" || key === "=") canvas.drawing.zoom(1.25);
    else if (key === "-") canvas.drawing.zoom(0.8);
    else if (key === "0") canvas.drawing.fit();
    else if (key === "t") canvas.tidy();
    else if (key === "Home") return this.first(0);
    else if (key === "End") return this.first(-1);
    else return false;
    return true;
  }

  first(place) {
    const node = [...this.canvas.items.keys()].at(place);
    if (node) this.canvas.goTo({ node });
    return true;
  }

  onBox(key, item) {
    const { canvas } = this;
    const block = item && !item.input;
    if (key === "Enter") canvas.enter(item.id);
    else if (key === " ") canvas.pick(item.id);
    else if (key === "c") canvas.join(item.id);
    else if (key === "r" && block) canvas.join(item.id, true);
    else if (key === "o" && block) canvas.toggleOutput(item.id);
    else if (key === "u" && block) canvas.act({ do: "use", id: item.id });
    else if (key === "e") this.toEdges(item.id);
    else if (key === "Delete" || key === "Backspace") canvas.remove({ node: item.id });
    // A letter that means nothing here must not mean something to the page.
    else return key.length === 1;
    return true;
  }

  edgesAt(id) {
    return [...this.canvas.drawing.edges].filter(([, edge]) => edge.target === id || edge.source === id)
      .map(([key]) => key);
  }

  toEdges(id) {
    const [first] = this.edgesAt(id);
    this.hub = id;
    if (first) this.canvas.goTo({ edge: first });
    else this.canvas.tell("no_edges", { id });
  }

  onEdge(key) {
    if (key === "Delete" || key === "Backspace") this.canvas.remove(this.canvas.current);
    else if (key === "e") return this.alongEdge([1, 0]);
    else return key.length === 1 || key === "Enter";
    return true;
  }

  // Left and right: the other edges of the block; up and down: the ends of this one.
  alongEdge([dx, dy]) {
    const { canvas } = this;
    const key = canvas.current.edge;
    const edge = canvas.drawing.edges.get(key);
    if (dy) {
      canvas.goTo({ node: dy < 0 ? edge.source : edge.target });
      return true;
    }
    const at = [edge.source, edge.target].includes(this.hub) ? this.hub : edge.target;
    const keys = this.edgesAt(at);
    canvas.goTo({ edge: keys.at((keys.indexOf(key) + dx) % keys.length) });
    return true;
  }
}
