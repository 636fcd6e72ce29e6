import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';

const fixture = useKernel();

const TIMES =
  /^CPU times: user [\d.]+ \S+, sys: [\d.]+ \S+, total: [\d.]+ \S+\nWall time: [\d.]+ (s|ms|µs|ns)\n$/;
const LOOPS =
  /^[\d.]+ \S+ ± [\d.]+ \S+ per loop \(mean ± std\. dev\. of (\d+) runs?, ([\d,]+) loops? each\)\n$/;

describe('%time', () => {
  test('gives the value and tells the times', async () => {
    const run = await fixture.kernel.ok('%time [1, 2].map((x) => x * 2);');
    expect(run.text).toBe('[ 2, 4 ]');
    expect(run.stdout).toMatch(TIMES);
  });

  test('waits for a promise', async () => {
    const run = await fixture.kernel.ok(
      'const slow = () => new Promise<string>((done) => setTimeout(() => done("late"), 60));\n%time slow()',
    );
    expect(run.text).toBe("'late'");
    expect(Number(/Wall time: ([\d.]+) ms/.exec(run.stdout)?.[1])).toBeGreaterThan(50);
    expect((await fixture.kernel.ok('%time await slow()')).text).toBe("'late'");
  });

  test('takes a statement, whose names stay', async () => {
    const run = await fixture.kernel.ok('%time const timed = 6 * 7; // the answer\ntimed');
    expect(run.text).toBe('42');
    expect(run.stdout).toMatch(TIMES);
    expect(await fixture.kernel.value('timed')).toBe('42');
  });

  test('gives the value its type behind =', async () => {
    await fixture.kernel.ok('const typedTime = %time "a".length');
    expect((await fixture.kernel.fails('typedTime.at(0)')).reply.evalue).toContain("on type 'number'");
  });
});

describe('%%time', () => {
  test('tells the times of the cell, which is a cell as ever', async () => {
    const run = await fixture.kernel.ok('%%time\nlet loops = 0;\nfor (; loops < 1000; loops++);\nloops');
    expect(run.text).toBe('1000');
    expect(run.stdout).toMatch(TIMES);
    expect(await fixture.kernel.value('loops')).toBe('1000');
  });

  test('may hold other magics', async () => {
    const run = await fixture.kernel.ok('%%time\nconst version = !node -v\nversion');
    expect(run.text).toBe(`[ '${process.version}' ]`);
    expect(run.stdout).toMatch(TIMES);
  });
});

describe('%prun', () => {
  test('says in which functions the time went, in lines of cells, and gives the value', async () => {
    await fixture.kernel.ok(
      'const spend = (until: number): number => {\n  let n = 0;\n  while (performance.now() < until) n++;\n  return n;\n};',
    );
    const run = await fixture.kernel.ok('%prun spend(performance.now() + 60) > 0');
    expect(run.text).toBe('true');
    const [head, , first] = run.stdout.split('\n');
    expect(head).toMatch(/^\d+\.\d ms in \d+ functions/);
    expect(first).toMatch(/^ +\d+\.\d +\d+\.\d {2}spend {2}Cell \[\d+\]:1$/);
    expect(run.stdout).not.toMatch(/\$\$|node:|dist/);
  });
});

describe('%timeit', () => {
  test('finds out how many loops a run needs', async () => {
    const run = await fixture.kernel.ok('let calls = 0;\n%timeit -r 2 calls++');
    const [, runs, loops] = LOOPS.exec(run.stdout) ?? [];
    expect(runs).toBe('2');
    const each = Number(loops?.replaceAll(',', ''));
    expect(each).toBeGreaterThan(1000);
    expect(Number(await fixture.kernel.value('calls'))).toBeGreaterThan(2 * each);
  });

  test('makes as many loops and runs as are asked for', async () => {
    const run = await fixture.kernel.ok('let counted = 0;\n%timeit -n 5 -r 3 counted++');
    expect(LOOPS.exec(run.stdout)?.slice(1)).toEqual(['3', '5']);
    // One more at first, to see whether it gives a promise.
    expect(await fixture.kernel.value('counted')).toBe('16');
  });

  test('waits for promises, and gives its numbers with -o or behind =', async () => {
    await fixture.kernel.ok(
      'const times = %timeit -n 2 -r 2 -q await new Promise((done) => setTimeout(done, 20))',
    );
    expect(await fixture.kernel.value('[times.loops, times.runs, times.timings.length]')).toBe('[ 2, 2, 2 ]');
    expect(await fixture.kernel.value('times.average > 0.015 && times.best <= times.worst')).toBe('true');
    expect((await fixture.kernel.ok('%timeit -n 1 -r 1 -q -o 1')).text).toContain('average');
  });

  test('%%timeit times a whole cell, after what stands in its first line', async () => {
    await fixture.kernel.ok('let ranInside = 0;');
    const timed = await fixture.kernel.ok(
      '%%timeit -n 3 -r 1 const setUp = [1];\nconst inner = setUp.length;\nranInside += inner;',
    );
    expect(LOOPS.exec(timed.stdout)?.slice(1)).toEqual(['1', '3']);
    expect(await fixture.kernel.value('ranInside')).toBe('4');
    expect((await fixture.kernel.fails('inner')).reply.evalue).toContain("Cannot find name 'inner'");
  });

  test('is ended by Stop', async () => {
    const run = fixture.kernel.startCell("console.log('go');\n%timeit -n 1 (() => { for (;;); })()");
    await run.printed('go');
    await fixture.kernel.interrupt();
    await fixture.kernel.finish(run);
    expect(run.reply.ename).toBe('Interrupted');
  });
});

