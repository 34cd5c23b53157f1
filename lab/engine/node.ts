import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The first that runs TypeScript by itself, and that the Pulumi SDK is happy with. */
const neededMajor = 24;

/**
 * The Node that programs and providers run on: this process's own, unless that is too old; then the one that is among
 * the project's packages.
 */
export function nodePath(): string {
  const packaged = fileURLToPath(new URL("../../node_modules/node/bin/node", import.meta.url));
  const isCurrent = Number(process.versions.node.split(".")[0]) >= neededMajor;
  return isCurrent || !existsSync(packaged) ? process.execPath : packaged;
}
