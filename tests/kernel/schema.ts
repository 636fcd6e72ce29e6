/**
 * JSON schemas of every message a kernel may send, from "Messaging in Jupyter" 5.5.
 * Contents are closed: a field that the protocol does not know is a fault, as is a missing one.
 */
import { Ajv, type ValidateFunction } from 'ajv';
import type { Channel, Json, Message } from './message.js';

const string = { type: 'string' };
const name = { type: 'string', minLength: 1 };
const boolean = { type: 'boolean' };
const count = { type: 'integer', minimum: 0 };
const free = { type: 'object' };
const strings = { type: 'array', items: string };

/** An object with exactly these fields; a name that ends in `?` may be left out. */
function record(fields: Record<string, object>) {
  const properties: Record<string, object> = {};
  const required: string[] = [];
  for (const [field, schema] of Object.entries(fields)) {
    if (!field.endsWith('?')) required.push(field);
    properties[field.replace(/\?$/, '')] = schema;
  }
  return { type: 'object', properties, required, additionalProperties: false };
}

/** Text and images are strings; a JSON type may be any JSON, as an object and never as text. */
const bundle = {
  type: 'object',
  propertyNames: { pattern: '^[^/\\s]+/[^/\\s]+$' },
  patternProperties: {
    '^(text|image)/(?!.*json$)': string,
    '\\+json$': { not: string },
  },
};
const headerSchema = record({
  msg_id: name,
  session: name,
  username: string,
  date: {
    type: 'string',
    pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]\\d\\d:?\\d\\d)$',
  },
  msg_type: name,
  version: { type: 'string', pattern: '^5\\.\\d+$' },
  'subshell_id?': { type: ['string', 'null'] },
});
const failure = { ename: name, evalue: string, traceback: strings };

/** A reply: its fields when all went well, or the error that every reply may carry instead. */
function reply(fields: Record<string, object>, onError: Record<string, object> = {}) {
  return {
    oneOf: [
      record({ status: { const: 'ok' }, ...fields }),
      record({ status: { const: 'error' }, ...failure, ...onError }),
    ],
  };
}

const languageInfo = record({
  name,
  version: name,
  mimetype: name,
  file_extension: { type: 'string', pattern: '^\\.' },
  'pygments_lexer?': string,
  'codemirror_mode?': { type: ['string', 'object'] },
  'nbconvert_exporter?': string,
});
const historyItem = {
  type: 'array',
  minItems: 3,
  maxItems: 3,
  items: {
    oneOf: [
      string,
      { type: 'integer' },
      { type: 'array', minItems: 2, maxItems: 2, items: { type: ['string', 'null'] } },
    ],
  },
};
const display = { data: bundle, metadata: free };
const commData = { comm_id: name, data: free };

