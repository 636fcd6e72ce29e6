/** How u = x W and z = g(BN(u)) are distributed over images, beside the normal distribution: lecture 13. */
import { type ActivationShapesResult, shapeBins } from '../experiments/activationShapes.js';
import type { Figure } from './figure.js';
import { type Panel, panelFigure } from './panels.js';
import { activationTitles } from './saturationFigures.js';
import { axis, colours, neutralStyles } from './theme.js';

const TOP = 1;

/**
 * Densities in one layer, a panel for each activation and place; bars beyond the panel say how high they are.
 *
 * @param layer 1 for the first hidden layer
 *
 * @example
 * const shapes = await activationShapes({ activations: ['relu'], steps: 2, hidden: 8, examples: 50 });
 * show(activationShapesFigure(shapes));
 * @throws RangeError when there is no reading of that layer
 */
export function activationShapesFigure(result: ActivationShapesResult, layer = 3): Figure {
  const readings = result.readings.filter((reading) => reading.layer === layer).slice(0, 4);
  if (readings.length === 0) {
    throw new RangeError(`there must be a reading of the layer asked for, ${layer}, found none`);
  }
  const normal = shapeBins.map((x) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI));
  const sentences: string[] = [];
  const panels = readings.map((reading, i): Panel => {
    const { activation, place, density, skewness, kurtosis, zeros } = reading;
    const heading = `${activationTitles[activation]}: ${place === 'u' ? 'u, before g' : 'z, after g'}`;
    const highest = Math.max(...density);
    const at = shapeBins[density.indexOf(highest)];
    sentences.push(
      `${activationTitles[activation]} ${place}: skewness ${skewness.toFixed(2)}, excess kurtosis ${kurtosis.toFixed(2)}, ` +
        `zeros ${(100 * zeros).toFixed(0)} %`,
    );
    // Stairs: each bin's two edges.
    const edges = shapeBins.flatMap((middle) => [middle - 0.125, middle + 0.125]);
    return {
      heading,
      x: axis('standard deviations from the mean', { range: [-3.1, 4.1] }),
      y: axis('density', { range: [0, TOP * 1.15] }),
      traces: [
        {
          type: 'scatter',
          mode: 'lines',
          name: 'measured',
          legendgroup: 'measured',
          showlegend: i === 0,
          x: edges,
          y: density.flatMap((value) => [Math.min(TOP, value), Math.min(TOP, value)]),
          line: { color: neutralStyles[0].color, width: 4, dash: 'solid' },
        },
        {
          type: 'scatter',
          mode: 'lines',
          name: 'normal',
          legendgroup: 'normal',
          showlegend: i === 0,
          x: [...shapeBins],
          y: normal,
          line: { color: colours.ink, width: 2, dash: 'dot' },
        },
      ],
      notes:
        highest > TOP
          ? [{ text: `to ${highest.toFixed(1)} at ${at.toFixed(1)}`, x: 0.55, y: 0.8, size: 16 }]
          : [],
    };
  });
  const { steps, hidden, examples } = result.config;
  const text = sentences.join('; ');
  return panelFigure(`What BN before and BN after have to normalise (hidden layer ${layer})`, panels, {
    alt: `Densities over ${examples} images of the standardised inputs u and outputs z of the activations in hidden layer ${layer}, pooled over ${hidden} units, after ${steps} steps of training with BN before, with the normal density dotted. ${text}.`,
    summary: `Hidden layer ${layer} after ${steps} steps: ${text}.`,
  });
}
