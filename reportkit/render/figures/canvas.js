// The canvas that heatmaps and images are painted on: filled rectangles and whole pictures, given back as a PNG.
"use strict";

class Canvas2D {
  constructor({ width, height }) {
    Object.assign(this, { width, height, fillStyle: "rgb(0,0,0)" });
    this.data = new Uint8Array(width * height * 4);
    this.pixels = new Uint32Array(this.data.buffer);
  }

  fillRect(left, top, width, height) {
    const [red, green, blue, alpha = 1] = this.fillStyle.match(/[\d.]+/g).map(Number);
    const [pixel] = new Uint32Array(Uint8Array.of(red, green, blue, alpha * 255).buffer);
    for (let y = Math.max(top, 0); y < Math.min(top + height, this.height); y++) {
      const row = y * this.width;
      this.pixels.fill(pixel, row + Math.max(left, 0), row + Math.min(left + width, this.width));
    }
  }

  createImageData(width, height) {
    return { data: new Uint8Array(width * height * 4) };
  }

  putImageData({ data }) {
    this.data.set(data);
  }

  getImageData() {
    return { data: this.data };
  }

  drawImage({ pixels }) {
    const { data, channels } = pixels.palette
      ? { data: domParts.convertIndexedToRgb(pixels), channels: pixels.palette[0].length }
      : pixels;
    const levels = pixels.depth === 16 ? 257 : 1;
    const colours = channels < 3 ? [0, 0, 0] : [0, 1, 2];
    for (let from = 0, to = 0; from < data.length; from += channels, to += 4) {
      const alpha = channels % 2 ? 255 : data[from + channels - 1] / levels;
      this.data.set([...colours.map((colour) => data[from + colour] / levels), alpha], to);
    }
  }
}

Object.assign(HTMLCanvasElement.prototype, {
  getContext(kind) {
    return kind === "2d" ? (this.context ??= new Canvas2D(this)) : null;
  },

  toDataURL() {
    return `data:image/png;base64,${domParts.encodePng(this.context).toBase64()}`;
  },
});
