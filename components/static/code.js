// Shows code with its words in colours, marks the lines of the chosen block, and tells which line was pressed.
const boxes = new WeakMap();
const PYTHON = new RegExp(
  [
    /(?<comment>#.*$)/,
    /(?<string>"""(?:[^"]|"(?!""))*(?:"""|$)|[fr]?"(?:\\.|[^"\\])*")/,
    /(?<maker>@[\w.]+)/,
    /(?<word>\b(?:and|as|class|def|else|False|for|from|if|import|in|is|lambda|None|not|or|return|True|with|while)\b)/,
    /(?<self>\bself\b)/,
    /(?<number>\b\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?\b)/,
    /(?<call>\b[A-Za-z_]\w*(?=\())/,
  ].map((part) => part.source).join("|"),
  "g",
);
const JSON_WORDS = new RegExp(
  [
    /(?<call>"(?:\\.|[^"\\])*"(?=:))/,
    /(?<string>"(?:\\.|[^"\\])*")/,
    /(?<word>\b(?:true|false|null)\b)/,
    /(?<number>-?\b\d+(?:\.\d+)?(?:e[+-]?\d+)?\b)/,
  ].map((part) => part.source).join("|"),
  "g",
);

export default function ({ data, parentElement, setTriggerValue }) {
  const box = parentElement.querySelector(".code");
  const state = boxes.get(box) ?? start(box);
  state.send = setTriggerValue;
  state.data = data;
  const fresh = state.text !== data.text || state.kind !== data.kind;
  if (fresh) write(box, data);
  const copy = box.querySelector(".copy");
  copy.textContent = data.texts.copy;
  box.querySelector("pre").setAttribute("aria-label", data.texts.code);
  mark(box, data, fresh || state.chosen !== data.chosen);
  Object.assign(state, { text: data.text, kind: data.kind, chosen: data.chosen });
}

function start(box) {
  const state = {};
  boxes.set(box, state);
  box.querySelector(".copy").onclick = () => copyAll(box, state);
  box.querySelector("code").onclick = ({ target }) => {
    const line = target.closest(".line");
    const owners = line ? state.data.owners[Number(line.dataset.line)] : [];
    // Who selects text to copy a part of it does not want another card.
    if (owners.length && box.getRootNode().getSelection?.()?.isCollapsed !== false) {
      const names = owners.map((owner) => state.data.nodes[owner]);
      if (!names.includes(state.data.chosen)) state.send("pick", names[0]);
    }
  };
  return state;
}

function write(box, data) {
  const words = data.kind === "json" ? JSON_WORDS : PYTHON;
  let open = false;
  const lines = data.text.split("\n").map((text, number) => {
    const line = document.createElement("div");
    line.className = data.owners[number].length ? "line owned" : "line";
    line.dataset.line = number;
    // A docstring of several lines.
    const inside = open;
    if (data.kind === "python" && (text.match(/"""/g)?.length ?? 0) % 2) open = !open;
    if (inside) line.append(piece("string", text));
    else line.append(...pieces(text, words));
    return line;
  });
  box.querySelector("code").replaceChildren(...lines);
  box.querySelector("pre").scrollTo(0, 0);
}

function* pieces(text, words) {
  let done = 0;
  for (const match of text.matchAll(words)) {
    if (match.index > done) yield text.slice(done, match.index);
    const kind = Object.keys(match.groups).find((name) => match.groups[name] !== undefined);
    yield piece(kind, match[0]);
    done = match.index + match[0].length;
  }
  // An empty line keeps its height.
  yield text.slice(done) || (done ? "" : "\u200b");
}

function piece(kind, text) {
  const element = document.createElement("span");
  element.className = kind;
  element.textContent = text;
  return element;
}

function mark(box, data, bring) {
  const chosen = data.nodes.indexOf(data.chosen);
  const lines = box.querySelectorAll(".line");
  const marked = [...lines].filter((line, number) => {
    const on = data.owners[number].includes(chosen);
    line.classList.toggle("chosen", on);
    return on;
  });
  // Of a composite the lines that are its own alone, rather than those that it has in common with others.
  const own = marked.find((line) => data.owners[Number(line.dataset.line)].length === 1) ?? marked[0];
  if (bring && own) {
    const pre = box.querySelector("pre");
    const place = own.offsetTop - pre.clientHeight / 3;
    if (own.offsetTop < pre.scrollTop || own.offsetTop > pre.scrollTop + pre.clientHeight - 24) pre.scrollTop = place;
  }
}

async function copyAll(box, state) {
  const copy = box.querySelector(".copy");
  try {
    await navigator.clipboard.writeText(`${state.data.text}\n`);
    copy.textContent = state.data.texts.copied;
  } catch {
    // Not every page may write to the clipboard: then all of it is selected, to be copied by key.
    box.getRootNode().getSelection?.()?.selectAllChildren(box.querySelector("code"));
    box.querySelector("pre").focus();
  }
}
