export { parseHTML } from "linkedom/worker";
export { svgPathProperties } from "svg-path-properties";
export { convertIndexedToRgb, decode as decodePng, encode as encodePng } from "fast-png";
