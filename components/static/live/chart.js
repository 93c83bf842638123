// The curves of some runs: what is chosen above them, a legend, and a panel for each number that is followed.
const KEPT = "blockyard.curves";
const CHOSEN = { view: "batches", weight: 0.6, log: false, gap: false, band: true };

class LiveChart {
  constructor(root, heard = () => {}) {
    this.root = root;
    this.heard = heard;
    this.polls = new Map();
    this.panels = new Map();
    this.settings = { ...CHOSEN, ...remembered() };
    this.looked = null; // the epoch, with its fraction, whose values are shown
    this.size = new ResizeObserver(() => this.draw());
  }

  update(data) {
    const json = JSON.stringify(data);
    if (json === this.json) return;
    this.json = json;
    this.data = data;
    const words = JSON.stringify(data.texts);
    if (this.wordsJson !== words) this.build();
    this.wordsJson = words;
    this.usable();
    this.follow();
    this.draw();
  }

  // Asks for the runs that are drawn: of several that differ by their seed alone all of them, or the one that was opened.
  follow() {
    this.shown = this.data.runs.map((one) => [one].flat()).map((urls) => (this.settings.band ? urls : urls.slice(0, 1)));
    const urls = this.shown.flat();
    for (const [url, poll] of this.polls) if (!urls.includes(url)) { poll.end(); this.polls.delete(url); }
    for (const url of urls) {
      if (this.polls.has(url)) this.polls.get(url).ask();
      else this.polls.set(url, new Poll(url, () => this.hear()));
    }
  }

  // What is known of them, in their order: a run, or the mean of several.
  known() {
    return this.shown.flatMap((urls) => {
      const there = urls.map((url) => this.polls.get(url)).filter((poll) => poll?.info);
      if (urls.length < 2 || !there.length) return there.slice(0, 1);
      const name = there[0].info.name.replace(/, seed \d+$/, "");
      return [meanOf(there, this.word("mean_of", { name, count: there.length }))];
    });
  }

  end() {
    this.size.disconnect();
    for (const poll of this.polls.values()) poll.end();
  }

  hear() {
    this.heard();
    this.draw();
  }

  // In the language of the moment, which may change.
  build() {
    this.legendKey = null;
    this.legend = make("div", "legend");
    this.status = make("p", "trouble");
    this.status.setAttribute("role", "status");
    this.grid = make("div", "grid");
    this.root.replaceChildren(this.tools(), make("div", "above", this.legend, this.status), this.grid);
    this.size.disconnect();
    this.size.observe(this.grid);
  }

  tools() {
    const { settings } = this;
    const views = make("span", "views", ...["batches", "epochs"].map((view) => this.choice(view)));
    views.setAttribute("role", "radiogroup");
    const weight = field("range", { min: 0, max: 0.98, step: 0.02, value: settings.weight });
    const share = make("span", "share", `${Math.round(settings.weight * 100)}%`);
    weight.addEventListener("input", () => {
      share.textContent = `${Math.round(weight.value * 100)}%`;
      this.choose({ weight: Number(weight.value) });
    });
    this.smoothing = make("label", "", this.word("smoothing"), weight, share);
    this.smoothing.title = this.word("smoothing_help");
    const tools = make("div", "tools", views, this.smoothing, this.flag("log"), this.flag("gap"), this.flag("band"));
    this.seeds = tools.lastChild;
    this.usable();
    return tools;
  }

  choice(view) {
    const radio = field("radio", { name: "view", value: view });
    radio.checked = this.settings.view === view;
    radio.addEventListener("change", () => this.choose({ view }));
    return make("label", "choice", radio, make("span", "", this.word(view)));
  }

  flag(name) {
    const box = field("checkbox", {});
    box.checked = this.settings[name];
    box.addEventListener("change", () => this.choose({ [name]: box.checked }));
    const label = make("label", "", box, this.word(name));
    label.title = this.word(`${name}_help`);
    return label;
  }

