import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/e2e/order.ts";

/** They change what all of a process shares: Pulumi's runtime, the environment. */
const ALONE = [
  "test/program.test.ts",
  "test/runner/fleets/**/*.test.ts",
  "test/sdks/**/*.test.ts",
  "test/lab/machine/**/*.test.ts",
  "test/policy/program.test.ts",
  "test/render/diagrams/browser.test.ts",
  "test/render/diagrams/mermaid.test.ts",
  "test/render/diagrams/page.test.ts",
  "test/render/diagrams/stack.test.ts",
  "test/render/resources.test.ts",
];

/** Tests start programs of this repository many times: what Node compiled of them is kept beside the packages. */
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL("node_modules/.cache/node", import.meta.url));

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/e2e/**", ...ALONE],
          testTimeout: 30_000,
          // Some list every occasion of a pipeline before the first test.
          hookTimeout: 60_000,
          maxWorkers: 3,
          isolate: false,
        },
      },
      {
        test: {
          name: "unit-alone",
          include: ALONE,
          testTimeout: 30_000,
          hookTimeout: 60_000,
          maxWorkers: 3,
          // Each sets what it needs of that, and Pulumi's packages take seconds to load.
          isolate: false,
        },
      },
      {
        // Root, and a lab for each of two files at once: while one waits for its machine, the other has the cores.
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: "test/e2e/prepare.ts",
          setupFiles: "test/e2e/instance.ts",
          maxWorkers: 2,
          testTimeout: 600_000,
          hookTimeout: 900_000,
        },
      },
    ],
  },
});
