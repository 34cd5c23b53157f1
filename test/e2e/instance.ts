/** Gives each of vitest's workers a lab of its own. It runs once in a process, before a file of tests is loaded. */
const first = Number(process.env.BUILDX_LAB_INSTANCE ?? 0);
process.env.BUILDX_LAB_INSTANCE = String(first + 10 * (Number(process.env.VITEST_POOL_ID) - 1));
