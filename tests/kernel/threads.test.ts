import { describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';

const fixture = useKernel({
  firstCell: [
    'import { Worker } from "node:worker_threads";',
    'import { execFile, execFileSync, fork, spawn } from "node:child_process";',
    'import { once } from "node:events";',
    'import { promisify } from "node:util";',
    'async function answer(worker: Worker): Promise<unknown> { try { return (await once(worker, "message"))[0] } finally { await worker.terminate() } }',
  ].join('\n'),
});

describe('a worker thread', () => {
  test('of a TypeScript file runs it with what it imports', async () => {
    fixture.write({
      'threads/worker.ts':
        'import { parentPort, workerData } from "node:worker_threads";\nimport { Kind, twice } from "./helper.js";\nparentPort?.postMessage([twice(workerData as number), Kind.B]);',
      'threads/helper.ts':
        'export enum Kind { A, B = 5 }\nexport const twice = (x: number): number => 2 * x;',
    });
    expect(
      await fixture.kernel.value('await answer(new Worker("./threads/worker.ts", { workerData: 21 }))'),
    ).toBe('[ 42, 5 ]');
    const byUrl =
      'await answer(new Worker(new URL("./threads/worker.ts", import.meta.url), { workerData: 1 }))';
    expect(await fixture.kernel.value(byUrl)).toBe('[ 2, 5 ]');
  });

  test('that a local file starts beside itself is found', async () => {
    fixture.write({
      'threads/pool.ts':
        'import { Worker } from "node:worker_threads";\nexport const start = (workerData: number): Worker => new Worker(new URL("./worker.ts", import.meta.url), { workerData });',
    });
    expect(
      await fixture.kernel.value('import { start } from "./threads/pool.js";\nawait answer(start(4))'),
    ).toBe('[ 8, 5 ]');
  });

  test('of TypeScript that throws names the TypeScript line', async () => {
    fixture.write({
      'threads/throws.ts': 'interface Padding {\n  x: number;\n}\n\nthrow new RangeError("in the thread");',
    });
    const run = await fixture.kernel.fails('await answer(new Worker("./threads/throws.ts"))');
    expect(run.reply).toMatchObject({ ename: 'RangeError', evalue: 'in the thread' });
    expect(run.traceback).toContain('throws.ts:5');
  });

  test.each([
    ['a JavaScript file', 'new Worker("./threads/plain.cjs")'],
    ['text', `new Worker('require("worker_threads").parentPort.postMessage("plain")', { eval: true })`],
    [
      'a data URL',
      `new Worker(new URL('data:text/javascript,import { parentPort } from "worker_threads"; parentPort.postMessage("plain")'))`,
    ],
  ])('of %s runs', async (_what, worker) => {
    fixture.write({ 'threads/plain.cjs': 'require("worker_threads").parentPort.postMessage("plain");' });
    expect(await fixture.kernel.value(`await answer(${worker})`)).toBe("'plain'");
  });

  test('shares memory with the cell', async () => {
    const code = [
      'const shared = new Int32Array(new SharedArrayBuffer(4));',
      `const adder = new Worker('const { workerData, parentPort } = require("worker_threads"); Atomics.add(workerData, 0, 7); parentPort.postMessage("done")', { eval: true, workerData: shared });`,
      'await answer(adder);',
      'Atomics.load(shared, 0)',
    ].join('\n');
    expect(await fixture.kernel.value(code)).toBe('7');
  });
});

describe('a child process', () => {
  test('that inherits the output prints into the cell', async () => {
    const run = await fixture.kernel.ok(
      'await once(spawn(process.execPath, ["-e", "console.log(6 * 7); console.error(8)"], { stdio: "inherit" }), "close");',
    );
    await run.until((message) => message.content.text === '42\n', 'output of the child');
    await run.until((message) => message.content.text === '8\n', 'errors of the child');
  });

  test('gives its output to the cell', async () => {
    expect(
      await fixture.kernel.value('(await promisify(execFile)(process.execPath, ["-p", "1 + 1"])).stdout'),
    ).toBe("'2\\n'");
    expect(
      await fixture.kernel.value(
        'execFileSync(process.execPath, ["-p", "process.argv[1]", "x"], { encoding: "utf8" })',
      ),
    ).toBe("'x\\n'");
  });

  test.each([
    [
      'TypeScript',
      'child.ts',
      'enum Sign { Plus = "+" }\nprocess.send?.([process.argv[2] as string, Sign.Plus]);',
    ],
    ['JavaScript', 'child.cjs', 'process.send([process.argv[2], "+"]);'],
  ])('of %s talks to the cell', async (_language, file, text) => {
    fixture.write({ [file]: text });
    const code = `(await once(fork("./${file}", ["argument"]), "message"))[0]`;
    expect(await fixture.kernel.value(code)).toBe("[ 'argument', '+' ]");
  });
});

describe('node:test', () => {
  test('reports each test under the cell that ran it', async () => {
    const first = await fixture.kernel.ok(
      'import { test } from "node:test";\nimport assert from "node:assert";\nawait test("adds", () => { assert.equal(1 + 1, 2) });',
    );
    expect(first.stdout).toContain('ok 1 - adds');
    const second = await fixture.kernel.ok('test("is wrong", () => { assert.equal(1 + 1, 3) });');
    expect(second.stdout).toContain('not ok 2 - is wrong');
    expect(second.stdout).toContain('2 == 3');
    expect(first.stdout).not.toContain('is wrong');
  });
});

describe('what Node has', () => {
  test.each([
    [
      'a server and fetch',
      'import { createServer } from "node:http";\nimport type { AddressInfo } from "node:net";\nconst server = createServer((_, reply) => reply.end("served")).listen(0, "127.0.0.1");\nawait once(server, "listening");\nconst text = await (await fetch("http://127.0.0.1:" + (server.address() as AddressInfo).port)).text();\nserver.close();\ntext',
      "'served'",
    ],
    [
      'streams',
      'import { Readable } from "node:stream";\nlet all = "";\nfor await (const part of Readable.from(["a", "b"])) all += part;\nall',
      "'ab'",
    ],
    [
      'promises of fs',
      'import { readFile, writeFile } from "node:fs/promises";\nawait writeFile("out.txt", "written");\nawait readFile("out.txt", "utf8")',
      "'written'",
    ],
    [
      'AbortController',
      'const stopper = new AbortController();\nconst gone = once(stopper.signal, "abort");\nstopper.abort();\nawait gone;\nstopper.signal.aborted',
      'true',
    ],
    ['structuredClone', 'structuredClone(new Map([[1, { a: new Date(0) }]])).get(1)!.a.getTime()', '0'],
    ['Buffers', 'Buffer.from("aGk=", "base64").toString()', "'hi'"],
    [
      'WebAssembly',
      'const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 97, 100, 100, 0, 0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11]);\nconst { instance } = await WebAssembly.instantiate(bytes);\n(instance.exports.add as (a: number, b: number) => number)(2, 3)',
      '5',
    ],
  ])('%s', async (_what, code, expected) => {
    expect(await fixture.kernel.value(code)).toBe(expected);
  });
});
