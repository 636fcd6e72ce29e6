import type { ObjectImages } from '../data/objects.js';
import type { AdaptationResult, ObjectShiftResult } from '../experiments/covariateShift.js';
import type { BarTrace, Figure, ImageTrace } from './figure.js';
import { encodePng } from './png.js';
import { axis, baseLayout, colours, fontSize, percent } from './theme.js';

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const spread = (values: number[]) => (Math.max(...values) - Math.min(...values)) / 2;

/** Lays pictures out side by side, each pixel enlarged, with a white gap between them, as one PNG. */
function contactSheet(sets: ObjectImages[], columns: number, rows: number) {
  const { size } = sets[0];
  const zoom = Math.max(1, Math.floor(96 / size));
  const gap = 4;
  const tile = size * zoom + gap;
  const [width, height] = [columns * tile - gap, sets.length * rows * tile - gap];
  const rgb = new Uint8Array(width * height * 3).fill(255);
  sets.forEach(({ images }, set) => {
    for (let i = 0; i < columns * rows; i++) {
      const left = (i % columns) * tile;
      const top = (set * rows + Math.floor(i / columns)) * tile;
      for (let y = 0; y < size * zoom; y++) {
        for (let x = 0; x < size * zoom; x++) {
          const from = 3 * ((i * size + Math.floor(y / zoom)) * size + Math.floor(x / zoom));
          const to = 3 * ((top + y) * width + left + x);
          for (let k = 0; k < 3; k++) rgb[to + k] = Math.round(255 * images[from + k]);
        }
      }
    }
  });
  return {
    source: `data:image/png;base64,${Buffer.from(encodePng(rgb, width, height)).toString('base64')}`,
    width,
    height,
  };
}

/**
 * A sheet of the drawn pictures, some rows for each named set.
 * @throws RangeError when a set holds fewer pictures than the sheet shows, or no set is given
 *
 * @example
 * const random = new Random(1);
 * show(objectSheet({ 'warm cats': drawObjects(8, { palette: 'warm cats', random }) }, 8));
 */
export function objectSheet(sets: Record<string, ObjectImages>, columns = 10, rows = 1): Figure {
  const names = Object.keys(sets);
  if (names.length === 0) throw new RangeError('sets must hold at least one set of pictures, found none.');
  for (const name of names) {
    if (sets[name].count < columns * rows) {
      throw new RangeError(
        `sets["${name}"]: expected at least ${columns} x ${rows} = ${columns * rows} pictures, found ` +
          `${sets[name].count}; draw more or ask for fewer columns.`,
      );
    }
  }
  const { source, width, height } = contactSheet(Object.values(sets), columns, rows);
  const image: ImageTrace = {
    type: 'image',
    source,
    meta: { width, height },
    zsmooth: false,
    hoverinfo: 'skip',
  };
  const labels = names.map((name, i) => ({
    text: name,
    x: -0.01,
    y: 1 - (i + 0.5) / names.length,
    xref: 'x domain',
    yref: 'y domain',
    showarrow: false as const,
    xanchor: 'right' as const,
    yanchor: 'middle' as const,
    font: { size: fontSize.base },
  }));
  const described = names.map((name) => {
    const cats = sets[name].kinds.slice(0, columns * rows).filter((kind) => kind === 'cat').length;
    return `${name}: ${cats} cats and ${columns * rows - cats} other things`;
  });
  return {
    data: [image],
    layout: baseLayout('What the classifier sees', {
      height: Math.round((height / width) * 780) + 90,
      margin: { l: 156, r: 24, t: 62, b: 24 },
      showlegend: false,
      xaxis: { visible: false, constrain: 'domain' },
      yaxis: { visible: false, autorange: 'reversed', scaleanchor: 'x', constrain: 'domain' },
      annotations: labels,
    }),
    alt: `Small drawings on plain backgrounds. ${described.join('. ')}. The shapes are the same kinds in every row; the colours differ.`,
    summary: `${described.join('; ')}.`,
  };
}

