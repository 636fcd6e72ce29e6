import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';

const fixture = useKernel();

describe('usage_request, which jupyter-resource-usage sends', () => {
  test('tells of the memory of all processes, and of the machine', async () => {
    const { kernel } = fixture;
    const before = (await kernel.request('usage_request', {}, 'control')).reply;
    expect(before).toMatchObject({ hostname: hostname(), pid: kernel.kernel.process.pid });
    expect(before.cpu_count).toBeGreaterThan(0);
    const { total, available, used, percent } = before.host_virtual_memory;
    expect(total).toBe(available + used);
    expect(percent).toBeGreaterThan(0);
    // The cell runs in another process than the one that answers.
    await kernel.ok('const block = Buffer.alloc(200e6, 1)');
    const after = (await kernel.request('usage_request', {}, 'control')).reply;
    expect(after.kernel_memory - before.kernel_memory).toBeGreaterThan(150e6);
  });

  test('tells how busy they were since the last time', async () => {
    const { kernel } = fixture;
    await kernel.request('usage_request', {}, 'control');
    await kernel.ok('const end = Date.now() + 400; while (Date.now() < end);');
    const { reply } = await kernel.request('usage_request', {}, 'control');
    expect(reply.kernel_cpu).toBeGreaterThan(20);
    expect(reply.host_cpu_percent).toBeGreaterThan(0);
    expect(reply.host_cpu_percent).toBeLessThanOrEqual(100);
  });
});

describe('connect_request', () => {
  test('gives the ports of the connection file', async () => {
    const { shell_port, iopub_port, stdin_port, control_port, hb_port } = fixture.kernel.kernel.connection;
    expect((await fixture.kernel.request('connect_request')).reply).toEqual({
      status: 'ok',
      ...{ shell_port, iopub_port, stdin_port, control_port, hb_port },
    });
  });
});
