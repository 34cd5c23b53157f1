/** Compares pins with what their registries say now. */
import semver from "semver";
import { z } from "zod";
import { UsageError } from "../command-line.ts";
import { openRepository } from "./distribution.ts";
import type { ToolPin } from "./tools.ts";

const pinsSchema = z.record(
  z.string(),
  z.strictObject({
    image: z.string().min(1),
    tag: z.string().regex(/^v?\d+\.\d+\.\d+(-[a-z]+)?$/, "must be a full version, as v1.2.3 or 1.2.3-alpine"),
    digest: z.string().regex(/^sha256:[0-9a-f]{64}$/, "must be sha256: and 64 hexadecimal digits"),
    releases: z.url(),
  }),
);

export type Pins = Readonly<Record<string, ToolPin>>;

/** A file of pins that cannot be read: says which entry, and why. */
export class PinFileError extends UsageError {
  override readonly name = "PinFileError";
  override readonly exitCode = 2;
}

/**
 * Reads the text of a file such as tools.json.
 *
 * @param name the file's, for errors.
 * @throws PinFileError naming every entry that is wrong.
 */
export function parsePins(text: string, name: string): Pins {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new PinFileError(`${name} is not JSON: ${(error as Error).message}. Restore it from Git.`);
  }
  const parsed = pinsSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `  ${path.join(".")}: ${message}`);
  throw new PinFileError(`${name} has entries that cannot be read; correct them:\n${faults.join("\n")}`);
}

/** The file's text, as the formatter would have it. */
export const formatPins = (pins: Pins): string => `${JSON.stringify(pins, null, 2)}\n`;

/** What a registry says about one pin. */
export interface PinReport {
  readonly name: string;
  readonly pin: ToolPin;
  /** What the pin's tag points at now; undefined when it is gone. */
  readonly digest: string | undefined;
  /** Newest tag of the same shape with a higher version, any major; undefined when there is none. */
  readonly newest: string | undefined;
  /** The same, within the pin's major version. */
  readonly newestOfMajor: string | undefined;
}

/** `v1.2.3-dev` has the shape of `v2.0.0-dev`, and not of `v2.0.0`. */
const shapeOf = (tag: string): string => tag.replace(/\d+\.\d+\.\d+/, "#");

const versionOf = (tag: string): string => /\d+\.\d+\.\d+/.exec(tag)?.[0] ?? "0.0.0";

/** The highest version above the tag's own, among tags of its shape. Pure. */
export function newerTag(tag: string, tags: readonly string[], within: "any" | "major"): string | undefined {
  const version = versionOf(tag);
  return tags
    .filter((one) => shapeOf(one) === shapeOf(tag) && /^v?\d+\.\d+\.\d+(-|$)/.test(one))
    .filter((one) => semver.gt(versionOf(one), version))
    .filter((one) => within === "any" || semver.major(versionOf(one)) === semver.major(version))
    .sort((a, b) => semver.compare(versionOf(a), versionOf(b)))
    .at(-1);
}

/** Asks one pin's registry. @throws RegistryError when that gives no answer. */
export async function inspectPin(name: string, pin: ToolPin): Promise<PinReport> {
  const repository = openRepository(pin.image);
  const digest = await repository.digest(pin.tag);
  const tags = await repository.tags();
  return {
    name,
    pin,
    digest,
    newest: newerTag(pin.tag, tags, "any"),
    newestOfMajor: newerTag(pin.tag, tags, "major"),
  };
}

/** The pin on its newest version, with the digest that its registry has for that. */
export async function updatedPin(report: PinReport, within: "any" | "major"): Promise<ToolPin> {
  const { pin } = report;
  const tag = (within === "any" ? report.newest : report.newestOfMajor) ?? pin.tag;
  const digest = tag === pin.tag ? report.digest : await openRepository(pin.image).digest(tag);
  if (digest === undefined) return pin;
  return { ...pin, tag, digest };
}

/** A pin's state in a word: `moved` means that somebody pushed the tag again. */
export function stateOf({ pin, digest }: PinReport): "as pinned" | "moved" | "gone" {
  if (digest === undefined) return "gone";
  return digest === pin.digest ? "as pinned" : "moved";
}

/** One line a pin, in columns. */
export function table(reports: readonly PinReport[]): string {
  const rows = [
    ["tool", "pinned", "tag is", "newest", "releases"],
    ...reports.map((report) => [
      report.name,
      report.pin.tag,
      stateOf(report),
      report.newest ?? "-",
      report.pin.releases,
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "))
    .map((line) => line.trimEnd())
    .join("\n");
}
