// Several runs that differ by their seed alone, as one: the mean of their values, and a band from the least to the greatest.

// Stands where a run would stand; `members` are those of which something is known.
function meanOf(members, name) {
  const infos = members.map(({ info }) => info);
  const frame = Math.max(...infos.map((info) => info.frame));
  return { url: `mean ${members[0].url}`, members, rows: meanRows(members), info: { ...infos[0], name, frame } };
}

// The means of each epoch, of the runs that have come so far.
function meanRows(members) {
  const longest = members.map(({ rows }) => rows).reduce((one, other) => (other.length > one.length ? other : one));
  return longest.map((row, number) => {
    const same = members.map(({ rows }) => rows[number]).filter(Boolean);
    return Object.fromEntries(Object.keys(row).map((key) => [key, key === "epoch" ? row.epoch : mean(same.map((each) => each[key]))]));
  });
}

// The lines of each member put together, role by role: at the points of the member that has come furthest.
function meanLines({ members }, metric, settings, place, count) {
  const each = members.map((member) => linesOf(member, metric, settings, place, count).filter(({ role }) => role !== "raw"));
  const roles = [...new Set(each.flat().map(({ role }) => role))];
  return roles.map((role) => {
    const lines = each.flat().filter((line) => line.role === role && line.xs.length);
    if (!lines.length) return { ...each.flat().find((line) => line.role === role) };
    const furthest = lines.reduce((one, other) => (other.xs.at(-1) > one.xs.at(-1) ? other : one));
    const values = furthest.xs.map((x) => lines.map((line) => valueAt(line, x)).filter((value) => value !== null));
    const known = values.map((list) => list.length > 0);
    const pick = (how) => values.map((list, number) => (known[number] ? how(list) : null));
    const band = role === "rate" ? {} : { low: pick((list) => Math.min(...list)), high: pick((list) => Math.max(...list)) };
    return { ...furthest, ys: pick(mean), ...band };
  });
}

// Between two points in a straight line; null before the first one, after the last one, and where there is no number.
function valueAt({ xs, ys }, x) {
  const near = nearest(xs, x);
  if (Math.abs(xs[near] - x) < 1e-9) return ys[near] ?? null;
  const [before, after] = xs[near] < x ? [near, near + 1] : [near - 1, near];
  if (before < 0 || after >= xs.length) return null;
  const [low, high] = [ys[before] ?? null, ys[after] ?? null];
  return low === null || high === null ? null : low + ((high - low) * (x - xs[before])) / (xs[after] - xs[before]);
}

function mean(values) {
  const known = values.filter((value) => typeof value === "number");
  return known.length ? known.reduce((sum, value) => sum + value, 0) / known.length : null;
}
