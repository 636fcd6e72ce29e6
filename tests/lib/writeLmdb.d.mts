/** Writes a database in the layout of LMDB's data format 1; returns how many records there are. */
export function writeLmdb(
  folder: string,
  records: Iterable<[string, Uint8Array]> | AsyncIterable<[string, Uint8Array]>,
): Promise<number>;
