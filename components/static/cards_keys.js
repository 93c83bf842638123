// The keyboard and the mouse on the cards. One card is in the order of the Tab key; the arrows walk over them.
const listening = new WeakSet();
const NEAR = { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };

function listen(part) {
  if (listening.has(part)) return;
  listening.add(part);
  part.addEventListener("keydown", onKey);
  part.addEventListener("click", onClick);
  part.addEventListener("pointerdown", onGrip);
  part.addEventListener("focusin", ({ target }) => becomeCurrent(target.closest(".card")?.dataset.node));
}

function shownCards() {
  return state.order.filter((id) => !cards.get(id).hidden);
}

function becomeCurrent(id) {
  if (!cards.has(id)) return;
  state.current = id;
  for (const [other, card] of cards) {
    for (const stop of card.querySelectorAll(".head, .more")) stop.tabIndex = other === id ? 0 : -1;
  }
}

function focusCard(id, how) {
  cards.get(id)?.querySelector(".head").focus(how);
}

function onClick({ target, detail }) {
  const card = target.closest(".card");
  if (!card || target.closest(".grip")) return;
  const id = card.dataset.node;
  const mend = target.closest(".mend");
  if (target.closest(".more")) (detail && justClosed(id)) || openMenu(id);
  else if (mend) ask("mend", id, mend.lastElementChild.textContent);
  else if (target.closest(".head") || getSelection().isCollapsed) {
    focusCard(id, { preventScroll: true });
    ask(state.data.open === id ? "close" : "open", id);
  }
}

function onKey(event) {
  const card = event.target.closest(".card");
  if (!card || !event.target.matches(".head, .more") || event.ctrlKey || event.metaKey) return;
  const id = card.dataset.node;
  const done = event.altKey ? moveKey(event.key, id) : walkKey(event.key, id) || editKey(event, id);
  if (!done) return;
  // Whoever uses them need not be told any longer what would lie over the page.
  state.tools.querySelector(".card-keys").classList.add("known");
  event.preventDefault();
  event.stopPropagation();
}

function walkKey(key, id) {
  if (!(key in NEAR)) return false;
  const shown = shownCards();
  const place = Math.min(Math.max(shown.indexOf(id) + NEAR[key], 0), shown.length - 1);
  focusCard(shown[place]);
  return true;
}

function moveKey(key, id) {
  if (key === "Delete") return editKey({ key }, id);
  if (key !== "ArrowUp" && key !== "ArrowDown") return false;
  const place = state.order.indexOf(id) - state.data.inputs;
  const next = place + NEAR[key];
  if (place >= 0 && next >= 0 && next < state.order.length - state.data.inputs) ask("move", id, next);
  return true;
}

function editKey(event, id) {
  const { key, shiftKey } = event;
  if (key === "Delete") {
    if (!offered(id).includes("remove")) return true;
    const shown = shownCards();
    const place = shown.indexOf(id);
    focusCard(shown[place + 1] ?? shown[place - 1]);
    ask("remove", id);
  } else if (key === "Insert" || letter(event) === "n") ask("after", id);
  else if (key === "ContextMenu" || (key === "F10" && shiftKey)) openMenu(id);
  else if (key === "/" && state.tools.classList.contains("many")) state.tools.querySelector(".find").focus();
  else return false;
  return true;
}

function offered(id) {
  return state.data.menus[rows.get(id).row[MENU]];
}

function focusedCard() {
  const element = document.activeElement;
  const id = element?.closest?.(".card")?.dataset.node;
  return id ? { element, id, place: state.order.indexOf(id) } : null;
}

// The focus stays on its card wherever that has gone, and on its neighbour where it is gone.
function refocus(focus) {
  const known = state.order.includes(state.current);
  becomeCurrent(known ? state.current : state.data.open ?? state.order[0]);
  if (!focus || document.activeElement === focus.element) return;
  if (focus.element.isConnected) focus.element.focus({ preventScroll: true });
  else focusCard(state.order[Math.min(focus.place, state.order.length - 1)], { preventScroll: true });
}
