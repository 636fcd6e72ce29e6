// @ts-check
// `npm run site`: the lectures as pages to read, with their outputs and figures, which need neither a network nor a server.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { executeLectures, sizeOf } from './publish/execute.mjs';
import { chosenLectures, lectureOf } from './publish/lecture.mjs';
import { parts } from './publish/series.mjs';
import { setUp } from './setup.mjs';
import { findBrowser, noBrowser } from './support/browser.mjs';
import { helpText, parseOptions } from './support/options.mjs';
import { inRoot } from './support/paths.mjs';
import { runMain, say, step, UserError } from './support/report.mjs';

/** @type {Record<string, import('./support/options.mjs').Option>} */
const table = {
  out: { value: 'FOLDER', help: 'where the site goes (default: site, in the checkout)' },
  size: { value: 'SIZE', help: 'of the experiments: small, lecture or full (default lecture)' },
  pdf: { help: 'each lecture as a PDF too, in its folder pdf' },
  again: { help: 'run also the lectures that have not changed since they were run last' },
  help: { help: 'show this text' },
};

const usage = `Usage: npm run site [-- lectures] [options]

Runs the lectures (default all; 05 is short for 05-bias-drift) and writes them as a site with search, which works from
the disk: open index.html. Speaker notes are left out.`;

/** The documents that readers want, those of them that are there. */
const forReaders = ['glossary', 'formulas', 'claims'];

async function main() {
  const { options, words } = parseOptions(process.argv.slice(2), table, {
    command: 'npm run site',
    words: 'lectures',
  });
  if (options.help) {
    say(helpText(usage, table));
    return 0;
  }
  const names = chosenLectures(words);
  const size = sizeOf(options);
  const browser = options.pdf ? await findBrowser() : undefined;
  if (options.pdf && !browser) throw new UserError(noBrowser);
  const lost = names.find((name) => !parts.some(({ lectures }) => lectures.includes(name.slice(0, 2))));
  if (lost)
    throw new UserError(`${lost} is in no part of the series: name its number in publish/series.mjs.`);
  const out = path.resolve(String(options.out ?? inRoot('site')));
  await setUp({ libraryMayFail: true });
  // Packages that the set-up has installed, it may be only now.
  const [{ default: MiniSearch }, { indexOptions }, { emptyFolder, writeAssets }, writing] =
    await Promise.all([
      import('minisearch'),
      import('./publish/tokens.mjs'),
      import('./publish/assets.mjs'),
      import('./publish/pages.mjs'),
    ]);
  const { docPage, homePage, indexScript, lecturePage, titleOf } = writing;
  const executed = await executeLectures(names, { size, again: options.again === true });

  const site = {
    lectures: names.map(lectureOf),
    docs: forReaders
      .map((name) => ({ name, file: inRoot('docs', `${name}.md`) }))
      .filter(({ file }) => existsSync(file))
      .map(({ name, file }) => {
        const source = readFileSync(file, 'utf8');
        return { name, title: titleOf(source), source };
      }),
    pdf: browser !== undefined,
  };
  const pages = [
    ...site.lectures.map((lecture) =>
      lecturePage(
        lecture,
        /** @type {NonNullable<ReturnType<typeof executed.get>>} */ (executed.get(lecture.name)),
        site,
      ),
    ),
    ...site.docs.map((doc) => docPage(doc, site)),
  ];
  const index = new MiniSearch({ ...indexOptions });
  index.addAll(
    pages.flatMap(({ file, title, page }) =>
      page.sections.map((section) => ({
        id: `${file}#${section.id}`,
        href: `${file}#${section.id}`,
        page: title,
        title: section.title,
        text: section.text,
      })),
    ),
  );

  emptyFolder(out, '--out');
  const assets = path.join(out, 'assets');
  mkdirSync(assets);
  await writeAssets(assets, 'site');
  writeFileSync(path.join(assets, 'search-index.js'), indexScript(index));
  for (const { file, html } of [homePage(site), ...pages]) writeFileSync(path.join(out, file), html);
  if (browser) await writePdfs(out, names, browser);
  say(`${pages.length + 1} pages in ${out}: open ${pathToFileURL(path.join(out, 'index.html'))}`);
  return 0;
}

/** @param {string} out @param {string[]} names @param {import('./support/browser.mjs').Browser} browser */
async function writePdfs(out, names, browser) {
  const { chromium } = await import('playwright-core');
  mkdirSync(path.join(out, 'pdf'));
  await step('PDF files', async () => {
    const running = await chromium.launch({ executablePath: browser.executable, args: browser.args });
    try {
      for (const name of names) {
        const page = await running.newPage();
        await page.goto(pathToFileURL(path.join(out, `${name}.html`)).href);
        await page.pdf({
          path: path.join(out, 'pdf', `${name}.pdf`),
          preferCSSPageSize: true,
          printBackground: true,
          tagged: true,
          outline: true,
        });
        await page.close();
      }
    } finally {
      await running.close();
    }
  });
}

await runMain(main);
