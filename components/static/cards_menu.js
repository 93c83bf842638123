// The menu of a card: one for all of them, filled when it opens. It closes by itself on Escape and on a click elsewhere.
let menuOf = null;
let closed = { id: null, time: 0 };

function newMenu() {
  const menu = make("div", "card-menu");
  menu.popover = "auto";
  menu.setAttribute("role", "menu");
  menu.addEventListener("keydown", menuKey);
  menu.addEventListener("click", ({ target }) => choose(target.closest("[role=menuitem]")));
  menu.addEventListener("beforetoggle", ({ newState }) => {
    if (newState !== "closed") return;
    closed = { id: menuOf, time: performance.now() };
    cards.get(menuOf)?.querySelector(".more").setAttribute("aria-expanded", "false");
  });
  menu.addEventListener("toggle", ({ newState }) => newState === "closed" && menuClosed());
  return menu;
}

function theMenu() {
  return state.tools.querySelector(".card-menu");
}

// Whether the press on the button that opens the menu has just closed it.
function justClosed(id) {
  return closed.id === id && performance.now() - closed.time < 300;
}

function openMenu(id) {
  const menu = theMenu();
  const items = offered(id).map((action) => {
    const [picture, label] = state.data.actions[action];
    const item = button("", icon(picture), make("span", "", label));
    item.setAttribute("role", "menuitem");
    item.tabIndex = -1;
    item.dataset.action = action;
    return item;
  });
  menu.replaceChildren(...items);
  menu.setAttribute("aria-label", state.data.words.actions.replace("{id}", id));
  const more = cards.get(id).querySelector(".more");
  more.setAttribute("aria-expanded", "true");
  menuOf = id;
  menu.showPopover();
  const { top, bottom, right } = more.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const below = bottom + height + 8 < window.innerHeight || top - height < 8;
  menu.style.top = `${Math.max(8, Math.min(below ? bottom + 4 : top - height - 4, window.innerHeight - height - 8))}px`;
  menu.style.left = `${Math.max(8, right - width)}px`;
  items[0]?.focus();
}

function menuClosed() {
  const inside = document.activeElement === document.body || theMenu()?.contains(document.activeElement);
  if (inside) cards.get(menuOf)?.querySelector(".more").focus({ preventScroll: true });
  menuOf = null;
}

function choose(item) {
  if (!item) return;
  const id = menuOf;
  const { action } = item.dataset;
  theMenu().hidePopover();
  closed = { id: null, time: 0 };
  focusCard(id, { preventScroll: true });
  if (action === "remove") editKey({ key: "Delete" }, id);
  else ask(action, id);
}

function menuKey(event) {
  const items = [...event.currentTarget.children];
  const place = items.indexOf(document.activeElement);
  const goto = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: items.length - 1 }[event.key];
  if (goto !== undefined) items.at(goto % items.length).focus();
  else if (event.key === "Tab") event.currentTarget.hidePopover();
  else if (event.key.length === 1 && event.key !== " ") typed(items, place, event.key);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function typed(items, place, letter) {
  const turned = [...items.slice(place + 1), ...items.slice(0, place + 1)];
  const begins = (item) => item.lastElementChild.textContent.toLowerCase().startsWith(letter.toLowerCase());
  turned.find(begins)?.focus();
}
