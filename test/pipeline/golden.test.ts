/**
 * The whole of what is committed to six projects: the files beside golden/projects.ts, which a change of the generator
 * changes in the open (`npm test -- -u` writes them), held against GitLab's schema and listed on every occasion.
 */
import { describe, expect, it } from "vitest";
import { planPipelines } from "../../lab/pipeline/index.ts";
import { projectFiles } from "../../pipeline/publish.ts";
import { parsed, seedValues } from "../configs.ts";
import { expected, occasions } from "./golden/occasions.ts";
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

/** Jobs that start, by occasion; it throws where GitLab's schema forbids the file. */
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

  it("is what GitLab's schema allows, and starts the jobs that each occasion asks for", async () => {
    // A project that has no such operation knows nothing of the variable.
    const other = expected[name]?.refresh;
    expect(await listed(name)).toEqual({ backup: other, review: other, ...expected[name] });
  });
});
