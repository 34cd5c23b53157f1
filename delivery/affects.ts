/** Which files a stack is made of. */

/** What every stack is made of. */
const SHARED = [
  "Pulumi.yaml",
  "index.ts",
  "main.ts",
  "config.ts",
  "outputs.ts",
  "config/**/*",
  "runner/**/*",
  "pipeline/**/*",
  "sdks/**/*",
  "package.json",
  "package-lock.json",
] as const;

/**
 * Patterns of the files that can change what a stack is, as `rules:changes` takes them. Which stacks a merge request
 * affects is asked nowhere else: its pipeline has a preview of each.
 *
 * @example
 * affectingFiles("dev"); // ["Pulumi.dev.yaml", "Pulumi.yaml", "index.ts", …]
 */
export function affectingFiles(stack: string): readonly [string, ...string[]] {
  return [`Pulumi.${stack}.yaml`, ...SHARED];
}
