/** What each kind of registry asks of a pipeline, by literal values. */
import { describe, expect, test } from "vitest";
import type { RegistryConfig } from "../../config/registries.ts";
import { Secret } from "../../config/secret.ts";
import {
  dockerAuthVariable,
  logInSteps,
  registryAccess,
  registryAccesses,
} from "../../pipeline/registries.ts";
import { shellcheck } from "../tools/shellcheck.ts";
import { text } from "./support/log-in.ts";

const clients = { aws: "amazon/aws-cli:2@sha256:aa", curl: "curlimages/curl:8@sha256:bb" };
const PROVIDER = "projects/1/locations/global/workloadIdentityPools/gitlab/providers/gitlab";
const google = (serviceAccount?: string): RegistryConfig => ({
  artifactRegistry: {
    image: "europe-docker.pkg.dev/shop/images",
    workloadIdentityProvider: PROVIDER,
    ...(serviceAccount === undefined ? {} : { serviceAccount }),
  },
});
const ecr = (image: string): RegistryConfig => ({
  ecr: { image, role: "arn:aws:iam::123456789012:role/ci/builder", audience: "sts.amazonaws.com" },
});
const IRELAND = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop";
const password = new Secret("hunter2 hunter2");
const other: RegistryConfig = { image: "registry.example.com:5000/acme/shop", user: "ci", password };
const access = (registry: RegistryConfig) => registryAccess(registry, { prefix: "REGISTRY", clients });

describe("a registry's variables", () => {
  test("of GitLab's own are GitLab's", () => {
    expect(access("gitlab")).toMatchObject({
      kind: "gitlab",
      variables: {
        REGISTRY: "$CI_REGISTRY",
        REGISTRY_IMAGE: "$CI_REGISTRY_IMAGE",
        REGISTRY_USER: "$CI_REGISTRY_USER",
        REGISTRY_PASSWORD: "$CI_REGISTRY_PASSWORD",
      },
      projectVariables: [],
      idTokens: {},
      needsSocket: false,
    });
  });

  test("are the deploy token's where that is asked for", () => {
    expect(access({ gitlab: { deployToken: true } }).variables).toEqual({
      REGISTRY: "$CI_REGISTRY",
      REGISTRY_IMAGE: "$CI_REGISTRY_IMAGE",
      REGISTRY_USER: "$CI_DEPLOY_USER",
      REGISTRY_PASSWORD: "$CI_DEPLOY_PASSWORD",
    });
  });

  test("of another are the project's, its password a secret", () => {
    const { variables, projectVariables, needsSocket } = access(other);
    expect([variables, needsSocket]).toEqual([{}, false]);
    expect(projectVariables.map(({ key, value }) => [key, value])).toEqual([
      ["REGISTRY", "registry.example.com:5000"],
      ["REGISTRY_IMAGE", "registry.example.com:5000/acme/shop"],
      ["REGISTRY_USER", "ci"],
      ["REGISTRY_PASSWORD", password],
    ]);
  });

  test("of Artifact Registry name its provider, and the ID token is for it alone", () => {
    expect(access(google())).toMatchObject({
      variables: {
        REGISTRY: "europe-docker.pkg.dev",
        REGISTRY_IMAGE: "europe-docker.pkg.dev/shop/images",
        REGISTRY_PROVIDER: PROVIDER,
      },
      projectVariables: [],
      idTokens: { REGISTRY_ID_TOKEN: { aud: `https://iam.googleapis.com/${PROVIDER}` } },
      needsSocket: false,
      tool: { environment: {} },
    });
  });

  test("of a service account ask for the socket, and give tools a file to log in by", () => {
    expect(access(google("builder@shop.iam.gserviceaccount.com"))).toMatchObject({
      variables: { REGISTRY_SERVICE_ACCOUNT: "builder@shop.iam.gserviceaccount.com" },
      needsSocket: true,
      tool: { environment: { GOOGLE_APPLICATION_CREDENTIALS: "$DOCKER_CONFIG/google.json" } },
    });
  });

  test("of ECR have region and role, for the client and for tools", () => {
    expect(access(ecr(IRELAND))).toMatchObject({
      variables: {
        REGISTRY: "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
        REGISTRY_IMAGE: IRELAND,
        REGISTRY_REGION: "eu-west-1",
        REGISTRY_ROLE: "arn:aws:iam::123456789012:role/ci/builder",
      },
      idTokens: { REGISTRY_ID_TOKEN: { aud: "sts.amazonaws.com" } },
      needsSocket: true,
      tool: {
        environment: {
          AWS_REGION: "eu-west-1",
          AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/ci/builder",
          AWS_ROLE_SESSION_NAME: "gitlab-$CI_PROJECT_ID-$CI_JOB_ID",
          AWS_WEB_IDENTITY_TOKEN_FILE: "$DOCKER_CONFIG/aws-id-token",
        },
      },
    });
  });

  test("of mirrors have a prefix each, in scripts too", () => {
    const accesses = registryAccesses("gitlab", [other, google(), ecr(IRELAND)], clients);
    expect(accesses.map(({ prefix }) => prefix)).toEqual(["REGISTRY", "MIRROR_1", "MIRROR_2", "MIRROR_3"]);
    const names = accesses.map((each) => [
      ...Object.keys(each.variables),
      ...each.projectVariables.map(({ key }) => key),
      ...Object.keys(each.idTokens),
    ]);
    expect(new Set(names.flat()).size).toBe(names.flat().length);
    for (const [index, each] of accesses.entries()) {
      const used = text([each.logIn]).match(/\b(?:REGISTRY|MIRROR_\d)[A-Z_]*/g) ?? [];
      expect(used.length).toBeGreaterThan(2);
      for (const name of used) expect(names[index]).toContain(name);
    }
  });
});

