/** Every login for real: the scripts of the pipeline, against servers that speak the clouds' protocols. */
import { spawnSync } from "node:child_process";
import { afterEach, describe, expect, test } from "vitest";
import type { RegistryConfig } from "../../config/registries.ts";
import { Secret } from "../../config/secret.ts";
import { createIssuer, type Issuer } from "../../lab/token-services/issuer.ts";
import type { Answer } from "../../lab/token-services/request.ts";
import { startTokenServices, type TokenServices } from "../../lab/token-services/server.ts";
import { logInSteps, type RegistryAccess, registryAccess } from "../../pipeline/registries.ts";
import { busyboxPath, CLIENTS, commandLines, type LogInRun, runLogIn } from "./support/log-in.ts";

const PROVIDER = "projects/123456789/locations/global/workloadIdentityPools/gitlab/providers/gitlab";
const ACCESS_TOKEN = "ya29.d.federated_access-token_of_the_job.0123456789";
const ACCOUNT_TOKEN = "ya29.c.access-token_of_the_service_account.0123456789";
const ACCOUNT = "builder@shop-project.iam.gserviceaccount.com";
const ROLE = "arn:aws:iam::123456789012:role/builder";
const ECR_PASSWORD = Buffer.from("a password of ECR that is long enough, as real ones are").toString(
  "base64",
);

const google: RegistryConfig = {
  artifactRegistry: { image: "europe-west1-docker.pkg.dev/shop/images", workloadIdentityProvider: PROVIDER },
};
const account: RegistryConfig = { artifactRegistry: { ...google.artifactRegistry, serviceAccount: ACCOUNT } };
const ecr: RegistryConfig = {
  ecr: {
    image: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop",
    role: ROLE,
    audience: "sts.amazonaws.com",
  },
};

// curl and aws stand in for the images that hold them. AWS's is the client of the package registry, version 1 of it.
const has = (command: string) => spawnSync(command, ["--version"]).status === 0;
const shells = (["sh", "busybox"] as const).filter((shell) => shell === "sh" || busyboxPath() !== undefined);

let services: TokenServices | undefined;
let issuer: Issuer;
let seen: string;

afterEach(async () => {
  await services?.stop();
  services = undefined;
});

