// A network of many layers would be a thread on a wide canvas. It is cut where few edges cross, and the pieces stand
// side by side, to be read like the columns of a newspaper.
const TALLEST = 16;
const BESIDE = 64;
const SHAPE = 1.9; // width to height of a usual canvas

// The corner of every box by its id, from the columns and layers of the server's layout.
function folded(items) {
  const boxes = [...items.values()];
  const layers = Math.max(0, ...boxes.map(({ at }) => at[1])) + 1;
  const cuts = layers > TALLEST ? cutsOf(boxes, layers, rowsFor(boxes, layers)) : [];
  const pieceOf = (layer) => cuts.filter((cut) => layer > cut).length;
  const corners = new Map();
  let right = 0;
  for (let piece = 0; piece <= cuts.length; piece += 1) {
    const inside = boxes.filter(({ at }) => pieceOf(at[1]) === piece);
    const left = Math.min(...inside.map(({ at }) => spot(at)[0]));
    const shift = piece ? right + BESIDE - left : 0;
    for (const { id, at } of inside) {
      const [x, y] = spot([at[0], at[1] - (piece ? cuts[piece - 1] + 1 : 0)]);
      corners.set(id, [x + shift, y]);
      right = Math.max(right, x + shift + WIDTH + GAP);
    }
  }
  return { corners, pieceOf };
}

function rowsFor(boxes, layers) {
  const wide = Math.max(...boxes.map(({ at }) => at[0])) - Math.min(...boxes.map(({ at }) => at[0])) + 1;
  const pieces = Math.sqrt((SHAPE * layers * STEP) / (wide * (WIDTH + GAP) + BESIDE));
  return Math.max(TALLEST / 2, Math.ceil(layers / Math.max(1, Math.round(pieces))));
}

// The layers after which to cut: near every `rows`, where the fewest blocks are read across.
function cutsOf(boxes, layers, rows) {
  const crossing = new Array(layers).fill(0);
  const lastRead = new Map();
  for (const { reads, at } of boxes) for (const id of reads) lastRead.set(id, Math.max(at[1], lastRead.get(id) ?? 0));
  for (const { id, at } of boxes) for (let layer = at[1]; layer < lastRead.get(id); layer += 1) crossing[layer] += 1;
  const cuts = [];
  for (let from = 0; layers - from > rows * 1.3; from = cuts.at(-1) + 1) {
    const price = (layer) => crossing[layer] * rows + Math.abs(layer + 1 - from - rows);
    let best = from + rows - 1;
    for (let layer = from + Math.floor(rows * 0.7); layer < Math.min(from + rows * 1.2, layers - 2); layer += 1) {
      if (price(layer) < price(best)) best = layer;
    }
    cuts.push(best);
  }
  return cuts;
}
