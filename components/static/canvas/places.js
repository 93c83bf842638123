// Where the boxes stand. As long as nobody has moved one, all stand where the server's layout puts them; from then on
// each keeps its place, and a new one gets a free place near what it reads. Kept in this browser, by the draft.
const WIDTH = 200;
const HEIGHT = 48;
const GAP = 28;
const STEP = 80;
const GRID = 8;
const STORED = "blockyard.canvas.";
const FARTHEST = 1e6;

class Places {
  constructor() {
    this.kept = new Map();
    this.arranged = false;
    this.view = null;
    this.fold = folded(new Map());
  }

  // Takes what was kept for another draft, or for the inside of a block ("draft/block"), and tells that it is another
  // one. A draft that has only just got its name keeps what is here.
  open(draft, before) {
    this.key = STORED + draft;
    if (before !== undefined && draft.endsWith(before) && (before === "" || before.startsWith("/"))
      && !draft.slice(0, -before.length || undefined).includes("/")) return false;
    this.kept = storedPlaces(this.key);
    this.view = storedView(this.key);
    return true;
  }

  of(item) {
    return (this.arranged && this.kept.get(item.id)) || this.automatic(item);
  }

  // The top left corner of a box where the layout of the server puts it.
  automatic(item) {
    return this.fold.corners.get(item.id) ?? spot(item.at);
  }

  // The points that an edge passes on its way down, unless it goes to another column or boxes were moved.
  bends(edge, items) {
    const target = items.get(edge.target);
    const bends = target.bends?.[edge.source];
    const { corners, pieceOf } = this.fold;
    if (this.arranged || !bends || pieceOf(items.get(edge.source).at[1]) !== pieceOf(target.at[1])) return null;
    const [x, y] = spot(target.at);
    const [left, top] = corners.get(target.id);
    return bends.map(spot).map(([bx, by]) => [bx - x + left + WIDTH / 2, by - y + top]);
  }

  put(items, id, place) {
    this.arrange(items);
    this.kept.set(id, snapped(place));
    this.save(items);
  }

  // From now on every box keeps the place where it stands.
  arrange(items) {
    if (this.arranged) return;
    this.kept = new Map([...items.values()].map((item) => [item.id, snapped(this.automatic(item))]));
    this.arranged = true;
  }

  tidy() {
    this.arranged = false;
    this.kept = new Map();
    this.save(new Map());
  }

  // Takes over a changed network: `drops` are places that the user gave to new boxes.
  settle(items, before, drops, middle) {
    if (drops.size) this.arrange(before);
    this.fold = folded(items);
    this.arranged = drops.size > 0 || this.knows(items);
    if (!this.arranged) return;
    renamed(items, before, this.kept);
    for (const item of items.values()) {
      if (this.kept.has(item.id)) continue;
      const wanted = drops.get(item.id) ?? this.near(item, items) ?? middle();
      this.kept.set(item.id, drops.has(item.id) ? snapped(wanted) : this.free(snapped(wanted), items));
    }
    this.save(items);
  }

  // Whether this is the network whose boxes were arranged, and not another one with a name or two in common.
  knows(items) {
    const known = [...items.values()].filter((item) => this.kept.has(item.id)).length;
    return known > 0 && known * 3 >= items.size;
  }

  near(item, items) {
    const read = item.reads.filter((id) => this.kept.has(id)).map((id) => this.kept.get(id));
    if (!read.length && item.input) {
      const inputs = [...items.values()].filter((other) => other.input && this.kept.has(other.id));
      const [x, y] = this.kept.get(inputs.at(-1)?.id) ?? [0, 0];
      return [x + WIDTH + GAP, y];
    }
    if (!read.length && this.kept.has(item.shares)) {
      const [x, y] = this.kept.get(item.shares);
      return [x + WIDTH + GAP, y];
    }
    if (!read.length) return null;
    return [read.reduce((sum, [x]) => sum + x, 0) / read.length, Math.max(...read.map(([, y]) => y)) + STEP];
  }

  // The nearest place to `wanted`, to its right, where no other box stands.
  free([x, y], items) {
    const others = [...items.keys()].filter((id) => this.kept.has(id)).map((id) => this.kept.get(id));
    const taken = (at) => others.find((o) => Math.abs(o[0] - at) < WIDTH + GRID && Math.abs(o[1] - y) < HEIGHT + GRID);
    for (let other = taken(x); other; other = taken(x)) x = other[0] + WIDTH + GAP;
    return snapped([x, y]);
  }

  save(items) {
    store(this.key, this.arranged ? [...this.kept].filter(([id]) => items.has(id)) : []);
  }

  // What is looked at changes with every movement of the pointer, and so is kept apart.
  keepView(view) {
    this.view = view;
    store(`${this.key}.view`, view);
  }
}

function store(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // A browser that keeps nothing shows the boxes where the layout puts them.
  }
}

function stored(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function isNumber(value) {
  return Number.isFinite(value) && Math.abs(value) <= FARTHEST;
}

function storedPlaces(key) {
  const found = stored(key);
  const isPlace = (entry) => Array.isArray(entry) && Array.isArray(entry[1]) && entry[1].length === 2
    && entry[1].every(isNumber);
  return new Map(Array.isArray(found) ? found.filter(isPlace) : []);
}

function storedView(key) {
  const found = stored(`${key}.view`);
  return found && isNumber(found.x) && isNumber(found.y) && found.z >= 0.01 && found.z <= 10 ? found : null;
}

// A box that got another name keeps its place.
function renamed(items, before, kept) {
  const gone = [...before.keys()].filter((id) => !items.has(id) && kept.has(id));
  const come = [...items.keys()].filter((id) => !before.has(id) && !kept.has(id));
  if (gone.length === 1 && come.length === 1 && items.size === before.size) kept.set(come[0], kept.get(gone[0]));
}

// A place of the server's layout, which counts columns, to their middles, and layers.
function spot([column, layer]) {
  return [column * (WIDTH + GAP) - WIDTH / 2, layer * STEP];
}

function snapped([x, y]) {
  const near = (value) => Math.max(-FARTHEST, Math.min(FARTHEST, Math.round(value / GRID) * GRID));
  return [near(x), near(y)];
}

// The nearest box in a direction, where a step aside counts twice: `near` only among those that are rather ahead.
function neighbour(boxes, from, [dx, dy], near) {
  let best = null;
  for (const { id, x, y } of boxes) {
    const ahead = dx ? (x - from.x) * dx : (y - from.y) * dy;
    const aside = Math.abs(dx ? y - from.y : x - from.x);
    if (id === from.id || ahead < GRID || (near && aside > 2 * ahead)) continue;
    const far = ahead + 2 * aside;
    if (!best || far < best.far) best = { id, far };
  }
  return best?.id;
}
