/** Signatures: what the scripts ask of cosign, which is replaced by a function that records and decides. */
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Secret } from "../../config/secret.ts";
import type { Pipeline } from "../../pipeline/model.ts";
import { pipelineFor } from "../../pipeline/pipeline.ts";
import { script } from "../../pipeline/shell.ts";
import { type Signing, signature, signingVariables, verification } from "../../pipeline/signing.ts";
import { targetOf } from "../../pipeline/target.ts";
import { parsed, problems, seedValues } from "../configs.ts";
import { inTemporaryDirectory, type Run } from "./support/recorder.ts";

const place = inTemporaryDirectory();
const DIGEST = `sha256:${"a".repeat(64)}`;
const SHA = "c".repeat(40);
const PRIVATE_KEY =
  "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n";
const PUBLIC_KEY = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .publicKey.export({ type: "spki", format: "pem" })
  .toString();

const byKey: Signing = {
  key: new Secret(PRIVATE_KEY),
  password: new Secret("correct-horse"),
  publicKey: PUBLIC_KEY,
};
const keyless: Signing = { keyless: {} };

/** Records calls; knows signatures of the images in a file, and those that it has made itself. */
const COSIGN = `cosign() {
  printf 'cosign %s\\n' "$*" >> "$CALLS"
  for last in "$@"; do :; done
  case "$1" in
    sign) printf '%s' "\${SIGNING_KEY:-}" > signed-with; echo "$last" >> signed ;;
    verify) grep -qxF "$last" signed ;;
  esac
}
`;

const run = (text: string, environment: Record<string, string> = {}): Run =>
  place.run(`mkdir -p "$DOCKER_CONFIG"; touch signed\n${COSIGN}${text}`, {
    DOCKER_CONFIG: `${place.directory}/config`,
    CANDIDATES: "app",
    REGISTRY_IMAGE: "r.example.com/shop",
    CI_COMMIT_SHA: SHA,
    CI_COMMIT_REF_NAME: "main",
    CI_COMMIT_REF_PROTECTED: "true",
    CI_CONFIG_PATH: ".gitlab-ci.yml",
    CI_DEFAULT_BRANCH: "main",
    CI_PROJECT_URL: "https://gitlab.example.com/acme/shop",
    CI_SERVER_URL: "https://gitlab.example.com",
    COSIGN_PRIVATE_KEY: Buffer.from(PRIVATE_KEY).toString("base64"),
    SIGSTORE_ID_TOKEN: "token",
    ...environment,
  });

const text = (step: ReturnType<typeof verification>): string => ("run" in step ? step.run : "");
const sign = (signing: Signing, environment: Record<string, string> = {}): Run =>
  run(
    text(verification(signing)) + text(signature(signing)) + script("read-candidates") + script("sign"),
    environment,
  );

