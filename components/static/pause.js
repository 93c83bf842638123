// What is typed into a field of several lines is taken at every pause, as if Ctrl+Enter had been pressed: the check
// follows the typing.
const PAUSE = 400;
const FIELDS = '[class*="st-key-code-"] textarea';
let place = null;
let waiting = null;

export default function ({ parentElement }) {
  place = parentElement;
}

window.addEventListener("input", (event) => {
  // Not on the other pages, which keep this script.
  if (!place?.isConnected || event.isComposing || !event.target.matches?.(FIELDS)) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => take(event.target), PAUSE);
}, { capture: true });

function take(field) {
  if (!field.isConnected) return;
  const press = { key: "Enter", code: "Enter", keyCode: 13, which: 13, ctrlKey: true, bubbles: true, cancelable: true };
  field.dispatchEvent(new KeyboardEvent("keydown", press));
}
