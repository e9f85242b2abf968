// What every browser has and V8 alone lacks. Runs first.
"use strict";

var window = globalThis;
var self = globalThis;
var navigator = { userAgent: "" };
var devicePixelRatio = 1;

function atob(text) {
  return Array.from(Uint8Array.fromBase64(text), (byte) => String.fromCharCode(byte)).join("");
}

class TextEncoder {
  encode(text) {
    return Uint8Array.from(unescape(encodeURIComponent(text)), (character) => character.charCodeAt(0));
  }
}

class TextDecoder {
  decode(bytes) {
    return decodeURIComponent(escape(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")));
  }
}

function matchMedia() {
  return { matches: false };
}

// "Later" means "as soon as the present work is done"; and as there is no screen, no next frame ever comes: a chart
// with an animation is drawn as it starts, at once and always the same.
function setTimeout(callback) {
  Promise.resolve().then(callback);
}

function clearTimeout() {}

function requestAnimationFrame() {}

function cancelAnimationFrame() {}

// plotly.js makes up ids and jitter with Math.random: from the same seed, the same SVG (mulberry32).
function seedRandom(seed) {
  Math.random = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