describe("sign", () => {
  const image = `r.example.com/shop/app@${DIGEST}`;
  const claims = `--annotations candidate=app --annotations commit=${SHA}`;

  it("signs by digest what this pipeline built, for its image and commit, and verifies it", () => {
    place.write("candidates/1.txt", `app ${DIGEST} built\n`);
    const result = sign(byKey);
    expect(result.status, result.stderr).toBe(0);
    const [signed, verified] = result.calls.filter((call) => /^cosign (sign|verify) /.test(call));
    expect(signed).toMatch(/^cosign sign --yes --key env:\/\/SIGNING_KEY /);
    expect(signed).toContain(`${claims} ${image}`);
    expect(verified).toBe(
      `cosign verify --key ${place.directory}/config/signing.pub --insecure-ignore-tlog=true --output json ${claims} ${image}`,
    );
  });

  it("has the key as cosign wrote it, and in no argument", () => {
    place.write("candidates/1.txt", `app ${DIGEST} built\n`);
    const result = run(
      `${text(verification(byKey))}${text(signature(byKey))}sign_image x; cat signed-with; cat "$DOCKER_CONFIG/signing.pub"`,
    );
    expect(result.stdout).toBe(PRIVATE_KEY.trimEnd() + PUBLIC_KEY);
    expect(result.calls.join("\n")).not.toContain("PRIVATE KEY");
  });

  it("does not sign what it found, and stops where nobody has", () => {
    place.write("candidates/1.txt", `app ${DIGEST} found\n`);
    const result = sign(byKey);
    expect(result.status).toBe(1);
    expect(result.calls.some((call) => call.startsWith("cosign sign "))).toBe(false);
    expect(result.stderr).toMatch(/no signature of this project for app of commit c{40}: no tag moves/);
    expect(result.stderr).toContain("Delete this commit's tag of app in the registry");
  });

  it("passes what an earlier pipeline signed", () => {
    place.write("candidates/1.txt", `app ${DIGEST} found\n`);
    place.write("signed", `${image}\n`);
    expect(sign(byKey)).toMatchObject({ status: 0 });
  });

  it("says why there is no key", () => {
    place.write("candidates/1.txt", `app ${DIGEST} built\n`);
    const result = sign(byKey, { COSIGN_PRIVATE_KEY: "" });
    expect(result.status).not.toBe(0);
    expect(result.stderr).toMatch(/COSIGN_PRIVATE_KEY: is not set. It is a protected variable/);
  });

  it("names a key of a KMS as one word", () => {
    place.write("candidates/1.txt", `app ${DIGEST} built\n`);
    const result = sign({ kms: "awskms:///alias/images", publicKey: PUBLIC_KEY });
    expect(result.status, result.stderr).toBe(0);
    expect(result.calls.find((call) => call.startsWith("cosign sign "))).toContain(
      " --key awskms:///alias/images ",
    );
  });
});

describe("without a key", () => {
  const identity = (environment: Record<string, string> = {}): RegExp => {
    const result = run(`${text(verification(keyless))}verified IMAGE || true`, environment);
    const [, pattern = "nothing"] = /--certificate-identity-regexp (\S+)/.exec(result.calls.join("\n")) ?? [];
    expect(result.calls.join("\n")).toContain("--certificate-oidc-issuer https://gitlab.example.com ");
    return new RegExp(pattern);
  };
  const at = (ref: string) => `https://gitlab.example.com/acme/shop//.gitlab-ci.yml@refs/${ref}`;

  it.each([
    ["heads/main", true],
    ["tags/v1.2.3", true],
    ["heads/feature", false],
    ["heads/mainly", false],
    ["tags/nightly", false],
  ])("%s may have signed: %s", (ref, expected) => {
    expect(identity().test(at(ref))).toBe(expected);
  });

  it("takes no other project, server or file for its own", () => {
    for (const other of [
      "https://gitlabXexample.com/acme/shop//.gitlab-ci.yml@refs/heads/main",
      "https://gitlab.example.com/acme/shop2//.gitlab-ci.yml@refs/heads/main",
      "https://gitlab.example.com/acme/shop//Xgitlab-ci.yml@refs/heads/main",
      `https://evil.example.com/${at("heads/main")}`,
    ])
      expect(identity().test(other), other).toBe(false);
  });

  it("adds the pipeline's own ref where that is protected, whatever it is called", () => {
    const name = "release/1.x+(a|b)$";
    const own = { CI_COMMIT_REF_NAME: name };
    expect(identity(own).test(at(`heads/${name}`))).toBe(true);
    expect(identity(own).test(at("heads/release/1Xx+(a|b)$"))).toBe(false);
    expect(identity({ ...own, CI_COMMIT_REF_PROTECTED: "false" }).test(at(`heads/${name}`))).toBe(false);
    expect(identity({ CI_COMMIT_REF_NAME: "1.0.0", CI_COMMIT_TAG: "1.0.0" }).test(at("tags/1.0.0"))).toBe(
      true,
    );
  });

  it("asks a Sigstore of its own, and trusts that one alone", () => {
    const trustedRoot = '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}';
    place.write("candidates/1.txt", `app ${DIGEST} built\n`);
    const result = sign({
      keyless: {
        instance: { fulcio: "https://fulcio.example.com", rekor: "https://rekor.example.com", trustedRoot },
      },
    });
    expect(result.status, result.stderr).toBe(0);
    const calls = result.calls.join("\n");
    expect(calls).toContain("--fulcio url=https://fulcio.example.com,api-version=1,");
    for (const verb of ["sign", "verify"])
      expect(result.calls.find((call) => call.startsWith(`cosign ${verb} `))).toContain("--trusted-root ");
  });
});

