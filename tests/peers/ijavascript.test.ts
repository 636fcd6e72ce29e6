import { compare } from './compare.js';

compare('ijavascript');
