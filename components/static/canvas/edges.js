// The lines between boxes: from the middle of the bottom to the top, around what stands between.
const LANE = 18;

// All edges of a network by their keys "target place".
function edgesOf(items) {
  const edges = new Map();
  for (const item of items.values()) {
    item.reads.forEach((source, place) => {
      if (items.has(source)) {
        edges.set(`${item.id} ${place}`, { source, target: item.id, place, of: item.reads.length });
      }
    });
  }
  return edges;
}

function outPort([x, y]) {
  return [x + WIDTH / 2, y + HEIGHT];
}

function inPort([x, y], place = 0, of = 1) {
  return [x + (WIDTH * (place + 1)) / (of + 1), y];
}

// The path of an edge to the box at `corner`; `boxes` are the corners of all, `bends` what the layout gave it.
function edgePath(start, end, corner, boxes, bends) {
  if (bends) return throughBends(start, end, bends);
  if (end[1] < start[1] && Math.abs(end[0] - start[0]) > WIDTH) return upward(start, end, corner);
  const lane = end[1] > start[1] + STEP - HEIGHT ? laneAround(start, end, boxes) : null;
  return lane === null ? curve(start, end) : aroundLane(start, end, lane);
}

function curve([x, y], [tx, ty]) {
  const pull = ty > y ? Math.max((ty - y) / 2, 14) : Math.min(60 + (y - ty) / 4, 220);
  return `M${x} ${y}C${x} ${y + pull} ${tx} ${ty - pull} ${tx} ${ty}`;
}

function throughBends(start, end, bends) {
  let path = `M${start[0]} ${start[1]}`;
  let [x, y] = start;
  for (const [bx, by] of bends) {
    const middle = (y + by) / 2;
    path += `C${x} ${middle} ${bx} ${middle} ${bx} ${by}V${by + HEIGHT}`;
    [x, y] = [bx, by + HEIGHT];
  }
  const middle = (y + end[1]) / 2;
  return `${path}C${x} ${middle} ${end[0]} ${middle} ${end[0]} ${end[1]}`;
}

// To a box above, between two columns of boxes.
function upward([x, y], [tx, ty], [left]) {
  const side = Math.sign(tx - x);
  const lane = side > 0 ? left - LANE : left + WIDTH + LANE;
  const [below, above, turn] = [y + 16, ty - 16, 14 * side];
  return (
    `M${x} ${y}Q${x} ${below} ${x + turn} ${below}H${lane - turn}Q${lane} ${below} ${lane} ${below - 14}` +
    `V${above + 14}Q${lane} ${above} ${lane + turn} ${above}H${tx - turn}Q${tx} ${above} ${tx} ${ty}`
  );
}

// Where a line may go down beside the boxes that stand in its way; null where none does.
function laneAround([x, y], [tx, ty], boxes) {
  const between = boxes.filter((box) => box[1] + HEIGHT > y + GRID && box[1] < ty - GRID);
  const inWay = ([bx, by]) => {
    const at = x + ((tx - x) * (by + HEIGHT / 2 - y)) / (ty - y);
    return at > bx - GRID && at < bx + WIDTH + GRID;
  };
  if (!between.some(inWay)) return null;
  const crosses = (lane) => between.some(([bx]) => lane > bx - LANE / 2 && lane < bx + WIDTH + LANE / 2);
  const sides = between.flatMap(([bx]) => [bx - LANE, bx + WIDTH + LANE]).filter((lane) => !crosses(lane));
  const detour = (lane) => Math.abs(lane - x) + Math.abs(lane - tx);
  return sides.sort((one, other) => detour(one) - detour(other))[0] ?? null;
}

function aroundLane([x, y], [tx, ty], lane) {
  const turn = Math.min(STEP - HEIGHT, (ty - y) / 3);
  return (
    `M${x} ${y}C${x} ${y + turn * 0.7} ${lane} ${y + turn * 0.3} ${lane} ${y + turn}` +
    `V${ty - turn}C${lane} ${ty - turn * 0.3} ${tx} ${ty - turn * 0.7} ${tx} ${ty}`
  );
}

// From side to side of two boxes whose layer is one.
function sharingPath([x, y], [tx, ty]) {
  const right = tx + WIDTH / 2 >= x + WIDTH / 2;
  const [sx, ex] = right ? [x + WIDTH, tx] : [x, tx + WIDTH];
  const apart = right ? ex - sx : sx - ex;
  if (apart < GAP / 2) {
    const out = Math.max(x, tx) + WIDTH;
    const bow = out + GAP;
    return `M${x + WIDTH} ${y + HEIGHT / 2}C${bow} ${y + HEIGHT / 2} ${bow} ${ty + HEIGHT / 2} ${tx + WIDTH} ${ty + HEIGHT / 2}`;
  }
  const middle = (sx + ex) / 2;
  return `M${sx} ${y + HEIGHT / 2}C${middle} ${y + HEIGHT / 2} ${middle} ${ty + HEIGHT / 2} ${ex} ${ty + HEIGHT / 2}`;
}
