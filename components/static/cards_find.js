// Above a long list: a field that shows only the cards that match, and the way to the first mistake.
function drawTools() {
  const { tools, data } = state;
  const many = data.cards.length - data.inputs > data.many;
  tools.classList.toggle("many", many);
  if (!tools.firstChild) {
    const field = document.createElement("input");
    field.type = "search";
    field.className = "find";
    field.oninput = filter;
    field.onkeydown = findKey;
    const found = make("span", "found");
    found.setAttribute("role", "status");
    const mistake = button("mistake");
    mistake.onclick = () => jump(firstMistake());
    tools.append(make("div", "tools", icon("search"), field, found, mistake), make("p", "card-keys"), newMenu());
  }
  const field = tools.querySelector(".find");
  field.placeholder = data.words.find;
  field.setAttribute("aria-label", data.words.find);
  const wrong = firstMistake();
  const mistake = tools.querySelector(".mistake");
  mistake.hidden = !wrong;
  mistake.replaceChildren(icon("warning"), make("span", "", data.words.mistake.replace("{id}", wrong ?? "")));
  tools.querySelector(".card-keys").textContent = data.words.keys;
}

function firstMistake() {
  return state.data.cards.find((row) => row[PROBLEM])?.[0];
}

function wanted() {
  const field = state.tools.querySelector(".find");
  return state.tools.classList.contains("many") ? field.value.trim().toLowerCase().split(/\s+/).filter(Boolean) : [];
}

// Whether a card says every word: in its id, family, icon, kind, settings or shape.
function matches(id, words) {
  const text = rows.get(id).row.slice(0, SEARCHED).join(" ").toLowerCase();
  return words.every((word) => text.includes(word));
}

function filter() {
  const words = wanted();
  let found = 0;
  for (const id of state.order) {
    const fits = matches(id, words);
    if (fits) found += 1;
    cards.get(id).hidden = !fits && id !== state.data.open;
  }
  const status = state.tools.querySelector(".found");
  const said = words.length ? state.data.words.found.replace("{count}", found) : "";
  if (status.textContent !== said) status.textContent = said;
}

// The best match first: a name that begins so, then any other.
function bestMatch() {
  const words = wanted();
  const matching = words.length ? shownCards().filter((id) => matches(id, words)) : [];
  return matching.find((id) => id.toLowerCase().startsWith(words[0])) ?? matching[0];
}

function findKey(event) {
  const target = event.key === "Enter" || event.key === "ArrowDown" ? bestMatch() : null;
  if (event.key === "Escape" && event.target.value) clearSearch();
  else if (event.key === "Enter" && target) jump(target);
  else if (event.key === "ArrowDown" && target) focusCard(target);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function clearSearch() {
  state.tools.querySelector(".find").value = "";
  filter();
}

// Opens a card wherever it is, and goes there.
function jump(id) {
  clearSearch();
  focusCard(id);
  if (state.data.open === id) settle({ id, top: null }, id);
  else ask("open", id);
}
