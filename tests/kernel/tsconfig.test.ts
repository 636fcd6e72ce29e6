import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';

const fixture = useKernel({ where: 'outside' });

function options(compilerOptions: object, more: object = {}): void {
  fixture.write({ 'tsconfig.json': JSON.stringify({ ...more, compilerOptions }) });
}

afterEach(() => rmSync(join(fixture.folder, 'tsconfig.json'), { force: true }));

describe("the notebook's tsconfig.json", () => {
  test('makes the checks stricter or looser, from the next cell on', async () => {
    const loose = 'function untyped(x) { return x }\nuntyped(1)';
    const careless = 'const list = [1];\nconst first: number = list[0];\nfirst';
    expect((await fixture.kernel.fails(loose)).traceback).toContain('TS7006');
    expect(await fixture.kernel.value(careless)).toBe('1');
    options({ strict: false });
    expect(await fixture.kernel.value(loose)).toBe('1');
    options({ strict: true, noUncheckedIndexedAccess: true });
    expect((await fixture.kernel.fails(loose)).traceback).toContain('TS7006');
    expect((await fixture.kernel.fails(careless)).traceback).toContain('undefined');
    rmSync(join(fixture.folder, 'tsconfig.json'));
    expect(await fixture.kernel.value(careless)).toBe('1');
  });

  test('may have comments, trailing commas and a chain of what it extends', async () => {
    fixture.write({
      'node_modules/@base/strictest/package.json': '{ "name": "@base/strictest", "version": "1.0.0" }',
      'node_modules/@base/strictest/tsconfig.json':
        '{ "compilerOptions": { "noUncheckedIndexedAccess": true, "noImplicitReturns": true } }',
      'configs/middle.json':
        '{ "extends": "@base/strictest/tsconfig.json", "compilerOptions": { "noImplicitReturns": false } }',
      'tsconfig.json':
        '{\n  // which "one"\n  "extends": ["./configs/middle"], /* and, */\n  "compilerOptions": {},\n}',
    });
    const run = await fixture.kernel.fails('const items = [1];\nconst item: number = items[0];');
    expect(run.traceback).toContain("'number | undefined'");
    await fixture.kernel.ok('function sometimes(x: number) { if (x > 1) return 1; }');
  });

  test('adds libraries of types', async () => {
    const code = 'const where: Document | undefined = undefined;\nwhere === undefined';
    expect((await fixture.kernel.fails(code)).traceback).toContain("Cannot find name 'Document'");
    options({ lib: ['ES2023', 'DOM'] });
    expect(await fixture.kernel.value(code)).toBe('true');
  });

  test('maps module names with paths, in checks, in cells and in local files', async () => {
    fixture.write({
      'src/deep/value.ts': 'import { other } from "~/other";\nexport const value: number = other + 1;',
      'src/other.ts': 'export const other: number = 41;',
    });
    options({ paths: { '~/*': ['./src/*'], exactly: ['./src/other.ts'] } });
    expect(await fixture.kernel.value('import { value } from "~/deep/value";\nvalue')).toBe('42');
    expect(await fixture.kernel.value('import { other } from "exactly";\nother')).toBe('41');
    expect(await fixture.kernel.value('(await import("~/other")).other')).toBe('41');
    expect(await fixture.kernel.value('require("~/other").other')).toBe('41');
    const wrong = await fixture.kernel.fails(
      'import { value as mapped } from "~/deep/value";\nmapped.length',
    );
    expect(wrong.traceback).toContain("Property 'length' does not exist on type 'number'");
    fixture.write({ 'src/other.ts': 'export const other: number = 50;' });
    expect(await fixture.kernel.value('value')).toBe('51');
  });

  test('maps module names with baseUrl', async () => {
    fixture.write({ 'base/inner/thing.ts': 'export const thing = "based";' });
    options({ baseUrl: './base' });
    expect(await fixture.kernel.value('import { thing } from "inner/thing";\nthing')).toBe("'based'");
  });

  test('does not let unused names, emit settings or another module kind stop a cell', async () => {
    options({
      noUnusedLocals: true,
      noUnusedParameters: true,
      allowUnreachableCode: false,
      module: 'commonjs',
      target: 'es5',
      outDir: 'out',
      noEmit: false,
      composite: true,
      verbatimModuleSyntax: true,
      isolatedModules: true,
      rootDir: 'nowhere',
    });
    expect(
      await fixture.kernel.value('const unused = 1;\nfunction f(unusedToo: number) {}\nawait null;\n2'),
    ).toBe('2');
  });

  test('chooses the decorators of old', async () => {
    const code = [
      'const seen: string[] = [];',
      'function logged(target: object, key: string, descriptor: PropertyDescriptor) { seen.push(key); }',
      'function parameter(_target: unknown, _key: string | undefined, index: number) { seen.push("p" + index); }',
      'function marked(target: Function) { seen.push(target.name); }',
      '@marked class Service { constructor(@parameter x: number) {} @logged run() { return 1 } }',
      'seen.join()',
    ].join('\n');
    await fixture.kernel.fails(code);
    options({ experimentalDecorators: true });
    expect(await fixture.kernel.value(code)).toBe("'run,p0,Service'");
    expect(await fixture.kernel.value('new Service(1).run()')).toBe('1');
  });

  test('chooses decorators that know the types of what they decorate', async () => {
    options({ experimentalDecorators: true, emitDecoratorMetadata: true });
    // The part of the package reflect-metadata that compilers call.
    await fixture.kernel.ok(
      'const known: string[] = [];\n(Reflect as any).metadata = (kind: string, types: any) => (_: unknown, member?: string) => { known.push([member, kind, types?.name ?? types?.map((one: any) => one.name)].join(" ")); };',
    );
    const code = [
      'function injected(_target: unknown, _key?: unknown, _more?: unknown): void {}',
      'class Engine {}',
      'enum Gear { One }',
      '@injected class Car { @injected name: string = "car"; constructor(readonly engine: Engine) {} @injected drive(@injected far: number): Promise<void> { return Promise.resolve() } }',
      'known.splice(0).join("; ") + Gear[0] + new Car(new Engine()).name',
    ].join('\n');
    const expected =
      "'drive design:returntype Promise; drive design:paramtypes Number; drive design:type Function; name design:type String;  design:paramtypes EngineOnecar'";
    const sorted = (text: string | undefined) => text?.split(/[;'] ?/).sort();
    expect(sorted(await fixture.kernel.value(code))).toEqual(sorted(expected));
    fixture.write({
      'decorated.ts':
        'const mark = (_target: object, _key: string): void => {};\nexport class Stored { @mark count: number = 2 }',
    });
    const local = 'import { Stored } from "./decorated.js";\nknown.join() + new Stored().count';
    expect(await fixture.kernel.value(local)).toBe("'count design:type Number2'");
  });

  test('chooses how class fields come into being', async () => {
    const code =
      'let set = 0;\nclass Parent { set field(_: number) { set++ } }\n// @ts-expect-error An accessor becomes a field.\nclass Child extends Parent { field = 1 }\nnew Child();\nset';
    expect(await fixture.kernel.value(code)).toBe('0');
    options({ useDefineForClassFields: false });
    expect(await fixture.kernel.value(code)).toBe('1');
  });

  test('chooses the factory of JSX', async () => {
    options({ jsx: 'react', jsxFactory: 'h', jsxFragmentFactory: 'Many' });
    await fixture.kernel.ok(
      'type Node = string;\ndeclare global { namespace JSX { type Element = string; interface IntrinsicElements { [name: string]: object } } }\nconst Many = "many";\nconst h = (name: string, props: object | null, ...children: Node[]): Node => "(" + [name, JSON.stringify(props), ...children].join(" ") + ")";',
    );
    expect(await fixture.kernel.value('const tree: string = <><p class="a">text</p></>;\ntree')).toBe(
      `'(many null (p {"class":"a"} text))'`,
    );
  });

  test('gives export conditions to local packages', async () => {
    fixture.write({
      'workspace/side/package.json': JSON.stringify({
        name: 'side',
        exports: { '.': { 'my-source': './source.ts', default: './built.js' } },
      }),
      'workspace/side/source.ts': 'export const from: string = "source";',
      'workspace/side/built.js': 'export const from = "built";',
      'workspace/user.ts': 'import { from } from "side";\nexport { from };',
    });
    options({ customConditions: ['my-source'], paths: { side: ['./workspace/side/source.ts'] } });
    expect(await fixture.kernel.value('import { from } from "./workspace/user.js";\nfrom')).toBe("'source'");
  });
});

describe('a broken tsconfig.json', () => {
  test.each([
    ['that is no JSON', '{ "compilerOptions": {', 'is not valid JSON'],
    [
      'that extends what is not there',
      '{ "extends": "./nowhere.json" }',
      "extends './nowhere.json', which was not found",
    ],
    ['that extends itself', '{ "extends": "./tsconfig.json" }', 'extends itself'],
  ])('%s is said once, and the cell runs under the settings of the kernel', async (_what, text, reason) => {
    fixture.write({ 'tsconfig.json': text });
    const run = await fixture.kernel.ok('const listed = [1];\nconst one: number = listed[0];\none');
    expect(run.text).toBe('1');
    expect(run.stderr).toContain(reason);
    expect(run.stderr.trim().split('\n')).toHaveLength(1);
    expect((await fixture.kernel.ok('2')).stderr).toBe('');
    expect((await fixture.kernel.fails('function bare(x) {}')).traceback).toContain('TS7006');
  });
});
