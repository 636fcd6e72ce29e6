/** What magics ask of the wire process. */
import { readFacts } from '../cells/facts.js';
import type { CellSource } from '../cells/source.js';
import { plainText } from '../language/plain.js';
import type { LanguageSession } from '../language/session.js';
import type { NameHelp, Question } from '../shared/protocol.js';

/**
 * @param peek looks at values
 * @param running the cell that asks
 */
export async function answerTo(
  question: Question,
  language: LanguageSession,
  peek: Parameters<LanguageSession['inspect']>[4],
  running: CellSource | undefined,
): Promise<unknown> {
  switch (question.kind) {
    case 'names':
      return language.names(running?.text ?? '', running?.facts ?? readFacts(''));
    case 'reset':
      language.reset();
      return undefined;
    case 'help': {
      const about = await helpOn(question.name, question.source ? 1 : 0, language, peek);
      return { about, plain: plainText(about) } satisfies NameHelp;
    }
  }
}

/** @returns Markdown */
export async function helpOn(
  name: string,
  detail: number,
  language: LanguageSession,
  peek: Parameters<LanguageSession['inspect']>[4],
): Promise<string> {
  const lookUp = (code: string): Promise<string | undefined> =>
    language.inspect(code, readFacts(code), [...code].length, detail, peek);
  // What is no value may be a type.
  const found = (await lookUp(name)) ?? (await lookUp(`type $Help = ${name}`));
  return found === undefined || found.includes('/*unresolved*/') ? `\`${name}\` is not known.` : found;
}
