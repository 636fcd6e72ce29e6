/** Whether a version is one that an import asks for: `5`, `5.1`, `^5.1.2`, `~5.1`, `>=4`, `5 || 6`, or a tag. */

type Version = readonly [major: number, minor: number, patch: number];

/** Parts that are left out, or `x`, may be anything. */
function read(text: string): readonly number[] {
  const parts = text
    .replace(/^[v=]+/, '')
    .replace(/[-+].*$/, '')
    .split('.');
  const numbers: number[] = [];
  for (const part of parts) {
    if (!/^\d+$/.test(part)) break;
    numbers.push(Number(part));
  }
  return numbers;
}

function compare(version: Version, wanted: readonly number[]): number {
  for (const [at, number] of wanted.entries()) {
    const difference = (version[at] ?? 0) - number;
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}

function fitsOne(version: Version, text: string): boolean {
  const [, operator = '', rest = ''] = /^(\^|~|>=|<=|>|<|)\s*(.*)$/.exec(text) ?? [];
  const wanted = read(rest);
  const order = compare(version, wanted);
  switch (operator) {
    case '>=':
      return order >= 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '<':
      return order < 0;
    case '~':
      return compare(version, wanted.slice(0, 2)) === 0 && order >= 0;
    case '^': {
      // The first part that is not 0 must stay.
      const first = wanted.findIndex((number) => number > 0);
      const fixed = first < 0 ? wanted.length : first + 1;
      return compare(version, wanted.slice(0, fixed)) === 0 && order >= 0;
    }
    default:
      return order === 0;
  }
}

/** @param range a tag such as `latest`, which only the registry could tell, fits any version */
export function fits(version: string, range: string): boolean {
  const [major = 0, minor = 0, patch = 0] = read(version);
  const wanted = decodeURIComponent(range).trim();
  if (wanted === '' || wanted === '*' || /^[a-z]/i.test(wanted.replace(/^v(?=\d)/, ''))) return true;
  return wanted.split('||').some((part) =>
    part
      .trim()
      .replace(/(\^|~|>=|<=|>|<)\s+/g, '$1')
      .split(/\s+/)
      .every((one) => fitsOne([major, minor, patch], one)),
  );
}
