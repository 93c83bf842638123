// The canvas: boxes and edges that can be arranged, connected and deleted with the pointer or the keyboard. The network
// itself is the server's: every change is an action that the server answers with the network after it. Only where the
// boxes stand, and what is looked at, is this browser's.
const canvases = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".canvas");
  if (!canvases.has(root)) canvases.set(root, new Canvas(root));
  canvases.get(root).update(data, (sent) => setTriggerValue("act", sent));
  return () => canvases.delete(root);
}

class Canvas {
  constructor(root) {
    this.root = root;
    this.items = new Map();
    this.places = new Places();
    this.current = null; // what the keyboard is at: { node } or { edge }
    this.joining = null; // an edge that is being drawn: { from, back, at }
    this.outbox = new Outbox(() => this.root.isConnected && this.post());
    this.drops = new Map(); // by the number of an action: where on the canvas its block goes
    this.said = null;
    this.drawing = new Drawing(this);
    this.palette = new Palette(this);
    this.pointer = new Pointer(this);
    this.keys = new Keys(this);
  }

  update(data, send) {
    this.send = send;
    this.outbox.answered(data.answer.who, data.answer.seen);
    const first = this.texts === undefined;
    let another = false;
    if (this.textsJson !== data.texts) {
      this.textsJson = data.texts;
      this.texts = JSON.parse(data.texts);
      this.drawing.words();
    }
    this.palette.take(data.blocks);
    const made = this.made(data.answer);
    if (this.networkJson !== data.network || this.draft !== data.draft) {
      this.networkJson = data.network;
      const before = this.items;
      this.items = new Map(JSON.parse(data.network).map((item) => [item.id, item]));
      another = this.draft !== data.draft && this.places.open(data.draft, this.draft);
      this.draft = data.draft;
      this.places.settle(this.items, before, this.pendingPlaces(made), () => this.drawing.middle());
      if (!another && !alike(this.items, before)) {
        another = true;
        this.places.keepView(null);
      }
    }
    if (this.chosen !== data.chosen) this.follow(data.chosen);
    if (this.current?.node && !this.items.has(this.current.node)) this.current = null;
    if (this.joining && !this.items.has(this.joining.from)) this.joining = null;
    this.drawing.draw();
    if (another) this.drawing.open();
    this.arrive(made);
    this.hear(data.answer, first);
    this.openFields();
  }

  // The server chose another block: where the keyboard is not in the canvas, the canvas looks there too.
  follow(chosen) {
    this.chosen = chosen;
    if (!this.focused()) this.current = chosen ? { node: chosen } : null;
  }

  // Asks the server for something; `drop` is where the new block goes.
  act(what, drop) {
    const number = this.outbox.add(what);
    if (drop) this.drops.set(number, drop);
    this.post();
  }

  post() {
    const { outbox } = this;
    const actions = outbox.waiting.map(([n, action]) => ({ n, ...action }));
    this.send({ who: outbox.client, drawn: outbox.drawn, actions });
  }

  // The ids that actions of this canvas made, by the numbers of the actions; each is told once.
  made({ who, made }) {
    if (who !== this.outbox.client || this.madeJson === JSON.stringify(made)) return [];
    this.madeJson = JSON.stringify(made);
    return Object.entries(made).map(([number, id]) => ({ number: Number(number), id }));
  }

  pendingPlaces(made) {
    const found = new Map(made.filter(({ number }) => this.drops.has(number)).map(
      ({ number, id }) => [id, this.drops.get(number)]));
    for (const { number } of made) this.drops.delete(number);
    return found;
  }

  // The keyboard goes to what was made, or to what is left where something was deleted.
  arrive(made) {
    const last = made.at(-1)?.id;
    if (last && this.items.has(last)) {
      this.goTo({ node: last });
    } else if (this.fallback && !this.items.has(this.fallback.gone)) {
      const target = this.fallback.to.find((id) => this.items.has(id));
      this.fallback = null;
      if (target) this.goTo({ node: target });
    }
  }

