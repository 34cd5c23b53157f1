/** Artifact Registry for real: the pipeline's scripts against a token service that speaks Google's protocol. */
import { afterEach, describe, expect, test } from "vitest";
import { logInSteps, registryAccess } from "../../pipeline/registries.ts";
import {
  ACCESS_TOKEN,
  ACCOUNT_TOKEN,
  account,
  attempt,
  commandLinesSeen,
  fails,
  google,
  has,
  logsIn,
  shells,
  start,
  stop,
} from "./support/clouds.ts";
import { CLIENTS, runLogIn } from "./support/log-in.ts";

afterEach(stop);

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
    // Whoever looked at the processes saw the client, so it would have seen a token among its arguments.
    expect(commandLinesSeen()).toMatch(/wget \S.*--post-file/);
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
    await stop();
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
