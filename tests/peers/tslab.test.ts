import { compare } from './compare.js';

compare('tslab');
