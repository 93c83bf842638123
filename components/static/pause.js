// What is typed into a field of several lines is taken at every pause, as if Ctrl+Enter had been pressed: the check
// follows the typing. Before the key that saves, what has just been typed into any field is taken.
const PAUSE = 400;
const LINES = '[class*="st-key-code-"] textarea';
const FIELDS = `${LINES}, [class*="st-key-formulas"] input[type="text"]`;
let place = null;
let waiting = null;

export default function ({ parentElement }) {
  place = parentElement;
}

window.addEventListener("input", (event) => {
  // Not on the other pages, which keep this script.
  if (!place?.isConnected || event.isComposing || !event.target.matches?.(LINES)) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => take(event.target), PAUSE);
}, { capture: true });

// Before Streamlit hears of it, which presses the button.
window.addEventListener("keydown", (event) => {
  const saves = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";
  if (place?.isConnected && saves && event.target.matches?.(FIELDS)) take(event.target);
}, { capture: true });

function take(field) {
  if (!field.isConnected) return;
  const press = { key: "Enter", code: "Enter", keyCode: 13, which: 13, bubbles: true, cancelable: true };
  field.dispatchEvent(new KeyboardEvent("keydown", { ...press, ctrlKey: field.matches(LINES) }));
}