  hear({ who, said }, first) {
    if (!said || said.number === this.said) return;
    this.said = said.number;
    if (!first && who === this.outbox.client) this.say(said.text, said.wrong);
  }

  // For everybody's eyes, and to screen readers.
  say(text, wrong = false) {
    const status = this.root.querySelector(".status");
    status.textContent = text;
    status.classList.toggle("wrong", wrong);
  }

  tell(name, values = {}) {
    this.say(this.word(name, values));
  }

  word(name, values = {}) {
    return this.texts[name].replace(/\{(\w+)\}/g, (_all, key) => values[key] ?? "");
  }

  focused() {
    const active = this.root.getRootNode().activeElement;
    return Boolean(active) && this.root.querySelector(".view").contains(active);
  }

  // The keyboard is at a box or an edge; without `focus` it is only marked.
  goTo(what, { focus = true } = {}) {
    this.current = what;
    this.drawing.mark();
    if (!what) return;
    if (what.node) this.drawing.show(what.node);
    if (focus) this.drawing.element(what)?.focus({ preventScroll: true });
  }

  pick(node) {
    if (node !== this.chosen) this.act({ do: "pick", id: node ?? "" });
  }

  add(entry, { drop, edge, source } = {}) {
    const what = { family: entry.family, entry: entry.index };
    if (edge) this.act({ do: "between", ...what, ...ends(edge) }, drop);
    else this.act({ do: "add", ...what, source: source ?? "" }, drop);
  }

  remove(what) {
    if (what.edge) {
      const edge = this.drawing.edges.get(what.edge);
      this.act({ do: "disconnect", ...ends(edge) });
      this.goTo({ node: edge.target });
      return;
    }
    const item = this.items.get(what.node);
    const readers = [...this.items.values()].filter((other) => other.reads.includes(item.id));
    this.fallback = { gone: item.id, to: [...item.reads, ...readers.map(({ id }) => id), ...this.items.keys()] };
    this.act({ do: "remove", id: item.id });
  }

  // Begins an edge at a box: to what reads it, or `back` to what it reads.
  join(from, back = false) {
    this.joining = { from, back };
    this.goTo({ node: from });
    this.tell(back ? "reading" : "connecting", { id: from });
    this.drawing.draw();
  }

  joinTo(node) {
    const { from, back } = this.joining;
    this.joining = null;
    this.drawing.draw();
    const [source, target] = back ? [node, from] : [from, node];
    this.act({ do: "connect", source, target });
    this.goTo({ node: target });
  }

  cancel() {
    const { from } = this.joining;
    this.joining = null;
    this.drawing.draw();
    this.goTo({ node: from });
    this.tell("cancelled");
  }

  toggleOutput(id) {
    this.act({ do: this.items.get(id).outputs ? "no_output" : "output", id });
  }

  move(id, dx, dy) {
    const [x, y] = this.places.of(this.items.get(id));
    this.places.put(this.items, id, [x + dx, y + dy]);
    this.drawing.draw();
    this.drawing.show(id);
    this.tell("moved", { id });
  }

  tidy() {
    this.places.tidy();
    this.drawing.draw();
    this.drawing.fit();
    this.tell("tidied");
  }

  // Opens the fields of a box below the canvas and goes there, as soon as they are drawn.
  enter(id) {
    this.entering = id;
    this.pick(id);
    this.openFields();
  }

  openFields() {
    if (!this.entering || this.entering !== this.chosen) return;
    const id = this.entering;
    this.entering = null;
    const until = Date.now() + 3000;
    const look = () => {
      const fields = document.querySelector(`.st-key-canvas-open-${id}`);
      const field = fields?.querySelector("input:not([type=file]), textarea, [role=combobox]") ?? fields?.querySelector("button");
      if (field) field.focus();
      else if (Date.now() < until) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }
}

// Whether a network is the one before with a change, and not another one.
function alike(items, before) {
  return [...items.keys()].filter((id) => before.has(id)).length * 3 >= items.size;
}

function ends({ source, target, place }) {
  return { source, target, place };
}
