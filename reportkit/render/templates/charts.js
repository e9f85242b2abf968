"use strict";

const PRINTED_WIDTH = 640;
// plotly.js offers to upload the chart to its maker's cloud unless told not to.
const QUIET = { responsive: true, displayModeBar: false, showSendToCloud: false, plotlyServerURL: "", topojsonURL: "" };
const charts = [...document.querySelectorAll("figure.chart > div")];

// plotly.js styles parts of its texts by attribute, which the page's policy forbids; by property it is allowed.
const { setAttribute } = Element.prototype;
Element.prototype.setAttribute = function (name, value) {
  if (name === "style") this.style.cssText = value;
  else setAttribute.call(this, name, value);
};

for (const chart of charts) {
  const { data, layout = {}, config = {}, frames } = JSON.parse(chart.nextElementSibling.textContent);
  delete layout.width;
  chart.style.height = `${chart.dataset.height}px`;
  Plotly.newPlot(chart, {
    data,
    layout: { ...layout, autosize: true },
    frames,
    config: { ...config, ...QUIET },
  }).catch((error) => {
    chart.textContent = `This chart could not be drawn here: ${error.message}. The PDF form of this report may show it.`;
    chart.removeAttribute("style");
  });
}

addEventListener("beforeprint", () => charts.forEach((chart) => Plotly.relayout(chart, { width: PRINTED_WIDTH })));
addEventListener("afterprint", () => charts.forEach((chart) => Plotly.relayout(chart, { width: null, autosize: true })));
