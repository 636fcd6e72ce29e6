/** Decorators of old with `emitDecoratorMetadata`, which esbuild does not know. */
import type { TransformOptions } from 'oxc-transform';
import type { Emit } from '../shared/config.js';
import { oxcTransform } from '../shared/native.js';

/** Its type is an enum that exists for the type checker alone. */
const EXTERNAL = { mode: 'External' } as unknown as NonNullable<TransformOptions['helpers']>;

/** What the emitted code calls its helpers; `runner/decorators.ts` has them. */
export const HELPERS = 'babelHelpers';

/** @returns undefined where there is nothing to do, or an error that esbuild reports better */
export function withMetadata(
  path: string,
  code: string,
  lang: 'ts' | 'tsx',
  emit: Emit,
): { readonly code: string; readonly map: string } | undefined {
  if (!emit.decoratorMetadata || !code.includes('@')) return undefined;
  const { jsx, defineFields } = emit;
  const {
    code: lowered,
    map,
    errors,
  } = oxcTransform().transformSync(path, code, {
    lang,
    sourceType: 'module',
    sourcemap: true,
    // Fields that are assigned cannot stay as the newer language has them.
    target: defineFields ? 'node20' : 'es2021',
    assumptions: { setPublicClassFields: !defineFields },
    typescript: { onlyRemoveTypeImports: true, removeClassFieldsWithoutInitializer: !defineFields },
    decorator: { legacy: true, emitDecoratorMetadata: true },
    helpers: EXTERNAL,
    jsx:
      jsx.runtime === 'automatic'
        ? { runtime: 'automatic', importSource: jsx.importSource }
        : { runtime: 'classic', pragma: jsx.factory, pragmaFrag: jsx.fragment },
  });
  return errors.length === 0 && map ? { code: lowered, map: JSON.stringify(map) } : undefined;
}
