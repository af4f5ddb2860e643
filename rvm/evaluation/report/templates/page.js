'use strict';
// Everything is legible without this script: it sorts tables, shows values, opens what is pointed to.
document.documentElement.classList.add('scripted');

const sortValue = (cell) => {
  const text = cell.dataset.v ?? cell.textContent.trim();
  const number = text === '' || text === '-' ? NaN : Number(text);
  return { text, number, empty: text === '' || text === '-' };
};
const byValue = (a, b) =>
  Number.isNaN(a.number) || Number.isNaN(b.number)
    ? a.text.localeCompare(b.text, 'en', { numeric: true })
    : a.number - b.number;

for (const table of document.querySelectorAll('table.sortable')) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => {
      // Numbers fall at the first click, as high is what one looks for; names grow.
      const first = column ? 'descending' : 'ascending';
      const other = column ? 'ascending' : 'descending';
      const order = head.getAttribute('aria-sort') === first ? other : first;
      heads.forEach((one) => one.removeAttribute('aria-sort'));
      head.setAttribute('aria-sort', order);
      const sign = order === 'ascending' ? 1 : -1;
      const rows = [...table.tBodies[0].rows].map((row) => [sortValue(row.cells[column]), row]);
      rows.sort(([a], [b]) => a.empty - b.empty || sign * byValue(a, b));
      table.tBodies[0].append(...rows.map(([, row]) => row));
    });
  });
}

const SVG = 'http://www.w3.org/2000/svg';
const make = (name, attributes) => {
  const node = document.createElementNS(SVG, name);
  Object.entries(attributes).forEach(([key, value]) => node.setAttribute(key, value));
  return node;
};
const written = (value) =>
  value === null ? '-' : value === 0 || value >= 0.1 ? value.toFixed(2) : value.toPrecision(2);

// A list of names, what long clips with numbers for names are packed to, or nothing.
const nameOf = (names, frame) =>
  'count' in names
    ? names.before + String(names.first + frame).padStart(names.digits, '0') + names.after
    : names[frame] ?? `#${frame}`;

const showFrame = (chart, frame, names) => {
  const [x0, xLength, xLast, y0, yLength, yLast] = chart.dataset.plot.split(',').map(Number);
  const x = x0 + (xLength * frame) / xLast;
  const group = make('g', { class: 'hover' });
  group.append(make('path', { class: 'cursor', d: `M${x},${y0}v${yLength}` }));
  const texts = [...chart.querySelectorAll('.curve')].map((curve, number) => {
    const values = JSON.parse(curve.dataset.v);
    let at = frame;
    if (curve.dataset.n) {
      const frames = JSON.parse(curve.dataset.n);
      at = frames.reduce((best, one, i) =>
        Math.abs(one - frame) < Math.abs(frames[best] - frame) ? i : best, 0);
    }
    const value = values[at] ?? null;
    if (value !== null) {
      const y = y0 + (yLength * value) / yLast;
      group.append(make('circle', { class: `spot c${number}`, cx: x, cy: y, r: 3.5 }));
    }
    return written(value);
  });
  chart.append(group);
  const readout = chart.parentElement.querySelector('.readout');
  readout.dataset.rest ??= readout.textContent;
  readout.textContent = `${nameOf(names, frame)}: ${texts.join(' / ')}`;
};
const clear = (clip) => {
  clip.querySelectorAll('.hover').forEach((group) => group.remove());
  clip.querySelectorAll('.readout[data-rest]').forEach((one) => {
    one.textContent = one.dataset.rest;
  });
};

for (const clip of document.querySelectorAll('.clip')) {
  const names = JSON.parse(clip.dataset.frames);
  for (const chart of clip.querySelectorAll('.chart')) {
    chart.addEventListener('pointermove', (event) => {
      const place = new DOMPoint(event.clientX, event.clientY);
      const x = place.matrixTransform(chart.getScreenCTM().inverse()).x;
      const [x0, length, last] = chart.dataset.plot.split(',').map(Number);
      const frame = Math.round(((x - x0) / length) * last);
      clear(clip);
      if (frame < 0 || frame > last) return;
      clip.querySelectorAll('.chart').forEach((one) => showFrame(one, frame, names));
    });
    chart.addEventListener('pointerleave', () => clear(clip));
  }
}

const clips = [...document.querySelectorAll('details')];
document.querySelectorAll('[data-all]').forEach((button) => {
  button.addEventListener('click', () => {
    clips.forEach((clip) => { clip.open = button.dataset.all !== ''; });
  });
});
const openTarget = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) target.open = true;
};
window.addEventListener('hashchange', openTarget);
openTarget();
let closed = [];
window.addEventListener('beforeprint', () => {
  closed = clips.filter((clip) => !clip.open);
  closed.forEach((clip) => { clip.open = true; });
});
window.addEventListener('afterprint', () => closed.forEach((clip) => { clip.open = false; }));
