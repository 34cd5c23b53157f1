import { afterAll, beforeAll, expect, test } from "vitest";
import { runDirectory } from "../../lab/paths.ts";
import { type Registry, startRegistry } from "../../lab/registry.ts";
import { createIssuer, type Issuer } from "../../lab/token-services/issuer.ts";
import { startTokenServices, type TokenServices } from "../../lab/token-services/server.ts";
import { logInSteps, registryAccess } from "../../pipeline/registries.ts";
import { assignments, script } from "../../pipeline/shell.ts";
import { text } from "../pipeline/support/log-in.ts";
import { type HostMachine, JOB_IMAGE, startHostMachine } from "./host/support.ts";

const PROVIDER = "projects/123456789/locations/global/workloadIdentityPools/gitlab/providers/gitlab";
const ACCESS_TOKEN = "ya29.d.federated_access-token_of_the_job.0123456789";

let host: HostMachine;
let registry: Registry;
let services: TokenServices;
let issuer: Issuer;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  host = await startHostMachine("ready");
  stops.push(() => host.stop());
  expect((await host.setUp()).text).toContain("buildx-runners: ready");
  await host.root(`docker -H unix:///var/lib/buildx/open/docker.sock pull --quiet ${JOB_IMAGE}`);
  const { bridgeAddress } = host.machine;
  registry = await startRegistry({
    address: `${bridgeAddress}:5003`,
    ca: host.ca,
    dataDirectory: runDirectory("registry-of-tokens"),
    htpasswd: { user: "oauth2accesstoken", password: ACCESS_TOKEN },
  });
  stops.push(() => registry.stop());
  issuer = await createIssuer();
  services = await startTokenServices({
    google: { issuer, provider: PROVIDER, accessToken: ACCESS_TOKEN },
    host: bridgeAddress,
  });
  stops.push(() => services.stop());
});
afterAll(async () => {
  for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) await stop();
});

const GONE = 'if [ ! -e "$DOCKER_CONFIG" ]; then echo gone; fi\n';

/** The steps of Artifact Registry, with the registry of this test in its place. */
async function logIn(lifetime: number, after = "") {
  const access = registryAccess(
    { artifactRegistry: { image: "europe-docker.pkg.dev/shop/images", workloadIdentityProvider: PROVIDER } },
    { prefix: "REGISTRY", clients: { aws: JOB_IMAGE, curl: JOB_IMAGE } },
  );
  const idToken = await issuer.idToken({ audience: `https://iam.googleapis.com/${PROVIDER}`, lifetime });
  const variables = assignments({
    ...access.variables,
    REGISTRY: registry.address,
    REGISTRY_ID_TOKEN: idToken,
    GOOGLE_STS_URL: services.url,
    DOCKER_CONFIG: "/tmp/docker-config-42",
  });
  const exported = "export DOCKER_CONFIG\n";
  return host.job(
    "open",
    "",
    `${variables}${exported}${text(logInSteps([access]))}\n${after}${script("log-out")}\n${GONE}`,
  );
}

test("a job logs in by its identity, and leaves nothing", async () => {
  const run = await logIn(300, 'cat "$DOCKER_CONFIG/config.json"; echo; ls "$DOCKER_CONFIG"\n');
  expect(run.text).toContain("Login Succeeded");
  expect(run.stdout).toContain(Buffer.from(`oauth2accesstoken:${ACCESS_TOKEN}`).toString("base64"));
  expect(run.stdout.trim().split("\n").slice(-2)).toEqual(["config.json", "gone"]);
  expect(run.exitCode).toBe(0);
});

test("a job whose ID token has expired does not", async () => {
  const run = await logIn(-60, "echo reached the end\n");
  expect(run.exitCode).not.toBe(0);
  expect(run.stderr).toMatch(/^no access token from http:\S+: .*\b400:? Bad Request\.?$/m);
  expect(run.text).not.toMatch(/Login Succeeded|reached the end/);
});

test("a container of a job reads a token from its standard input, as AWS's client does", async () => {
  const nested = `docker run --rm --interactive --quiet --entrypoint cat ${JOB_IMAGE} /dev/stdin`;
  const run = await host.job(
    "open",
    "",
    `printf %s a-token | ${nested} > /tmp/got; printf '<%s>' "$(cat /tmp/got)"\n`,
  );
  expect(run.stdout).toBe("<a-token>");
});
