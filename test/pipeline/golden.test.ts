/**
 * The whole of what is committed to six projects: the files beside golden/projects.ts, which a change of the generator
 * changes in the open (`npm test -- -u` writes them), held against GitLab's schema and listed on every occasion.
 */
import { describe, expect, it } from "vitest";
import { lintPipeline, planPipelines } from "../../lab/pipeline/index.ts";
import { projectFiles } from "../../pipeline/publish.ts";
import { parsed, seedValues } from "../configs.ts";
import { projects } from "./golden/projects.ts";

const EXTRA_JOBS = `smoke:
  stage: verify
  image: alpine:3.22
  tags: [buildx]
  script: [echo smoke]
`;

function committed(name: string) {
  const values = seedValues();
  values.projects = [
    { path: "acme/shop", fleet: "linux", ...projects[name] } as (typeof values.projects)[number],
  ];
  const config = { ...parsed(values), stack: "dev", gitlabUrl: "https://gitlab.example.com" };
  const [project] = config.projects;
  if (!project) throw new Error(`${name} is no project`);
  return projectFiles(config, project);
}

const occasions = {
  branch: { on: "branch", name: "feature/x" },
  "default branch": { on: "default branch" },
  "merge request": { on: "merge request", source: "feature/x" },
  "fork's merge request": { on: "merge request", source: "feature/x", fork: true },
  tag: { on: "tag", name: "v1.2.3", protected: true },
  refresh: { on: "schedule", description: "refresh", variables: [{ key: "REFRESH", value: "true" }] },
  backup: { on: "schedule", description: "backup", variables: [{ key: "OPERATION", value: "backup" }] },
  review: { on: "schedule", description: "review", variables: [{ key: "OPERATION", value: "review" }] },
} as const;

type Table = Readonly<Partial<Record<keyof typeof occasions, string>>>;

/** Jobs in the order of the file; a job's cells as one; `?` for what somebody starts by hand. */
const expected: Readonly<Record<string, Table>> = {
  "app-and-db-init": {
    branch: "hadolint gitleaks docker-build trivy attestations promote",
    "default branch": "hadolint gitleaks docker-build trivy attestations promote rollback?",
    "merge request": "hadolint gitleaks docker-build trivy attestations promote",
    "fork's merge request": "hadolint gitleaks docker-build trivy attestations",
    tag: "hadolint gitleaks docker-build trivy attestations release",
    refresh: "hadolint gitleaks docker-build trivy attestations promote rollback?",
  },
  "one-image": {
    branch: "hadolint gitleaks docker-build trivy attestations promote",
    "default branch": "hadolint gitleaks docker-build trivy attestations promote rollback?",
    "merge request": "hadolint gitleaks docker-build trivy attestations promote",
    "fork's merge request": "hadolint gitleaks docker-build trivy attestations",
    tag: "hadolint gitleaks docker-build trivy attestations release",
    refresh: "hadolint gitleaks docker-build trivy attestations promote rollback?",
  },
  "three-way-matrix": {
    branch: "hadolint gitleaks build-python",
    "default branch": "hadolint gitleaks build-and-push-python trivy-python attestations promote rollback?",
    "merge request": "hadolint gitleaks build-python",
    "fork's merge request": "hadolint gitleaks build-python",
    tag: "hadolint gitleaks build-and-push-python trivy-python attestations release",
    refresh: "hadolint gitleaks build-and-push-python trivy-python attestations promote rollback?",
  },
  monorepo: {
    branch: "hadolint gitleaks test docker-build trivy attestations promote",
    "default branch": "hadolint gitleaks test docker-build trivy attestations promote rollback?",
    "merge request": "hadolint gitleaks test docker-build trivy attestations promote",
    "fork's merge request": "hadolint gitleaks test docker-build trivy attestations",
    tag: "hadolint gitleaks test docker-build trivy attestations release",
    refresh: "hadolint gitleaks test docker-build trivy attestations promote rollback?",
  },
  "releases-by-tag": {
    branch: "hadolint gitleaks docker-build trivy attestations promote",
    "default branch":
      "hadolint gitleaks docker-build trivy attestations sign promote rollback? rollback-tags",
    "merge request": "hadolint gitleaks commitlint docker-build trivy attestations promote",
    "fork's merge request": "hadolint gitleaks commitlint docker-build trivy attestations",
    tag: "hadolint gitleaks docker-build trivy attestations sign release",
    refresh: "hadolint gitleaks docker-build trivy attestations sign promote rollback? rollback-tags",
  },
  "everything-on": {
    branch:
      "smoke hadolint gitleaks test docker-build build-python validate-db-init trivy attestations promote",
    "default branch":
      "smoke hadolint gitleaks test docker-build build-and-push-python validate-db-init trivy trivy-python attestations sign promote rollback? rollback-tags",
    "merge request":
      "smoke hadolint gitleaks commitlint test docker-build build-python validate-db-init trivy attestations promote",
    "fork's merge request":
      "smoke hadolint gitleaks commitlint test docker-build build-python validate-db-init trivy attestations",
    tag: "smoke hadolint gitleaks test docker-build build-and-push-python validate-db-init trivy trivy-python attestations sign release",
    refresh:
      "smoke hadolint gitleaks test docker-build build-and-push-python validate-db-init trivy trivy-python attestations sign promote rollback? rollback-tags",
    backup: "smoke backup",
    review: "smoke review-trivy review",
  },
};

/** Jobs that start, by occasion. */
async function listed(name: string): Promise<Record<string, string>> {
  const { pipeline, bake } = committed(name);
  const files = { [bake.path]: bake.content, "ci/jobs.yml": EXTRA_JOBS };
  const plans = await planPipelines(pipeline.content, occasions, { files });
  return Object.fromEntries(
    Object.entries(plans).map(([occasion, jobs]) => {
      const names = jobs.map(
        (job) => `${job.name.replace(/: \[.*\]$/, "")}${job.when === "manual" ? "?" : ""}`,
      );
      return [occasion, [...new Set(names)].join(" ")];
    }),
  );
}

describe.each(Object.keys(projects))("%s", (name) => {
  it("is committed as it is written down", async () => {
    const { pipeline, bake } = committed(name);
    await expect(pipeline.content).toMatchFileSnapshot(`golden/${name}.gitlab-ci.yml`);
    await expect(bake.content).toMatchFileSnapshot(`golden/${name}.docker-bake.hcl`);
  });

  it("is what GitLab's schema allows", async () => {
    const { pipeline } = committed(name);
    // The schema is asked of one file at a time.
    expect(await lintPipeline(pipeline.content.replace(/^include:\n(?: .*\n)+/m, ""))).toEqual([]);
  });

  it("starts the jobs that each occasion asks for", async () => {
    // A project that has no such operation knows nothing of the variable.
    const other = expected[name]?.refresh;
    expect(await listed(name)).toEqual({ backup: other, review: other, ...expected[name] });
  });
});
