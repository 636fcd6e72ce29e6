import type { ConvolutionStudyResult } from '../experiments/convolutionStudy.js';
import type { MapNormalisation } from '../experiments/mapLayer.js';
import type { Figure } from './figure.js';
import { bySeedPoints, geometricMean, panelFigure, seedCurve } from './panels.js';
import { axis, logAxis, neutralStyles, percent, type SeriesStyle, withBN, withoutBN } from './theme.js';

const styles: Record<MapNormalisation, SeriesStyle> = {
  none: withoutBN,
  perMap: { ...withBN, name: 'BN per feature map' },
  perActivation: { ...neutralStyles[1], name: 'BN per activation' },
};

/** An error of rounding is 0 for all that a reader cares; a log axis needs a least value. */
const FLOOR = 1e-17;

/**
 * Lecture 14: how far each kind of BN is from shift-equivariant, against the shift.
 *
 * @example
 * const config = { seeds: [1], n: 2, filters: 1, kernel: 3, shifts: [1, 2] };
 * show(convolutionFigure(await convolutionStudy(config)));
 */
export function convolutionFigure(result: ConvolutionStudyResult): Figure {
  const { shifts, seeds } = result.config;
  const kinds = ['perMap', 'none', 'perActivation'] as const;
  const points = (kind: MapNormalisation) =>
    bySeedPoints(
      result.equivariance.filter(({ normalisation }) => normalisation === kind),
      ({ shift }) => shift,
      ({ error }) => Math.max(FLOOR, error),
    );
  const sentences = kinds.flatMap((kind) => {
    const curve = points(kind);
    if (curve.length === 0) return [];
    const worst = Math.max(...curve.flatMap(({ values }) => values));
    const best = Math.min(...curve.flatMap(({ values }) => values));
    if (worst < 1e-9)
      return [`${styles[kind].name} ${worst === FLOOR ? 'exactly 0' : `at most ${worst.toExponential(0)}`}`];
    return [`${styles[kind].name} ${percent(best)} to ${percent(worst)} of the output`];
  });
  const moments = result.moments
    .filter(({ seed, normalisation }) => seed === seeds[0] && normalisation !== 'none')
    .map(
      ({ normalisation, statistics, valuesEach }) =>
        `${styles[normalisation].name} keeps ${statistics} means, each over ${valuesEach} values`,
    );
  const text = [
    `distance from a shifted output: ${sentences.join(', ') || 'no run yet, 0 done'}`,
    ...moments,
  ].join('; ');
  return panelFigure(
    'A shifted image must give a shifted output: BN per activation breaks that',
    [
      {
        x: axis('shift (pixels)', { range: [Math.min(...shifts) - 0.5, Math.max(...shifts) + 0.5] }),
        y: logAxis('|f(shifted x) − shifted f(x)| / |f(x)|', 1e-18, 100, {
          tickvals: [1e-16, 1e-12, 1e-8, 1e-4, 1],
          ticktext: ['1e-16', '1e-12', '1e-8', '1e-4', '1'],
        }),
        traces: kinds.flatMap((kind) =>
          seedCurve(points(kind), styles[kind], { showlegend: true, centre: geometricMean }),
        ),
        levels: [1],
      },
    ],
    {
      alt: `Relative distance between the output of a shifted image and the shifted output, on a log axis, against the shift in pixels, for a convolution with BN per feature map (solid, circles), without BN (dashed, squares), and with BN per activation (dashed, triangles); bands span ${seeds.length} seeds. In numbers, ${text}.`,
      summary: `${text[0].toUpperCase()}${text.slice(1)}.`,
    },
  );
}
