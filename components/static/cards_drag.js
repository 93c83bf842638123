// A card is taken by its grip and put down between two others; the page scrolls along, Escape lets go of it.
function onGrip(event) {
  const grip = event.target.closest(".grip");
  if (!grip || event.button !== 0) return;
  event.preventDefault();
  const card = grip.closest(".card");
  const drag = { id: card.dataset.node, y: event.clientY, before: undefined, moved: false };
  const ended = new AbortController();
  const { signal } = ended;
  card.classList.add("dragged");
  const end = (drop) => {
    ended.abort();
    card.classList.remove("dragged");
    mark(null);
    if (drop) dropped(drag);
  };
  const moved = ({ clientY }) => Object.assign(drag, { y: clientY, moved: true });
  window.addEventListener("pointermove", moved, { signal });
  window.addEventListener("pointerup", () => end(true), { signal });
  window.addEventListener("pointercancel", () => end(false), { signal });
  window.addEventListener("keydown", ({ key }) => key === "Escape" && end(false), { signal });
  const follow = () => {
    if (signal.aborted) return;
    // One that is taken near the edge stays there until it is moved.
    if (drag.moved) scrollAtEdges(drag.y);
    drag.before = cardBelow(drag);
    mark(drag);
    requestAnimationFrame(follow);
  };
  requestAnimationFrame(follow);
}

// The id of the card before which the dragged one would stand; null for the end.
function cardBelow({ id, y }) {
  const nodes = shownCards().filter((other) => other !== id && state.order.indexOf(other) >= state.data.inputs);
  const below = nodes.find((other) => {
    const { top, height } = cards.get(other).getBoundingClientRect();
    return top + height / 2 > y;
  });
  return below ?? null;
}

function mark(drag) {
  const last = drag && drag.before === null ? shownCards().filter((id) => id !== drag.id).at(-1) : null;
  for (const [id, card] of cards) {
    card.classList.toggle("drop-before", Boolean(drag?.before) && id === drag.before);
    card.classList.toggle("drop-after", Boolean(last) && id === last);
  }
}

function dropped({ id, before }) {
  if (before === undefined) return;
  const others = state.order.filter((other) => other !== id);
  const place = (before === null ? others.length : others.indexOf(before)) - state.data.inputs;
  if (place !== state.order.indexOf(id) - state.data.inputs) ask("move", id, place);
  focusCard(id, { preventScroll: true });
}

function scrollAtEdges(y) {
  const step = y < 110 ? y - 110 : y > window.innerHeight - 60 ? y - window.innerHeight + 60 : 0;
  if (step) scroller()?.scrollBy(0, step / 5);
}
