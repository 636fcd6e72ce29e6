// @ts-check
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// Starts the slide show of a page. Bundled to one plain script.
import Reveal from 'reveal.js';
import Notes from 'reveal.js/plugin/notes';
import { draw } from './plots.mjs';

/** @type {any} */
const global = window;

const reveal = new Reveal({
  plugins: [Notes],
  // A screen of 16:9. What is taller than its slide is scrolled.
  width: 1280,
  height: 720,
  margin: 0.03,
  center: false,
  hash: true,
  slideNumber: 'c/t',
  transition: 'none',
});
global.Reveal = reveal;

/** A figure has its size only while its slide is shown. */
async function drawShown() {
  const slide = reveal.getCurrentSlide();
  if (!slide || !global.Plotly) return;
  for (const figure of slide.querySelectorAll('figure.plot')) await draw(figure);
}

/** What has just been uncovered is brought into view on a slide that is taller than the screen. @param {any} event */
function bringIntoView({ fragment }) {
  fragment?.scrollIntoView({ block: 'nearest' });
}

reveal.on('slidechanged', () => void drawShown());
reveal.on('fragmentshown', bringIntoView);
void reveal.initialize().then(drawShown);
