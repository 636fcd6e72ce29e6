import { compare } from './compare.js';

compare('ipykernel');
