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
  return { matches: false, addListener() {}, addEventListener() {} };
}

// Nothing is ever on a screen, so "later" means "as soon as the present work is done".
function setTimeout(callback) {
  Promise.resolve().then(callback);
}

function clearTimeout() {}

function requestAnimationFrame(callback) {
  setTimeout(() => callback(0));
}

function cancelAnimationFrame() {}

// plotly.js draws its ids and jitter from Math.random: the same seed gives the same SVG (mulberry32).
function seedRandom(seed) {
  Math.random = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
