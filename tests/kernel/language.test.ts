import { describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';

const fixture = useKernel();

/** Cells that run one after the other; the last one's value counts. */
async function cells(...codes: string[]): Promise<string | undefined> {
  for (const code of codes.slice(0, -1)) await fixture.kernel.ok(code);
  return fixture.kernel.value(codes.at(-1) as string);
}

describe('every part of the language works, and across cells', () => {
  test.each<[string, string[], string]>([
    ['an enum', ['enum Color { Red = 1, Green }', '[Color.Green, Color[1]]'], "[ 2, 'Red' ]"],
    ['a const enum', ['const enum Size { S = 10, L = S * 2 }', 'Size.L'], '20'],
    [
      'an enum that is declared twice in a cell',
      ['enum Twice { A }\nenum Twice { B = 1 }', '[Twice.A, Twice.B]'],
      '[ 0, 1 ]',
    ],
    [
      'a namespace',
      [
        'namespace Space { export const a = 1; export namespace Inner { export type T = number } }',
        'const t: Space.Inner.T = Space.a;\nt',
      ],
      '1',
    ],
    [
      'a class with a namespace of its own',
      ['class Net {}\nnamespace Net { export const depth = 3 }', 'Net.depth'],
      '3',
    ],
    [
      'a function with a namespace of its own',
      ['function build() { return build.count }\nnamespace build { export let count = 2 }', 'build()'],
      '2',
    ],
    [
      'an interface that is declared twice in a cell',
      [
        'interface Both { a: number }\ninterface Both { b: number }',
        'const both: Both = { a: 1, b: 2 };\nboth.a + both.b',
      ],
      '3',
    ],
    [
      'a class and an interface',
      ['interface Mixed { extra?: number }\nclass Mixed { own = 1 }', 'new Mixed().extra ?? new Mixed().own'],
      '1',
    ],
    [
      'parameter properties and private names',
      [
        'class Point { #z = 3; constructor(public x = 1, private readonly y = 2) {} sum() { return this.x + this.y + this.#z } }',
        'new Point().sum()',
      ],
      '6',
    ],
    [
      'accessors',
      [
        'class Live { accessor value = 1; static accessor made = 0; static { Live.made++ } }',
        'const live = new Live();\nlive.value++;\nlive.value + Live.made',
      ],
      '3',
    ],
    [
      'an abstract class',
      [
        'abstract class Model { abstract predict(): number; twice() { return 2 * this.predict() } }',
        'class Four extends Model { override predict() { return 4 } }\nnew Four().twice()',
      ],
      '8',
    ],
    [
      'overloads',
      [
        'function pick(x: string): string;\nfunction pick(x: number): number;\nfunction pick(x: any) { return x }',
        'pick("a").length + pick(2)',
      ],
      '3',
    ],
    [
      'satisfies and const type parameters',
      [
        'const table = { a: 1 } satisfies Record<string, number>;\nconst list = <const T>(x: T) => x;',
        'const tuple: readonly [1, 2] = list([1, 2]);\ntable.a + tuple[1]',
      ],
      '3',
    ],
    [
      'an assertion function',
      [
        'function assertText(x: unknown): asserts x is string { if (typeof x !== "string") throw new TypeError("no text") }',
        'const something: unknown = "four";\nassertText(something);\nsomething.length',
      ],
      '4',
    ],
    [
      'a unique symbol',
      ['const key: unique symbol = Symbol("key");\nconst keyed = { [key]: 5 };', 'keyed[key]'],
      '5',
    ],
    [
      'generics, mapped and conditional types',
      [
        'type Flags<T> = { [K in keyof T as `is${Capitalize<string & K>}`]: boolean };\ntype First<T> = T extends [infer F, ...unknown[]] ? F : never;',
        'const flags: Flags<{ on: 1 }> = { isOn: true };\nconst first: First<[3, 4]> = 3;\n[flags.isOn, first]',
      ],
      '[ true, 3 ]',
    ],
    [
      'a label at the top',
      [
        'let steps = 0;\nouter: for (let i = 0; i < 3; i++) { for (;;) { steps++; if (i === 1) break outer; continue outer; } }',
        'steps',
      ],
      '2',
    ],
    [
      'generators',
      [
        'function* count() { yield 1; yield 2 }\nasync function* later() { yield* count() }',
        'const got: number[] = [];\nfor await (const n of later()) got.push(n);\ngot',
      ],
      '[ 1, 2 ]',
    ],
    [
      'exports of every form',
      [
        'const hidden = 1;\nexport { hidden as shown };\nexport type Alias = number;\nexport default class Main { n = 2 }',
        'const alias: Alias = new Main().n;\nalias + hidden',
      ],
      '3',
    ],
    [
      'a method that is added to a global type',
      [
        'declare global { interface Array<T> { second(): T } }\nArray.prototype.second = function () { return this[1] };',
        '["a", "b"].second()',
      ],
      "'b'",
    ],
    [
      'a name declared for the checker alone',
      ['declare const provided: number;\n(globalThis as any).provided = 6;', 'provided'],
      '6',
    ],
  ])('%s', async (_what, codes, expected) => {
    expect(await cells(...codes)).toBe(expected);
  });

  test("a package's types are augmented for later cells", async () => {
    fixture.write({
      'node_modules/open-types/package.json': '{ "name": "open-types", "main": "i.js", "types": "i.d.ts" }',
      'node_modules/open-types/i.js': 'exports.make = () => ({ a: 1, b: 2 });',
      'node_modules/open-types/i.d.ts':
        'export interface Made { a: number }\nexport declare function make(): Made;',
    });
    await fixture.kernel.ok(
      'import { make } from "open-types";\ndeclare module "open-types" { interface Made { b: number } }\nmake().b',
    );
    expect(await fixture.kernel.value('make().a + make().b')).toBe('3');
  });

  test('a triple-slash directive counts in its cell', async () => {
    expect(
      await fixture.kernel.value('/// <reference lib="dom" />\nconst page: Document | null = null;\npage'),
    ).toBe('null');
  });
});

describe("the standard's decorators", () => {
  test('work on every kind of member', async () => {
    const code = [
      'const seen: string[] = [];',
      'function note(value: unknown, context: DecoratorContext): any { seen.push(context.kind + ":" + String(context.name)); }',
      '@note class Decorated { @note field = 1; @note accessor wide = 2; @note method() { return 3 } @note get got() { return 4 } @note set put(_: number) {} @note static s = 5 }',
      'const d = new Decorated();',
      '[seen.sort().join(), d.field + d.wide + d.method() + d.got + Decorated.s]',
    ].join('\n');
    expect(await fixture.kernel.value(code)).toBe(
      "[\n  'accessor:wide,class:Decorated,field:field,field:s,getter:got,method:method,setter:put',\n  15\n]",
    );
    expect(await fixture.kernel.value('new Decorated().method() + Decorated.name')).toBe("'3Decorated'");
  });

  test('of an earlier cell replace what they decorate', async () => {
    await fixture.kernel.ok(
      'function doubled<T, A extends unknown[]>(f: (this: T, ...a: A) => number, _: ClassMethodDecoratorContext<T>) { return function (this: T, ...a: A) { return 2 * f.apply(this, a) } }',
    );
    expect(
      await fixture.kernel.value(
        'class Sum { @doubled of(a: number, b: number) { return a + b } }\nnew Sum().of(1, 2)',
      ),
    ).toBe('6');
  });
});

describe('using at the top', () => {
  test('disposes of resources in reverse order at the end of the cell, also when it throws', async () => {
    const make =
      'const opened = (name: string) => ({ name, [Symbol.dispose]() { console.log("closed", name) } });';
    await fixture.kernel.ok(make);
    const run = await fixture.kernel.ok(
      'using a = opened("a");\nusing b = opened("b");\nconsole.log(a.name, b.name);',
    );
    expect(run.stdout).toBe('a b\nclosed b\nclosed a\n');
    const failed = await fixture.kernel.fails('using c = opened("c");\nthrow new Error("half-way");');
    expect(failed.stdout).toBe('closed c\n');
    expect(failed.reply.evalue).toBe('half-way');
    const waited = await fixture.kernel.ok(
      'await using d = { async [Symbol.asyncDispose]() { await null; console.log("closed later") } };\nconsole.log(typeof d);',
    );
    expect(waited.stdout).toBe('object\nclosed later\n');
  });
});
