import { compare } from './compare.js';

compare('batchnorm-lab');
