/** Rich output, and what a plain value looks like. */

import type { Run } from '../../kernel/run.js';
import { cells, everywhere, feature, type Group, type Probe } from '../feature.js';
import { bundles, type Session, shown } from '../session.js';

const has =
  (mime: string, what: RegExp) =>
  (run: Run): boolean =>
    bundles(run).some((bundle) => what.test(JSON.stringify(bundle[mime] ?? null)));

const PNG = [137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 0];
const PNG_TEXT = /^"iVBORw0KGgoAAAAA"$/;

/** A value that some library makes, shown by being a cell's last line. */
const recognised = (expression: string, mime: string, what: RegExp) =>
  cells({ typescript: `${expression}`, python: null }, has(mime, what));

/** Shows a value, changes it, and looks at the message that says so. */
const updates =
  (...codes: string[]): Probe =>
  async (kernel) => {
    const updated: string[] = [];
    for (const code of codes) {
      const run = await kernel.ok(code);
      const came = await kernel.comes(
        run,
        ({ header }) => header.msg_type === 'update_display_data',
        code === codes.at(-1) ? 3000 : 50,
      );
      if (came)
        updated.push(...run.of('update_display_data').map(({ content }) => JSON.stringify(content.data)));
    }
    return updated.some((data) => data.includes('second'));
  };

const short = (kernel: Session, code: string) => async () => {
  const run = await kernel.ok(code, {}, 15_000);
  const text = shown(run);
  return text.length > 0 && text.length < 10_000;
};

