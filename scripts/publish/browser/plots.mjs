// @ts-check
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// Draws the figures of a page with the site's one copy of Plotly, each when it comes near to the window.

/** @type {any} */
const global = window;

/** @param {Element} figure @returns {Promise<void>} */
export async function draw(figure) {
  const target = figure.querySelector('.drawn');
  const data = figure.querySelector('script')?.textContent;
  if (!target || !data || figure.classList.contains('is-drawn')) return;
  const { data: traces, layout, config, frames } = JSON.parse(data);
  figure.classList.add('is-drawn');
  try {
    await global.Plotly.newPlot(target, {
      data: traces,
      layout: { ...layout, autosize: true },
      frames,
      config: { ...config, responsive: true, displaylogo: false },
    });
  } catch (error) {
    // The still picture says the same.
    figure.classList.remove('is-drawn');
    throw error;
  }
}

/** Draws the figures as they are scrolled to. */
export function drawWhenSeen() {
  if (!global.Plotly) return;
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        void draw(target);
      }
    },
    { rootMargin: '800px' },
  );
  for (const figure of document.querySelectorAll('figure.plot')) observer.observe(figure);
}

/** What is wider than its place can be scrolled with the keyboard, and only that. */
export function scrollable() {
  const look = () => {
    for (const box of document.querySelectorAll('.scroll, pre')) {
      const wide = box.scrollWidth > box.clientWidth + 1;
      if (wide) box.setAttribute('tabindex', '0');
      else box.removeAttribute('tabindex');
    }
  };
  new ResizeObserver(look).observe(document.body);
  look();
}
