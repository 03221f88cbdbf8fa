// Reads the pages in the frames of its own page, as someone does who may run scripts there, and sends what it saw to the server.
'use strict';

// The text of an element: a line break is a space, and so are white space and the first control character, which the template uses itself.
// What the eye doesn't see counts too.
function text(element) {
  const copy = element.cloneNode(true);
  copy.querySelectorAll('br').forEach((line) => line.replaceWith(' '));
  return copy.textContent.replace(/[\s\x01]+/g, ' ').trim();
}

function channels(colour) {
  const [red, green, blue, alpha = 1] = colour.match(/[\d.]+/g).map(Number);
  return {red, green, blue, alpha};
}

function luminance({red, green, blue}) {
  const linear = (value) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

// The lowest contrast of a text to what is behind it, and the text.
function lowestContrast(document, view) {
  let lowest = {contrast: 99, text: ''};
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) {
      continue;
    }
    // The browser's own canvas, dark or light as the page allows.
    let behind = view.matchMedia('(prefers-color-scheme: dark)').matches ? {red: 18, green: 18, blue: 18} : {red: 255, green: 255, blue: 255};
    for (let at = element; at; at = at.parentElement) {
      const colour = channels(view.getComputedStyle(at).backgroundColor);
      if (colour.alpha > 0) {
        behind = colour;
        break;
      }
    }
    const [one, other] = [channels(view.getComputedStyle(element).color), behind].map(luminance);
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < lowest.contrast) {
      lowest = {contrast, text: text(element)};
    }
  }
  return lowest;
}

function look(frame) {
  const document = frame.contentDocument;
  const view = frame.contentWindow;
  const elements = [...document.querySelectorAll('*')];
  const all = (selector, read) => [...document.querySelectorAll(selector)].map(read);
  const style = (selector) => {
    const element = document.querySelector(selector);
    return element ? view.getComputedStyle(element).backgroundColor : null;
  };
  return {
    title: document.title,
    quirks: document.compatMode,
    names: [...new Set(elements.flatMap((element) => [element.localName, ...[...element.attributes].map((attribute) => `${element.localName} ${attribute.name}`)]))].sort(),
    classes: [...new Set(elements.flatMap((element) => [...element.classList]))].sort(),
    ids: all('[id]', (element) => element.id),
    links: all('a', (element) => element.getAttribute('href')),
    headings: all('h1, h2, h3, h4, h5, h6', (element) => `${element.localName} ${text(element)}`),
    headers: all('th', (element) => element.scope),
    text: text(document.body),
    tables: all('table', (table) => ({
      class: table.className,
      caption: table.caption ? text(table.caption) : null,
      rows: [...table.rows].map((row) => [...row.cells].map(text)),
    })),
    descriptions: all('details', (element) => {
      const description = element.querySelector('.description');
      return description ? description.textContent : null;
    }),
    opens: all('details', (element) => element.open),
    page: style('body'),
    severities: all('.counts .severity', (element) => view.getComputedStyle(element).backgroundColor),
    width: document.documentElement.scrollWidth,
    height: document.documentElement.scrollHeight,
    shown: document.documentElement.clientWidth,
    lowest: lowestContrast(document, view),
  };
}

addEventListener('load', () => {
  const result = {};
  for (const frame of document.querySelectorAll('iframe')) {
    result[frame.name] = look(frame);
    // The same with all details shown.
    frame.contentDocument.querySelectorAll('details').forEach((details) => { details.open = true; });
    const opened = look(frame);
    result[frame.name].opened = {width: opened.width, height: opened.height, lowest: opened.lowest};
  }
  const request = new XMLHttpRequest();
  request.open('POST', '/seen', false);
  request.send(JSON.stringify(result));
});
