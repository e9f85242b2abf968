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