export const showing: Group = {
  title: 'Showing values',
  features: [
    feature('HTML, Markdown, LaTeX and SVG, by a function for each', {
      typescript: each({
        'text/html': 'display.html("<b>x</b>")',
        'text/markdown': 'display.markdown("**x**")',
        'text/latex': 'display.latex("$x$")',
        'image/svg+xml': 'display.svg("<svg>x</svg>")',
      }),
      tslab: each({
        'text/html': 'import { display as d1 } from "tslab";\nd1.html("<b>x</b>")',
        'text/markdown': 'import { display as d2 } from "tslab";\nd2.markdown("**x**")',
        'text/latex': 'import { display as d3 } from "tslab";\nd3.latex("$x$")',
        'image/svg+xml': 'import { display as d4 } from "tslab";\nd4.svg("<svg>x</svg>")',
      }),
      deno: each({
        'text/html': 'Deno.jupyter.html`<b>x</b>`',
        'text/markdown': 'Deno.jupyter.md`**x**`',
        'text/latex': 'Deno.jupyter.latex`$x$`',
        'image/svg+xml': 'Deno.jupyter.svg`<svg>x</svg>`',
      }),
      javascript: each({
        'text/html': '$$.html("<b>x</b>")',
        'text/markdown': '$$.markdown("**x**")',
        'text/latex': '$$.latex("$x$")',
        'image/svg+xml': '$$.svg("<svg>x</svg>")',
      }),
      python: each({
        'text/html': 'from IPython.display import HTML; HTML("<b>x</b>")',
        'text/markdown': 'from IPython.display import Markdown; Markdown("**x**")',
        'text/latex': 'from IPython.display import Latex; Latex("$x$")',
        'image/svg+xml': 'from IPython.display import SVG; SVG("<svg>x</svg>")',
      }),
    }),
    feature(
      'JavaScript for the browser',
      cells(
        {
          typescript: 'display.javascript("1 + 1")',
          'batchnorm-lab': '(display as any).javascript("x = 1")',
          tslab: 'import { display as d5 } from "tslab";\nd5.javascript("x = 1")',
          deno: 'await Deno.jupyter.display({ "application/javascript": "x = 1" }, { raw: true })',
          javascript: '$$.mime({ "application/javascript": "x = 1" })',
          python: 'from IPython.display import Javascript; Javascript("x = 1")',
        },
        (run) => has('application/javascript', /x = 1/)(run) || has('text/javascript', /x = 1/)(run),
      ),
    ),
    feature(
      'A picture from bytes',
      cells(
        {
          typescript: `display.image(new Uint8Array([${PNG}]))`,
          'batchnorm-lab': `(display as any).image(new Uint8Array([${PNG}]))`,
          tslab: `import { display as d6 } from "tslab";\nd6.png(new Uint8Array([${PNG}]))`,
          deno: `Deno.jupyter.image(new Uint8Array([${PNG}]))`,
          javascript: `$$.png(Buffer.from([${PNG}]).toString("base64"))`,
          python: `from IPython.display import Image; Image(bytes([${PNG}]))`,
        },
        has('image/png', /^"iVBORw0KGgoAAAAA\\?n?"$/),
      ),
    ),
    feature(
      'Any MIME bundle, such as a Plotly figure',
      cells(
        {
          typescript:
            'await display({ "application/vnd.plotly.v1+json": { data: [{ y: [1, 2] }] }, "text/plain": "figure" }, { raw: true })',
          tslab:
            'import { display as d7 } from "tslab";\nd7.raw("application/vnd.plotly.v1+json", { data: [{ y: [1, 2] }] } as any)',
          deno: 'await Deno.jupyter.display({ "application/vnd.plotly.v1+json": { data: [{ y: [1, 2] }] }, "text/plain": "figure" }, { raw: true })',
          javascript:
            '$$.mime({ "application/vnd.plotly.v1+json": { data: [{ y: [1, 2] }] }, "text/plain": "figure" })',
          python:
            'display({ "application/vnd.plotly.v1+json": { "data": [{ "y": [1, 2] }] }, "text/plain": "figure" }, raw=True)',
        },
        has('application/vnd.plotly.v1+json', /\[1,2\]/),
      ),
    ),
    feature('A display that is changed later', {
      typescript: updates('const shown1 = await display("first");', 'await shown1.update("second");'),
      tslab: updates(
        'import { newDisplay } from "tslab";\nconst shown1 = newDisplay();\nshown1.text("first");',
        'shown1.text("second");',
      ),
      deno: updates(
        'await Deno.jupyter.display("first", { display_id: "shown1" });',
        'await Deno.jupyter.display("second", { display_id: "shown1", update: true });',
      ),
      javascript: async (kernel) => {
        const [first, second] = [
          '$$.display("shown1").text("first");',
          '$$.display("shown1").text("second");',
        ];
        if (await updates(first, second)(kernel)) return true;
        return (await updates(first + second)(kernel)) && 'by the same cell';
      },
      python: updates('shown1 = display("first", display_id=True)', 'shown1.update("second")'),
    }),
    feature('Clearing a cell at once, or when the next output comes', {
      typescript: clears('display.clear()', 'display.clear(true)'),
      tslab: clears(
        'import { clearOutput as c1 } from "tslab";\nc1()',
        'import { clearOutput as c2 } from "tslab";\nc2(true)',
      ),
      deno: clears(
        'await Deno.jupyter.broadcast("clear_output", { wait: false })',
        'await Deno.jupyter.broadcast("clear_output", { wait: true })',
      ),
      javascript: clears('$$.clear(); undefined', '$$.clear({ wait: true }); undefined'),
      python: clears(
        'from IPython.display import clear_output; clear_output()',
        'from IPython.display import clear_output; clear_output(wait=True)',
      ),
    }),
    feature(
      'A value says itself how it is shown',
      cells(
        {
          typescript: '({ [Symbol.for("Jupyter.display")]() { return { "text/html": "<i>mine</i>" }; } })',
          javascript: '({ _toHtml() { return "<i>mine</i>"; } })',
          python: 'class Shown2:\n  def _repr_html_(self): return "<i>mine</i>"\nShown2()',
        },
        has('text/html', /<i>mine<\/i>/),
      ),
    ),
    feature(
      '… and may take its time',
      cells(
        {
          typescript:
            '({ async [Symbol.for("Jupyter.display")]() { await null; return { "text/html": "<i>mine</i>" }; } })',
          javascript: '({ _toHtml() { return Promise.resolve("<i>mine</i>"); } })',
          python: null,
        },
        has('text/html', /<i>mine<\/i>/),
      ),
    ),
    feature(
      'Bytes of a PNG are shown as the picture',
      recognised(`new Uint8Array([${PNG}])`, 'image/png', PNG_TEXT),
    ),
    feature(
      'A canvas (`toDataURL`) is shown as its picture',
      recognised(
        `({
  width: 1, height: 1,
  getContext() { return null; },
  toDataURL() { return "data:image/png;base64,iVBORw0KGgoAAAAA"; },
})`,
        'image/png',
        PNG_TEXT,
      ),
    ),
    feature('An element of a DOM library (`outerHTML`) is shown as HTML or SVG', {
      typescript: async (kernel) => {
        const html = await kernel.run('({ outerHTML: "<p>one</p>", tagName: "P", nodeType: 1 })');
        const svg = await kernel.run('({ outerHTML: "<svg><g>two</g></svg>", tagName: "svg", nodeType: 1 })');
        return has('text/html', /<p>one/)(html) && has('image/svg+xml', /<g>two/)(svg);
      },
      python: null,
    }),
    feature('A Vega chart (`toSpec`) is shown as the chart', {
      typescript: async (kernel) => {
        const run = await kernel.run(
          '({ toSpec() { return { $schema: "https://vega.github.io/schema/vega-lite/v5.json", mark: "bar" }; } })',
        );
        return bundles(run).some((bundle) => Object.keys(bundle).some((mime) => /vegalite/.test(mime)));
      },
      python: null,
    }),
    feature(
      'A data frame that writes itself (`toHTML`, as in Arquero) is shown as a table',
      recognised(
        `({ numRows() { return 1; }, toHTML() { return '<table><tr><td>17</td></tr></table>'; } })`,
        'text/html',
        /<td[^>]*>17</,
      ),
    ),
    feature(
      'A data frame of records (`schema`, `head`, `toRecords`, as in Polars) is shown as a table',
      recognised(
        `({
  schema: { a: { toJSON() { return { DataType: 'Int64' }; } } },
  columns: ['a'],
  height: 1,
  head() { return this; },
  limit() { return this; },
  toRecords() { return [{ a: 17 }]; },
})`,
        'text/html',
        /<td[^>]*>17</,
      ),
    ),
    feature(
      'A list of records is shown as a table',
      cells(
        {
          typescript: '[{ name: "ada", born: 1815 }, { name: "alan", born: 1912 }]',
          python: '[{ "name": "ada", "born": 1815 }, { "name": "alan", "born": 1912 }]',
        },
        has('text/html', /<t[dh][^>]*>.*ada/),
      ),
    ),
    feature('Long arrays and typed arrays are abridged', {
      typescript: async (kernel) =>
        (await short(kernel, 'new Float64Array(1_000_000)')()) &&
        short(kernel, 'Array.from({ length: 1_000_000 }, (_, i) => i)')(),
      python: (kernel) => short(kernel, 'list(range(1_000_000))')(),
    }),
    feature('A display of 100 MB arrives', {
      typescript: arrives('await display({ "text/html": "h".repeat(100_000_000) }, { raw: true })'),
      tslab: arrives('import { display as d8 } from "tslab";\nd8.html("h".repeat(100_000_000))'),
      deno: arrives('await Deno.jupyter.display({ "text/html": "h".repeat(100_000_000) }, { raw: true })'),
      javascript: arrives('$$.html("h".repeat(100_000_000))'),
      python: arrives('from IPython.display import HTML; HTML("h" * 100_000_000)'),
    }),
    feature(
      'Values are shown in colour',
      everywhere(async (kernel) => {
        const isColoured = async (): Promise<boolean> => {
          const run = await kernel.ok('[1, "two"]');
          return String(run.text ?? run.stdout).includes('\u001b[');
        };
        if (await isColoured()) return true;
        if (kernel.language === 'python') return false;
        // Node's own setting.
        const set = (to: boolean) => `require('node:util').inspect.defaultOptions.colors = ${to};`;
        const asked = (await kernel.run(set(true))).status === 'ok' && (await isColoured());
        await kernel.run(set(false));
        return asked ? 'on request' : false;
      }),
    ),
  ],
};

