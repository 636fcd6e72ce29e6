/** Pictures as they are stored: numbered, encoded, each with a name. */
export interface RecordStore {
  readonly count: number;
  /** The name of a record: the key of a database, the path of a file. */
  key(index: number): string | Promise<string>;
  /** The encoded picture. */
  read(index: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Opening a large collection takes seconds. */
export interface ReadingOptions {
  /** Called while the collection is listed. */
  onProgress?: (done: number, total: number | undefined, note: string) => void;
  /** Ends it: the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
}
