/** Validation in both shapes on the lab's live PostGIS: what passes, what hangs, and what the log says then. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommittedPipeline } from "../../lab/committed-pipeline.ts";
import { type Lab, PROJECT, startLab } from "../../lab/lab.ts";
import { loggedSteps } from "../../lab/progress.ts";
import { brokenInitDb } from "../../lab/sample/index.ts";
import { configure } from "./project.ts";
import { explain, statusOf } from "./results.ts";

const SERVICE = "postgis/postgis:15-3.3";
const HANGING = "db/migrations/0009_hangs.sql";

let lab: Lab;

const image = (shape: "docker-build" | "job") => ({
  name: "db-init",
  context: "db",
  validate: { service: SERVICE, command: "python init_db.py", timeout: 30, in: shape, directory: "/srv" },
});

function validateIn(shape: "docker-build" | "job"): Promise<void> {
  const { address, user, password } = lab.registry;
  return configure(lab, [
    { key: "images", value: [image(shape)] },
    { key: "dockerAuth[0].registry", value: address },
    { key: "dockerAuth[0].user", value: user ?? "" },
    { key: "dockerAuth[0].password", value: password ?? "", secret: true },
  ]);
}

const latest = () => lab.registry.digest(`${PROJECT}/db-init`, "latest");

beforeAll(async () => {
  lab = await startLab({ assumeYes: true, step: loggedSteps, readyHost: true });
});
afterAll(() => lab?.stop());

describe.each([
  ["in docker-build", "docker-build", "docker-build"],
  ["in a job of its own", "job", "validate-db-init"],
] as const)("a validation %s", (_, shape, job) => {
  beforeAll(() => validateIn(shape));

  it("proves the candidate on a live PostGIS, and lets it be promoted", async () => {
    const result = await runCommittedPipeline(lab);
    expect(result.status, explain(result)).toBe("success");
    expect(result.log).toMatch(/PostGIS 3\.3\.\d+, \d+ shops/);
    expect(await latest()).toBe(await lab.registry.digest(`${PROJECT}/db-init`, result.sha));
  });

  it("stops a migration that fails", async () => {
    const before = await latest();
    await lab.gitlab.commit(PROJECT, brokenInitDb());
    const result = await runCommittedPipeline(lab);
    await lab.gitlab.commit(
      PROJECT,
      Object.fromEntries(Object.keys(brokenInitDb()).map((file) => [file, undefined])),
    );
    expect(statusOf(result, job), explain(result)).toBe("failed");
    expect(statusOf(result, "promote")).toBe("skipped");
    expect(await latest()).toBe(before);
  });

  it("stops a migration that hangs within its limit", async () => {
    const before = await latest();
    await lab.gitlab.commit(PROJECT, { [HANGING]: "SELECT pg_sleep(3600);\n" });
    const result = await runCommittedPipeline(lab);
    await lab.gitlab.commit(PROJECT, { [HANGING]: undefined });
    expect(statusOf(result, job), explain(result)).toBe("failed");
    expect(result.jobs.find(({ name }) => name === job)?.seconds).toBeLessThan(180);
    expect(await latest()).toBe(before);
    expect(result.log).toMatch(/limit of 30 s/);
    // What the database had to say stands in the log of the job that could ask for it.
    if (shape === "docker-build")
      expect(result.log).toContain("database system is ready to accept connections");
  });
});
