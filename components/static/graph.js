// Shows the drawing that the server made, and tells it which node was clicked or pressed with Enter or Space.
const shown = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const picture = parentElement.querySelector(".picture");
  const before = shown.get(picture) ?? {};
  if (before.picture !== data.picture) {
    const focused = picture.getRootNode().activeElement?.dataset?.node;
    picture.innerHTML = data.picture;
    find(picture, focused)?.focus({ preventScroll: true });
  }
  picture.querySelector("svg")?.setAttribute("aria-label", data.label);
  for (const node of picture.querySelectorAll(".node")) {
    const chosen = node.dataset.node === data.chosen;
    node.classList.toggle("chosen", chosen);
    node.setAttribute("aria-pressed", String(chosen));
  }
  if (before.chosen !== data.chosen) {
    bringIntoView(picture, find(picture, data.chosen));
    if (before.picture) afterDrawing(() => bringCardIntoView(data.chosen));
  }
  shown.set(picture, { picture: data.picture, chosen: data.chosen });

  const pick = (target) => {
    const node = target.closest?.(".node");
    if (node) setTriggerValue("pick", node.dataset.node);
    return Boolean(node);
  };
  picture.onclick = (event) => pick(event.target);
  picture.onkeydown = (event) => {
    if ((event.key === "Enter" || event.key === " ") && pick(event.target)) event.preventDefault();
  };
}

function find(picture, id) {
  return id ? [...picture.querySelectorAll(".node")].find((node) => node.dataset.node === id) : undefined;
}

// Scrolls the picture alone, never the page.
function bringIntoView(picture, node) {
  if (!node) return;
  const outer = picture.getBoundingClientRect();
  const inner = node.getBoundingClientRect();
  if (inner.top < outer.top) picture.scrollTop -= outer.top - inner.top + 12;
  else if (inner.bottom > outer.bottom) picture.scrollTop += inner.bottom - outer.bottom + 12;
}

// The card that was open before has closed by then, and what is below it has moved up.
function afterDrawing(act) {
  requestAnimationFrame(() => requestAnimationFrame(act));
}

// Where on the screen the card was that has just been pressed, so that it can stay there.
let pressed = null;
document.addEventListener(
  "click",
  ({ target }) => {
    const head = target.closest?.('[class*="st-key-head-"]');
    pressed = head ? { head, top: head.getBoundingClientRect().top } : null;
  },
  true,
);

// Ids are identifiers, so they can stand in a selector as they are.
function bringCardIntoView(id) {
  const card = id && document.querySelector(`.st-key-head-${id}`);
  if (!card) return;
  const scroller = card.closest('[data-testid="stMain"]');
  if (pressed?.head === card) scroller?.scrollBy(0, card.getBoundingClientRect().top - pressed.top);
  const { top } = card.getBoundingClientRect();
  if (top < 70 || top > window.innerHeight - 200) card.scrollIntoView({ block: top < 70 ? "start" : "center" });
}
