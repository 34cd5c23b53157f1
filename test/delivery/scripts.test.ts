/** What jobs do before the delivery's program starts, run by the shells of this computer. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deliveryPipeline } from "../../delivery/pipeline.ts";
import { threeEnvironments } from "./environments.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "buildx-delivery-"));
});

afterEach(() => rmSync(directory, { recursive: true }));

const PROTECTED = { CI_COMMIT_REF_PROTECTED: "true", CI_COMMIT_REF_NAME: "main", STACK: "dev" };
const UNPROTECTED = { ...PROTECTED, CI_COMMIT_REF_PROTECTED: "false", CI_COMMIT_REF_NAME: "change/x" };

interface Run {
  readonly status: number | null;
  readonly said: string;
}

/** @param then is run by the same shell, as a job's script is. */
function run(name: string, environment: Readonly<Record<string, string>>, then = ""): Run {
  const path = fileURLToPath(new URL(`../../delivery/scripts/${name}.sh`, import.meta.url));
  const { status, stdout, stderr } = spawnSync("sh", ["-c", `${readFileSync(path, "utf8")}\n${then}`], {
    cwd: directory,
    env: { PATH: process.env.PATH, ...environment },
    encoding: "utf8",
  });
  return { status, said: stdout + stderr };
}

const stackFile = (text: string): void => writeFileSync(join(directory, "Pulumi.dev.yaml"), text);

const PLAIN =
  "config:\n  gitlab:baseUrl: https://gitlab.com/api/v4/\n  # gitlab:token:\n  #   secure: v1:…\n";
const WITH_TOKEN = `${PLAIN}  gitlab:token:\n    secure: v1:abc\n`;
const WITH_KMS = `secretsprovider: gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k\nencryptedkey: abc\n${WITH_TOKEN}`;
const token = { GITLAB_TOKEN: "a token" };
const passphrase = { PULUMI_CONFIG_PASSPHRASE: "a passphrase" };

describe("a stack's secrets", () => {
  it.each<[string, string, Record<string, string>]>([
    ["both as variables", PLAIN, { ...token, ...passphrase }],
    ["the token in the stack's file", WITH_TOKEN, passphrase],
    ["the key of a cloud", WITH_KMS, {}],
    ["a passphrase that is named", `secretsprovider: passphrase\n${WITH_TOKEN}`, passphrase],
  ])("are enough with %s", (_, text, secrets) => {
    stackFile(text);
    expect(run("require-secrets", { ...PROTECTED, ...secrets })).toEqual({ status: 0, said: "" });
  });

  it.each<[string, string, Record<string, string>, string]>([
    ["the token", PLAIN, passphrase, "GITLAB_TOKEN"],
    ["the passphrase", WITH_TOKEN, token, "PULUMI_CONFIG_PASSPHRASE"],
    [
      "a passphrase with something in it",
      PLAIN,
      { ...token, PULUMI_CONFIG_PASSPHRASE: "" },
      "PULUMI_CONFIG_PASSPHRASE",
    ],
    [
      "the passphrase that is named",
      `secretsprovider: passphrase\n${WITH_TOKEN}`,
      {},
      "PULUMI_CONFIG_PASSPHRASE",
    ],
  ])("are missed by their name without %s", (_, text, secrets, name) => {
    stackFile(text);
    const { status, said } = run("require-secrets", { ...PROTECTED, ...secrets });
    expect(status).not.toBe(0);
    expect(said).toMatch(new RegExp(`${name}: is not set\\. Add .* as a masked and protected variable`));
    for (const value of Object.values(secrets).filter(Boolean)) expect(said).not.toContain(value);
  });

  it("are not asked for where the ref is not protected", () => {
    stackFile(PLAIN);
    expect(run("require-secrets", UNPROTECTED)).toEqual({ status: 0, said: "" });
  });
});

describe("the delivery's own token", () => {
  const has = { DELIVERY_TOKEN: "a token of the project" };

  it("is enough on a protected ref", () => {
    expect(run("require-token", { ...PROTECTED, ...has })).toEqual({ status: 0, said: "" });
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ["its name", PROTECTED, /DELIVERY_TOKEN: is not set\. Add a project access token/],
    [
      "the ref's protection",
      { ...UNPROTECTED, ...has },
      /^change\/x is not protected, .*Protected branches\n$/,
    ],
  ])("is missed by %s", (_, environment, message) => {
    const { status, said } = run("require-token", environment);
    expect(status).not.toBe(0);
    expect(said).toMatch(message);
    expect(said).not.toContain(has.DELIVERY_TOKEN);
  });
});

describe("access to Google", () => {
  const { hidden, jobs, variables } = deliveryPipeline(threeEnvironments);
  const settings = () => ({
    ...PROTECTED,
    GOOGLE_PROVIDER: variables.GOOGLE_PROVIDER ?? "",
    GOOGLE_SERVICE_ACCOUNT: jobs["up-dev"]?.variables?.GOOGLE_SERVICE_ACCOUNT ?? "",
    GOOGLE_DIRECTORY: join(directory, "google"),
    GOOGLE_ID_TOKEN: "head.body.signature",
  });

  it("is a file of credentials that names the job's ID token, for the commands that follow", () => {
    const { GOOGLE_DIRECTORY: place } = settings();
    const result = run("google-credentials", settings(), "sh -c 'cat \"$GOOGLE_APPLICATION_CREDENTIALS\"'");
    expect(result.status).toBe(0);
    // The form is Google's: https://google.aip.dev/auth/4117
    expect(JSON.parse(result.said)).toEqual({
      type: "external_account",
      audience:
        "//iam.googleapis.com/projects/123456789/locations/global/workloadIdentityPools/gitlab/providers/gitlab",
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      token_url: "https://sts.googleapis.com/v1/token",
      service_account_impersonation_url:
        "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/runners@acme-infra.iam.gserviceaccount.com:generateAccessToken",
      credential_source: { file: `${place}/token` },
    });
    expect(readFileSync(join(place, "token"), "utf8")).toBe("head.body.signature");
    expect(statSync(place).mode & 0o777).toBe(0o700);
  });

  it("is not there on a ref that is not protected", () => {
    const result = run(
      "google-credentials",
      { ...settings(), ...UNPROTECTED },
      'echo "${GOOGLE_APPLICATION_CREDENTIALS:-none}"',
    );
    expect(result).toEqual({ status: 0, said: "none\n" });
    expect(existsSync(join(directory, "google"))).toBe(false);
  });

  it("ends the job early without a token, and in a directory of another user", () => {
    expect(run("google-credentials", { ...settings(), GOOGLE_ID_TOKEN: "" }).said).toMatch(
      /GOOGLE_ID_TOKEN: is not set\. GitLab has issued no ID token/,
    );
    expect(run("google-credentials", settings()).status).toBe(0);
    expect(run("google-credentials", settings()).status).not.toBe(0);
  });

  it("is removed when the job ends", () => {
    const { GOOGLE_DIRECTORY: place } = settings();
    expect(variables.GOOGLE_DIRECTORY).toBe("/tmp/google-$CI_JOB_ID");
    run("google-credentials", settings());
    expect(existsSync(place)).toBe(true);
    const [step] = hidden[".stack"]?.after_script ?? [];
    spawnSync("sh", ["-c", step && "run" in step ? step.run : ""], {
      env: { PATH: process.env.PATH, GOOGLE_DIRECTORY: place },
    });
    expect(existsSync(place)).toBe(false);
  });
});
