// The document that plotly.js draws in: linkedom's, with the gaps filled that plotly.js falls into. Runs after
// vendor/dom-parts.min.js.
"use strict";

var { document, DOMParser, Blob, Element, SVGElement, HTMLElement, HTMLAnchorElement, HTMLCanvasElement } =
  domParts.parseHTML("<!doctype html><html><head></head><body></body></html>");

// plotly.js compares with "text" and "path"; linkedom writes names in capitals.
for (const name of ["nodeName", "tagName"]) {
  Object.defineProperty(SVGElement.prototype, name, {
    get() {
      return this.localName;
    },
  });
}

// Setting a property to "" removes it. Left in, an empty one makes the PDF's SVG reader drop those after it.
const declarations = Object.getPrototypeOf(document.documentElement.style);
const setProperty = declarations.setProperty;
declarations.setProperty = function (name, value) {
  setProperty.call(this, name, value === "" ? null : value);
};

// plotly.js asks for it to let no `javascript:` link through.
Object.defineProperty(HTMLAnchorElement.prototype, "protocol", {
  get() {
    return /^[a-z][a-z0-9+.-]*:/.exec(this.href.toLowerCase())?.[0] ?? "";
  },
});

function getComputedStyle(element) {
  return element.style;
}

var URL = { createObjectURL: () => "", revokeObjectURL() {} };

// A picture whose pixels are asked for. (Those of a layout are passed on as they are.)
class Image {
  setAttribute(name, value) {
    if (name === "src") this.src = value;
  }

  set src(source) {
    const png = /^data:image\/png;base64,(.*)/s.exec(source);
    if (!png) throw new Error(`it reads the pixels of a picture that is no data: URI of a PNG (${source.slice(0, 60)})`);
    this.pixels = domParts.decodePng(Uint8Array.fromBase64(png[1]));
    Promise.resolve().then(() => this.onload());
  }
}

window.XMLSerializer = class {
  serializeToString(node) {
    return node.toString();
  }
};