  choose(change) {
    Object.assign(this.settings, change);
    try {
      localStorage.setItem(KEPT, JSON.stringify(this.settings));
    } catch { /* a browser that keeps nothing */ }
    this.usable();
    this.follow();
    this.draw();
  }

  usable() {
    this.seeds.hidden = !this.data?.runs.some((one) => Array.isArray(one) && one.length > 1);
    this.smoothing.querySelector("input").disabled = this.settings.view !== "batches";
  }

  draw() {
    if (!this.data || !this.root.isConnected) return;
    const known = this.known();
    const metrics = metricsOf(known, this.data.metrics);
    for (const [metric, panel] of this.panels) if (!metrics.includes(metric)) { panel.element.remove(); this.panels.delete(metric); }
    metrics.forEach((metric, place) => {
      if (!this.panels.has(metric)) this.panels.set(metric, new Panel(this, metric));
      const { element } = this.panels.get(metric);
      element.classList.toggle("wide", place === metrics.length - 1 && place % 2 === 0);
      if (this.grid.children[place] !== element) this.grid.insertBefore(element, this.grid.children[place] ?? null);
    });
    const last = Math.max(1, ...known.map(({ info }) => info.frame));
    for (const panel of this.panels.values()) panel.draw(known, last, this.settings);
    this.drawLegend(known);
    this.drawTrouble();
  }

  drawLegend(known) {
    const many = known.length > 1;
    const band = known.some(({ members }) => members);
    const entries = many
      ? [...known.map(({ info }, place) => this.entry(info.name, place, DASHES[place], false)),
        make("span", "quiet", this.word("with_points"))]
      : [this.entry(this.word("training"), 0, "", this.settings.view === "epochs"), this.entry(this.word("validation"), 1, "6 4", true)];
    if (band && !many) entries.unshift(make("span", "", known[0].info.name));
    if (band) entries.push(make("span", "quiet", this.word("with_band")));
    const key = JSON.stringify([known.map(({ info }) => info.name), this.settings.view]);
    if (this.legendKey !== key) this.legend.replaceChildren(...entries);
    this.legendKey = key;
  }

  entry(words, colour, dash, mark) {
    const sample = svg("svg", { class: "sample", viewBox: "0 0 28 10", "aria-hidden": "true" });
    sample.append(svg("path", { class: `line colour${colour}`, d: "M1 5H27", "stroke-dasharray": dash }));
    if (mark) sample.append(svg("path", { class: `marks colour${colour}`, d: colour ? "M14 1l4 4l-4 4l-4 -4z" : "M11 5a3 3 0 1 0 6 0a3 3 0 1 0 -6 0" }));
    return make("span", "entry", sample, words);
  }

  drawTrouble() {
    const troubles = [...this.polls.values()].map(({ trouble }) => trouble);
    const main = troubles[0] === "gone" ? "gone" : troubles.includes("lost") ? "lost" : "";
    const words = main ? this.word(main) : "";
    if (this.status.textContent !== words) this.status.textContent = words;
  }

  lookAt(epoch) {
    this.looked = epoch;
    for (const panel of this.panels.values()) if (panel.lines) panel.look();
  }

  // Where in the training an epoch with its fraction is.
  place(epoch, poll) {
    const steps = poll?.info.steps;
    const batch = steps ? Math.max(1, Math.round(epoch * steps)) : 0;
    return this.settings.view === "batches" && batch
      ? this.word("at_batch", { epoch: Math.max(1, Math.ceil(epoch - 1e-9)), batch })
      : this.word("at_epoch", { epoch: Math.max(1, Math.round(epoch)) });
  }

  nameOf(metric) {
    return this.data.texts.names[metric] ?? metric;
  }

  word(name, values = {}) {
    return this.data.texts[name].replace(/\{(\w+)\}/g, (_all, key) => values[key] ?? "");
  }
}

function field(type, attributes) {
  const input = document.createElement("input");
  input.type = type;
  for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
  return input;
}

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
}
