// A run that somebody shows to others: its name and state, its curves, and their numbers.
const given = JSON.parse(document.getElementById("given").textContent);
const chart = new LiveChart(document.querySelector(".live"), show);
const details = document.querySelector("details");
details.addEventListener("toggle", table);
chart.update(given.chart);

function show() {
  const [{ info }] = chart.polls.values();
  if (!info) return;
  document.querySelector("h1").textContent = info.name;
  document.title = `${info.name} · Blockyard`;
  document.querySelector(".state").textContent = given.states[info.state];
  document.querySelector("progress").value = info.progress;
  document.querySelector(".told").textContent = told(info).join(" · ");
  table();
}

function told(info) {
  const { words } = given;
  const epoch = fill(words.epoch, { epoch: info.over ? info.epoch : Math.max(1, info.epoch), epochs: info.epochs });
  const speed = info.speed && fill(words.speed, { count: Math.round(info.speed).toLocaleString(document.documentElement.lang) });
  const test = info.test !== null && fill(words.test, { share: `${(info.test * 100).toFixed(2)}%` });
  return [epoch, speed, test].filter(Boolean);
}

function table() {
  const [{ rows }] = chart.polls.values();
  if (!details.open || !rows.length) return;
  const names = Object.keys(rows.at(-1)).filter((name) => name !== "seconds");
  const head = make("tr", "", ...names.map((name) => make("th", "", heading(name))));
  const body = rows.map((row) => make("tr", "", ...names.map((name) => make("td", "", cell(name, row[name])))));
  details.querySelector("table").replaceChildren(make("thead", "", head), make("tbody", "", ...body));
}

function heading(name) {
  const metric = name.replace(/^val_/, "");
  const words = name === "epoch" ? given.words.epochs : chart.nameOf(metric);
  return metric === name ? words : `${words}, ${given.chart.texts.validation}`;
}

function cell(name, value) {
  if (value === null || value === undefined) return "–";
  return kindOf(name) === "share" ? `${(value * 100).toFixed(2)}%` : plain(value, 4);
}

function fill(words, values) {
  return words.replace(/\{(\w+)\}/g, (_all, key) => values[key]);
}
