// One figure: `draw` it, then read `drawn`.
"use strict";

var drawn;

function draw(figure, width, height, further) {
  furtherWidths = further;
  drawn = { error: "it waits for something that never comes" };
  seedRandom(1);
  Plotly.toImage(figure, { format: "svg", width, height, imageDataOnly: true }).then(
    (svg) => (drawn = { svg }),
    (error) => (drawn = { error: error.message ?? String(error) }),
  );
}
