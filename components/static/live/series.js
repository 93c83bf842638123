// From the points of a run to the lines of a panel.
const DASHES = ["", "9 4", "2 3", "12 3 2 3", "5 2", "14 5"];
const APART = ["epoch", "learning_rate", "seconds"];

// The mean of the last values, where each counts `weight` times as much as the one after it.
function smoothed(values, weight) {
  let sum = 0;
  let counted = 0;
  return values.map((value) => {
    if (value === null) return null;
    sum = weight * sum + (1 - weight) * value;
    counted = weight * counted + (1 - weight);
    return sum / counted;
  });
}

// What there is to see of some runs: loss and accuracy first, the learning rate last.
function metricsOf(polls, known) {
  const found = new Set(["loss", "accuracy", ...known]);
  for (const { rows } of polls) {
    for (const name of Object.keys(rows.at(-1) ?? {})) {
      if (!APART.includes(name) && !name.startsWith("val_")) found.add(name);
    }
  }
  return [...found, "learning_rate"];
}

// The lines of one run in the panel of `metric`. `place` is that of the run among `count`: its colour and its stroke.
function linesOf(poll, metric, settings, place, count) {
  if (poll.members) return meanLines(poll, metric, settings, place, count);
  const { view, weight } = settings;
  const look = count > 1 ? { colour: place, dash: DASHES[place] } : { colour: 0, dash: "" };
  const epochs = poll.rows.map(({ epoch }) => epoch);
  const byEpoch = (name) => poll.rows.map((row) => row[name] ?? null);
  const steps = (poll.column("step") ?? []).map((number) => number / (poll.info.steps || 1));
  const batches = poll.column(metric);
  if (metric === "learning_rate") return [rateLine(view, steps, batches, epochs, byEpoch(metric), look)];
  const lines = [];
  if (view === "batches" && batches) {
    lines.push({ ...look, kind: "raw", role: "raw", xs: steps, ys: batches });
    lines.push({ ...look, kind: "line", role: "training", xs: steps, ys: smoothed(batches, weight) });
  } else {
    lines.push({ ...look, kind: "line", role: "training", xs: epochs, ys: byEpoch(metric), marks: true });
  }
  const validation = byEpoch(`val_${metric}`);
  if (validation.some((value) => value !== null)) {
    const apart = count > 1 ? look : { colour: 1, dash: "6 4" };
    lines.push({ ...apart, kind: "points", role: "validation", xs: epochs, ys: validation });
  }
  return lines;
}

function rateLine(view, steps, batches, epochs, rates, look) {
  const line = view === "batches" && batches ? { xs: steps, ys: batches } : { xs: epochs, ys: rates };
  return { ...look, ...line, kind: "steps", role: "rate" };
}

// Between training and validation of the same epochs, where both are known.
function gapOf(poll, metric) {
  return poll.rows.flatMap((row) => {
    const [training, validation] = [row[metric] ?? null, row[`val_${metric}`] ?? null];
    return training === null || validation === null ? [] : [[row.epoch, training, validation]];
  });
}

// The place of the value that is nearest to `x`; `xs` rise.
function nearest(xs, x) {
  let [low, high] = [0, xs.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle] < x) low = middle + 1;
    else high = middle;
  }
  return low > 0 && x - xs[low - 1] <= xs[low] - x ? low - 1 : low;
}
