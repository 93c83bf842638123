// The list of blocks beside the canvas: searched by typing, added with Enter, a double click, or by dragging.
class Palette {
  constructor(canvas) {
    this.canvas = canvas;
    this.panel = canvas.root.querySelector(".blocks");
    this.search = canvas.root.querySelector(".search");
    this.list = canvas.root.querySelector(".list");
    this.none = canvas.root.querySelector(".none");
    this.entries = [];
    this.search.oninput = () => this.filter();
    this.search.onkeydown = (event) => this.press(event);
    this.list.onpointerdown = (event) => this.grab(event);
    this.list.ondblclick = () => this.grabbed && this.add(this.grabbed.entry);
    this.list.onclick = (event) => this.click(event);
  }

  take(json) {
    if (this.json === json) return;
    this.json = json;
    const { texts } = this.canvas;
    this.search.placeholder = texts.search;
    this.search.setAttribute("aria-label", texts.search);
    this.list.setAttribute("aria-label", texts.blocks);
    this.none.textContent = texts.none;
    this.entries = JSON.parse(json).flatMap(({ family, title, entries }) =>
      entries.map((entry, index) => ({ ...entry, family, index, group: title })));
    this.filter();
  }

  // All entries by family; while something is searched, the best first.
  filter() {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = this.entries.map((entry) => ({ entry, rank: rank(entry, words) })).filter(({ rank }) => rank < 9);
    if (words.length) found.sort((one, other) => one.rank - other.rank);
    const shown = [];
    let group = null;
    for (const { entry } of found) {
      if (!words.length && entry.group !== group) {
        group = entry.group;
        shown.push(heading(entry));
      }
      shown.push(this.option(entry));
    }
    this.list.replaceChildren(...shown);
    this.list.scrollTop = 0;
    this.none.hidden = found.length > 0;
    this.activate(words.length ? this.list.querySelector("[role=option]") : null);
  }

  option(entry) {
    const option = make("li", `entry family-${entry.family}`, make("span", "dot"), entry.title);
    option.setAttribute("role", "option");
    option.id = `entry-${entry.family}-${entry.index}`;
    option.title = entry.help;
    option.entry = entry;
    return option;
  }

  activate(option) {
    this.active?.removeAttribute("aria-selected");
    this.active = option;
    this.search.setAttribute("aria-activedescendant", option?.id ?? "");
    option?.setAttribute("aria-selected", "true");
    if (option) scrollWithin(this.list, option);
  }

  press(event) {
    // Streamlit's own keys, as R to run the page again, hear what is typed here otherwise.
    if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
    if (event.isComposing) return;
    const options = [...this.list.querySelectorAll("[role=option]")];
    const place = options.indexOf(this.active);
    const steps = { ArrowDown: place + 1, ArrowUp: place - 1, PageDown: place + 8, PageUp: place - 8 };
    if (event.key in steps) {
      this.activate(options[Math.max(0, Math.min(options.length - 1, steps[event.key]))]);
    } else if (event.key === "Enter" && this.active) {
      this.add(this.active.entry, event.shiftKey);
    } else if (event.key === "Escape") {
      if (this.search.value) {
        this.search.value = "";
        this.filter();
      } else this.leave();
    } else return;
    event.preventDefault();
  }

  // Back to the canvas.
  leave() {
    const { canvas } = this;
    this.panel.classList.remove("open");
    const node = canvas.current?.node ?? canvas.items.keys().next().value;
    canvas.goTo({ node });
  }

  enter() {
    this.panel.classList.add("open");
    this.search.focus();
    this.search.select();
  }

  add(entry, reading) {
    this.panel.classList.remove("open");
    const source = reading ? this.canvas.current?.node : undefined;
    this.canvas.add(entry, { source });
  }

  // A finger taps once.
  click({ target, pointerType }) {
    const option = target.closest("[role=option]");
    if (option && pointerType === "touch") this.add(option.entry);
  }

  grab(event) {
    const option = event.target.closest("[role=option]");
    // While the pointer is held, its clicks are the list's and not the entry's.
    this.grabbed = option;
    if (!option || event.button !== 0 || event.pointerType === "touch") return;
    event.preventDefault();
    this.activate(option);
    this.canvas.pointer.dragEntry(event, option.entry, this);
  }
}

function heading(entry) {
  const row = make("li", `family family-${entry.family}`, entry.group);
  row.setAttribute("role", "presentation");
  return row;
}

// How well an entry fits: its name from the start, its name, then its family or explanation; 9 where it does not.
function rank(entry, words) {
  const title = `${entry.title} ${entry.name}`.toLowerCase();
  const all = `${title} ${entry.help} ${entry.group}`.toLowerCase();
  if (!words.every((word) => all.includes(word))) return 9;
  if (title.startsWith(words[0] ?? "") || entry.name.toLowerCase().startsWith(words[0] ?? "")) return 0;
  return words.every((word) => title.includes(word)) ? 1 : 2;
}

function scrollWithin(list, option) {
  const outer = list.getBoundingClientRect();
  const inner = option.getBoundingClientRect();
  if (inner.top < outer.top + 26) list.scrollTop -= outer.top + 26 - inner.top;
  else if (inner.bottom > outer.bottom) list.scrollTop += inner.bottom - outer.bottom;
}
