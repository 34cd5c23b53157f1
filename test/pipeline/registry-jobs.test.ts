/** What a project's registries make of its jobs: who logs in where, with what rights, and where tags move. */
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Secret } from "../../config/secret.ts";
import { checkPipeline } from "../../pipeline/check/index.ts";
import { shellSteps } from "../../pipeline/check/parts.ts";
import type { Pipeline, Step } from "../../pipeline/model.ts";
import { pipelineFor } from "../../pipeline/pipeline.ts";
import { script } from "../../pipeline/shell.ts";
import { targetOf } from "../../pipeline/target.ts";
import { projectVariables } from "../../pipeline/variables.ts";
import { parsed, seedValues } from "../configs.ts";
import { inTemporaryDirectory } from "./support/recorder.ts";

const ECR = {
  ecr: {
    image: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop",
    role: "arn:aws:iam::123456789012:role/builder",
  },
};
const GOOGLE = {
  artifactRegistry: {
    image: "europe-west1-docker.pkg.dev/acme/shop",
    workloadIdentityProvider:
      "projects/123456789/locations/global/workloadIdentityPools/gitlab/providers/gitlab",
  },
};
const OTHER = { image: "registry.example.com/acme/shop", user: "ci", password: "correct-horse" };
const PUBLIC_KEY = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({
  type: "spki",
  format: "pem",
});

function pipeline(project: Record<string, unknown>): Pipeline {
  const values = seedValues();
  Object.assign(values.projects[0] ?? {}, project);
  const { fleets, projects } = parsed(values);
  const [fleet, first] = [fleets[0], projects[0]];
  if (!fleet || !first) throw new Error("the configuration has no fleet or no project");
  return pipelineFor(targetOf("dev", first, fleet));
}

const text = (steps: readonly Step[] = []): string =>
  steps.map((step) => ("run" in step ? step.run : step.reference.join(" "))).join("\n");

describe.each([
  ["GitLab's", "gitlab"],
  ["GitLab's by deploy token", { gitlab: { deployToken: true } }],
  ["Google's", GOOGLE],
  ["Amazon's", ECR],
  ["another", OTHER],
])("with %s registry", (_, registry) => {
  it("the pipeline is sound, with and without signatures", () => {
    expect(checkPipeline(pipeline({ registry }))).toEqual([]);
    const signing = { kms: "awskms:///alias/images", publicKey: PUBLIC_KEY };
    expect(checkPipeline(pipeline({ registry, signing, mirrors: [] }))).toEqual([]);
  });

  it("no job names a password", () => {
    expect(JSON.stringify(pipeline({ registry }))).not.toContain("correct-horse");
  });
});

describe("a login that starts a container", () => {
  const jobs = pipeline({ registry: ECR }).jobs;

  it("puts every job that logs in with Docker on a runner with the socket", () => {
    for (const name of ["docker-build", "attestations", "promote", "release", "rollback"])
      expect([name, jobs[name]?.tags]).toEqual([name, ["buildx-$TRUST_LEVEL"]]);
  });

  it("leaves tools without, which ask the cloud themselves", () => {
    const { hidden } = pipeline({ registry: ECR });
    expect(hidden[".trivy"]).toMatchObject({
      tags: ["buildx-$TRUST_LEVEL-plain"],
      id_tokens: { REGISTRY_ID_TOKEN: { aud: "sts.amazonaws.com" } },
      variables: { AWS_ROLE_ARN: ECR.ecr.role },
    });
  });
});

it("keeps the login's ID token where a job has one of its own", () => {
  const { jobs } = pipeline({ registry: GOOGLE, signing: { keyless: {} } });
  expect(Object.keys(jobs.sign?.id_tokens ?? {}).sort()).toEqual(["REGISTRY_ID_TOKEN", "SIGSTORE_ID_TOKEN"]);
});

describe("mirrors", () => {
  const place = inTemporaryDirectory();

  it("are logged in to by the jobs that move tags, and by no other", () => {
    const all = pipeline({ mirrors: [OTHER, GOOGLE] });
    const { jobs } = all;
    expect(all.variables).toMatchObject({ MIRROR_2_IMAGE: GOOGLE.artifactRegistry.image });
    for (const name of ["promote", "release", "rollback"]) {
      expect(text(jobs[name]?.before_script)).toContain('"$MIRROR_1_PASSWORD"');
      expect(jobs[name]?.id_tokens).toHaveProperty("MIRROR_2_ID_TOKEN");
      const steps = shellSteps(all, jobs[name] ?? { comment: "" });
      expect(text(steps)).toContain('MIRRORS="$MIRROR_1_IMAGE $MIRROR_2_IMAGE"');
    }
    expect(text(jobs["docker-build"]?.before_script)).not.toContain("MIRROR_1");
  });

  it("have a tag before the project's own registry has", () => {
    const lines = ["r.example.com/shop/app sha256:0 1.2 1", "r.example.com/shop/web sha256:1 1.2"];
    const listed = lines.map((line) => `echo '${line}' >> "$MOVES"\n`).join("");
    const run = place.run(`${script("move-tags")}${listed}move_tags\n`, {
      REGISTRY_IMAGE: "r.example.com/shop",
      MIRRORS: "m.example.com/x n.example.com/y",
    });
    expect(run.calls.map((call) => call.replace(/.*--prefer-index=false /, ""))).toEqual(
      ["m.example.com/x", "n.example.com/y", "r.example.com/shop"].flatMap((registry) => [
        `--tag ${registry}/app:1.2 --tag ${registry}/app:1 r.example.com/shop/app@sha256:0`,
        `--tag ${registry}/web:1.2 r.example.com/shop/web@sha256:1`,
      ]),
    );
  });
});

it("makes logins for private job images one variable, masked and hidden", () => {
  const values = seedValues();
  Object.assign(values.projects[0] ?? {}, {
    dockerAuth: [{ registry: "registry.example.com", user: "ci", password: "pass word $1" }],
  });
  const { fleets, projects } = parsed(values);
  const [fleet, project] = [fleets[0], projects[0]];
  if (!fleet || !project) throw new Error("the configuration has no fleet or no project");
  const [variable, ...others] = projectVariables(project, fleet);
  expect(others).toEqual([]);
  expect(variable).toMatchObject({ key: "DOCKER_AUTH_CONFIG", protected: false });
  // GitLab masks what has no white space.
  const value = variable?.value instanceof Secret ? variable.value.reveal() : "";
  expect(value).toMatch(/^\S{8,}$/);
  expect(JSON.parse(value).auths["registry.example.com"].auth).toBe(
    Buffer.from("ci:pass word $1").toString("base64"),
  );
});
