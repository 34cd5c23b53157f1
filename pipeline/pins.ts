/** `npm run pins`: asks each tool's registry whether its pin is still what it was, and what is newer. */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { runCommandLine } from "../command-line.ts";
import { RegistryError } from "./distribution.ts";
import {
  formatPins,
  inspectPin,
  type PinReport,
  type Pins,
  parsePins,
  stateOf,
  table,
  updatedPin,
} from "./pin-update.ts";

interface Options {
  readonly file: string;
  readonly write?: true;
  readonly major?: true;
  readonly check?: true;
}

const toolsFile = fileURLToPath(new URL("tools.json", import.meta.url));

/** Asks all at once, and tells of every registry that gave no answer. */
async function inspect(pins: Pins): Promise<PinReport[]> {
  const asked = Object.entries(pins).map(([name, pin]) => inspectPin(name, pin));
  const settled = await Promise.allSettled(asked);
  const faults = settled.filter((one) => one.status === "rejected").map(({ reason }) => reason as Error);
  const unknown = faults.find((fault) => !(fault instanceof RegistryError));
  if (unknown !== undefined) throw unknown;
  const reports = settled.filter((one) => one.status === "fulfilled").map(({ value }) => value);
  if (reports.length > 0) console.log(table(reports));
  if (faults.length > 0) throw new RegistryError(faults.map(({ message }) => message).join("\n"));
  return reports;
}

async function write(reports: readonly PinReport[], options: Options): Promise<void> {
  const within = options.major === true ? "any" : "major";
  const entries = reports.map(async (report) => [report.name, await updatedPin(report, within)] as const);
  const text = formatPins(Object.fromEntries(await Promise.all(entries)));
  const changed = text !== readFileSync(options.file, "utf8");
  if (changed) writeFileSync(options.file, text);
  console.log(
    changed ? `Wrote ${options.file}. Read the releases' notes before you commit it.` : "Nothing is newer.",
  );
}

async function pins(options: Options): Promise<void> {
  const name = path.relative(process.cwd(), options.file);
  const reports = await inspect(parsePins(readFileSync(options.file, "utf8"), name));
  const strays = reports.filter((report) => stateOf(report) !== "as pinned");
  for (const { name, pin, digest } of strays) {
    console.error(
      digest === undefined
        ? `${name}: ${pin.image}:${pin.tag} is gone. Pin another version; a mirror may still have this one.`
        : `${name}: ${pin.image}:${pin.tag} is ${digest} now, and was ${pin.digest}. ` +
            `Releases are not pushed twice as a rule: read ${pin.releases} before you take it.`,
    );
  }
  if (options.write === true) await write(reports, options);
  if (options.check === true && strays.length > 0) process.exitCode = 1;
}

const program = new Command("pins")
  .description("Compares the tools' pinned images with what their registries have now.")
  .option("--write", "write the newest versions and their digests, within each pin's major version")
  .option("--major", "with --write: new major versions as well")
  .option("--check", "exit with 1 when a pinned tag points elsewhere or is gone")
  .option("--file <path>", "pins in another file", toolsFile)
  .action(pins);

await runCommandLine(program);