describe("the session's names", () => {
  test('%who and %whos list them with types and values, those of the same cell too', async () => {
    await fixture.kernel.ok('%reset -f');
    expect((await fixture.kernel.ok('%who')).stdout).toBe('No names yet.\n');
    await fixture.kernel.ok(`
      const learningRate: number = 0.1;
      let words = new Map<string, number[]>([['a', [1]]]);
      function scale(x: number, by = 2): number { return x * by }
      class Layer { units = 3 }
      interface Shape { rows: number }
      import { basename } from 'node:path';
      let unset: string;`);
    const run = await fixture.kernel.ok('const same = [1, 2];\n%who');
    expect(run.stdout.trim().split(/\s+/).sort()).toEqual(
      ['Layer', 'Shape', 'basename', 'learningRate', 'same', 'scale', 'unset', 'words'].sort(),
    );
    const rows = (await fixture.kernel.ok('%whos')).stdout.split('\n').map((line) => line.split(/ {3,}/));
    expect(rows[0]).toEqual(['Name', 'Type', 'Value']);
    const row = (name: string) => rows.find(([first]) => first === name);
    expect(row('learningRate')).toEqual(['learningRate', 'number', '0.1']);
    expect(row('words')).toEqual(['words', 'Map<string, number[]>', "Map(1) { 'a' => [ 1 ] }"]);
    expect(row('scale')?.slice(0, 2)).toEqual(['scale', '(x: number, by?: number) => number']);
    expect(row('Layer')?.slice(0, 2)).toEqual(['Layer', 'class']);
    expect(row('Shape')).toEqual(['Shape', 'type']);
    expect(row('same')).toEqual(['same', 'number[]', '[ 1, 2 ]']);
  });

  test('%reset forgets them, and what comes behind it in the cell stays', async () => {
    await fixture.kernel.ok('const gone = 1; var alsoGone = 2');
    await fixture.kernel.ok('%reset -f\nconst stays = 3');
    expect((await fixture.kernel.fails('gone')).reply.evalue).toContain("Cannot find name 'gone'");
    expect((await fixture.kernel.fails('alsoGone')).reply.evalue).toContain("Cannot find name 'alsoGone'");
    expect(await fixture.kernel.value('stays')).toBe('3');
    expect(await fixture.kernel.value('typeof Deno.jupyter')).toBe("'object'");
  });

  test('%reset asks first, and without anybody to ask says so', async () => {
    await fixture.kernel.ok('const precious = 1');
    fixture.kernel.onInput = () => 'n';
    expect((await fixture.kernel.ok('%reset')).stdout).toBe('Nothing was forgotten.\n');
    expect(await fixture.kernel.value('precious')).toBe('1');
    const refused = await fixture.kernel.execute('%reset', { allow_stdin: false });
    expect(refused.reply.evalue).toContain('write %reset -f');
    fixture.kernel.onInput = () => 'yes';
    await fixture.kernel.ok('%reset');
    expect((await fixture.kernel.fails('precious')).reply.evalue).toContain("Cannot find name 'precious'");
  });

  test('%history lists the cells', async () => {
    const run = await fixture.kernel.ok("'a line to find'");
    expect((await fixture.kernel.ok('%history')).stdout).toContain("\n'a line to find'\n");
    expect((await fixture.kernel.ok('%history -n')).stdout).toContain(
      `\n${run.reply.execution_count}: 'a line to find'\n`,
    );
  });
});

