/** Says what an update of a stack would do, and how the files that it generates change. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { RunError } from "@pulumi/pulumi/errors.js";
import { UsageError } from "../command-line.ts";
import { StackError, type StackPreview } from "../stack/engine.ts";
import { isTrusted, realSurroundings, type Surroundings } from "./ci.ts";
import { patchOf } from "./compare.ts";
import { findingsOf } from "./findings.ts";
import { counts, fingerprint, type PreviewRecord } from "./record.ts";
import { compareRendered } from "./rendered.ts";

export interface PreviewOptions {
  readonly stack: string;
  /** Directory for the findings. */
  readonly out: string;
}

/**
 * Leaves a record in any case: one of a failure, too, so that the note can tell of it.
 *
 * @throws what the preview failed of, when the record is written.
 */
export async function preview(
  options: PreviewOptions,
  surroundings: Surroundings = realSurroundings(),
): Promise<void> {
  const { say } = surroundings;
  const resources = await resourcesOf(options.stack, surroundings);
  const files = await filesOf(options.stack, surroundings);
  const { failure } = resources;
  const record = recordOf(options.stack, resources, files, surroundings);
  await write(options, record);
  tell(record, say);
  for (const reason of [failure, files.failure]) if (reason !== undefined) throw reason;
}

interface Resources {
  readonly offline: boolean;
  readonly preview?: StackPreview;
  readonly failure?: unknown;
}

async function resourcesOf(stack: string, surroundings: Surroundings): Promise<Resources> {
  if (!isTrusted(surroundings)) return { offline: true };
  try {
    const engine = await surroundings.open({ stack, directory: surroundings.directory });
    surroundings.say(engine.describe());
    return { offline: false, preview: await engine.preview() };
  } catch (failure) {
    return { offline: false, failure };
  }
}

async function filesOf(stack: string, { directory, environment }: Surroundings) {
  // A pipeline of merged results has the target's newer commits as well, which are no part of the change.
  const base =
    environment.CI_MERGE_REQUEST_TARGET_BRANCH_SHA || environment.CI_MERGE_REQUEST_DIFF_BASE_SHA || "HEAD";
  try {
    return { files: await compareRendered({ stack, directory, environment }, base) };
  } catch (failure) {
    return { files: { problem: messageOf(failure) ?? "see the job's log" }, failure };
  }
}

/**
 * What may stand in the note. The message of a user's mistake is safe; an engine passes on providers' messages,
 * which can contain anything.
 */
function messageOf(failure: unknown): string | undefined {
  if (failure instanceof StackError) return undefined;
  return failure instanceof UsageError || RunError.isInstance(failure) ? failure.message : undefined;
}

function recordOf(
  stack: string,
  { offline, preview, failure }: Resources,
  { files }: Pick<Awaited<ReturnType<typeof filesOf>>, "files">,
  { environment }: Surroundings,
): PreviewRecord {
  const message = messageOf(failure);
  return {
    version: 1,
    stack,
    commit: environment.CI_COMMIT_SHA ?? "",
    job: {
      name: environment.CI_JOB_NAME ?? `preview-${stack}`,
      url: environment.CI_JOB_URL ?? "",
    },
    offline,
    ...(preview === undefined ? {} : { preview }),
    ...(failure === undefined ? {} : { failure: message === undefined ? {} : { message } }),
    files,
  };
}

async function write({ stack, out }: PreviewOptions, record: PreviewRecord): Promise<void> {
  const { record: path, directory, counts: report } = findingsOf(out, stack);
  await mkdir(directory, { recursive: true });
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(record, undefined, 2)}\n`);
  if (!("problem" in record.files)) await writeFile(join(directory, PATCH), patchOf(record.files.groups));
  // A preview that did not run has no numbers.
  if (record.preview !== undefined)
    await writeFile(report, `${JSON.stringify(counts(record.preview.changes))}\n`);
}

/** All differences of the generated files, in the findings' directory. */
export const PATCH = "files.diff";

function tell({ stack, offline, preview, files }: PreviewRecord, say: (line: string) => void): void {
  if (offline)
    say(
      `${stack}: offline: this pipeline is not for protected branches, so it has no secrets and cannot preview resources.`,
    );
  if (preview !== undefined) {
    for (const { op, name, type, properties } of preview.changes)
      say(`${stack}: ${op} ${name} (${type})${properties.length > 0 ? `: ${properties.join(", ")}` : ""}`);
    for (const warning of preview.warnings) say(`${stack}: warning: ${warning}`);
    say(
      preview.changes.length === 0
        ? `${stack}: no resource changes`
        : `${stack}: ${preview.changes.length} resource changes, fingerprint ${fingerprint(preview.changes)}`,
    );
  }
  tellFiles(stack, files, say);
}

function tellFiles(stack: string, files: PreviewRecord["files"], say: (line: string) => void): void {
  if ("problem" in files) {
    say(`${stack}: generated files are not compared: ${files.problem}`);
    return;
  }
  for (const { kind, name, files: changed } of files.groups)
    for (const { path, change, added, removed } of changed)
      say(`${stack}: ${change} ${[kind, name, path].filter(Boolean).join(" ")} (+${added} -${removed})`);
  if (files.groups.length === 0) say(`${stack}: no generated file changes`);
}
