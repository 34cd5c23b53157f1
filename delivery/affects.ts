/** Which files a stack is made of: the pipeline's rules ask it, and the note. */
import picomatch from "picomatch";

/** What every stack is made of. */
const SHARED = [
  "Pulumi.yaml",
  "index.ts",
  "config.ts",
  "config/**/*",
  "runner/**/*",
  "pipeline/**/*",
  "sdks/**/*",
  "package.json",
  "package-lock.json",
] as const;

/**
 * Patterns of the files that can change what a stack is, as `rules:changes` takes them.
 *
 * @example
 * affectingFiles("dev"); // ["Pulumi.dev.yaml", "Pulumi.yaml", "index.ts", …]
 */
export function affectingFiles(stack: string): readonly [string, ...string[]] {
  return [`Pulumi.${stack}.yaml`, ...SHARED];
}

/**
 * The stacks that a change can affect, in their own order.
 *
 * GitLab matches as Ruby's `File.fnmatch` does with FNM_PATHNAME, FNM_DOTMATCH and FNM_EXTGLOB: picomatch with `dot`.
 *
 * @param changed paths below the repository's root.
 * @see https://docs.gitlab.com/ci/yaml/#ruleschanges
 */
export function affectedStacks(changed: readonly string[], stacks: readonly string[]): readonly string[] {
  return stacks.filter((stack) => {
    const affects = picomatch([...affectingFiles(stack)], { dot: true });
    return changed.some((file) => affects(file));
  });
}
