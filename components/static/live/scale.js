// Axes that begin and end at round numbers, and only ever grow.
const ROUND = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
const STEPS = [1, 2, 2.5, 5, 10];
const TICKS = 5;

function roundUp(value) {
  const unit = 10 ** Math.floor(Math.log10(value));
  return unit * ROUND.find((step) => step * unit >= value * (1 - 1e-9));
}

function step(span, most) {
  const rough = span / most;
  const unit = 10 ** Math.floor(Math.log10(rough));
  return unit * STEPS.find((each) => each * unit >= rough * (1 - 1e-9));
}

function linearTicks([low, high], most = TICKS) {
  const by = step(high - low, most);
  const first = Math.ceil(low / by - 1e-9);
  const count = Math.floor(high / by + 1e-9) - first;
  return Array.from({ length: count + 1 }, (_each, number) => (first + number) * by);
}

function logTicks([low, high]) {
  const decades = Math.log10(high / low);
  const ticks = [];
  for (let power = Math.floor(Math.log10(low) + 1e-9); power <= Math.ceil(Math.log10(high)); power += 1) {
    for (const digit of decades < 2 ? [1, 2, 5] : [1]) ticks.push(digit * 10 ** power);
  }
  const inside = ticks.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
  const every = Math.ceil(inside.length / (TICKS + 1));
  return inside.filter((_tick, number) => number % every === 0);
}

function epochTicks(last, width) {
  const most = Math.max(2, Math.floor(width / 60));
  if (last <= most) return Array.from({ length: last + 1 }, (_each, epoch) => epoch);
  return linearTicks([0, last], most).filter(Number.isInteger);
}

// Of a loss, a share of 1, or any other number.
function kindOf(metric) {
  if (/accuracy|precision|recall|auc|f1|specificity|sensitivity/i.test(metric)) return "share";
  return metric === "learning_rate" ? "rate" : "number";
}

// From what to what the values reach, in round numbers; `before` is what the axis was, which it never leaves.
function range(kind, values, log, batches, before) {
  let [low, high] = bounds(kind, values, log, batches);
  if (before) [low, high] = [Math.min(low, before[0]), Math.max(high, before[1])];
  return [low, high];
}

function bounds(kind, values, log, batches) {
  const least = Math.min(...values);
  const most = Math.max(...values);
  if (kind === "share") return [batches || !values.length ? 0 : Math.min(0.9, Math.floor(least * 10) / 10), Math.max(1, most)];
  if (!values.length) return log ? [0.01, 10] : [0, kind === "rate" ? 0.01 : 2.5];
  if (log) {
    const low = 10 ** Math.floor(Math.log10(least));
    return [low, Math.max(low * 10, 10 ** Math.ceil(Math.log10(most)))];
  }
  if (least < 0) return [-roundUp(-least), most > 0 ? roundUp(most) : 0];
  return [0, most > 0 ? roundUp(kind === "rate" ? most * 1.05 : most) : 1];
}
