// The small row of buttons above the box or the edge that the keyboard, or the pointer, was at last.
const BUTTONS = {
  connect: ["line_end_arrow", (canvas, id) => canvas.join(id)],
  read: ["line_start_arrow", (canvas, id) => canvas.join(id, true)],
  use: ["link", (canvas, id) => canvas.act({ do: "use", id })],
  unshare: ["link_off", (canvas, id) => canvas.act({ do: "unshare", id })],
  output: ["flag", (canvas, id) => canvas.toggleOutput(id)],
  no_output: ["flag", (canvas, id) => canvas.toggleOutput(id)],
  freeze: ["ac_unit", (canvas, id) => canvas.act({ do: "freeze", id })],
  thaw: ["ac_unit", (canvas, id) => canvas.act({ do: "thaw", id })],
  open: ["open_in_full", (canvas, id) => canvas.act({ do: "open", id })],
  copy: ["content_copy", (canvas, id) => canvas.act({ do: "copy", id })],
  add_input: ["add", (canvas) => canvas.act({ do: "add_input" })],
  fields: ["tune", (canvas, id) => canvas.enter(id)],
  remove: ["delete", (canvas, id) => canvas.remove({ node: id })],
  remove_edge: ["delete", (canvas) => canvas.remove(canvas.current)],
};

function wantedButtons(canvas) {
  const { current, items, joining } = canvas;
  if (!current || joining) return [];
  if (current.edge) return ["remove_edge"];
  const item = items.get(current.node);
  if (!item) return [];
  if (item.input) {
    const more = [...items.values()].filter((other) => other.input).length > 1;
    return ["connect", "add_input", "fields", ...(more ? ["remove"] : [])];
  }
  return [
    "connect", "read", item.outputs ? "no_output" : "output", "use", ...(item.shares ? ["unshare"] : []), "copy",
    ...(item.frozen ? ["thaw"] : item.weights && !item.shares ? ["freeze"] : []), ...(item.inside ? ["open"] : []),
    "fields", "remove",
  ];
}

function drawContext(canvas, drawing) {
  const row = drawing.context;
  const wanted = wantedButtons(canvas);
  const shown = JSON.stringify([canvas.current, wanted]);
  if (drawing.lastContext !== shown) fillContext(canvas, row, wanted);
  drawing.lastContext = shown;
  row.hidden = !wanted.length;
  if (wanted.length) placeContext(canvas, drawing, row);
}

function fillContext(canvas, row, wanted) {
  const hadFocus = row.contains(canvas.root.getRootNode().activeElement);
  row.setAttribute("aria-label", canvas.word("actions", { id: canvas.current?.node ?? "" }));
  row.replaceChildren(...wanted.map((name) => {
    const [picture, run] = BUTTONS[name];
    const one = button(name === "no_output" || name === "thaw" ? "on" : "", icon(picture));
    one.dataset.do = name;
    one.title = canvas.word(name);
    one.setAttribute("aria-label", canvas.word(name));
    one.onclick = () => run(canvas, canvas.current.node);
    return one;
  }));
  if (hadFocus && canvas.current) drawingFocus(canvas);
}

function drawingFocus(canvas) {
  canvas.drawing.element(canvas.current)?.focus({ preventScroll: true });
}

// Beside the box, or above or below it, where no other box is hidden; on a narrow canvas at its lower end.
function placeContext({ current }, drawing, row) {
  const { clientWidth, clientHeight } = drawing.view;
  const [width, height] = [row.offsetWidth, row.offsetHeight];
  const inside = ([x, y]) => x >= 4 && y >= 4 && x + width <= clientWidth - 4 && y + height <= clientHeight - 4;
  const wanted = current.node ? aroundBox(drawing, current.node, width, height) : [besideEdge(drawing, current.edge)];
  const free = wanted.find((place) => inside(place) && !coversBox(drawing, place, width, height));
  const [x, y] = free ?? [(clientWidth - width) / 2, clientHeight - height - 6];
  const within = (value, room) => Math.round(Math.max(4, Math.min(value, room - 4)));
  row.style.transform = `translate(${within(x, clientWidth - width)}px, ${within(y, clientHeight - height)}px)`;
}

function aroundBox({ pan: { x, y, z }, at, view }, id, width, height) {
  const [left, top] = at.get(id);
  const [right, bottom, middle] = [(left + WIDTH) * z + x, (top + HEIGHT) * z + y, (left + WIDTH / 2) * z + x];
  const beside = (top + HEIGHT / 2) * z + y - height / 2;
  const over = Math.max(4, Math.min(middle - width / 2, view.clientWidth - width - 4));
  return [
    [right + 8, beside], [left * z + x - width - 8, beside], [over, top * z + y - height - 6], [over, bottom + 14],
  ];
}

function besideEdge(drawing, key) {
  const { x, y, z } = drawing.pan;
  const [middle, top] = edgeMiddle(drawing, key);
  return [middle * z + x + 10, top * z + y - 16];
}

function coversBox({ pan: { x, y, z }, at }, [left, top], width, height) {
  return [...at.values()].some(([bx, by]) => bx * z + x < left + width && (bx + WIDTH) * z + x > left
    && by * z + y < top + height && (by + HEIGHT) * z + y > top);
}

function edgeMiddle(drawing, key) {
  const path = drawing.lines.get(key)?.lastChild;
  if (!path) return [0, 0];
  const { x, y } = path.getPointAtLength(path.getTotalLength() / 2);
  return [x, y];
}
