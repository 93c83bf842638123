// Shows the drawing that the server made, and tells it which node was clicked or pressed with Enter or Space, and
// which composite is to be opened or closed. Zoom, overview and what lights up under the pointer are this side's own.
const shown = new WeakMap();
const SMALLEST_TEXT = 0.72;
const FAR = 0.35;
const MAP_WIDTH = 72;

export default function ({ data, parentElement, setTriggerValue }) {
  const picture = parentElement.querySelector(".picture");
  const state = shown.get(picture) ?? start(picture);
  state.send = setTriggerValue;
  const fresh = state.drawing !== data.picture;
  if (fresh) replace(picture, state, data.picture);
  name(picture, data.texts);
  const chosen = find(picture, "node", data.chosen);
  for (const node of picture.querySelectorAll(".node")) {
    node.classList.toggle("chosen", node === chosen);
    node.setAttribute("aria-pressed", String(node === chosen));
  }
  state.layer = chosen?.dataset.layer;
  light(picture, state.layer);
  if (fresh || state.chosen !== data.chosen) drawMap(picture, state, data.chosen);
  if (state.chosen !== data.chosen) bringIntoView(picture, chosen);
  state.drawing = data.picture;
  state.chosen = data.chosen;
  return () => stop(picture);
}

function start(picture) {
  const state = { zoom: null, resized: new ResizeObserver(() => scale(picture, state)) };
  shown.set(picture, state);
  const view = picture.querySelector(".view");
  picture.onclick = ({ target }) => act(picture, state, target);
  picture.onkeydown = (event) => press(picture, state, event);
  const over = ({ target }) => light(picture, target.closest?.("[data-layer]")?.dataset.layer ?? state.layer);
  picture.onpointerover = over;
  picture.onpointerleave = () => light(picture, state.layer);
  picture.addEventListener("focusin", over);
  view.onscroll = () => moveWindow(picture, state);
  state.resized.observe(picture);
  const map = picture.querySelector(".map");
  map.onpointerdown = map.onpointermove = (event) => event.buttons && goTo(picture, state, event);
  return state;
}

function stop(picture) {
  shown.get(picture)?.resized.disconnect();
  shown.delete(picture);
}

function replace(picture, state, drawing) {
  const root = picture.getRootNode();
  const { node, open } = root.activeElement?.dataset ?? {};
  picture.querySelector(".view").innerHTML = drawing;
  for (const element of picture.querySelectorAll("[aria-label]:not(svg, button)")) {
    const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
    title.textContent = element.getAttribute("aria-label");
    element.prepend(title);
  }
  scale(picture, state);
  (find(picture, "node", node) ?? find(picture, "open", open))?.focus({ preventScroll: true });
  // What was opened or closed stays where it was pressed.
  const handle = find(picture, "open", state.folded?.path)?.getBoundingClientRect();
  if (handle) picture.querySelector(".view").scrollBy(handle.left - state.folded.left, handle.top - state.folded.top);
  state.folded = null;
}

function name(picture, texts) {
  picture.querySelector(".drawing")?.setAttribute("aria-label", texts.picture);
  for (const button of picture.querySelectorAll("[data-tool]")) {
    button.title = texts[button.dataset.tool];
    button.setAttribute("aria-label", texts[button.dataset.tool]);
  }
}

function act(picture, state, target) {
  const found = target.closest?.("[data-open], [data-node], [data-part], [data-tool]");
  if (!found) return false;
  const { open, node, part, tool } = found.dataset;
  if (tool) zoom(picture, state, tool);
  else if (open) fold(state, found);
  else state.send("pick", node ?? part);
  return true;
}

function fold(state, handle) {
  const { left, top } = handle.getBoundingClientRect();
  state.folded = { path: handle.dataset.open, left, top };
  state.send("fold", handle.dataset.open);
}

function press(picture, state, event) {
  const { key, target } = event;
  if (target.closest("button")) return;
  const handle = find(picture, "open", target.dataset?.node);
  const wanted = { "+": "false", "-": "true" }[key];
  if (wanted && handle?.getAttribute("aria-expanded") === wanted) fold(state, handle);
  else if ((key === "Enter" || key === " ") && act(picture, state, target)) event.preventDefault();
}

function find(picture, kind, id) {
  return id ? [...picture.querySelectorAll(`[data-${kind}]`)].find((one) => one.dataset[kind] === id) : undefined;
}

// All uses of one layer light up together.
function light(picture, layer) {
  for (const use of picture.querySelectorAll("[data-layer]")) use.classList.toggle("kin", use.dataset.layer === layer);
}

