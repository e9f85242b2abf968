"use strict";

var { document, DOMParser, Blob, HTMLElement } = domParts.parseHTML("<!doctype html><html><head></head><body></body></html>");
