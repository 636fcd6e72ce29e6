// @ts-check
// How the search cuts text into words: the same when the index is made and when it is asked.

const han = /\p{Script=Han}/u;

/**
 * Words, and for Chinese, which has no spaces between words, each pair of neighbouring characters.
 * @param {string} text
 * @returns {string[]}
 */
export function tokens(text) {
  return text
    .split(/[^\p{L}\p{N}\p{M}_]+/u)
    .filter((word) => word !== '')
    .flatMap((word) => {
      if (!han.test(word) || word.length < 3) return [word];
      const signs = [...word];
      return signs.slice(1).map((sign, i) => `${signs[i]}${sign}`);
    });
}

/** What the index is made with, and read with. */
export const indexOptions = {
  fields: ['title', 'text'],
  storeFields: ['title', 'text', 'page', 'href'],
  tokenize: tokens,
  searchOptions: {
    prefix: (/** @type {string} */ term) => term.length > 1,
    fuzzy: (/** @type {string} */ term) => (term.length > 4 && !han.test(term) ? 0.15 : false),
    boost: { title: 3 },
    // The lectures explain; the documents beside them list.
    boostDocument: (/** @type {unknown} */ id) => (/^\d\d-/.test(String(id)) ? 1.5 : 1),
    combineWith: /** @type {const} */ ('AND'),
  },
};
