import { describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';
import type { Json } from './message.js';

const fixture = useKernel();

describe('a cell that is TypeScript is never taken for magics', () => {
  test.each([
    [
      'a line that negates',
      'const ready = false;\nlet said = "";\n!ready && (said = "not yet");\nsaid',
      "'not yet'",
    ],
    ['a lone negation', 'const flag = true;\n!flag', 'false'],
    ['a remainder over two lines', 'const total = 7, by = 4;\nconst rest = total\n%by;\nrest', '3'],
    ['a conditional over lines', 'const cond = 1 > 0;\ncond\n?"yes"\n:"no"', "'yes'"],
    ['a template with lines of magics', 'const text = `\n%who\n!ls\nname?\n%%bash\n`;\ntext.length', '23'],
    ['a comment with lines of magics', '/*\n%who\n!ls\n*/\n1', '1'],
    ['!== and != in a condition', 'let n = 1;\nn\n!= 2', 'true'],
    [
      '?? over lines',
      'const nothing: string | undefined = undefined as string | undefined;\nnothing\n??"else"',
      "'else'",
    ],
  ])('%s', async (_, code, value) => {
    const run = await fixture.kernel.ok(code);
    expect(run.text).toBe(value);
    expect(run.stdout).toBe('');
    await fixture.kernel.ok('%reset -f');
  });
});

describe('beside real magics', () => {
  test('lines in templates, comments and expressions stay what they are', async () => {
    const run = await fixture.kernel.ok(
      'const kept = `\n%who\n!ls\n`;\n/*\n!ls\n*/\nconst on = false;\nconst all = [\n  !on,\n  1\n];\n!node -p 40+2\n[kept, all]',
    );
    expect(run.stdout).toBe('42\n');
    expect(run.text).toBe("[ '\\n%who\\n!ls\\n', [ true, 1 ] ]");
  });

  test('a conditional over lines stays one', async () => {
    const run = await fixture.kernel.ok(
      'const choose = true;\nconst chosen = choose\n?"a"\n:"b";\n!node -p 1\nchosen',
    );
    expect(run.text).toBe("'a'");
    expect(run.stdout).toBe('1\n');
  });

  test('a negation of a known name stays one', async () => {
    const run = await fixture.kernel.ok('const known = 1;\n!node -p 2\n!known');
    expect(run.text).toBe('false');
    expect(run.stdout).toBe('2\n');
  });
});

describe('a line that would parse is a magic when its name is not known', () => {
  test.skipIf(process.platform === 'win32')('!ls -a, also behind =', async () => {
    fixture.write({ 'seen.txt': '' });
    expect((await fixture.kernel.ok('!ls -a')).stdout).toContain('seen.txt');
    expect((await fixture.kernel.ok('!ls')).stdout).toContain('seen.txt');
    expect((await fixture.kernel.ok('const before = 1\n!ls\nconst after = 2')).stdout).toContain('seen.txt');
    expect((await fixture.kernel.ok('const listed = !ls -a\nlisted.includes("seen.txt")')).text).toBe('true');
  });

  test('%who behind a line without a semicolon', async () => {
    await fixture.kernel.ok('%reset -f');
    expect((await fixture.kernel.ok('const left = 5\n%who')).stdout).toBe('left\n');
  });

  test('a name that is known keeps its meaning', async () => {
    expect(await fixture.kernel.value('const ls = 0;\n!ls')).toBe('true');
    expect(await fixture.kernel.value('!ls')).toBe('true');
    expect(await fixture.kernel.value('const who = 3;\nconst left = 7\n%who\nleft')).toBe('1');
    await fixture.kernel.ok('%reset -f');
  });
});

describe('places of a cell with magics', () => {
  test('of type errors are those of the cell as written', async () => {
    const run = await fixture.kernel.fails('%time 1 + 1\nconst n: number = "x";\n%time Math.max("2")');
    expect(run.traceback).toMatch(/Cell \[\d+\]:2:7 - error TS2322/);
    expect(run.traceback).toMatch(/Cell \[\d+\]:3:16 - error TS2345/);
    expect(run.traceback).toContain('   3 | %time Math.max("2")');
    expect(run.traceback).toContain(`\n       | ${' '.repeat(15)}~~~`);
  });

  test('of an expression in a shell line too', async () => {
    const run = await fixture.kernel.fails('const text = "a";\n!echo {text.lenght}');
    expect(run.reply.evalue).toMatch(/:2:13 - error TS2551/);
  });

  test('of syntax errors too', async () => {
    const run = await fixture.kernel.fails('%time 1 + 1\nconst = 5;');
    expect(run.reply.ename).toBe('SyntaxError');
    expect(run.reply.evalue).toMatch(/:2:7 - /);
    expect((await fixture.kernel.fails('1;\n%time 1 + * 2')).reply.evalue).toMatch(/:2:11 - /);
  });

  test('of what is thrown too', async () => {
    const run = await fixture.kernel.fails(
      '!node -e 0\nfunction thrower(): number { throw new Error("here") }\n%time 1 + thrower()',
    );
    expect(run.traceback).toMatch(/at thrower \(Cell \[\d+\]:2:36\)/);
    expect(run.traceback).toMatch(/Cell \[\d+\]:3:11/);
    const captured = await fixture.kernel.fails('%%time\nlet a = 1;\nnull!.x');
    expect(captured.reply.evalue).toMatch(/:3:7 - error TS/);
  });
});

describe('the editor in a cell with magics', () => {
  async function complete(marked: string): Promise<Json> {
    const cursor = marked.indexOf('|');
    const code = marked.replace('|', '');
    const content = { code, cursor_pos: [...marked.slice(0, cursor)].length };
    const { reply } = await fixture.kernel.request('complete_request', content);
    return { ...reply, replaced: [...code].slice(reply.cursor_start, reply.cursor_end).join('') };
  }

  test('% offers the magics', async () => {
    const all = await complete('%|');
    expect(all.matches).toEqual(expect.arrayContaining(['%time', '%whos', '%%bash', '%%html']));
    expect(all.replaced).toBe('%');
    const some = await complete('const x = 1;\n%ti|');
    expect(some.matches).toEqual(['%time', '%timeit']);
    expect(some.replaced).toBe('%ti');
    expect((await complete('%%wr|')).matches).toEqual(['%%writefile']);
  });

  test('members complete in a magic, behind one and in a shell line', async () => {
    await fixture.kernel.ok('const wörter = { anzahl: 3 };');
    for (const code of [
      '%time wörter.anz|',
      '!echo 😀\nwörter.anz|',
      '%%time\n%timeit -n 2 wörter.anz|',
      '!echo {wörter.anz|}',
    ]) {
      const reply = await complete(code);
      expect(reply.matches).toEqual(['anzahl']);
      expect(reply.replaced).toBe('anz');
    }
  });

  test('nothing is offered in the text of another language', async () => {
    expect((await complete('%%bash\necho Math.|')).matches).toEqual([]);
  });

  test('names are inspected', async () => {
    const code = '!echo hi\n%time Math.sqrt(4)';
    const asked = { code, cursor_pos: code.indexOf('sqrt') + 2, detail_level: 0 };
    const { reply } = await fixture.kernel.request('inspect_request', asked);
    expect(reply.data['text/plain']).toContain('Math.sqrt(x: number): number');
  });

  test.each([
    ['%time x', 'complete'],
    ['!ls -la | wc', 'complete'],
    ['name?', 'complete'],
    ['%nosuch', 'complete'],
    ['const files = !ls *.ts', 'complete'],
    ['for (const x of [1]) {\n  !echo $x', 'incomplete'],
    ['%%bash', 'incomplete'],
    ['%%bash\nls', 'incomplete'],
    ['%%bash\nls\n', 'complete'],
    ['const = !ls -la x', 'invalid'],
  ])('%j is %s', async (code, status) => {
    const { reply } = await fixture.kernel.request('is_complete_request', { code });
    expect(reply.status).toBe(status);
  });
});
