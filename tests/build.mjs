// Before tests: what was pulled or edited is built, as stale kernels of the engine would compute other numbers.
import { build } from '../scripts/build.mjs';

export default async function setup() {
  await build();
}
