import { compare } from './compare.js';

compare('deno');
