// Mouse, pen and finger: drag boxes and the canvas, draw edges from port to box, drop blocks, zoom.
const SLACK = 4;

class Pointer {
  constructor(canvas) {
    this.canvas = canvas;
    this.drawing = canvas.drawing;
    this.view = this.drawing.view;
    this.fingers = new Map();
    this.view.onpointerdown = (event) => this.down(event);
    this.view.onpointermove = (event) => this.hover(event);
    this.view.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    // While the pointer is held, its clicks are the view's and not the box's.
    this.view.ondblclick = () => this.pressed && canvas.enter(this.pressed);
    for (const button of canvas.root.querySelectorAll(".tools [data-tool]")) {
      button.onclick = () => this.tool(button.dataset.tool);
    }
  }

  tool(name) {
    const { canvas, drawing } = this;
    if (name === "zoom_in") drawing.zoom(1.25);
    else if (name === "zoom_out") drawing.zoom(0.8);
    else if (name === "fit") drawing.fit();
    else if (name === "tidy") canvas.tidy();
    else if (name === "add_input") canvas.act({ do: "add_input" });
    else if (name === "blocks") canvas.palette.panel.classList.toggle("open");
  }

  wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const { left, top } = this.view.getBoundingClientRect();
    const factor = Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) / 240);
    this.drawing.zoom(factor, [event.clientX - left, event.clientY - top]);
  }

  down(event) {
    const { canvas } = this;
    if (event.button > 1 || event.target.closest(".context")) return;
    if (event.pointerType === "touch") {
      this.fingers.set(event.pointerId, [event.clientX, event.clientY]);
      if (this.fingers.size === 2) return this.pinch();
    }
    const box = event.target.closest(".box")?.dataset.node;
    const edge = event.target.closest("[data-edge]")?.dataset.edge;
    const port = event.target.closest(".port");
    this.pressed = box;
    if (canvas.joining) this.finish(box);
    else if (event.button === 1) this.dragView(event);
    else if (port) this.dragEdge(event, box, port.classList.contains("in"));
    else if (box) this.dragBox(event, box);
    else if (edge) canvas.goTo({ edge });
    else this.dragView(event);
    event.preventDefault();
  }

  // A second click ends an edge that the first one began.
  finish(box) {
    const { canvas } = this;
    if (box) canvas.joinTo(box);
    else canvas.cancel();
  }

  hover(event) {
    const { joining } = this.canvas;
    if (joining && event.pointerType !== "touch" && !this.dragging) {
      joining.at = this.drawing.point(event.clientX, event.clientY);
      this.drawing.drawJoining();
    }
  }

  // Follows the pointer until it is let go: `move(dx, dy, event)`, then `end(moved, event)`; Escape cancels.
  follow(start, move, end) {
    const { view } = this;
    const target = start.currentTarget;
    let moved = false;
    this.dragging = true;
    target.setPointerCapture(start.pointerId);
    const stop = (event, cancelled) => {
      this.dragging = false;
      this.fingers.delete(start.pointerId);
      target.removeEventListener("pointermove", step);
      target.removeEventListener("pointerup", done);
      target.removeEventListener("pointercancel", lost);
      this.cancelDrag = null;
      view.classList.remove("grabbing");
      end(moved, event, cancelled);
    };
    const step = (event) => {
      if (event.pointerId !== start.pointerId) return;
      const [dx, dy] = [event.clientX - start.clientX, event.clientY - start.clientY];
      moved ||= Math.hypot(dx, dy) > SLACK;
      if (moved) move(dx, dy, event);
    };
    const done = (event) => event.pointerId === start.pointerId && stop(event, false);
    const lost = (event) => event.pointerId === start.pointerId && stop(event, true);
    target.addEventListener("pointermove", step);
    target.addEventListener("pointerup", done);
    target.addEventListener("pointercancel", lost);
    this.cancelDrag = () => stop(start, true);
  }

  dragView(event) {
    const { canvas, drawing, view } = this;
    const from = { ...drawing.pan };
    view.classList.add("grabbing");
    this.follow(event, (dx, dy) => drawing.look({ ...from, x: from.x + dx, y: from.y + dy }), (moved) => {
      if (moved) return;
      canvas.goTo(null);
      canvas.pick(null);
      canvas.palette.panel.classList.remove("open");
    });
  }

  dragBox(event, id) {
    const { canvas, drawing } = this;
    const from = canvas.places.of(canvas.items.get(id));
    canvas.goTo({ node: id });
    this.follow(event, (dx, dy) => {
      const { z } = drawing.pan;
      canvas.places.put(canvas.items, id, [from[0] + dx / z, from[1] + dy / z]);
      drawing.draw();
    }, (moved, _event, cancelled) => {
      if (moved && cancelled) canvas.move(id, from[0] - drawing.at.get(id)[0], from[1] - drawing.at.get(id)[1]);
      else if (moved) canvas.tell("moved", { id });
      else canvas.pick(id);
    });
  }

  // From a port to a box; let go on the port itself, the next click ends it.
  dragEdge(event, id, back) {
    const { canvas, drawing } = this;
    canvas.join(id, back);
    this.follow(event, (_dx, _dy, at) => {
      canvas.joining.at = drawing.point(at.clientX, at.clientY);
      this.aim(at, ".box");
      drawing.drawJoining();
    }, (moved, at, cancelled) => {
      const box = moved && !cancelled && this.aim(at, ".box")?.dataset.node;
      this.aim(null);
      if (!moved && !cancelled) return;
      if (box && box !== id) canvas.joinTo(box);
      else canvas.cancel();
    });
  }

  dragEntry(event, entry, palette) {
    const { canvas, drawing, view } = this;
    const ghost = make("div", `ghost box family-${entry.family}`, entry.title);
    this.follow(event, (_dx, _dy, at) => {
      if (!ghost.isConnected) canvas.root.append(ghost);
      ghost.style.transform = `translate(${at.clientX}px, ${at.clientY}px) translate(-50%, -50%)`;
      this.aim(at, "[data-edge]");
    }, (moved, at, cancelled) => {
      ghost.remove();
      const edge = moved && this.aim(at, "[data-edge]")?.dataset.edge;
      this.aim(null);
      const over = moved && view.contains(this.under(at));
      if (!over || cancelled) return;
      palette.panel.classList.remove("open");
      const [x, y] = drawing.point(at.clientX, at.clientY);
      canvas.add(entry, { drop: [x - WIDTH / 2, y - HEIGHT / 2], edge: drawing.edges.get(edge) });
    });
  }

  under({ clientX, clientY }) {
    return this.view.getRootNode().elementFromPoint(clientX, clientY);
  }

  // Marks what the pointer would drop on.
  aim(at, selector) {
    const found = at && this.under(at)?.closest?.(selector);
    const target = found && this.view.contains(found) ? found : null;
    if (this.aimed !== target) {
      this.aimed?.classList.remove("aimed");
      target?.classList.add("aimed");
    }
    this.aimed = target;
    return target;
  }

  // Two fingers zoom.
  pinch() {
    this.cancelDrag?.();
    const ids = [...this.fingers.keys()];
    const { left, top } = this.view.getBoundingClientRect();
    const span = () => {
      const [[ax, ay], [bx, by]] = ids.map((id) => this.fingers.get(id));
      return { apart: Math.hypot(ax - bx, ay - by), at: [(ax + bx) / 2 - left, (ay + by) / 2 - top] };
    };
    let before = span();
    const move = (event) => {
      if (!ids.includes(event.pointerId)) return;
      this.fingers.set(event.pointerId, [event.clientX, event.clientY]);
      const now = span();
      this.drawing.shift(now.at[0] - before.at[0], now.at[1] - before.at[1]);
      this.drawing.zoom(now.apart / Math.max(before.apart, 1), now.at);
      before = now;
    };
    const end = (event) => {
      if (!ids.includes(event.pointerId)) return;
      this.fingers.clear();
      this.view.removeEventListener("pointermove", move);
      this.view.removeEventListener("pointerup", end);
      this.view.removeEventListener("pointercancel", end);
    };
    this.view.addEventListener("pointermove", move);
    this.view.addEventListener("pointerup", end);
    this.view.addEventListener("pointercancel", end);
  }
}
