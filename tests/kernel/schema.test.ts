import { describe, expect, test } from 'vitest';
import { decode, encode, type Json, newHeader } from './message.js';
import { faults } from './schema.js';

/** A message as a kernel would send it, with parts of it replaced. */
function sent(type: string, content: Json, change: Record<string, Json> = {}) {
  return {
    channel: 'iopub' as const,
    header: newHeader(type, 'kernel'),
    parent_header: newHeader('execute_request', 'client'),
    metadata: {},
    content,
    ...change,
  };
}

describe('the client', () => {
  test('accepts a valid message', () => {
    expect(faults(sent('stream', { name: 'stdout', text: 'a' }))).toEqual([]);
  });

  test('refuses a field that is missing', () => {
    expect(faults(sent('stream', { text: 'a' })).join()).toContain("must have required property 'name'");
  });

  test('refuses a field that the protocol does not know', () => {
    expect(faults(sent('status', { execution_state: 'idle', extra: 1 })).join()).toContain(
      'additional properties',
    );
  });

  test('refuses an unknown message type', () => {
    expect(faults(sent('streams', {})).join()).toContain('the protocol has no such message');
  });

  test('refuses a message on the wrong channel', () => {
    const message = sent('stream', { name: 'stdout', text: 'a' }, { channel: 'shell' });
    expect(faults(message).join()).toContain('belongs on iopub');
  });

  test('refuses output without a parent', () => {
    const message = sent('stream', { name: 'stdout', text: 'a' }, { parent_header: {} });
    expect(faults(message).join()).toContain('parent_header is empty');
  });

  test('refuses a header without a date', () => {
    const message = sent('status', { execution_state: 'idle' });
    expect(faults({ ...message, header: { ...message.header, date: 'now' } }).join()).toContain('date');
  });

  test('refuses a JSON figure that was sent as text', () => {
    const content = { data: { 'application/vnd.plotly.v1+json': '{}' }, metadata: {} };
    expect(faults(sent('display_data', content)).join()).toContain('must NOT be valid');
  });

  test('refuses a failed reply without a traceback', () => {
    const message = sent('execute_reply', { status: 'error', ename: 'E', evalue: '' }, { channel: 'shell' });
    expect(faults(message).join()).toContain('traceback');
  });

  test('reads what it wrote, buffers included', () => {
    const header = newHeader('comm_msg', 'client');
    const frames = encode('key', header, { a: 1 }, {}, [Buffer.from('bytes')]);
    const message = decode('key', 'shell', frames);
    expect(message).toMatchObject({ header, content: { a: 1 }, buffers: [Buffer.from('bytes')] });
  });

  test('refuses a wrong signature', () => {
    const frames = encode('key', newHeader('status', 'kernel'), { execution_state: 'idle' });
    expect(() => decode('other key', 'iopub', frames)).toThrow('signature');
  });
});
