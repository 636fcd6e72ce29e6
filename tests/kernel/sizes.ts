/**
 * How much the robustness tests do. `npm test` does what fits into continuous integration; the environment variable
 * ROBUST=full does what is wanted before a release: `ROBUST=full npx vitest run --project=kernel tests/kernel/robust`.
 */
export const full = process.env.ROBUST === 'full';