describe('files and surroundings', () => {
  test('%cd and %pwd', async () => {
    fixture.write({ 'sub folder/x.txt': 'x' });
    const inner = join(fixture.folder, 'sub folder');
    expect((await fixture.kernel.ok('%cd sub folder')).stdout).toBe(`${inner}\n`);
    expect(await fixture.kernel.value('%pwd')).toBe(`'${inner}'`);
    expect((await fixture.kernel.ok('!node -p "process.cwd()"')).stdout.trim()).toBe(inner);
    expect((await fixture.kernel.ok('%cd -')).stdout).toBe(`${fixture.folder}\n`);
    const wrong = await fixture.kernel.fails('%cd no-such-folder');
    expect(wrong.reply.evalue).toBe('%cd: no-such-folder cannot be the current folder: ENOENT.');
  });

  test('%env', async () => {
    expect((await fixture.kernel.ok('const level = 3;\n%env MAGIC_LEVEL={level}')).stdout).toBe(
      'env: MAGIC_LEVEL=3\n',
    );
    expect(await fixture.kernel.value('%env MAGIC_LEVEL')).toBe("'3'");
    expect((await fixture.kernel.ok('!node -p "process.env.MAGIC_LEVEL"')).stdout).toBe('3\n');
    expect((await fixture.kernel.ok('%env')).stdout).toContain('MAGIC_LEVEL=3\n');
    expect((await fixture.kernel.fails('%env NO_SUCH_VARIABLE')).reply.evalue).toContain('NO_SUCH_VARIABLE');
  });

  test('%%writefile writes the cell as it stands, also what looks like magics', async () => {
    const text = 'import x from "y";\n%time `${a}`\n!ls\n';
    const file = join(fixture.folder, 'written.ts');
    expect((await fixture.kernel.ok(`%%writefile written.ts\n${text}`)).stdout).toBe('Writing written.ts\n');
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect((await fixture.kernel.ok('%%writefile -a written.ts\nmore')).stdout).toBe(
      'Appending to written.ts\n',
    );
    expect(readFileSync(file, 'utf8')).toBe(`${text}more\n`);
    expect((await fixture.kernel.ok('%%writefile written.ts\nnew')).stdout).toBe('Overwriting written.ts\n');
  });

  test("%load puts a file's text into the cell", async () => {
    fixture.write({ 'loaded.ts': 'const loaded = 1;\n' });
    const { payload } = (await fixture.kernel.ok('%load loaded.ts')).reply;
    expect(payload).toEqual([
      { source: 'set_next_input', text: '// %load loaded.ts\nconst loaded = 1;\n', replace: true },
    ]);
  });

  test('%run runs a file each time, and what it exports become names with their types', async () => {
    fixture.write({
      'programs/helper.ts': 'export const factor = 10;',
      'programs/program.ts': `import { factor } from './helper.js';
        console.log('ran with', process.argv.slice(2).join());
        export interface Found { total: number }
        export const found: Found = { total: factor * process.argv.length };
        export function twice(x: number) { return 2 * x }
        export default 5;`,
    });
    for (let time = 0; time < 2; time++) {
      const run = await fixture.kernel.ok('%run programs/program.ts one "two words"\nfound.total');
      expect(run.stdout).toBe('ran with one,two words\n');
      expect(run.text).toBe('40');
    }
    expect((await fixture.kernel.ok('%run programs/program')).stdout).toBe('ran with \n');
    expect(await fixture.kernel.value('const f: Found = found;\ntwice(f.total)')).toBe('40');
    expect((await fixture.kernel.fails('twice("a")')).reply.evalue).toContain('TS2345');
  });

  test('%run tells of faults in the file, and of a file that is not there', async () => {
    fixture.write({
      'faulty.ts': "export const n: number = 'text';",
      'throws.ts': "throw new Error('at work');",
    });
    expect((await fixture.kernel.fails('%run faulty.ts')).reply.evalue).toMatch(
      /faulty\.ts:1:14 - error TS2322/,
    );
    expect((await fixture.kernel.fails('%run throws.ts')).reply.evalue).toBe('at work');
    expect((await fixture.kernel.fails('%run nothing.ts')).reply.evalue).toContain(
      '%run cannot read nothing.ts',
    );
    expect((await fixture.kernel.fails('%run data.csv')).reply.evalue).toContain(
      '%run runs TypeScript and JavaScript',
    );
  });
});

