// The cards editor in the browser: the cards of the network in two lists, with what is open between them.
// The files that the server joins to it are one module; this one keeps its state and speaks with the server.
const state = { data: null, tools: null, send: null, order: [], open: undefined, current: null };
const cards = new Map();
const rows = new Map();

const outbox = new Outbox(() => Boolean(state.tools?.isConnected) && post());

export default function ({ data, parentElement, setTriggerValue }) {
  state.data = data;
  state.tools = parentElement.querySelector(".card-tools");
  state.send = setTriggerValue;
  outbox.answered(...data.seen);
  draw();
  return () => arriving.disconnect();
}

function ask(action, id, detail = null) {
  outbox.add([action, id, detail]);
  post();
  draw();
}

function post() {
  state.send("asked", outbox.message());
}

function list(part) {
  return document.querySelector(`.st-key-build-cards-${part} ol.cards`);
}

// The two lists are on the page a moment later than this component, whose colours they take.
const arriving = new MutationObserver(() => list("before") && list("after") && draw());
const THEME = ["primary-color", "text-color", "background-color", "border-color", "base-radius"];

function prepare(part) {
  listen(part);
  part.setAttribute("aria-label", state.data.words.list);
  const theme = getComputedStyle(state.tools);
  for (const name of THEME) part.style.setProperty(`--st-${name}`, theme.getPropertyValue(`--st-${name}`));
}

// The order of the cards once the server has done what it was asked for.
function expected() {
  let order = state.data.cards.map(([id]) => id);
  for (const [, [action, id, place]] of outbox.waiting) {
    if (!order.includes(id)) continue;
    if (action === "move") {
      order = order.filter((other) => other !== id);
      order.splice(state.data.inputs + place, 0, id);
    } else if (action === "remove") {
      order = order.filter((other) => other !== id);
    }
  }
  return order;
}

function draw() {
  const before = list("before");
  const after = list("after");
  arriving.disconnect();
  if (!state.data || !state.tools?.isConnected) return;
  if (!before || !after) return arriving.observe(document.body, { childList: true, subtree: true });
  for (const part of [before, after]) prepare(part);
  const { open } = state.data;
  const focus = focusedCard();
  const hold = open === state.open ? null : holding(open ?? state.open);
  const known = new Set(state.data.cards.map(([id]) => id));
  for (const id of [...cards.keys()]) if (!known.has(id)) forget(id);
  for (const row of state.data.cards) fill(row);
  state.order = expected();
  const cut = state.order.indexOf(open) + 1 || state.order.length;
  fillList(before, state.order.slice(0, cut));
  fillList(after, state.order.slice(cut));
  drawTools();
  filter();
  refocus(focus);
  settle(hold, open);
  state.open = open;
}

function forget(id) {
  cards.get(id)?.remove();
  cards.delete(id);
  rows.delete(id);
}

// Moves only what is not in its place: a card that is moved loses the focus.
function fillList(part, ids) {
  let next = part.firstElementChild;
  for (const id of ids) {
    const card = cards.get(id);
    if (card === next) next = next.nextElementSibling;
    else part.insertBefore(card, next);
  }
  while (next) {
    const gone = next;
    next = next.nextElementSibling;
    gone.remove();
  }
}
