// @ts-check
/**
 * Writes a database in the layout of LMDB's data format 1, as LSUN has it: for tests and benchmarks. Pages are written as they
 * fill, so that a large one needs no memory.
 */
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';

const [PAGE, HEADER] = [4096, 16];
const [BRANCH, LEAF, OVERFLOW, META] = [1, 2, 4, 8];
/** A node that is longer has its value on pages of its own (me_nodemax of LMDB). */
const LONGEST_NODE = (((PAGE - HEADER) / 2) & ~1) - 2;

/**
 * @param {string} folder gets data.mdb and lock.mdb
 * @param {Iterable<[string, Uint8Array]> | AsyncIterable<[string, Uint8Array]>} records in the order of their keys
 * @returns {Promise<number>} how many records there are
 */
export async function writeLmdb(folder, records) {
  mkdirSync(folder, { recursive: true });
  const file = openSync(path.join(folder, 'data.mdb'), 'w');
  let next = 2;
  /** @param {Buffer} bytes @returns {number} the number of the first page */
  const append = (bytes) => {
    const number = next;
    bytes.writeBigUInt64LE(BigInt(number), 0);
    writeSync(file, bytes, 0, bytes.length, number * PAGE);
    next += bytes.length / PAGE;
    return number;
  };
  /** @param {number} kind @param {Buffer[]} nodes */
  const appendNodes = (kind, nodes) => {
    const page = Buffer.alloc(PAGE);
    let upper = PAGE;
    for (const [i, node] of nodes.entries()) {
      upper -= node.length;
      node.copy(page, upper);
      page.writeUInt16LE(upper, HEADER + 2 * i);
    }
    page.writeUInt16LE(kind, 10);
    page.writeUInt16LE(HEADER + 2 * nodes.length, 12);
    page.writeUInt16LE(upper, 14);
    return append(page);
  };
  /** @param {Buffer[]} nodes @param {Buffer} node */
  const fits = (nodes, node) =>
    nodes.reduce((sum, one) => sum + one.length + 2, HEADER) + node.length + 2 <= PAGE;

  /** @type {{ key: string, page: number }[]} the first key of each page of the level below */
  let level = [];
  let count = 0;
  let overflowPages = 0;
  /** @type {Buffer[]} */
  let leaf = [];
  let first = '';
  for await (const [key, value] of records) {
    const isBig = 8 + key.length + value.length > LONGEST_NODE;
    let data = Buffer.from(value);
    if (isBig) {
      const pages = Math.ceil((HEADER + value.length) / PAGE);
      const bytes = Buffer.alloc(pages * PAGE);
      bytes.writeUInt16LE(OVERFLOW, 10);
      bytes.writeUInt32LE(pages, 12);
      bytes.set(value, HEADER);
      overflowPages += pages;
      data = Buffer.alloc(8);
      data.writeBigUInt64LE(BigInt(append(bytes)));
    }
    const node = makeNode(value.length & 0xffff, value.length >>> 16, isBig ? 1 : 0, key, data);
    if (!fits(leaf, node)) {
      level.push({ key: first, page: appendNodes(LEAF, leaf) });
      leaf = [];
    }
    if (leaf.length === 0) first = key;
    leaf.push(node);
    count++;
  }
  if (leaf.length > 0) level.push({ key: first, page: appendNodes(LEAF, leaf) });
  const leafPages = level.length;
  let [depth, branchPages] = [leafPages > 0 ? 1 : 0, 0];
  while (level.length > 1) {
    /** @type {typeof level} */
    const above = [];
    /** @type {Buffer[]} */
    let nodes = [];
    let start = '';
    const flush = () => {
      above.push({ key: start, page: appendNodes(BRANCH, nodes) });
      branchPages++;
      nodes = [];
    };
    for (const { key, page } of level) {
      const top = Math.floor(page / 2 ** 32);
      // A branch's first key is left empty: whatever is less than the second lies there.
      const make = () =>
        makeNode(page & 0xffff, (page >>> 16) & 0xffff, top, nodes.length === 0 ? '' : key, Buffer.alloc(0));
      if (!fits(nodes, make())) flush();
      if (nodes.length === 0) start = key;
      nodes.push(make());
    }
    flush();
    level = above;
    depth++;
  }
  for (const page of [0, 1]) {
    const meta = Buffer.alloc(PAGE);
    meta.writeBigUInt64LE(BigInt(page), 0);
    meta.writeUInt16LE(META, 10);
    meta.writeUInt32LE(0xbeefc0de, 16);
    meta.writeUInt32LE(1, 20);
    meta.writeBigUInt64LE(BigInt(next * PAGE), 32);
    meta.writeUInt32LE(PAGE, 40);
    meta.writeBigUInt64LE(0xffffffffffffffffn, 80);
    meta.writeUInt16LE(page === 1 ? depth : 0, 94);
    for (const [i, value] of [branchPages, leafPages, overflowPages, count].entries()) {
      meta.writeBigUInt64LE(BigInt(page === 1 ? value : 0), 96 + 8 * i);
    }
    meta.writeBigUInt64LE(page === 1 && count > 0 ? BigInt(level[0].page) : 0xffffffffffffffffn, 128);
    meta.writeBigUInt64LE(BigInt(page === 1 ? next - 1 : 1), 136);
    meta.writeBigUInt64LE(BigInt(page), 144);
    writeSync(file, meta, 0, PAGE, page * PAGE);
  }
  closeSync(file);
  writeFileSync(path.join(folder, 'lock.mdb'), Buffer.alloc(8192));
  return count;
}

/** @param {number} lo @param {number} hi @param {number} flags @param {string} key @param {Buffer} data */
function makeNode(lo, hi, flags, key, data) {
  const length = 8 + key.length + data.length;
  const node = Buffer.alloc(length + (length % 2));
  for (const [i, value] of [lo, hi, flags, key.length].entries()) node.writeUInt16LE(value, 2 * i);
  node.write(key, 8, 'latin1');
  data.copy(node, 8 + key.length);
  return node;
}
