/**
 * What a worker thread or a child process that begins with a TypeScript file loads first (`--import`). It resolves and
 * strips local files as the kernel does for cells.
 */
import { register } from 'node:module';
import { installCommonJs } from '../runner/commonjs.js';
import { ConfigReader } from '../shared/config.js';
import { useConfig } from '../shared/resolve.js';

const reader = new ConfigReader(process.cwd());
useConfig(reader.current());
installCommonJs({ emit: () => reader.current().emit, loaded: () => undefined, inlineMaps: true });
process.setSourceMapsEnabled(true);
register('./typescript-hooks.js', import.meta.url);
