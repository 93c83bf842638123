// Undo and Redo by key or by click. Each press is counted: of two that follow each other quickly Streamlit's own buttons
// would tell of one.
const BUTTON = ".st-key-build-undo button, .st-key-build-redo button";
let place = null;
let send = null;
const outbox = new Outbox(() => isHere() && post());

export default function ({ data, parentElement, setTriggerValue }) {
  place = parentElement;
  send = setTriggerValue;
  const [client, last, drawn] = data.seen;
  outbox.answered(client, last);
  document.documentElement.dataset.drawn = drawn;
}

// Not on the other pages, which keep this script.
function isHere() {
  return Boolean(place?.isConnected);
}

function ask(action, event) {
  event.preventDefault();
  event.stopImmediatePropagation();
  outbox.add([action]);
  post();
}

function post() {
  send("asked", outbox.message());
}

// Before Streamlit hears of them, which would press its button once more.
window.addEventListener("keydown", (event) => {
  if (!isHere() || !(event.ctrlKey || event.metaKey) || event.altKey || letter(event) !== "z") return;
  ask(event.shiftKey ? "redo" : "undo", event);
}, { capture: true });

window.addEventListener("click", (event) => {
  const button = isHere() && event.target.closest?.(BUTTON);
  if (button) ask(button.closest(".st-key-build-undo") ? "undo" : "redo", event);
}, { capture: true });