// The size of the drawing at zoom 1, the room for it, and the zooms at which its text can be read and all of it is seen.
function measure(picture) {
  const { width, height } = picture.querySelector(".drawing").viewBox.baseVal;
  const view = picture.querySelector(".view");
  const room = parseFloat(getComputedStyle(view).maxHeight) || 700;
  const usual = Math.min(1, Math.max(SMALLEST_TEXT, view.clientWidth / width));
  return { width, height, view, room, usual, whole: Math.min(view.clientWidth / width, room / height, 1) };
}

function scale(picture, state) {
  const drawing = picture.querySelector(".drawing");
  if (!drawing || !picture.clientWidth) return;
  const side = picture.querySelector(".side");
  side.hidden = true;
  const alone = measure(picture);
  side.hidden = alone.height * alone.usual <= alone.room + 1 && alone.width * alone.usual <= alone.view.clientWidth + 1;
  const { width, height, usual } = measure(picture);
  if (side.hidden) state.zoom = null;
  const factor = state.zoom ?? usual;
  drawing.style.width = `${width * factor}px`;
  drawing.style.height = `${height * factor}px`;
  drawing.classList.toggle("far", factor < FAR);
  state.factor = factor;
  drawMap(picture, state, state.chosen);
}

function zoom(picture, state, tool) {
  const { view, whole, usual } = measure(picture);
  const middle = (view.scrollTop + view.clientHeight / 2) / state.factor;
  const across = (view.scrollLeft + view.clientWidth / 2) / state.factor;
  if (tool === "fit") state.zoom = state.factor === whole ? usual : whole;
  else state.zoom = Math.min(1.6, Math.max(Math.min(whole, usual), state.factor * (tool === "in" ? 1.25 : 0.8)));
  scale(picture, state);
  view.scrollTop = middle * state.factor - view.clientHeight / 2;
  view.scrollLeft = across * state.factor - view.clientWidth / 2;
  if (tool === "fit") bringIntoView(picture, find(picture, "node", state.chosen));
}

// The overview: every box as a speck, and a window where the view is.
function drawMap(picture, state, chosen) {
  const map = picture.querySelector(".map");
  if (picture.querySelector(".side").hidden) return map.replaceChildren();
  const { width, height, room } = measure(picture);
  const size = Math.min((room - 110) / height, MAP_WIDTH / width);
  map.setAttribute("viewBox", `0 0 ${width} ${height}`);
  map.setAttribute("width", Math.max(18, width * size));
  map.setAttribute("height", height * size);
  const specks = [...picture.querySelectorAll(".node, .part")].map((box) => {
    const { e, f } = box.transform.baseVal.getItem(0).matrix;
    const outline = box.querySelector(".box");
    const family = [...box.classList].find((word) => word.startsWith("family-"));
    const on = box.dataset.node === chosen ? " on" : "";
    return `<rect class="speck ${family}${on}" x="${e}" y="${f}" width="${outline.getAttribute("width")}" height="${outline.getAttribute("height")}"/>`;
  });
  map.innerHTML = `${specks.join("")}<rect class="window"/>`;
  moveWindow(picture, state);
}

function moveWindow(picture, state) {
  const frame = picture.querySelector(".map .window");
  if (!frame) return;
  const { width, height, view } = measure(picture);
  const place = { x: view.scrollLeft, y: view.scrollTop, width: view.clientWidth, height: view.clientHeight };
  for (const [side, length] of Object.entries(place)) {
    frame.setAttribute(side, Math.min(length / state.factor, side === "width" ? width : height));
  }
}

function goTo(picture, state, event) {
  const { width, height, view } = measure(picture);
  const map = picture.querySelector(".map").getBoundingClientRect();
  view.scrollTop = ((event.clientY - map.top) / map.height) * height * state.factor - view.clientHeight / 2;
  view.scrollLeft = ((event.clientX - map.left) / map.width) * width * state.factor - view.clientWidth / 2;
}

// Scrolls the picture alone, never the page.
function bringIntoView(picture, node) {
  if (!node) return;
  const view = picture.querySelector(".view");
  const outer = view.getBoundingClientRect();
  const inner = node.getBoundingClientRect();
  if (inner.top < outer.top) view.scrollTop -= outer.top - inner.top + 12;
  else if (inner.bottom > outer.bottom) view.scrollTop += inner.bottom - outer.bottom + 12;
  if (inner.left < outer.left) view.scrollLeft -= outer.left - inner.left + 12;
  else if (inner.right > outer.right) view.scrollLeft += inner.right - outer.right + 12;
}
