// The types of api.mjs for the tests, whose tsconfig reads no JavaScript.
export interface Tag {
  tag: string;
  text: string;
}
export interface Docstring {
  text: string;
  tags: Tag[];
}
export interface Export {
  name: string;
  kind: 'function' | 'class' | 'interface' | 'type' | 'constant';
  file: string;
  line: number;
  signature: string;
  doc: Docstring | null;
  members: { signature: string; doc: Docstring | null }[];
}
export function readApi(entry: string): Export[];
export function readDocstring(comment: string): Docstring;
export function moduleDocstring(file: string): Docstring | null;
