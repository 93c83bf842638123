// Where the boxes stand. As long as nobody has moved one, all stand where the server's layout puts them; from then on
// each keeps its place, and a new one gets a free place near what it reads. Kept in this browser, by the draft.
const WIDTH = 184;
const HEIGHT = 48;
const GAP = 28;
const STEP = 84;
const GRID = 8;
const STORED = "blockyard.canvas.";
const FARTHEST = 1e6;

class Places {
  constructor() {
    this.kept = new Map();
    this.arranged = false;
    this.view = null;
  }

  // Another draft: what was kept for it. A draft that has just got its name keeps what is here.
  open(draft, before) {
    const named = before === "" && draft !== "";
    this.key = STORED + draft;
    if (named) return;
    const stored = readStored(this.key);
    this.kept = stored.places;
    this.view = stored.view;
  }

  of(item) {
    return (this.arranged && this.kept.get(item.id)) || automatic(item);
  }

  put(items, id, place) {
    this.arrange(items);
    this.kept.set(id, snapped(place));
    this.save(items);
  }

  // From now on every box keeps the place where it stands.
  arrange(items) {
    if (this.arranged) return;
    this.kept = new Map([...items.values()].map((item) => [item.id, snapped(automatic(item))]));
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
    const places = this.arranged ? [...this.kept].filter(([id]) => items.has(id)) : [];
    try {
      localStorage.setItem(this.key, JSON.stringify({ places, view: this.view }));
    } catch {
      // A browser that keeps nothing shows the boxes where the layout puts them.
    }
  }
}

function readStored(key) {
  const number = (value) => Number.isFinite(value) && Math.abs(value) <= FARTHEST;
  try {
    const { places, view } = JSON.parse(localStorage.getItem(key));
    const good = places.filter(([id, place]) => typeof id === "string" && place.length === 2 && place.every(number));
    const seen = view && number(view.x) && number(view.y) && view.z > 0.01 && view.z < 10 ? view : null;
    return { places: new Map(good), view: seen };
  } catch {
    return { places: new Map(), view: null };
  }
}

// A box that got another name keeps its place.
function renamed(items, before, kept) {
  const gone = [...before.keys()].filter((id) => !items.has(id) && kept.has(id));
  const come = [...items.keys()].filter((id) => !before.has(id) && !kept.has(id));
  if (gone.length === 1 && come.length === 1 && items.size === before.size) kept.set(come[0], kept.get(gone[0]));
}

// The top left corner of a box in the layout of the server, which counts columns and layers.
function automatic(item) {
  return spot(item.at);
}

function spot([column, layer]) {
  return [column * (WIDTH + GAP) - WIDTH / 2, layer * STEP];
}

function snapped([x, y]) {
  const near = (value) => Math.max(-FARTHEST, Math.min(FARTHEST, Math.round(value / GRID) * GRID));
  return [near(x), near(y)];
}

// The nearest box in a direction, where a step aside counts twice.
function neighbour(boxes, from, [dx, dy]) {
  let best = null;
  for (const { id, x, y } of boxes) {
    const ahead = dx ? (x - from.x) * dx : (y - from.y) * dy;
    const aside = Math.abs(dx ? y - from.y : x - from.x);
    if (id === from.id || ahead < GRID) continue;
    const far = ahead + 2 * aside + (aside > 2 * ahead ? FARTHEST : 0);
    if (!best || far < best.far) best = { id, far };
  }
  return best?.id;
}
