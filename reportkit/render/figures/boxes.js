// How large things are, which plotly.js asks to place labels, legends and margins. Boxes are [left, top, right, bottom].
// `faces` is set by the engine from the fonts that the document embeds: {regular, italic, semibold, bold}, each
// {ascent, descent, widths: {code point: width}, kerning: {two letters: thousandths}} in em; `furtherWidths`, with each
// figure, from the fallback fonts.
"use strict";

var furtherWidths = {};

const INVISIBLE = /\p{Mark}|\p{Format}|\p{Control}/u;

function faceOf({ weight, italic }) {
  if (weight === "bold" || weight >= 700) return faces.bold;
  if (weight >= 600) return faces.semibold;
  return italic ? faces.italic : faces.regular;
}

function widthOf(text, font) {
  const { widths, kerning } = faceOf(font);
  let em = 0;
  let before = "";
  for (const character of text) {
    const code = character.codePointAt(0);
    em += widths[code] ?? furtherWidths[code] ?? (INVISIBLE.test(character) ? 0 : 1);
    em += (kerning[before + character] ?? 0) / 1000;
    before = character;
  }
  return em * font.size;
}

function pixels(length, size) {
  const number = parseFloat(length) || 0;
  if (/em$/.test(length)) return number * size;
  return /%$/.test(length) ? (number / 100) * size : number;
}

function fontOf({ style }, parent) {
  return {
    size: style.fontSize ? pixels(style.fontSize, parent.size) : parent.size,
    weight: style.fontWeight || parent.weight,
    italic: style.fontStyle ? style.fontStyle === "italic" : parent.italic,
  };
}

function inheritedFont({ parentElement }) {
  return parentElement instanceof SVGElement
    ? fontOf(parentElement, inheritedFont(parentElement))
    : { size: 16, weight: "normal", italic: false };
}

// One box per stretch, which is the text from one absolute x to the next; text-anchor shifts each as a whole.
function textBoxes(element) {
  const stretches = [[]];
  let x = 0;
  let y = 0;

  function place(node, parentFont) {
    if (node.nodeType === 3) {
      const { ascent, descent } = faceOf(parentFont);
      const right = x + widthOf(node.textContent, parentFont);
      stretches.at(-1).push([x, y - ascent * parentFont.size, right, y + descent * parentFont.size]);
      x = right;
    } else {
      const font = fontOf(node, parentFont);
      const at = (name) => pixels(node.getAttribute(name), font.size);
      if (node.hasAttribute("x")) {
        stretches.push([]);
        x = at("x");
      }
      if (node.hasAttribute("y")) y = at("y");
      x += at("dx");
      y += at("dy");
      for (const child of node.childNodes) place(child, font);
    }
  }

  place(element, inheritedFont(element));
  const share = { middle: 0.5, end: 1 }[element.getAttribute("text-anchor")] ?? 0;
  return stretches
    .filter((boxes) => boxes.length)
    .map((boxes) => {
      const [left, top, right, bottom] = union(boxes);
      const shift = share * (right - left);
      return [left - shift, top, right - shift, bottom];
    });
}

// The ends of a path's parts: exact for straight lines, a little small for curves.
function pathBoxes(element) {
  const parts = new domParts.svgPathProperties(element.getAttribute("d") || "").getParts();
  return parts.flatMap(({ start, end }) => [start, end]).map(({ x, y }) => [x, y, x, y]);
}

function rectBoxes(element) {
  const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => pixels(element.getAttribute(name)));
  return [[x, y, x + width, y + height]];
}

function childBoxes(element) {
  return [...element.children].flatMap((child) => transformed(boxesOf(child), matrixOf(child)));
}

const BOXES = { text: textBoxes, path: pathBoxes, rect: rectBoxes, image: rectBoxes, defs: () => [] };

function boxesOf(element) {
  if (element.style.display === "none") return [];
  return (BOXES[element.localName] ?? childBoxes)(element);
}

function union(boxes) {
  return [
    Math.min(...boxes.map((box) => box[0])),
    Math.min(...boxes.map((box) => box[1])),
    Math.max(...boxes.map((box) => box[2])),
    Math.max(...boxes.map((box) => box[3])),
  ];
}

function multiply([a, b, c, d, e, f], [g, h, i, j, k, l]) {
  return [a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * l + e, b * k + d * l + f];
}

const STEPS = {
  translate: (x, y = 0) => [1, 0, 0, 1, x, y],
  scale: (x, y = x) => [x, 0, 0, y, 0, 0],
  matrix: (...six) => six,
  rotate(degrees, x = 0, y = 0) {
    const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
    return multiply(multiply(STEPS.translate(x, y), [cos, sin, -sin, cos, 0, 0]), STEPS.translate(-x, -y));
  },
};

function matrixOf(element) {
  const transform = element.getAttribute("transform") || "";
  return [...transform.matchAll(/(translate|scale|rotate|matrix)\(([^)]*)\)/g)]
    .map(([, name, numbers]) =>
      STEPS[name](
        ...numbers
          .trim()
          .split(/[\s,]+/)
          .map(Number),
      ),
    )
    .reduce(multiply, STEPS.translate(0));
}

function transformed(boxes, [a, b, c, d, e, f]) {
  return boxes.map(([left, top, right, bottom]) => {
    const xs = [a * left + c * top, a * right + c * top, a * left + c * bottom, a * right + c * bottom];
    const ys = [b * left + d * top, b * right + d * top, b * left + d * bottom, b * right + d * bottom];
    return [Math.min(...xs) + e, Math.min(...ys) + f, Math.max(...xs) + e, Math.max(...ys) + f];
  });
}

function rectangle(boxes) {
  const [left, top, right, bottom] = boxes.length ? union(boxes) : [0, 0, 0, 0];
  return { x: left, y: top, left, top, right, bottom, width: right - left, height: bottom - top };
}

Object.assign(SVGElement.prototype, {
  getBBox() {
    return rectangle(boxesOf(this));
  },

  getBoundingClientRect() {
    let boxes = boxesOf(this);
    for (let element = this; element instanceof SVGElement; element = element.parentElement) {
      boxes = transformed(boxes, matrixOf(element));
    }
    return rectangle(boxes);
  },

  getComputedTextLength() {
    return widthOf(this.textContent, fontOf(this, inheritedFont(this)));
  },

  getTotalLength() {
    return new domParts.svgPathProperties(this.getAttribute("d")).getTotalLength();
  },

  getPointAtLength(distance) {
    return new domParts.svgPathProperties(this.getAttribute("d")).getPointAtLength(distance);
  },
});
