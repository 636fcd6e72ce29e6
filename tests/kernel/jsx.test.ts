import { describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';
import { namesFile, namesLine } from './places.js';

const fixture = useKernel({
  firstCell: 'import { renderToStaticMarkup as html } from "react-dom/server";',
});

describe('a cell with JSX', () => {
  test('makes elements of the React that is installed, with no setting at all', async () => {
    expect(await fixture.kernel.value('html(<p className="note">1 &lt; 2 is {String(1 < 2)}</p>)')).toBe(
      `'<p class="note">1 &lt; 2 is true</p>'`,
    );
  });

  test('has fragments, children, spreads, keys and conditions', async () => {
    const code =
      'const shared = { title: "t" };\nhtml(<>{[1, 2].map((n) => <b key={n} {...shared}>{n}</b>)}{false && <i />}</>)';
    expect(await fixture.kernel.value(code)).toBe(`'<b title="t">1</b><b title="t">2</b>'`);
  });

  test('declares components for later cells, with the types of their props', async () => {
    await fixture.kernel.ok('function Greeting({ name }: { name: string }) { return <b>Hello {name}</b> }');
    expect(await fixture.kernel.value('html(<Greeting name="Ada" />)')).toBe("'<b>Hello Ada</b>'");
    const wrong = await fixture.kernel.fails('const greeting =\n  <Greeting name={3} />;');
    expect(wrong.traceback).toContain("Type 'number' is not assignable to type 'string'");
    expect(namesLine(wrong, 2)).toBe(true);
  });

  test('leaves the names that the compiler makes for itself to the student', async () => {
    await fixture.kernel.ok('let jsx = 1, jsxs = 2, Fragment = 3, React = 4, _jsx = 5;');
    expect(await fixture.kernel.value('html(<>{jsx}{jsxs}{Fragment}<i>{React + _jsx}</i></>)')).toBe(
      "'123<i>9</i>'",
    );
    expect(await fixture.kernel.value('[jsx, jsxs, Fragment, React, _jsx].join()')).toBe("'1,2,3,4,5'");
  });

  test('is stopped by a syntax error in its own words', async () => {
    const run = await fixture.kernel.fails('const box = <div>\n  <b>one</i>\n</div>;');
    expect(run.traceback).toContain("Expected corresponding JSX closing tag for 'b'");
    expect(namesLine(run, 2)).toBe(true);
  });

  test('that throws names its line', async () => {
    const run = await fixture.kernel.fails(
      'const Broken = () => {\n  throw new Error("inside");\n};\nhtml(<Broken />)',
    );
    expect(run.reply.evalue).toBe('inside');
    expect(namesLine(run, 2)).toBe(true);
  });

  test('imports local components, which reload', async () => {
    fixture.write({ 'part.tsx': 'export const Part = ({ n }: { n: number }) => <i>{n}</i>;' });
    await fixture.kernel.ok('import { Part } from "./part.js";');
    expect(await fixture.kernel.value('html(<Part n={1} />)')).toBe("'<i>1</i>'");
    fixture.write({ 'part.tsx': 'export const Part = ({ n }: { n: number }) => <u>{n + 1}</u>;' });
    expect(await fixture.kernel.value('html(<Part n={1} />)')).toBe("'<u>2</u>'");
    fixture.write({ 'part.tsx': 'export const Part = ({ n }: { n: string }) => <u>{n}</u>;' });
    const wrong = await fixture.kernel.fails('html(<Part n={1} />)');
    expect(wrong.traceback).toContain("Type 'number' is not assignable to type 'string'");
  });

  test('imports components in plain JavaScript', async () => {
    fixture.write({ 'plain-part.jsx': 'export const Plain = () => <s>plain</s>;' });
    expect(await fixture.kernel.value('import { Plain } from "./plain-part.jsx";\nhtml(<Plain />)')).toBe(
      "'<s>plain</s>'",
    );
  });

  test('a local component with a type error is reported with its line', async () => {
    fixture.write({ 'wrong-part.tsx': 'export const Wrong = () => (\n  <i title={3}>x</i>\n);' });
    const run = await fixture.kernel.fails('import { Wrong } from "./wrong-part.js";\nhtml(<Wrong />)');
    expect(namesFile(run.traceback, 'wrong-part.tsx', 2)).toBe(true);
  });
});

test('the comment @jsx names the function that makes elements', async () => {
  const cell = `/** @jsx make */
declare namespace JSX { interface IntrinsicElements { b: object } }
function make(tag: string, _props: unknown, ...children: string[]): any { return tag + ':' + children.join(''); }
<b>bold</b>`;
  expect(await fixture.kernel.value(cell)).toBe("'b:bold'");
});

describe('an element as the value of a cell', () => {
  test('is shown as HTML, and as it is written', async () => {
    await fixture.kernel.ok(
      'const Star = ({ n, on }: { n: number; on: () => void }) => <b>{"*".repeat(n)}</b>;',
    );
    const run = await fixture.kernel.ok(
      '<p className="note">a <Star n={3} on={() => {}} />{[1, 2].map((n) => <i key={n}>{n}</i>)}{false}</p>',
    );
    expect(run.result).toEqual({
      'text/html': '<p class="note">a <b>***</b><i>1</i><i>2</i></p>',
      'text/plain': '<p className="note">a <Star n={3} on={on} /><i>1</i><i>2</i></p>',
    });
  });

  test('is shown in the same way by display', async () => {
    const run = await fixture.kernel.ok('await display(<><u>shown</u></>);');
    expect(run.displays[0]?.data).toMatchObject({
      'text/html': '<u>shown</u>',
      'text/plain': '<><u>shown</u></>',
    });
  });

  test('whose component throws is an error with its line', async () => {
    const run = await fixture.kernel.fails(
      'function Bad(): never {\n  throw new Error("in a component");\n}\n<Bad />',
    );
    expect(run.reply.evalue).toBe('in a component');
    expect(namesLine(run, 2)).toBe(true);
  });

  test('that only looks like one is shown as any object', async () => {
    expect(await fixture.kernel.value('({ type: "p", props: {}, key: null })')).toBe(
      "{ type: 'p', props: {}, key: null }",
    );
  });
});

describe('what only looks like JSX stays TypeScript', () => {
  test.each([
    ['a cast in angle brackets', 'const text: unknown = "abc";\n(<string>text).length', '3'],
    ['a generic arrow function', 'const same = <T>(x: T) => x;\nsame(4)', '4'],
    ['comparisons', 'const a = 1, b = 2, c = 3;\na < b && c > b', 'true'],
    ['a generic call', 'new Map<string, number>([["a", 5]]).get("a")', '5'],
  ])('%s', async (_what, code, expected) => {
    expect(await fixture.kernel.value(code)).toBe(expected);
  });

  test('a syntax error in it is reported as TypeScript reports it', async () => {
    const run = await fixture.kernel.fails('const wrong = <T>(x: T) => ;');
    expect(run.traceback).toContain('Expression expected');
  });
});