/** Runs a cell for each kind of output; says which kinds are missing. */
function each(codes: Record<string, string>): Probe {
  return async (kernel) => {
    const missing: string[] = [];
    for (const [mime, code] of Object.entries(codes)) {
      const run = await kernel.run(code);
      if (!bundles(run).some((bundle) => /x/.test(bundle[mime] ?? ''))) missing.push(mime);
    }
    if (missing.length === 0) return true;
    return (
      missing.length < Object.keys(codes).length && `not ${missing.map((mime) => KINDS[mime]).join(', ')}`
    );
  };
}

const KINDS: Record<string, string> = {
  'text/html': 'HTML',
  'text/markdown': 'Markdown',
  'text/latex': 'LaTeX',
  'image/svg+xml': 'SVG',
};

function clears(now: string, later: string): Probe {
  return async (kernel) => {
    const waits: unknown[] = [];
    let seen = 0;
    for (const code of [now, later]) {
      const run = await kernel.run(code);
      if (run.status !== 'ok') return false;
      if (await kernel.comes(run, ({ header }) => header.msg_type === 'clear_output', 1500)) seen++;
      waits.push(run.of('clear_output')[0]?.content.wait);
    }
    return seen === 2 && !waits[0] && waits[1] === true;
  };
}

function arrives(code: string): Probe {
  return (kernel) =>
    kernel.another({}, async (other) => {
      const run = await other.ok(code, {}, 20_000);
      return other.comes(run, ({ content }) => content.data?.['text/html']?.length === 100_000_000, 10_000);
    });
}
