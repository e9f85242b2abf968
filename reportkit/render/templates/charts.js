"use strict";

const PRINTED_WIDTH = 640;
const NARROW = 600; // Pixels below which nothing stands beside a plot.
// plotly.js offers to upload the chart to its maker's cloud unless told not to.
const QUIET = { displayModeBar: false, showSendToCloud: false, plotlyServerURL: "", topojsonURL: "" };
const charts = [...document.querySelectorAll("figure.chart > [data-height]")].map((element) => {
  const { data, layout, config, frames } = JSON.parse(element.nextElementSibling.textContent);
  const [width, height] = [Number(element.dataset.width), Number(element.dataset.height)];
  return { element, data, layout, config, frames, width, height };
});
const pen = document.createElement("canvas").getContext("2d");

// plotly.js styles parts of its texts by attribute, which the page's policy forbids; by property it is allowed.
const { setAttribute } = Element.prototype;
Element.prototype.setAttribute = function (name, value) {
  if (name === "style") this.style.cssText = value;
  else setAttribute.call(this, name, value);
};

for (const chart of charts) {
  const { element, data, layout, height } = chart;
  const width = element.clientWidth;
  show(chart, data, { ...layout, width, height }, false)
    .then(() => document.fonts.ready)
    .then(() => arrange(Object.assign(chart, { usual: element._fullLayout, ...seen(element) }), width))
    .catch((error) => {
      element.textContent = `This chart could not be drawn here: ${error.message}. The PDF form of this report may show it.`;
      element.removeAttribute("style");
    });
}

const drawn = () => charts.filter(({ usual }) => usual);
addEventListener("resize", () => drawn().forEach((chart) => arrange(chart, chart.element.parentElement.clientWidth)));
addEventListener("beforeprint", () => drawn().forEach((chart) => arrange(chart, PRINTED_WIDTH)));
addEventListener("afterprint", () => drawn().forEach((chart) => arrange(chart, chart.element.parentElement.clientWidth)));

// What of a chart does not hang on its width.
function seen(element) {
  const full = element._fullLayout;
  const axes = Object.keys(full).filter((name) => /^[xy]axis\d*$/.test(name));
  const besideEachOther = (name) => name.startsWith("x") && full[name].domain?.[1] - full[name].domain?.[0] < 0.6;
  return { axes, hasColumns: axes.some(besideEachOther), hasOneBar: element.querySelectorAll(".colorbar").length === 1 };
}

// Where a chart is narrower than it was made for, its title is in lines; on a phone its legend is below the plot, its
// colour bar above, and the plot as high as ever. Subplots side by side are scrolled instead.
function arrange(chart, room) {
  const { element, height } = chart;
  const width = chart.hasColumns ? Math.max(room, Math.min(chart.width, PRINTED_WIDTH)) : room;
  const narrow = width < Math.min(chart.width, NARROW);
  const data = narrow && chart.hasOneBar ? chart.data.map(withBarAbove) : chart.data;
  let layout = { ...chart.layout, width, height, ...(narrow && withNothingBeside(chart)) };
  if (width !== element._fullLayout.width || narrow) show(chart, data, layout, narrow);
  if (width < chart.width) show(chart, data, (layout = { ...layout, ...withTitleInLines(chart, layout) }), narrow);
  const { t, b } = chart.usual.margin;
  const lost = height - t - b - element._fullLayout._size.h;
  if (narrow && lost > 0) show(chart, data, { ...layout, height: height + lost }, narrow);
}

function show(chart, data, layout, narrow) {
  const { element, frames, config } = chart;
  // Drawn over, a colour bar that turns would leave its old ticks behind.
  const draw = chart.narrow === narrow ? Plotly.react : Plotly.newPlot;
  chart.narrow = narrow;
  element.style.height = `${layout.height}px`;
  const kept = structuredClone({ ...layout, uirevision: "kept" }); // plotly.js writes into it
  const done = draw(element, { data, layout: kept, config: { ...config, ...QUIET } });
  if (draw === Plotly.newPlot && frames.length) Plotly.addFrames(element, frames);
  return done;
}

function withNothingBeside({ layout, usual, axes, hasOneBar }) {
  const { l, r } = usual.margin;
  const legend = { orientation: "h", xref: "container", yref: "container", maxheight: 1000 };
  // Just outside of the corner, or plotly.js would give it no more than the plot's width.
  Object.assign(legend, { x: -1e-6, xanchor: "left", y: -1e-6, yanchor: "bottom" });
  return {
    legend: { ...layout.legend, ...legend },
    margin: { ...layout.margin, l: Math.min(l, 24), r: Math.min(r, 16) },
    ...Object.fromEntries(axes.map((name) => [name, { ...layout[name], automargin: true }])),
    ...(hasOneBar && { coloraxis: withBarAbove(layout.coloraxis ?? {}) }),
  };
}

function withBarAbove(shaded) {
  const above = (bar = {}) => ({
    ...bar,
    ...{ orientation: "h", x: 0.5, xanchor: "center", y: 1, yanchor: "bottom", len: 1, thickness: 12 },
    title: { ...(typeof bar.title === "string" ? { text: bar.title } : bar.title), side: "top" },
  });
  const marker = shaded.marker && { ...shaded.marker, colorbar: above(shaded.marker.colorbar) };
  return { ...shaded, colorbar: above(shaded.colorbar), ...(marker && { marker }) };
}

function withTitleInLines({ element, layout, usual }, { margin, width }) {
  const node = element.querySelector(".gtitle");
  if (!node) return {};
  const { left, right } = node.getBoundingClientRect();
  const edge = element.getBoundingClientRect().left;
  const room = { start: edge + width - left, middle: width, end: right - edge }[node.getAttribute("text-anchor")] - 8;
  const { fontWeight, fontSize, fontFamily } = getComputedStyle(node);
  pen.font = `${fontWeight} ${fontSize} ${fontFamily}`;
  const before = usual.title.text.split(/<br\s*\/?>/i);
  const lines = before.flatMap((line) => broken(line, room));
  const title = typeof layout.title === "string" ? {} : layout.title;
  const t = usual.margin.t + (lines.length - before.length) * 1.3 * parseFloat(fontSize);
  return { title: { ...title, text: lines.join("<br>") }, margin: { ...margin, t } };
}

// Between words; tags take no room.
function broken(text, room) {
  const [first = "", ...words] = text.match(/(?:<[^>]*>|[^\s<]|<)+/g) ?? [];
  const lines = [first];
  for (const word of words) {
    const longer = `${lines.at(-1)} ${word}`;
    if (pen.measureText(longer.replace(/<[^>]*>/g, "")).width < room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
