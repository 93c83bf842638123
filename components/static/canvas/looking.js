// Looking around on the canvas: which part of it the view shows, and how large.
const CLOSEST = 2;
const FARTHEST_OFF = 0.08;
const LEGIBLE = 0.55;

class Looking {
  constructor(canvas) {
    this.canvas = canvas;
    this.view = canvas.root.querySelector(".view");
    this.scene = canvas.root.querySelector(".scene");
    this.at = new Map(); // the corner of every box by its id
    this.pan = { x: 0, y: 0, z: 1 };
  }

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
