/**
 * What counts as attested. A recorder stands for buildx and answers as buildx does; real ones, of images with and
 * without attestations, are asked in test/e2e/gates.test.ts.
 */
import { describe, expect, it } from "vitest";
import { script } from "../../../pipeline/shell.ts";
import { inTemporaryDirectory } from "../support/recorder.ts";

const place = inTemporaryDirectory();
const DIGEST = `sha256:${"a".repeat(64)}`;

const DOCKER = `#!/bin/sh
printf '%s\\n' "$*" >> calls.docker
case "$*" in
  *'{{json .Provenance}}'*) cat provenance ;;
  *'{{json .SBOM}}'*) cat sbom ;;
  *'{{json .Manifest}}'*) cat manifest ;;
esac
`;

const provenance = {
  SLSA: {
    buildConfig: { llbDefinition: [{ id: "step0" }] },
    metadata: { source: { infos: [{ llbDefinition: [{ id: "step0" }] }] } },
  },
};
const document = { spdxVersion: "SPDX-2.3", packages: [{ name: "libc6" }] };
const sbom = { SPDX: document, AdditionalSPDXs: [document] };

/** An index: an image for each platform, and beside it its attestations. A bare image has no such list. */
const manifest = (platforms: number) => ({
  digest: DIGEST,
  ...(platforms === 0
    ? {}
    : {
        manifests: Array.from({ length: platforms }, () => [
          { digest: DIGEST, platform: { architecture: "amd64", os: "linux" } },
          { digest: DIGEST, platform: { architecture: "unknown", os: "unknown" } },
        ]).flat(),
      }),
});

interface Answers {
  /** Of the index; none for an image without one. */
  readonly platforms?: number;
  readonly provenance?: unknown;
  readonly sbom?: unknown;
}

/** In lines, as buildx writes JSON; `null` is what it says where there is nothing. */
const said = (answer: unknown): string => `${JSON.stringify(answer, null, 2)}\n`;

function ask(answers: Answers = {}, candidates = `app ${DIGEST} built\n`, docker = DOCKER) {
  place.program("docker", docker);
  place.write("candidates/docker-build.txt", candidates);
  place.write("manifest", said(manifest(answers.platforms ?? 1)));
  place.write("provenance", said(answers.provenance === undefined ? provenance : answers.provenance));
  place.write("sbom", said(answers.sbom === undefined ? sbom : answers.sbom));
  return place.run(`SBOM=true\n${script("attestations")}`, { REGISTRY_IMAGE: "r.example.com/shop" });
}

describe("attestations", () => {
  it("pass where each candidate has both", () => {
    const run = ask({}, `app ${DIGEST} built\nweb/3.12 ${DIGEST} found\n`);
    expect(run, run.stderr).toMatchObject({ status: 0, stderr: "" });
    expect(run.stdout).toBe(
      `app is attested on 1 of 1 platforms: r.example.com/shop/app@${DIGEST}\n` +
        `web/3.12 is attested on 1 of 1 platforms: r.example.com/shop/web@${DIGEST}\n`,
    );
  });

  it("pass where each platform has both", () => {
    const both = (one: unknown) => ({ "linux/amd64": one, "linux/arm64": one });
    expect(ask({ platforms: 2, provenance: both(provenance), sbom: both(sbom) }).status).toBe(0);
  });

  it.each<[string, Answers, RegExp]>([
    ["no index", { platforms: 0 }, /has no index, and so no attestation/],
    ["no provenance", { provenance: {} }, /Provenance \(SLSA\) for 0 of 1 platforms/],
    ["a null for provenance", { provenance: null }, /Provenance \(SLSA\) for 0 of 1 platforms/],
    [
      "a provenance that does not say how it was built",
      { provenance: { SLSA: { metadata: {} } } },
      /Provenance \(buildConfig\) for 0 of 1/,
    ],
    [
      "a provenance that only talks of one",
      { provenance: { SLSA: { metadata: { note: '"buildConfig":{' } } } },
      /Provenance \(buildConfig\) for 0 of 1/,
    ],
    [
      "a provenance of one platform of two",
      { platforms: 2, provenance: { "linux/amd64": provenance, "linux/arm64": {} } },
      /Provenance \(SLSA\) for 1 of 2 platforms/,
    ],
    ["no bill of materials", { sbom: {} }, /SBOM \(SPDX\) for 0 of 1 platforms/],
    ["an empty bill of materials", { sbom: { SPDX: {} } }, /SBOM \(packages\) for 0 of 1 platforms/],
  ])("fail at %s, and say of which candidate", (_, answers, message) => {
    const run = ask(answers);
    expect(run.status, run.stdout).toBe(1);
    expect(run.stderr).toMatch(message);
    expect(run.stderr).toContain(`r.example.com/shop/app@${DIGEST}`);
    expect(run.stderr).toContain("No tag moves");
  });

  it("fail at the second candidate as well as at the first", () => {
    const second = DOCKER.replace(
      "cat provenance",
      'case "$*" in */db@*) echo "{}" ;; *) cat provenance ;; esac',
    );
    const run = ask({}, `app ${DIGEST} built\ndb ${DIGEST} built\n`, second);
    expect(run.status).toBe(1);
    expect(run.stderr).toContain(`r.example.com/shop/db@${DIGEST}`);
  });

  it("fail where the registry has none of it any more", () => {
    const run = ask({}, undefined, "#!/bin/sh\necho 'ERROR: not found' >&2\nexit 1\n");
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/cannot be read with its attestations: one is missing, or was changed/);
  });

  it.each([
    ["no candidate", ""],
    ["a line without a digest", "app\n"],
  ])("fail at %s", (_, candidates) => {
    const run = ask({}, candidates);
    expect(run.status).toBe(1);
    expect(run.stderr).toContain("a candidate without a digest, or none at all");
  });
});
