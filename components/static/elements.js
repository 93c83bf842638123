// Pieces of the page. Texts are only ever set as text.
const LONG = 14;
const ENDING = 6;

function make(tag, kind, ...children) {
  const element = document.createElement(tag);
  if (kind) element.className = kind;
  element.append(...children.filter((child) => child !== ""));
  return element;
}

function button(kind, ...children) {
  const element = make("button", kind, ...children);
  element.type = "button";
  return element;
}

function icon(name) {
  const element = make("i", "icon", name);
  element.setAttribute("aria-hidden", "true");
  element.translate = false;
  return element;
}

// Names differ at their ends: those stay where the style sheet cuts one.
function nameParts(name) {
  const end = name.length > LONG ? ENDING : 0;
  return [make("span", "", name.slice(0, name.length - end)), name.slice(name.length - end)];
}