async function start(instead?: () => Answer): Promise<string> {
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

interface Attempt {
  readonly audience?: string;
  readonly lifetime?: number;
  readonly url?: string;
  readonly shell?: "sh" | "busybox";
}

interface Outcome extends LogInRun {
  readonly idToken: string;
}

async function attempt(registry: RegistryConfig, options: Attempt = {}): Promise<Outcome> {
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

function logsIn(run: Outcome, user: string, password: string, host: string): void {
  expect(run.stderr).toBe("");
  expect(run.stdout).toBe("reached the end\n");
  expect(run.calls.at(-1)).toBe(`login --username ${user} --password-stdin ${host}`);
  expect(run.password?.trimEnd()).toBe(password);
  expect(run.files).toEqual({});
  keepsSecrets(run);
}

/** One sentence of ours, no login, and nothing after it. */
function fails(run: Outcome, message: RegExp): void {
  expect(run.status).not.toBe(0);
  expect(run.stdout).toBe("");
  expect(run.stderr.split("\n").filter((line) => /^no (?:access token|password) /.test(line))).toEqual([
    expect.stringMatching(message),
  ]);
  expect(run.calls.filter((call) => call.startsWith("login"))).toEqual([]);
  keepsSecrets(run);
}

const HOSTILE: readonly (readonly [string, string])[] = [
  ["nothing", ""],
  ["a page", "<html><body>Sign in to the hotel's network</body></html>"],
  ["no token", '{"token_type":"Bearer","expires_in":3599}'],
  ["an empty token", '{"access_token":"","accessToken":""}'],
  [
    "a command",
    '{"access_token":"$(touch pwned)`touch pwned`$(touch pwned)","accessToken":"$(touch pwned)"}',
  ],
  ["a quoted end", '{"access_token":"aaaaaaaaaaaaaaaaaaaaaaaa\\" --config /etc/passwd"}'],
  ["a token within a message", '{"error":"\\"access_token\\": \\"aaaaaaaaaaaaaaaaaaaaaaaaaaaa\\""}'],
  ["a list", '["access_token","aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]'],
  ["controls", '{"access_token":"aaaaaaaaaaaa\u001b[31maaaaaaaaaaaaaaaaaaa"}'],
];

describe.each(shells)("Artifact Registry, with %s", (shell) => {
  test("takes a token for the job's identity", async () => {
    await start();
    logsIn(
      await attempt(google, { shell }),
      "oauth2accesstoken",
      ACCESS_TOKEN,
      "europe-west1-docker.pkg.dev",
    );
  });

  test("refuses another audience", async () => {
    await start();
    fails(await attempt(google, { shell, audience: "https://gitlab.example.com" }), /400/);
  });

  test("refuses a token that has expired", async () => {
    await start();
    fails(await attempt(google, { shell, lifetime: -60 }), /400/);
  });

  test("says that nobody answers", async () => {
    const url = await start();
    await services?.stop();
    services = undefined;
    fails(await attempt(google, { shell, url }), /[Cc]onnect/);
  });

  test("says that the service is broken", async () => {
    await start(() => ({ status: 503, type: "text/plain", body: "later" }));
    fails(await attempt(google, { shell }), /503/);
  });

  test.each(HOSTILE)("does not log in by an answer that is %s", async (_, body) => {
    await start(() => ({ status: 200, type: "application/json", body }));
    fails(await attempt(google, { shell }), /its answer holds none/);
  });

  test("says that there is no ID token", async () => {
    await start();
    const access = registryAccess(google, { prefix: "REGISTRY", clients: CLIENTS });
    const run = await runLogIn(logInSteps([access]), access.variables, shell);
    expect(run.stderr).toMatch(/REGISTRY_ID_TOKEN: is not set/);
    expect(run.calls).toEqual([]);
  });
});

describe.skipIf(!has("curl"))("Artifact Registry, as a service account", () => {
  test("takes the account's token", async () => {
    await start();
    const run = await attempt(account);
    logsIn(run, "oauth2accesstoken", ACCOUNT_TOKEN, "europe-west1-docker.pkg.dev");
  });

  test("says in the service's words that the account is closed to it", async () => {
    await start();
    const closed = {
      artifactRegistry: { ...google.artifactRegistry, serviceAccount: "other@shop.iam.gserviceaccount.com" },
    };
    fails(await attempt(closed), /other@shop\S+: Permission 'iam.serviceAccounts.getAccessToken' denied/);
  });

  test("does not log in by an answer without a token", async () => {
    let count = 0;
    const token = JSON.stringify({ access_token: ACCESS_TOKEN });
    await start(() => ({ status: 200, type: "application/json", body: count++ === 0 ? token : "{}" }));
    fails(await attempt(account), /holds none/);
  });
});

describe.skipIf(!has("aws")).each(shells)("ECR, with %s", (shell) => {
  test("takes a password by the role", async () => {
    await start();
    logsIn(
      await attempt(ecr, { shell }),
      "AWS",
      ECR_PASSWORD,
      "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
    );
  });
});

describe.skipIf(!has("aws"))("ECR", () => {
  const shell = shells.at(-1) ?? "sh";

  test("refuses another audience, in AWS's words", async () => {
    await start();
    const run = await attempt(ecr, { shell, audience: "https://gitlab.example.com" });
    fails(run, /123456789012/);
    expect(run.stderr).toContain("Incorrect token audience");
  });

  test("refuses a token that has expired", async () => {
    await start();
    const run = await attempt(ecr, { shell, lifetime: -60 });
    fails(run, /123456789012/);
    expect(run.stderr).toContain("ExpiredToken");
  });

  test("says that nobody answers", async () => {
    const url = await start();
    await services?.stop();
    services = undefined;
    const run = await attempt(ecr, { shell, url });
    fails(run, /123456789012/);
    expect(run.stderr).toMatch(/Could not connect/);
  });

  test("refuses a request that was signed for another region", async () => {
    await start();
    const elsewhere = { ecr: { ...ecr.ecr, image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop" } };
    const run = await attempt(elsewhere, { shell });
    fails(run, /us-east-1/);
    expect(run.stderr).toContain("Credential should be scoped to a valid region");
  });

  test.each(["", "{}", "not json", '<html lang="en"></html>'])(
    "does not log in by the answer '%s'",
    async (body) => {
      await start(() => ({ status: 200, type: "application/json", body }));
      fails(await attempt(ecr, { shell }), /123456789012/);
    },
  );
});

describe.each(shells)("a password, with %s", (shell) => {
  const registry = {
    image: "registry.example.com/shop",
    user: "ci",
    password: new Secret("hunter2 hunter2"),
  };
  const access = registryAccess(registry, { prefix: "REGISTRY", clients: CLIENTS });
  const variables = {
    REGISTRY: "registry.example.com",
    REGISTRY_USER: "ci",
    REGISTRY_PASSWORD: "pa$$: 'word' \"x\"",
  };

  test("goes in by standard input", async () => {
    const run = await runLogIn(logInSteps([access]), variables, shell);
    expect(run.calls).toEqual(["login --username ci --password-stdin registry.example.com"]);
    expect(run.password).toBe(variables.REGISTRY_PASSWORD);
  });

  test.each<[string, RegistryAccess, RegExp]>([
    ["other", access, /REGISTRY_PASSWORD: is not set\. A protected variable is absent/],
    ["gitlab", registryAccess("gitlab", { prefix: "REGISTRY", clients: CLIENTS }), /switched on/],
    [
      "a deploy token",
      registryAccess({ gitlab: { deployToken: true } }, { prefix: "REGISTRY", clients: CLIENTS }),
      /gitlab-deploy-token/,
    ],
  ])("is missed in the words of %s", async (_, kind, message) => {
    const run = await runLogIn(logInSteps([kind]), { REGISTRY_PASSWORD: "" }, shell);
    expect(run.status).not.toBe(0);
    expect(run.stderr).toMatch(message);
    expect(run.calls).toEqual([]);
  });

  test("is written where there is no Docker CLI, beside those of mirrors", async () => {
    const mirror = registryAccess(
      { ...registry, image: "docker.io/shop" },
      { prefix: "MIRROR_1", clients: CLIENTS },
    );
    const run = await runLogIn(
      logInSteps([access, mirror], "file"),
      { ...variables, MIRROR_1: "docker.io", MIRROR_1_USER: "hub", MIRROR_1_PASSWORD: "x".repeat(200) },
      shell,
    );
    expect(run.stderr).toBe("");
    expect(JSON.parse(run.files["config.json"] ?? "")).toEqual({
      auths: {
        "registry.example.com": { auth: Buffer.from(`ci:${variables.REGISTRY_PASSWORD}`).toString("base64") },
        "https://index.docker.io/v1/": { auth: Buffer.from(`hub:${"x".repeat(200)}`).toString("base64") },
      },
    });
    expect(run.calls).toEqual([]);
  });

  test("never goes where somebody else has put a directory", async () => {
    const run = await runLogIn(
      [{ run: 'mkdir "$DOCKER_CONFIG"' }, ...logInSteps([access])],
      variables,
      shell,
    );
    expect(run.status).not.toBe(0);
    expect(run.calls).toEqual([]);
  });
});
