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
  if (before.chosen !== data.chosen) bringIntoView(picture, find(picture, data.chosen));
  shown.set(picture, { picture: data.picture, chosen: data.chosen });

  const pick = (target) => {
    const node = target.closest?.(".node");
    if (node) {
      setTriggerValue("pick", node.dataset.node);
      bringCardIntoView(node.dataset.node);
    }
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

// Ids are identifiers, so they can stand in a selector as they are.
function bringCardIntoView(id) {
  const card = document.querySelector(`.st-key-head-${id}`);
  const place = card?.getBoundingClientRect();
  if (place && (place.top < 80 || place.bottom > window.innerHeight - 80)) {
    card.scrollIntoView({ block: "center", behavior: "smooth" });
  }
}