/** One bar for each named value, with its label and half the range of the seeds as error bars. */
function bars(names: string[], accuracies: number[][], color: string, ink: string, name?: string): BarTrace {
  const levels = accuracies.map(mean);
  return {
    type: 'bar',
    name,
    x: names,
    y: levels.map((level) => 100 * level),
    text: levels.map((level) => `${(100 * level).toFixed(0)} %`),
    textposition: 'auto',
    insidetextanchor: 'middle',
    textangle: 0,
    insidetextfont: { size: fontSize.title, color: ink },
    outsidetextfont: { size: fontSize.title, color: colours.ink },
    cliponaxis: false,
    marker: { color },
    error_y: {
      type: 'data',
      array: accuracies.map((a) => 100 * spread(a)),
      thickness: 2,
      width: 6,
      color: colours.ink,
    },
  };
}

/**
 * Accuracy of a classifier on each test set: the pictures as they are, beside their grey-scale version.
 *
 * @example
 * show(objectShiftFigure(await objectShift({ seeds: [1], trainCount: 100, testCount: 50, steps: 20 })));
 */
export function objectShiftFigure(result: ObjectShiftResult): Figure {
  const tests = [...new Set(result.scores.map((score) => score.testedOn))];
  const [trained] = result.scores.map((score) => score.trainedOn);
  const bar = (grey: boolean): BarTrace => {
    const accuracies = tests.map(
      (test) => result.scores.find((s) => s.testedOn === test && s.grey === grey)?.accuracy ?? [Number.NaN],
    );
    const names = tests.map((test) => (test === trained ? `${test} (as trained)` : test));
    return grey
      ? bars(names, accuracies, '#4d4d4d', '#ffffff', 'after the grey-scale transform')
      : bars(names, accuracies, colours.orange, colours.ink, 'as they are');
  };
  const sentences = tests.map((test) => {
    const of = (grey: boolean) =>
      percent(
        mean(result.scores.find((s) => s.testedOn === test && s.grey === grey)?.accuracy ?? [Number.NaN]),
      );
    return `${test} ${of(false)} as they are, ${of(true)} in grey`;
  });
  return {
    data: [bar(false), bar(true)],
    layout: baseLayout(`Trained on: ${trained}. Tested on:`, {
      barmode: 'group',
      xaxis: axis('', { type: 'category', showgrid: false }),
      yaxis: axis('test accuracy (%)', { range: [0, 112], tickvals: [0, 25, 50, 75, 100] }),
      shapes: [
        {
          type: 'line',
          layer: 'below',
          x0: 0,
          x1: 1,
          y0: 50,
          y1: 50,
          xref: 'x domain',
          yref: 'y',
          line: { color: colours.muted, width: 2, dash: 'dot' },
        },
      ],
    }),
    alt:
      `Bars of test accuracy of a classifier trained on ${trained} pictures, mean over ${result.config.seeds.length} ` +
      `seeds: ${sentences.join('; ')}. The dotted line is guessing, 50 %.`,
    summary: `Trained on ${trained}: ${sentences.join('; ')}.`,
  };
}

/**
 * Accuracy before and after the BN statistics are measured again on the new pictures.
 *
 * @example
 * show(adaptationFigure(await statisticsAdaptation({ seeds: [1], trainCount: 100, testCount: 50, steps: 20 })));
 */
export function adaptationFigure(result: AdaptationResult): Figure {
  const names = ['home', 'new pictures', 'new, adapted'] as const;
  const values = [result.home, result.before, result.after];
  const levels = values.map(mean);
  const { source, target } = result.config;
  return {
    data: [bars([`${source} (home)`, target, `${target}, adapted`], values, colours.green, '#ffffff')],
    layout: baseLayout('Domain adaptation: the same weights, new BN statistics', {
      showlegend: false,
      xaxis: axis('', { type: 'category', showgrid: false }),
      yaxis: axis('test accuracy (%)', { range: [0, 112], tickvals: [0, 25, 50, 75, 100] }),
    }),
    alt: `Three bars of test accuracy: ${names.map((name, i) => `${name} ${percent(levels[i])}`).join(', ')}.`,
    summary: `${percent(levels[0])} at home, ${percent(levels[1])} on the new pictures, ${percent(levels[2])} after measuring the BN statistics again on unlabelled new pictures.`,
  };
}
