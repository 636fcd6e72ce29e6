import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startKernel, useKernel } from './fixture.js';
import { alive } from './processes.js';

const fixture = useKernel();
const onPosix = test.skipIf(process.platform === 'win32');

describe('a shell line', () => {
  test('runs in the notebook folder and prints where the cell prints', async () => {
    const run = await fixture.kernel.ok('!node -p "process.cwd()"');
    expect(run.stdout.trim()).toBe(fixture.folder);
  });

  test('prints while it runs', async () => {
    const run = fixture.kernel.startCell(
      `!node -e "console.log('first'); process.stdin; const t = setInterval(() => { if (require('fs').existsSync('go')) { console.log('second'); clearInterval(t) } }, 10)"`,
    );
    await run.printed('first');
    writeFileSync(join(fixture.folder, 'go'), '');
    await fixture.kernel.finish(run);
    expect(run.stdout).toBe('first\nsecond\n');
  });

  test('sends what a program says of its troubles to stderr, and tells of its exit status', async () => {
    const run = await fixture.kernel.ok(`!node -e "console.error('trouble'); process.exit(3)"`);
    expect(run.stderr).toBe('trouble\nThe command ended with exit status 3.\n');
    expect((await fixture.kernel.ok('!node -e 0')).stderr).toBe('');
  });

  test('keeps a letter whole whose bytes come apart', async () => {
    const run = await fixture.kernel.ok(
      `!node -e "const b = Buffer.from('ä€😀'); let i = 0; const t = setInterval(() => { i < b.length ? process.stdout.write(b.subarray(i, ++i)) : clearInterval(t) }, 2)"`,
    );
    expect(run.stdout).toBe('ä€😀');
  });

  onPosix('is ended by Stop, with all that it has started', async () => {
    const run = fixture.kernel.startCell(
      '!echo started; (trap "" INT; while true; do echo alive > pulse; sleep 0.02; done)',
    );
    await run.printed('started');
    await fixture.kernel.interrupt();
    await fixture.kernel.finish(run);
    expect(run.reply.ename).toBe('Interrupted');
    // It ignores the first signal, so it takes the second.
    const gone = await fixture.kernel.ok(
      `import { existsSync, rmSync } from 'node:fs';
       for (;;) {
         rmSync('pulse', { force: true });
         await new Promise((done) => setTimeout(done, 200));
         if (!existsSync('pulse')) break;
       }
       'gone'`,
    );
    expect(gone.text).toBe("'gone'");
  });

  onPosix('does not outlive the kernel', async () => {
    const kernel = await startKernel({ cwd: fixture.folder });
    const run = kernel.startCell('!echo $$; exec sleep 1000');
    await run.printed('\n');
    const pid = Number(run.stdout);
    expect(alive([pid])).toEqual([pid]);
    await kernel.shutdown();
    kernel.destroy();
    while (alive([pid]).length > 0) await new Promise(setImmediate);
  });

  test('gives its output as lines behind =, with their type', async () => {
    fixture.write({ 'data/a.csv': '', 'data/b.csv': '' });
    await fixture.kernel.ok(`const made: string[] = !node -e "console.log('one'); console.log('two words')"`);
    expect(await fixture.kernel.value('made')).toBe("[ 'one', 'two words' ]");
    const wrong = await fixture.kernel.fails('const count: number = !node -v');
    expect(wrong.reply.evalue).toContain("Type 'string[]' is not assignable to type 'number'");
    await fixture.kernel.ok('let again: string[] = [];\nagain = !node -p 1');
    expect(await fixture.kernel.value('again')).toBe("[ '1' ]");
    expect(await fixture.kernel.value('!!node -p 2')).toBe("[ '2' ]");
  });

  test('has the values of names and expressions put in', async () => {
    await fixture.kernel.ok("const shellName = 'Ada'; const shellParts = ['a', 'b'];");
    const run = await fixture.kernel.ok(
      '!node -p "process.argv.slice(1).join()" -- $shellName {shellName.length + 1} ${shellName} {shellParts}',
    );
    expect(run.stdout).toBe('Ada,4,Ada,a,b\n');
  });

  onPosix('leaves to the shell what the session does not know', async () => {
    process.env.SHELL_LINE_TEST = 'x';
    const run = await fixture.kernel.ok(
      "!FOO=1; echo $FOO ${FOO} {p,q} $(echo sub); echo 'a b' | awk '{print $2}'",
    );
    expect(run.stdout).toBe('1 1 {p,q} sub\nb\n');
    expect((await fixture.kernel.ok("const braces = 1;\n!echo '{{braces}}' {braces}")).stdout).toBe(
      '{braces} 1\n',
    );
  });

  test('sees the names of the block it stands in', async () => {
    const run = await fixture.kernel.ok('for (const n of [1, 2]) {\n  !node -p {n * 10}\n}');
    expect(run.stdout).toBe('10\n20\n');
  });

  onPosix('goes on in the next line after a backslash', async () => {
    expect((await fixture.kernel.ok('!echo a \\\n  b\nconsole.log("c")')).stdout).toBe('a b\nc\n');
  });

  test('is checked with the rest of its cell: a type error runs nothing', async () => {
    const run = await fixture.kernel.fails(
      "!node -e \"require('fs').writeFileSync('ran', '')\"\nconst n: number = \"\"",
    );
    expect(run.reply.evalue).toContain('Cell [');
    expect(run.reply.evalue).toContain(':2:7 - error TS2322');
    expect(existsSync(join(fixture.folder, 'ran'))).toBe(false);
  });
});

