/**
 * Guards promotion: every candidate says, for each of its platforms, what it was built from and how (provenance), and
 * what is in it (a bill of materials). BuildKit attests both when it builds.
 * @see https://docs.docker.com/build/metadata/attestations/
 */
import type { GatesConfig } from "../../config/gates.ts";
import type { Job } from "../model.ts";
import { assignments, script } from "../shell.ts";
import { loginTags, type Target } from "../target.ts";
import { fromBuilds } from "./from-builds.ts";
import { REGISTRY_JOB } from "./registry.ts";

export type AttestationSettings = Exclude<GatesConfig["attestations"], false>;

export const attestations = (target: Target, { sbom }: AttestationSettings): Job => ({
  comment: `Asks every candidate for its provenance${sbom ? " and its bill of materials" : ""}.`,
  stage: "verify",
  extends: [REGISTRY_JOB],
  tags: loginTags(target, [target.registry]),
  ...fromBuilds(target.images),
  script: [{ run: assignments({ SBOM: String(sbom) }) + script("attestations") }],
  interruptible: true,
});