type Entry = [Channel[], object];
const answers: Channel[] = ['shell', 'control'];
const contents: Record<string, Entry> = {
  kernel_info_reply: [
    answers,
    reply({
      protocol_version: { type: 'string', pattern: '^5\\.\\d+(\\.\\d+)?$' },
      implementation: name,
      implementation_version: name,
      language_info: languageInfo,
      banner: string,
      'help_links?': { type: 'array', items: record({ text: name, url: name }) },
      'debugger?': boolean,
      'supported_features?': strings,
    }),
  ],
  execute_reply: [
    ['shell'],
    {
      oneOf: [
        record({
          status: { const: 'ok' },
          execution_count: count,
          'user_expressions?': free,
          'payload?': { type: 'array', items: free },
        }),
        record({
          status: { const: 'error' },
          ...failure,
          'execution_count?': count,
          'user_expressions?': free,
          'payload?': { type: 'array', items: free },
        }),
        record({ status: { const: 'aborted' }, 'execution_count?': count }),
      ],
    },
  ],
  complete_reply: [
    ['shell'],
    reply({ matches: strings, cursor_start: count, cursor_end: count, metadata: free }),
  ],
  inspect_reply: [['shell'], reply({ found: boolean, data: bundle, metadata: free })],
  is_complete_reply: [
    ['shell'],
    {
      oneOf: [
        record({ status: { enum: ['complete', 'invalid', 'unknown'] } }),
        record({ status: { const: 'incomplete' }, indent: string }),
        record({ status: { const: 'error' }, ...failure }),
      ],
    },
  ],
  history_reply: [['shell'], reply({ history: { type: 'array', items: historyItem } })],
  comm_info_reply: [
    answers,
    reply({ comms: { type: 'object', additionalProperties: record({ target_name: string }) } }),
  ],
  connect_reply: [
    answers,
    reply({ shell_port: count, iopub_port: count, stdin_port: count, control_port: count, hb_port: count }),
  ],
  usage_reply: [answers, free],
  shutdown_reply: [[...answers, 'iopub'], reply({ restart: boolean })],
  interrupt_reply: [['control'], reply({})],
  debug_reply: [['control'], free],
  create_subshell_reply: [['control'], reply({ subshell_id: name })],
  delete_subshell_reply: [['control'], reply({})],
  list_subshell_reply: [['control'], reply({ subshell_id: strings })],
  input_request: [['stdin'], record({ prompt: string, password: boolean })],
  status: [['iopub'], record({ execution_state: { enum: ['busy', 'idle', 'starting'] } })],
  stream: [['iopub'], record({ name: { enum: ['stdout', 'stderr'] }, text: string })],
  display_data: [['iopub'], record({ ...display, 'transient?': record({ 'display_id?': string }) })],
  update_display_data: [['iopub'], record({ ...display, transient: record({ display_id: string }) })],
  execute_input: [['iopub'], record({ code: string, execution_count: count })],
  execute_result: [
    ['iopub'],
    record({ ...display, execution_count: count, 'transient?': record({ 'display_id?': string }) }),
  ],
  error: [['iopub'], record(failure)],
  clear_output: [['iopub'], record({ wait: boolean })],
  comm_open: [
    ['iopub'],
    record({ ...commData, target_name: name, 'target_module?': { type: ['string', 'null'] } }),
  ],
  comm_msg: [['iopub'], record(commData)],
  comm_close: [['iopub'], record(commData)],
  debug_event: [['iopub'], free],
  iopub_welcome: [['iopub'], record({ subscription: string })],
};

/** Messages that answer nothing and so may have an empty parent. */
const ORPHANS = new Set(['status', 'iopub_welcome', 'debug_event']);

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
const checkHeader = ajv.compile(headerSchema);
const checkParts = ajv.compile(record({ metadata: free, content: free }));
const checkContent = new Map<string, ValidateFunction>(
  Object.entries(contents).map(([type, [, schema]]) => [type, ajv.compile(schema)]),
);

/** What is wrong with a message by the protocol: an empty list when nothing is. */
export function faults(
  message: Pick<Message, 'channel' | 'header' | 'parent_header' | 'metadata' | 'content'>,
): string[] {
  const { channel, header, parent_header: parent, metadata, content } = message;
  const type = header?.msg_type;
  const found: string[] = [];
  const check = (what: string, validate: ValidateFunction, value: Json) => {
    if (!validate(value))
      found.push(`${type} on ${channel}: ${what}: ${ajv.errorsText(validate.errors)} in ${short(value)}`);
  };
  check('header', checkHeader, header);
  check('message', checkParts, { metadata, content });
  const hasParent = parent !== null && typeof parent === 'object' && Object.keys(parent).length > 0;
  if (hasParent) check('parent_header', checkHeader, parent);
  else if (!ORPHANS.has(type)) found.push(`${type} on ${channel}: parent_header is empty`);
  const validate = checkContent.get(type);
  if (!validate) return [...found, `${type} on ${channel}: the protocol has no such message`];
  check('content', validate, content);
  const channels = contents[type][0];
  if (!channels.includes(channel)) found.push(`${type} on ${channel}: belongs on ${channels.join(' or ')}`);
  return found;
}

function short(value: Json): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
