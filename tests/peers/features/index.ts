/** All features, in the order of the table. */
import type { Group } from '../feature.js';
import { conveniences } from './conveniences.js';
import { editor } from './editor.js';
import { elsewhere } from './elsewhere.js';
import { errors } from './errors.js';
import { localFiles } from './files.js';
import { language } from './language.js';
import { modules } from './modules.js';
import { names } from './names.js';
import { protocol } from './protocol.js';
import { running } from './running.js';
import { showing } from './showing.js';
import { types } from './types.js';
import { widgets } from './widgets.js';

export const groups: readonly Group[] = [
  types,
  names,
  modules,
  localFiles,
  language,
  running,
  errors,
  showing,
  widgets,
  editor,
  conveniences,
  protocol,
  elsewhere,
];
