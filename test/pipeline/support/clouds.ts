/** Logins by a job's identity, against servers that speak the clouds' protocols, and what must hold of each. */
import { spawnSync } from "node:child_process";
import { expect } from "vitest";
import type { ArtifactRegistryConfig, EcrConfig, RegistryConfig } from "../../../config/registries.ts";
import type { Answer, Request } from "../../../lab/http-service.ts";
import { createIssuer, type Issuer } from "../../../lab/token-services/issuer.ts";
import { startTokenServices, type TokenServices } from "../../../lab/token-services/server.ts";
import { logInSteps, registryAccess } from "../../../pipeline/registries.ts";
import { busyboxPath, CLIENTS, commandLines, type LogInRun, runLogIn } from "./log-in.ts";

const PROVIDER = "projects/123456789/locations/global/workloadIdentityPools/gitlab/providers/gitlab";
export const ACCESS_TOKEN = "ya29.d.federated_access-token_of_the_job.0123456789";
export const ACCOUNT_TOKEN = "ya29.c.access-token_of_the_service_account.0123456789";
const ACCOUNT = "builder@shop-project.iam.gserviceaccount.com";
const ROLE = "arn:aws:iam::123456789012:role/builder";
export const ECR_PASSWORD = Buffer.from("a password of ECR that is long enough, as real ones are").toString(
  "base64",
);

export const google: ArtifactRegistryConfig = {
  artifactRegistry: { image: "europe-west1-docker.pkg.dev/shop/images", workloadIdentityProvider: PROVIDER },
};
export const account: ArtifactRegistryConfig = {
  artifactRegistry: { ...google.artifactRegistry, serviceAccount: ACCOUNT },
};
export const ecr: EcrConfig = {
  ecr: {
    image: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop",
    role: ROLE,
    audience: "sts.amazonaws.com",
  },
};

/**
 * curl and aws stand in for the images that hold them, where they are installed; AWS's is the awscli of PyPI, version 1,
 * which shares credentials and signatures with version 2.
 */
export const has = (command: string) => spawnSync(command, ["--version"]).status === 0;
/** With this computer's tools, and with BusyBox alone. */
export const shells = (["sh", "busybox"] as const).filter(
  (shell) => shell === "sh" || busyboxPath() !== undefined,
);

let services: TokenServices | undefined;
let issuer: Issuer;
let seen: string;

export async function stop(): Promise<void> {
  await services?.stop();
  services = undefined;
}

/** Command lines of all processes, while a service was asked. */
export const commandLinesSeen = (): string => seen;

/**
 * Starts the services of both clouds.
 *
 * @param instead answers in their place.
 * @returns their address.
 */
export async function start(instead?: (request: Request) => Answer | undefined): Promise<string> {
  issuer = await createIssuer();
  seen = "";
  services = await startTokenServices({
    google: {
      issuer,
      provider: PROVIDER,
      accessToken: ACCESS_TOKEN,
      serviceAccounts: { [ACCOUNT]: ACCOUNT_TOKEN },
    },
    aws: { issuer, role: ROLE, audience: "sts.amazonaws.com", region: "eu-west-1", password: ECR_PASSWORD },
    onRequest: () => {
      seen += commandLines();
    },
    ...(instead ? { instead } : {}),
  });
  return services.url;
}

export interface Attempt {
  readonly audience?: string;
  readonly lifetime?: number;
  readonly url?: string;
  readonly shell?: "sh" | "busybox";
}

export interface Outcome extends LogInRun {
  readonly idToken: string;
}

/** Logs in for real, with an ID token that is right unless told otherwise. */
export async function attempt(registry: RegistryConfig, options: Attempt = {}): Promise<Outcome> {
  const access = registryAccess(registry, { prefix: "REGISTRY", clients: CLIENTS });
  const idToken = await issuer.idToken({
    audience: options.audience ?? access.idTokens.REGISTRY_ID_TOKEN?.aud ?? "",
    ...(options.lifetime === undefined ? {} : { lifetime: options.lifetime }),
  });
  const url = options.url ?? services?.url ?? "";
  const variables = {
    ...access.variables,
    REGISTRY_ID_TOKEN: idToken,
    GOOGLE_STS_URL: url,
    GOOGLE_IAM_URL: url,
    AWS_ENDPOINT_URL: url,
  };
  return { ...(await runLogIn(logInSteps([access]), variables, options.shell)), idToken };
}

/** No process had a secret among its arguments, nothing but the login's input has a token, the log has none. */
function keepsSecrets(run: Outcome): void {
  for (const secret of [run.idToken, ACCESS_TOKEN, ACCOUNT_TOKEN, ECR_PASSWORD]) {
    expect(seen + run.calls.join("\n") + run.stdout + run.stderr).not.toContain(secret);
    if (secret !== run.idToken) expect(run.visible).not.toContain(secret);
  }
  expect(
    run.visible
      .split("\n")
      .filter((line) => !line.includes("REGISTRY_ID_TOKEN="))
      .join("\n"),
  ).not.toContain(run.idToken);
  expect(run.left).toEqual([]);
}

/** The login got the very password, and nothing else was said, left or shown. */
export function logsIn(run: Outcome, user: string, password: string, host: string): void {
  expect(run.stderr).toBe("");
  expect(run.stdout).toBe("reached the end\n");
  expect(run.calls.at(-1)).toBe(`login --username ${user} --password-stdin ${host}`);
  expect(run.password?.trimEnd()).toBe(password);
  expect(run.files).toEqual({});
  keepsSecrets(run);
}

/** One sentence of ours, no login, and nothing after it. */
export function fails(run: Outcome, message: RegExp): void {
  expect(run.status).not.toBe(0);
  expect(run.stdout).toBe("");
  expect(run.stderr.split("\n").filter((line) => /^no (?:access token|password) /.test(line))).toEqual([
    expect.stringMatching(message),
  ]);
  expect(run.calls.filter((call) => call.startsWith("login"))).toEqual([]);
  keepsSecrets(run);
}