describe("the steps of a login", () => {
  const kinds: [string, RegistryConfig][] = [
    ["gitlab", "gitlab"],
    ["deploy token", { gitlab: { deployToken: true } }],
    ["other", other],
    ["artifactRegistry", google()],
    ["artifactRegistry as an account", google("builder@shop.iam.gserviceaccount.com")],
    ["ecr", ecr(IRELAND)],
  ];

  test.each(kinds)("of %s are sound as a whole, and hold no secret", (_, registry) => {
    for (const client of ["docker", "file"] as const) {
      const script = text(logInSteps(registryAccesses(registry, [], clients), client));
      expect(shellcheck(script, "sh")).toBe("");
      expect(script).not.toContain("hunter2");
      expect(script).not.toMatch(/--password[ =]|\s-p\s/);
    }
  });

  test("pin the clients that run in containers", () => {
    expect(text([access(ecr(IRELAND)).logIn])).toContain("AWS_CLI_IMAGE=amazon/aws-cli:2@sha256:aa\n");
    expect(text([access(google("builder@shop.iam.gserviceaccount.com")).logIn])).toContain(
      "CURL_IMAGE=curlimages/curl:8@sha256:bb\n",
    );
  });

  test("make the directory once, before the first login", () => {
    const script = text(logInSteps(registryAccesses(other, [google(), ecr(IRELAND)], clients)));
    expect(script.match(/mkdir -m 0700 "\$DOCKER_CONFIG"/g)).toHaveLength(1);
    expect(script.indexOf("mkdir")).toBeLessThan(script.indexOf("| log_in"));
  });
});

describe("DOCKER_AUTH_CONFIG", () => {
  const entry = (registry: string, secret: string) => ({
    registry,
    user: "puller",
    password: new Secret(secret),
  });

  test("is absent without logins", () => {
    expect(dockerAuthVariable([])).toEqual([]);
  });

  test("holds the logins as Docker writes them, without white space", () => {
    const [variable] = dockerAuthVariable([
      entry("docker.io", "two words"),
      entry("registry.example.com", "x"),
    ]);
    expect(variable?.value).toBeInstanceOf(Secret);
    const value = variable?.value instanceof Secret ? variable.value.reveal() : "";
    expect(value).toBe(
      '{"auths":{"https://index.docker.io/v1/":{"auth":"cHVsbGVyOnR3byB3b3Jkcw=="},"registry.example.com":{"auth":"cHVsbGVyOng="}}}',
    );
  });

  test("shows nothing of secrets that are not decrypted", () => {
    const [variable] = dockerAuthVariable([entry("docker.io", "[secret]")]);
    expect(variable?.value instanceof Secret && variable.value.reveal()).toBe("[secret]");
  });
});
