// When a card opens or closes, that card stays where it is on the screen while the page around it changes its height.
const PATIENCE = 900;
const TOP = 116;
const BOTTOM = 24;
let settling = 0;
let insideLast = false;

document.addEventListener("focusin", ({ target }) => {
  if (!target.closest?.('[role="dialog"], .card-menu')) insideLast = Boolean(target.closest?.(".st-key-cards"));
});
for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) {
  document.addEventListener(kind, () => (settling += 1), { capture: true, passive: true });
}

function scroller() {
  return document.querySelector('[data-testid="stMain"]');
}

// Where a card is now; `top` is null where it cannot be seen.
function holding(id) {
  const card = cards.get(id);
  if (!card?.isConnected) return { id, top: null };
  const { top, bottom } = card.getBoundingClientRect();
  return { id, top: bottom > TOP / 2 && top < window.innerHeight ? top : null };
}

function settle(hold, open) {
  if (!hold || state.open === undefined) return;
  const turn = ++settling;
  const until = performance.now() + PATIENCE;
  let focus = insideLast && open;
  const step = () => {
    const card = cards.get(hold.id);
    if (turn !== settling || !card?.isConnected || performance.now() > until) return;
    if (focus && freeFocus()) {
      focusCard(open, { preventScroll: true });
      focus = null;
    }
    hold.top ??= TOP;
    showBody(hold, open);
    const off = card.getBoundingClientRect().top - hold.top;
    if (Math.abs(off) > 0.5) scroller()?.scrollBy(0, off);
    requestAnimationFrame(step);
  };
  step();
}

// What has opened below the screen comes up into it, as far as its head stays in sight.
function showBody(hold, open) {
  const family = rows.get(open)?.row[1];
  const body = open && document.querySelector(`.st-key-open-family-${family}-${open}`);
  if (!body) return;
  const off = body.getBoundingClientRect().bottom - cards.get(open).getBoundingClientRect().top;
  const room = window.innerHeight - BOTTOM - off;
  if (room < hold.top) hold.top = Math.min(hold.top, Math.max(room, TOP));
}

function freeFocus() {
  if (document.querySelector('[role="dialog"], .card-menu:popover-open')) return false;
  const element = document.activeElement;
  return element === document.body || Boolean(element?.closest(".card"));
}
