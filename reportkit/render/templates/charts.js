"use strict";

const PRINTED_WIDTH = 640;
// plotly.js offers to upload the chart to its maker's cloud unless told not to.
const QUIET = { responsive: true, displayModeBar: false, showSendToCloud: false, plotlyServerURL: "", topojsonURL: "" };
const charts = [...document.querySelectorAll("figure.chart > div")];

for (const chart of charts) {
  const { data, layout = {}, config = {}, frames } = JSON.parse(chart.nextElementSibling.textContent);
  delete layout.width;
  Plotly.newPlot(chart, {
    data,
    layout: { ...layout, autosize: true },
    frames,
    config: { ...config, ...QUIET },
  });
}

addEventListener("beforeprint", () => charts.forEach((chart) => Plotly.relayout(chart, { width: PRINTED_WIDTH })));
addEventListener("afterprint", () => charts.forEach((chart) => Plotly.relayout(chart, { width: null, autosize: true })));
