import type { DigitRun, WhitenedDigitsResult } from '../experiments/whitenedDigits.js';
import type { InputPreparation } from '../experiments/whiteningInputs.js';
import type { Figure, ScatterTrace } from './figure.js';
import { axis, baseLayout, logAxis, percent } from './theme.js';
import { inputLooks } from './whiteningFigures.js';

const preparations: InputPreparation[] = ['raw', 'centred', 'whitened'];
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * The runs of one preparation at its best learning rate: the one with the highest accuracy, taken over all looks and
 * seeds. None where no run is finished.
 *
 * @example
 * const small = { seeds: [1], learningRates: [0.01, 1], steps: 60, trainCount: 300, testCount: 100 };
 * const result = await whitenedDigits(small);
 * console.log(bestRuns(result, 'raw').map(({ learningRate }) => learningRate).join()); // prints 1
 */
export function bestRuns({ runs }: WhitenedDigitsResult, inputs: InputPreparation): DigitRun[] {
  const own = runs.filter((run) => run.inputs === inputs);
  const rates = [...new Set(own.map((run) => run.learningRate))];
  const at = (rate: number) => own.filter((run) => run.learningRate === rate);
  const score = (rate: number) => mean(at(rate).flatMap((run) => run.accuracy));
  const best = rates.reduce<number | null>(
    (top, rate) => (top === null || score(rate) > score(top) ? rate : top),
    null,
  );
  return best === null ? [] : at(best);
}

/**
 * Test accuracy over the steps with raw, centred and whitened digits, each at its best learning rate: the mean over
 * the seeds, the band from the lowest to the highest. It may be given a result that was stopped.
 *
 * @example
 * const small = { seeds: [1], learningRates: [1], steps: 20, trainCount: 300, testCount: 100 };
 * show(whitenedDigitsFigure(await whitenedDigits(small)));
 */
export function whitenedDigitsFigure(result: WhitenedDigitsResult): Figure {
  const { config, looks, planned, runs, stopped } = result;
  const sentences: string[] = [];
  const data = preparations.flatMap((inputs): ScatterTrace[] => {
    const best = bestRuns(result, inputs);
    if (best.length === 0) return [];
    const { color, dash, band } = inputLooks[inputs];
    const [{ learningRate }] = best;
    const at = (pick: (values: number[]) => number) =>
      looks.map((_, k) => 100 * pick(best.map((run) => run.accuracy[k])));
    const ends = [0, looks.length - 1].map((k) => percent(mean(best.map((run) => run.accuracy[k]))));
    sentences.push(
      `${inputs} at lr ${learningRate}: ${ends[0]} after ${looks[0]} steps, ${ends[1]} after ${config.steps}`,
    );
    const base = { type: 'scatter', x: looks } as const;
    const edge = { mode: 'lines', showlegend: false, line: { width: 0, color }, hoverinfo: 'skip' } as const;
    return [
      { ...base, ...edge, y: at((values) => Math.min(...values)) },
      { ...base, ...edge, y: at((values) => Math.max(...values)), fill: 'tonexty', fillcolor: band },
      {
        ...base,
        mode: 'lines+markers',
        y: at(mean),
        name: `${inputs}, lr ${learningRate}`,
        line: { color, width: 4, dash },
        marker: { color, size: 9, symbol: 'circle' },
        hovertemplate: 'step %{x}: %{y:.1f} %',
      },
    ];
  });
  const text = sentences.length > 0 ? `${sentences.join('; ')}.` : 'no run was finished.';
  const summary = `${runs.length} of ${planned} runs${stopped ? ', stopped early' : ''}. Test accuracy: ${text}`;
  return {
    data,
    layout: baseLayout('Digits of 14 x 14 pixels, prepared in three ways', {
      xaxis: logAxis('step', looks[0] / 1.2, config.steps * 1.2, {
        tickvals: looks,
        ticktext: looks.map(String),
      }),
      yaxis: axis('test accuracy (%)', { range: [0, 100] }),
    }),
    alt:
      `Test accuracy over the steps, on a log axis, of a network with raw, centred and whitened inputs, each at the best ` +
      `of ${config.learningRates.length} learning rates, mean and range of ${config.seeds.length} seeds. ${summary}`,
    summary,
  };
}