const values = (signing: unknown) => {
  const { fleets, projects } = seedValues();
  return { fleets, projects: projects.map((project) => ({ ...project, signing })) };
};
const plainKey = { key: PRIVATE_KEY, password: "correct-horse", publicKey: PUBLIC_KEY };

describe("configuration", () => {
  it.each<[string, unknown, RegExp]>([
    [
      "a plain private key",
      { ...plainKey, key: "-----BEGIN PRIVATE KEY-----\nA\n" },
      /encrypted private key/,
    ],
    ["no public key", { ...plainKey, publicKey: "ssh-ed25519 AAAA" }, /public key in PEM/],
    ["another KMS", { kms: "file:///etc/passwd", publicKey: PUBLIC_KEY }, /key of a KMS/],
    ["a password with a space", { ...plainKey, password: "correct horse" }, /GitLab can mask/],
    ["true", true, /keyless/],
  ])("refuses %s", (_, signing, message) => {
    expect(problems(values(signing)).join("\n")).toMatch(message);
  });

  it("gives GitLab the key as one line, for protected refs alone", () => {
    const variables = signingVariables(byKey);
    expect(variables.map(({ key, protected: guarded }) => [key, guarded])).toEqual([
      ["COSIGN_PRIVATE_KEY", true],
      ["COSIGN_PASSWORD", true],
    ]);
    expect(variables[0]?.value.reveal()).toMatch(/^[A-Za-z0-9+/=]+$/);
    expect(String(variables[0]?.value)).toBe("[secret]");
    expect(signingVariables(keyless)).toEqual([]);
    expect(signingVariables(false)).toEqual([]);
  });
});

describe("the pipeline", () => {
  const pipeline = (signing: unknown): Pipeline => {
    const { fleets, projects } = parsed(values(signing));
    const [fleet, project] = [fleets[0], projects[0]];
    if (!fleet || !project) throw new Error("no project");
    return pipelineFor(targetOf("dev", project, fleet));
  };

  it("signs on protected refs, before anything is promoted or released", () => {
    const { stages, jobs } = pipeline(plainKey);
    expect(jobs.sign?.rules?.[0]).toEqual({ if: '$CI_COMMIT_REF_PROTECTED != "true"', when: "never" });
    // Whatever the ref is then, a rule lets it in: a tag's, or the one without a condition.
    expect(jobs.sign?.rules?.slice(1).every(({ when }) => when !== "never")).toBe(true);
    expect(jobs.sign?.rules?.at(-1)?.if).toBeUndefined();
    for (const name of ["promote", "release"]) {
      expect(jobs[name]?.needs).toBeUndefined();
      expect(stages.indexOf(jobs[name]?.stage ?? "check")).toBeGreaterThan(stages.indexOf("sign"));
    }
    expect(jobs.sign?.allow_failure).toBeUndefined();
  });

  it("has nothing of it where nothing is signed", () => {
    expect(JSON.stringify(pipeline(false))).not.toMatch(/cosign/);
  });

  it("asks GitLab for an ID token where there is no key", () => {
    expect(pipeline({ keyless: {} }).jobs.sign?.id_tokens).toEqual({
      SIGSTORE_ID_TOKEN: { aud: "sigstore" },
    });
    expect(pipeline(plainKey).jobs.sign?.id_tokens).toBeUndefined();
  });

  it("holds the public key, and nothing of the private one", () => {
    const text = JSON.stringify(pipeline(plainKey));
    expect(text).toContain(PUBLIC_KEY.split("\n")[1]);
    expect(text).not.toMatch(/ENCRYPTED|correct-horse/);
  });
});
