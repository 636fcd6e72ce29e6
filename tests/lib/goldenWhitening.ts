/** Golden values of whitening and its Jacobians: data/golden/whitening.json, made by whitening.py beside it. */
import { readFileSync } from 'node:fs';

export interface GoldenWhitening {
  name: string;
  m: number;
  d: number;
  epsilon: number;
  x: number[];
  covariance: number[];
  eigenvalues: number[];
  inverseRoot: number[];
  y: number[];
  dy: number[];
  dx: number[];
  point: number[];
  pointY: number[];
  dPoint: number[];
  dSet: number[];
}

const file = new URL('../../data/golden/whitening.json', import.meta.url);

export const goldenWhitening = (JSON.parse(readFileSync(file, 'utf8')) as { cases: GoldenWhitening[] }).cases;
