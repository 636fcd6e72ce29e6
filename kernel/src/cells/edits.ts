/** A text with pieces replaced, and where each place of the one is in the other. */
import MagicString from 'magic-string';

export interface Edit {
  /** UTF-16 offsets into the original. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export class EditedText {
  readonly original: string;
  readonly text: string;
  readonly #edits: readonly Edit[];

  /** @param edits in any order, none within another */
  constructor(original: string, edits: readonly Edit[]) {
    this.original = original;
    this.#edits = [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
    let text = '';
    let at = 0;
    for (const edit of this.#edits) {
      text += original.slice(at, edit.start) + edit.text;
      at = edit.end;
    }
    this.text = text + original.slice(at);
  }

  /** Where a place of the edited text was; within a replacement, where that begins. */
  toOriginal(offset: number): number {
    let shift = 0;
    for (const { start, end, text } of this.#edits) {
      if (offset < start + shift) break;
      if (offset < start + shift + text.length) return start;
      shift += text.length - (end - start);
    }
    return Math.min(offset - shift, this.original.length);
  }

  /** Where a place of the original is now; undefined within what was replaced. */
  toEdited(offset: number): number | undefined {
    let shift = 0;
    for (const { start, end, text } of this.#edits) {
      // The end of kept text belongs to it, whatever is put behind it.
      if (offset <= start) break;
      // At the end of a line that was replaced there is no kept text.
      const isLast = offset === end && start < end && /^(?:\n|$)/.test(this.original.slice(end, end + 1));
      if (offset < end || isLast) return undefined;
      shift += text.length - (end - start);
    }
    return offset + shift;
  }

  /** The source map from the edited text to the original. */
  map(): string {
    const edit = new MagicString(this.original);
    for (const { start, end, text } of this.#edits) {
      if (start === end) edit.appendLeft(start, text);
      else if (text === '') edit.remove(start, end);
      else edit.update(start, end, text);
    }
    return edit.generateMap({ hires: 'boundary' }).toString();
  }
}
