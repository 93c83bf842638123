// One card: made once, and filled whenever its row is another one.
// Places in a row, as `describe` takes it apart; what is searched stands before SEARCHED.
const SEARCHED = 6;
const MENU = 7;
const PROBLEM = 9;

function newCard() {
  const grip = make("span", "grip", icon("drag_indicator"));
  const line = make("div", "line", make("span", "what"), make("span", "shape"), make("span", "count"));
  const more = button("more", icon("more_vert"));
  more.setAttribute("aria-haspopup", "menu");
  more.setAttribute("aria-expanded", "false");
  const head = button("head", icon(""), make("b", "name"));
  head.setAttribute("aria-keyshortcuts", "Alt+ArrowUp Alt+ArrowDown N Delete");
  return make("li", "card", grip, head, line, more, make("p", "problem"), make("div", "mends"));
}

function fill(row) {
  const id = row[0];
  const { data } = state;
  if (!cards.has(id)) cards.set(id, newCard());
  const card = cards.get(id);
  const text = JSON.stringify([row, data.words.actions]);
  if (rows.get(id)?.text !== text) describe(card, row);
  rows.set(id, { row, text });
  card.classList.toggle("open", id === data.open);
  card.querySelector(".head").setAttribute("aria-expanded", String(id === data.open));
}

function describe(card, [id, family, picture, kind, words, shape, count, , badges, problem, mends]) {
  const { words: labels } = state.data;
  const part = (name) => card.querySelector(`.${name}`);
  card.className = `card family-${family}`;
  card.dataset.node = id;
  part("head").querySelector(".icon").textContent = picture;
  part("name").replaceChildren(...nameParts(id));
  part("name").title = id;
  const marks = badges.map(([mark, why]) => {
    const badge = make("span", "badge", mark);
    badge.title = [mark, why].filter(Boolean).join(": ");
    return badge;
  });
  const settings = words ? [make("span", "quiet", `· ${words}`)] : [];
  part("what").replaceChildren(make("b", "", kind), " ", ...settings, " ", ...marks);
  part("shape").textContent = shape;
  part("count").textContent = count;
  part("count").title = labels.parameters;
  part("count").classList.toggle("none", count === "0");
  part("problem").textContent = problem;
  part("problem").hidden = !problem;
  part("mends").replaceChildren(...mends.map((mend) => button("mend", icon("build"), make("span", "", mend))));
  part("more").setAttribute("aria-label", labels.actions.replace("{id}", id));
  part("grip").title = labels.drag.replace("{id}", id);
  part("grip").hidden = family === "input";
  const cost = count && `${count} ${labels.parameters}`;
  const said = [id, kind, words, shape, cost, ...badges.map(([mark]) => mark), problem];
  part("head").setAttribute("aria-label", said.filter(Boolean).join(", "));
}
