/** Widgets and the debugger. */

import type { Json } from '../../kernel/message.js';
import type { Run } from '../../kernel/run.js';
import { everywhere, feature, type Group, type Probe } from '../feature.js';
import { type Session, shown, within } from '../session.js';

const model = (run: Run, name: RegExp): string | undefined =>
  run.of('comm_open').find(({ content }) => name.test(content.data.state?._model_name))?.content.comm_id;

/** What the browser sends when the user moves a control. */
async function change(kernel: Session, id: string, state: Json): Promise<void> {
  const content = { comm_id: id, data: { method: 'update', state, buffer_paths: [] } };
  const run = kernel.client.start('comm_msg', content, { reply: false });
  await within(run.done(), 2000);
}

/** A slider is moved here and there. */
const slider =
  (make: string, set: string, get: string): Probe =>
  async (kernel) => {
    const run = await kernel.ok(make);
    const id = model(run, /SliderModel/);
    if (!id) return false;
    const changed = await kernel.ok(set);
    const told = changed
      .of('comm_msg')
      .some(({ content }) => content.comm_id === id && content.data.state?.value === 30);
    await change(kernel, id, { value: 42 });
    return told && (await kernel.shown(get)) === '42';
  };

let sequence = 0;

/** How JupyterLab introduces itself. */
const JUPYTERLAB = {
  clientID: 'jupyterlab',
  clientName: 'JupyterLab',
  adapterID: '',
  pathFormat: 'path',
  linesStartAt1: true,
  columnsStartAt1: true,
  supportsVariableType: true,
  supportsVariablePaging: true,
  supportsRunInTerminalRequest: true,
  locale: 'en',
};

/** Frontends ask only kernels that say so. */
async function debugs(kernel: Session): Promise<boolean> {
  const info = await kernel.request('kernel_info_request');
  return Boolean(info.debugger || info.supported_features?.includes('debugger'));
}

async function debug(kernel: Session, command: string, args: Json = {}): Promise<Json> {
  sequence++;
  const content = { type: 'request', seq: sequence, command, arguments: args };
  const reply = await kernel.request('debug_request', content, 'control', 8000);
  return reply.success ? (reply.body ?? {}) : undefined;
}

export const widgets: Group = {
  title: 'Widgets and debugger',
  features: [
    feature('A slider that cell and browser both move', {
      typescript: slider(
        'const slider1 = widgets.slider({ min: 0, max: 100, value: 5 });\nslider1',
        'slider1.value = 30;',
        'slider1.value',
      ),
      python: slider(
        'import ipywidgets\nslider1 = ipywidgets.IntSlider(5, min=0, max=100)\nslider1',
        'slider1.value = 30',
        'slider1.value',
      ),
    }),
    feature('`interact`: a function of controls, computed again at each change', {
      typescript: interacts(
        'await widgets.interact(({ n }) => { console.log("n is", n); }, { n: widgets.slider({ min: 0, max: 100, value: 5 }) });',
      ),
      python: interacts('import ipywidgets\n@ipywidgets.interact(n=(0, 100))\ndef f1(n=5): print("n is", n)'),
    }),
    feature('anywidget: a widget of your own', {
      typescript: anywidget(
        'const mine1 = widgets.anywidget({ esm: "export default { render() {} }", state: { count: 1 } });\nmine1',
        'mine1.get("count")',
      ),
      // What @anywidget/deno does: the kernel has no comms, but it can broadcast.
      deno: anywidget(
        `await Deno.jupyter.broadcast('comm_open', {
  comm_id: 'any1', target_name: 'jupyter.widget',
  data: { state: { _model_module: 'anywidget', _model_name: 'AnyModel', _esm: 'export default { render() {} }', count: 1 } },
}, { metadata: { version: '2.1.0' } });
const mine1 = { count: 1 };`,
        'mine1.count',
      ),
      python: anywidget(
        'import anywidget, traitlets\nclass Mine1(anywidget.AnyWidget):\n  _esm = "export default { render() {} }"\n  count = traitlets.Int(1).tag(sync=True)\nmine1 = Mine1()\nmine1',
        'mine1.count',
      ),
    }),
    feature(
      'JupyterLab’s debugger: a breakpoint stops a cell and shows its variables',
      everywhere(async (kernel) =>
        kernel.another({}, async (other) => {
          if (!(await debugs(other))) return false;
          await debug(other, 'debugInfo');
          if (!(await debug(other, 'initialize', JUPYTERLAB))) return false;
          await debug(other, 'attach', {});
          const code =
            other.language === 'python'
              ? 'local1 = 41\nlocal1 += 1\nlocal1'
              : 'let local1 = 41;\nlocal1 += 1;\nlocal1';
          const { sourcePath } = await debug(other, 'dumpCell', { code });
          await debug(other, 'setBreakpoints', {
            source: { path: sourcePath },
            breakpoints: [{ line: 3 }],
            sourceModified: false,
          });
          await debug(other, 'configurationDone');
          const stopped = other.client.next(
            ({ header, content }) => header.msg_type === 'debug_event' && content.event === 'stopped',
            'stop at the breakpoint',
          );
          stopped.catch(() => undefined);
          const run = other.client.startCell(code);
          const event = await within(stopped, 8000);
          if (!event) return false;
          const threadId = event.content.body.threadId;
          const { stackFrames } = await debug(other, 'stackTrace', { threadId });
          const { scopes } = await debug(other, 'scopes', { frameId: stackFrames[0].id });
          const lists = [];
          for (const { variablesReference } of scopes)
            lists.push((await debug(other, 'variables', { variablesReference })).variables);
          await debug(other, 'continue', { threadId });
          await other.ended(run);
          return lists.flat().some(({ name, value }: Json) => name === 'local1' && value === '42');
        }),
      ),
    ),
    feature(
      'The debugger stops where an error is thrown',
      everywhere(async (kernel) => {
        if (!(await debugs(kernel))) return false;
        const body = await debug(kernel, 'debugInfo');
        return body?.exceptionPaths?.length > 0;
      }),
    ),
    feature(
      'The variables panel works without a breakpoint',
      everywhere(async (kernel) => {
        await kernel.ok(kernel.language === 'python' ? 'panel1 = 41 + 1' : 'let panel1 = 41 + 1;');
        if (!(await debugs(kernel))) return false;
        const body = await debug(kernel, 'inspectVariables');
        return body?.variables?.some(({ name, value }: Json) => name === 'panel1' && value === '42') ?? false;
      }),
    ),
  ],
};

/** An interactive function answers the first value and a change, wherever its output goes. */
function interacts(code: string): Probe {
  return (kernel) =>
    kernel.listen(async (heard) => {
      const id = model(await kernel.ok(code), /SliderModel/);
      if (!id || !(await heard.has(/n is 5/))) return false;
      await change(kernel, id, { value: 42 });
      return heard.has(/n is 42/);
    });
}

function anywidget(make: string, get: string): Probe {
  return async (kernel) => {
    const run = await kernel.ok(make);
    const id = model(run, /AnyModel/);
    if (!id) return false;
    await change(kernel, id, { count: 6 });
    return shown(await kernel.ok(get)) === '6' ? true : 'from cell to browser only';
  };
}