describe('cells that are shown', () => {
  test.each([
    ['html', 'text/html'],
    ['markdown', 'text/markdown'],
    ['latex', 'text/latex'],
    ['svg', 'image/svg+xml'],
    ['javascript', 'application/javascript'],
    ['js', 'application/javascript'],
  ])('%%%%%s', async (name, mime) => {
    const content = '<b>"x"</b> `${y}` \\frac{1}{2}\n$$ % !';
    const run = await fixture.kernel.ok(`%%${name}\n${content}`);
    expect(run.displays.map(({ data }) => data[mime])).toEqual([content]);
  });
});

describe('%%capture', () => {
  test('keeps what the cell prints and shows', async () => {
    const run = await fixture.kernel.ok(
      "%%capture got\nconsole.log('out'); console.error('err');\ndisplay.html('<i>h</i>');\nconst inside = 1;\n'value'",
    );
    expect([run.stdout, run.stderr, run.displays, run.text]).toEqual(['', '', [], undefined]);
    expect(await fixture.kernel.value('[got.stdout, got.stderr, got.outputs.length, inside]')).toBe(
      "[ 'out\\n', 'err\\n', 4, 1 ]",
    );
    const shown = await fixture.kernel.ok('got.show()');
    expect([shown.stdout, shown.stderr]).toEqual(['out\n', 'err\n']);
    expect(shown.displays.map(({ data }) => Object.keys(data)[0])).toEqual(['text/html', 'text/plain']);
    expect((await fixture.kernel.fails('got.text')).reply.evalue).toContain('TS2339');
  });

  test('without a name drops it; the next cell prints again', async () => {
    expect((await fixture.kernel.ok("%%capture\nconsole.log('unheard')")).stdout).toBe('');
    expect((await fixture.kernel.ok("console.log('heard')")).stdout).toBe('heard\n');
  });
});

describe('lines name? and name?? among others', () => {
  const shown = async (code: string): Promise<string[]> =>
    (await fixture.kernel.ok(code)).displays.map(({ data }) => data['text/plain']);

  test('show the type and the documentation, with two marks the source too', async () => {
    const [speed, twice] = await shown(
      '/** How fast it learns. */\nconst speed = { rate: 0.1 };\n/** Doubles. */\nfunction double(x: number) {\n  return x + x; // twice\n}\nspeed?\n?double\n',
    ).then(async () => shown('1;\nspeed?\n??double;\n'));
    expect(speed).toContain('const speed: {');
    expect(speed).toContain('How fast it learns.');
    expect(twice).toContain('Doubles.');
    expect(twice).toContain('return x + x; // twice');
    expect((await shown('1;\ndouble?'))[0]).not.toContain('return x + x');
  });

  test('work on members and types, and say of an unknown name that it is not known', async () => {
    await fixture.kernel.ok('/** A size. */\ninterface Size { rows: number }');
    expect((await shown('Size?'))[0]).toContain('A size.');
    expect(await shown('1;\nMath.max?\nnoSuchName?')).toEqual([
      expect.stringContaining('Returns the larger'),
      'noSuchName is not known.',
    ]);
    expect((await fixture.kernel.ok('%time?')).stdout).toContain('%time CODE');
  });
});

describe('a magic that there is not', () => {
  test('is told of in a sentence that names the nearest one, and nothing of the cell runs', async () => {
    const run = await fixture.kernel.fails("const ran = 1;\nconsole.log('ran');\n%tiem ran");
    expect(run.stdout).toBe('');
    expect(run.reply.ename).toBe('MagicError');
    expect(run.reply.evalue).toMatch(/^Cell \[\d+\]:3:1 - There is no magic %tiem: did you mean %time\?$/);
    expect(run.traceback).toContain('%tiem ran');
  });

  test.each([
    ['%ls', 'a shell command is written !ls'],
    ['%%whos\n1', 'is not for a whole cell: write %whos in a line of its own'],
    ['%html x', "write %%html as the cell's first line"],
    ['%%pyton\nprint(1)', '%lsmagic lists them'],
    ['%time', '%time CODE: what stands in capitals is missing'],
    ['%%writefile\nx', '%%writefile FILE'],
    ['%%capture 1x\n1', 'expected a name'],
  ])('%s', async (code, sentence) => {
    expect((await fixture.kernel.fails(code)).reply.evalue).toContain(sentence);
  });

  test('%lsmagic lists what there is', async () => {
    const { stdout } = await fixture.kernel.ok('%lsmagic');
    for (const name of ['%time ', '%%writefile', '!COMMAND', 'NAME??']) expect(stdout).toContain(name);
  });
});
