// The curves on a page of Streamlit.
const charts = new WeakMap();

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".live");
  if (!charts.has(root)) charts.set(root, new LiveChart(root));
  charts.get(root).update(data);
  return () => {
    charts.get(root)?.end();
    charts.delete(root);
  };
}