describe('%%bash and its like', () => {
  onPosix('run the cell as a script', async () => {
    const run = await fixture.kernel.ok('%%bash\nfor i in 1 2; do\n  echo "$i `echo x`"\ndone');
    expect(run.stdout).toBe('1 x\n2 x\n');
    expect((await fixture.kernel.ok('%%sh\necho sh')).stdout).toBe('sh\n');
  });

  test('give the cell to any program', async () => {
    expect((await fixture.kernel.ok('%%script node -\nconsole.log(6 * 7)')).stdout).toBe('42\n');
  });

  onPosix('fail the cell when the script fails', async () => {
    const run = await fixture.kernel.fails('%%bash\necho before\nexit 4');
    expect(run.stdout).toBe('before\n');
    expect(run.reply.evalue).toBe('bash ended with exit status 4.');
  });
});

describe('%npm', () => {
  test('installs a package that the next cell imports, with its types', async () => {
    fixture.write({
      'package.json': '{ "private": true }',
      'source/package.json': JSON.stringify({
        name: 'made-here',
        version: '1.2.0',
        main: 'index.js',
        types: 'index.d.ts',
      }),
      'source/index.js': 'exports.answer = 42;',
      'source/index.d.ts': 'export declare const answer: number;',
    });
    const missing = await fixture.kernel.fails("import { answer } from 'made-here';");
    expect(missing.reply.evalue).toContain("Cannot find module 'made-here'");
    const run = await fixture.kernel.execute(
      // npm may have been told to be silent by whoever runs the tests.
      '%npm install --loglevel=notice --offline --no-audit --no-fund ./source',
      {},
      60_000,
    );
    expect(run.status).toBe('ok');
    expect(run.stdout).toContain('added 1 package');
    expect(await fixture.kernel.value("import { answer } from 'made-here';\nanswer")).toBe('42');
    expect((await fixture.kernel.fails('const text: string = answer')).reply.evalue).toContain('TS2322');
  });

  test('that fails fails the cell', async () => {
    const run = await fixture.kernel.execute('%npm run no-such-script', {}, 60_000);
    expect(run.reply.evalue).toBe('npm run no-such-script ended with exit status 1.');
  });
});
