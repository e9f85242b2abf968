export { parseHTML } from "linkedom/worker";
export { svgPathProperties } from "svg-path-properties";
export { encode as encodePng } from "fast-png";
