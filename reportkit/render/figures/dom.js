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

class Image {
  setAttribute(name, value) {
    if (name === "src") this.src = value;
  }

  set src(source) {
    throw new Error(`it loads a picture (${source.slice(0, 60)}); put it into layout.images as a data: URI`);
  }
}

window.XMLSerializer = class {
  serializeToString(node) {
    return node.toString();
  }
};
