/** What `npm start` did, for a person to read. */
import colors from "picocolors";
import type { StackEngine, StackUpdate } from "../stack/engine.ts";
import type { Pulumi } from "./engine/index.ts";
import { type Lab, PROJECT } from "./lab.ts";
import type { PipelineResult } from "./pipeline/index.ts";

export interface Outcome {
  readonly engine: StackEngine;
  readonly deployment: StackUpdate;
  readonly cold: PipelineResult;
  readonly warm: PipelineResult;
}

const origins: Readonly<Record<Pulumi["origin"], string>> = {
  path: "the one on PATH",
  installed: "installed by Pulumi's own installer",
  built: "built from its Go module",
};

const heading = (text: string): string => `\n${colors.bold(text)}`;
const seconds = (value: number): string => `${value.toFixed(1)} s`;
const short = (digest: string): string => digest.slice(0, 19);

function created(deployment: StackUpdate): string[] {
  const counts = new Map<string, number>();
  for (const { type } of deployment.changes.filter(({ op }) => op === "create")) {
    const name = type.split(":").at(-1) ?? type;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].filter(([name]) => name !== "Stack").map(([name, count]) => `  ${count} x ${name}`);
}

async function images(lab: Lab): Promise<string[]> {
  const repositories = (await lab.registry.repositories()).filter((name) => !name.endsWith("/cache"));
  const lines: string[] = [];
  for (const repository of repositories) {
    const byDigest = new Map<string, string[]>();
    for (const tag of await lab.registry.listTags(repository)) {
      const digest = (await lab.registry.digest(repository, tag)) ?? "";
      byDigest.set(digest, [
        ...(byDigest.get(digest) ?? []),
        /^[0-9a-f]{40}$/.test(tag) ? tag.slice(0, 8) : tag,
      ]);
    }
    for (const [digest, tags] of byDigest)
      lines.push(`  ${repository}  ${short(digest)}…  ${tags.join(", ")}`);
  }
  return lines;
}

const job = (result: PipelineResult, name: string): number =>
  result.jobs.find((candidate) => candidate.name === name)?.seconds ?? Number.NaN;

/** The summary's lines. */
export async function summary(lab: Lab, { engine, deployment, cold, warm }: Outcome): Promise<string> {
  const validation = warm.log.match(/\S+ is valid: .*/)?.[0] ?? "no validation ran";
  const coldBuild = job(cold, "docker-build");
  const warmBuild = job(warm, "docker-build");
  const commit = (await lab.gitlab.commits(PROJECT))[0];
  return [
    heading("Engine"),
    `  ${engine.describe()}`,
    `  ${origins[lab.pulumi.origin]}: ${lab.pulumi.directory}/pulumi`,
    heading("Created"),
    ...created(deployment),
    heading(`Committed to ${PROJECT}`),
    `  ${commit?.sha.slice(0, 8)} ${commit?.message.split("\n")[0]}`,
    heading(`Pushed to ${lab.registry.address}`),
    ...(await images(lab)),
    heading("Proven"),
    `  ${validation}`,
    heading("Job docker-build"),
    `  cold ${seconds(coldBuild)}, warm ${seconds(warmBuild)} (${(coldBuild / warmBuild).toFixed(1)}x faster), validation included`,
    heading("Stood in for here"),
    "  GitLab, by the lab's own server; the runner manager, by gitlab-ci-local with the host's own config.toml;",
    ...lab.images
      .filter(({ source }) => source === "built")
      .map(({ reference }) => `  ${reference}, built from packages`),
    heading("Left out here"),
    "  trivy: its image and its vulnerability database cannot be built from packages;",
    "  hadolint, gitleaks, commitlint: the lab builds their images for its tests alone (npm run e2e -- gates)",
    "",
  ].join("\n");
}
