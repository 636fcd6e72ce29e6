import { exercise, throwing } from '../../../tests/lib/exercise.js';
import { columnMoments } from '../transform.js';
import {
  checkDiagnosis,
  checkStatisticsOf,
  checkVarianceTest,
  type Diagnosis,
  type VarianceOf,
  type VarianceTest,
} from './pitfalls.js';

const solved: Diagnosis = { a: 'stale averages', b: 'forgotten bias', c: 'batch of one' };

exercise<Diagnosis>(
  'checkDiagnosis',
  checkDiagnosis,
  [solved],
  [
    [{ ...solved, a: 'training mode left on' }, /about as good as training/],
    [{ ...solved, a: 'momentum convention' }, /too slowly/],
    [{ ...solved, b: 'ε outside the root' }, /same ε/],
    [{ ...solved, c: 'constant channel' }, /NaN/],
    [{ ...solved, b: '' }, /^Not yet. b:/],
    [{ a: '', b: '', c: '' }, /a: .* b: .* c: /],
    [null as unknown as Diagnosis, /an object/],
  ],
);

const drawn = (mean: number) => Float32Array.from({ length: 100 }, (_, i) => mean + ((i * 37) % 100) / 15);
const near = (a: number, b: number, room: number) => Math.abs(a - b) <= room;
const truth = columnMoments(drawn(0), 100, 1).variance[0];
const at = (mean: number, room: number) => (variance: VarianceOf) => near(variance(drawn(mean)), truth, room);

exercise<VarianceTest>(
  'checkVarianceTest',
  checkVarianceTest,
  [at(10_000, 0.01), (variance) => near(variance(drawn(0)), truth, 0.01) && at(5000, 0.05)(variance)],
  [
    [() => true, /trusts everything/],
    [() => false, /trusts nothing/],
    [at(1, 0.01), /far from 0/],
    [(variance) => near(variance(drawn(0)), truth, 0.01) && at(1000, 30)(variance), /allow less/],
    [(variance) => !at(10_000, 0.01)(variance), /in two passes/],
    [(variance) => near(variance(drawn(10_000)), variance(drawn(0)), 0.01), /a known variance/],
    [(() => 1) as unknown as VarianceTest, /true or false/],
    [throwing, /threw: not written yet/],
  ],
);

exercise<number>(
  'checkStatisticsOf',
  checkStatisticsOf,
  [8, 32 / 4],
  [
    [32, /by itself/],
    [4, /number of parts/],
    [1, /minibatch of its own/],
    [16, /Nobody/],
    [Number.NaN, /Put a number/],
  ],
);
